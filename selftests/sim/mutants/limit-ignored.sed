# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: VMs get what they want, whatever their VMMs' memory cgroups allow
s/dynmem_limit_of(&vm->limit, most)/most/

# SPDX-License-Identifier: GPL-2.0
# sharing/headroom.c: a guest that does not give borrows
s/dynmem_vm_reaction(vm) != DYNMEM_REACTION_OK/false/

# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: what a guest reads back gives it nothing
s/dynmem_cache_pays(\&vm->demand\.cache)/0/

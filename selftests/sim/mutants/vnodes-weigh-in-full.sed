# SPDX-License-Identifier: GPL-2.0
# policy/share.c: each vnode has all of its VM's weight
s/s->part\[round\] ?: DYNMEM_SHARE_WHOLE/DYNMEM_SHARE_WHOLE/

# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: what a guest is told to give is granted to others before it has given
s/v->granted = max(v->target, min(v->granted, dynmem_vnode_exposed(v)));/v->granted = v->target;/

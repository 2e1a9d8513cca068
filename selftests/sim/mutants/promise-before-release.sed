# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: a grant falls to the target before the guest has given
s/v->granted = max(v->target, min(v->granted, dynmem_vnode_exposed(v)));/v->granted = v->target;/

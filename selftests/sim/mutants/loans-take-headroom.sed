# SPDX-License-Identifier: GPL-2.0
# policy/share.c: headroom is lent, too
s/dynmem_nodesets_lower(&p->sets, p->unlent);/;/

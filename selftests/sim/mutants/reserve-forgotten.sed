# SPDX-License-Identifier: GPL-2.0
# policy/capacity.c: VMs may have the reserve, too
s/dynmem_above(node->usable, node->reserve)/node->usable/

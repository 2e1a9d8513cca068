# SPDX-License-Identifier: GPL-2.0
# policy/capacity.c: VMs may have all that the host does not use
s/dynmem_above(node->usable, node->reserve)/node->usable/

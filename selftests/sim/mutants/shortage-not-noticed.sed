# SPDX-License-Identifier: GPL-2.0
# sharing/move.c: what is needed and not spare is not taken from anybody
s/plan->need\[0\]\[nid\] = dynmem_above(urgent, room);/plan->need[0][nid] = 0;/

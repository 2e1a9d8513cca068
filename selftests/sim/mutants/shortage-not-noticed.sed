# SPDX-License-Identifier: GPL-2.0
# sharing/move.c: demand beyond spare memory is taken from no VM
s/plan->need\[0\]\[nid\] = dynmem_above(urgent, room);/plan->need[0][nid] = 0;/

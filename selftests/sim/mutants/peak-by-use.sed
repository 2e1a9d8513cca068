# SPDX-License-Identifier: GPL-2.0
# policy/demand.c: a held peak is divided between vnodes by their present use
s/held = min(dynmem_above(demand, parts->demand), fell)/held = 0/

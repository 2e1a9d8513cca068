# SPDX-License-Identifier: GPL-2.0
# policy/demand.c: what is held of a peak goes to vnodes by what they use now
s/held = min(dynmem_above(demand, parts->demand), fell)/held = 0/

# SPDX-License-Identifier: GPL-2.0
# sharing/move.c: loans are not recalled when headroom is used up
s/if (plan->recalling \& dynmem_plan_nodes(plan, v))/if (0)/

# SPDX-License-Identifier: GPL-2.0
# sharing/plan.c: VMs that weigh more give of their demand for guests that are only slow
/^static void plan_assure/,/^}/s/u32 weight = 0;/u32 weight = ~0U;/

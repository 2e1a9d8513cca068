# SPDX-License-Identifier: GPL-2.0
# sharing/plan.c: a start takes the demand of heavier VMs if other guests do not give
s/u32 weight = heaviest_start(plan);/u32 weight = heaviest_start(plan) \& 0;/

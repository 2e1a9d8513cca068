# SPDX-License-Identifier: GPL-2.0
# sharing/plan.c: a start takes the demand of heavier VMs if other guests do not give
s/return weight && want->vm->set.weight >= weight;/return weight \&\& want->vm->set.weight > 10000;/

# SPDX-License-Identifier: GPL-2.0
# sharing/move.c: what a static VM has beyond its new size is not taken
s/if (!want->vm->set.dynamic)/if (0)/

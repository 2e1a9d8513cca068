# SPDX-License-Identifier: GPL-2.0
# policy/demand.c: a peak of demand is held for 1 s only
s/^#define HOLD_MS.*/#define HOLD_MS 1000/

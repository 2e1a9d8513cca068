# SPDX-License-Identifier: GPL-2.0
# policy/demand.c: demand falls as soon as it can
s/^#define HOLD_MS.*/#define HOLD_MS 1000/

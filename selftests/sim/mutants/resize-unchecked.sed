# SPDX-License-Identifier: GPL-2.0
# control/resize.c: a static VM grows at the expense of a heavier one
s/if (!lacking)/if (lacking + 1)/

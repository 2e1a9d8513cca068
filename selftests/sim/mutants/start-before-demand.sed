# SPDX-License-Identifier: GPL-2.0
# sharing/move.c: a start keeps the memory set aside for it although a heavier VM lacks demand
s/if (turn <= TO_DEMAND \&\& /if (turn < 0 \&\& /

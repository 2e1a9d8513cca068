# SPDX-License-Identifier: GPL-2.0
# policy/lend.c: a guest that has less available than it keeps borrows, and keeps a part of the loan
s/if (tight || /if (/

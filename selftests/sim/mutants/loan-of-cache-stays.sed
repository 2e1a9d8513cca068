# SPDX-License-Identifier: GPL-2.0
# policy/lend.c: a loan that is filled with page cache goes on
s/return l->filled_ms \&\& now_ms.*/return false;/

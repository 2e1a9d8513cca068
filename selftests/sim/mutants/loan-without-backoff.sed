# SPDX-License-Identifier: GPL-2.0
# policy/lend.c: memory is lent again at once after a loan was filled
s/l->until_ms = now_ms + l->backoff_ms;/l->until_ms = now_ms;/

# SPDX-License-Identifier: GPL-2.0
# policy/lend.c: a jump that was not reported yet counts as page cache
s/now_ms >= l->filled_ms + DYNMEM_LEND_FILLED_MS/true/

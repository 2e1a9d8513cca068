# SPDX-License-Identifier: GPL-2.0
# policy/cache.c: growth that did not help is tried again at once
s/c->until_ms = c->report_ms + c->backoff_ms;/c->until_ms = 0;/

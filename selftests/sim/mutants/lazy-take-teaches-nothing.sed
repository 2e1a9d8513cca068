# SPDX-License-Identifier: GPL-2.0
# policy/cache.c: what the guest had before a lazy take hurt is forgotten
s/c->won = max(c->won, bytes);/c->won = max(c->won, 0ULL);/

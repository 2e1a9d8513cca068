# SPDX-License-Identifier: GPL-2.0
# policy/cache.c: growth that does not help is not undone
s/return c->beyond > max(DYNMEM_CACHE_PROOF.*/return false;/

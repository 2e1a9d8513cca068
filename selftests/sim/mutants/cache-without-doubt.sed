# SPDX-License-Identifier: GPL-2.0
# policy/cache.c: growth of a guest that ceases to read when it has all counts as proved
s/c->doubtful = c->won >= c->most;/c->doubtful = false;/

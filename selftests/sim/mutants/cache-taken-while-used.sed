# SPDX-License-Identifier: GPL-2.0
# policy/cache.c: a decay that is read back is not undone
s/c->won = max(c->won, c->undecayed);/;/

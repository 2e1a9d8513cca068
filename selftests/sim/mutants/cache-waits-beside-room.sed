# SPDX-License-Identifier: GPL-2.0
# policy/cache.c: growth waits for its turn though the host has room for it
s/return c->too_little \&\&/return false \&\&/

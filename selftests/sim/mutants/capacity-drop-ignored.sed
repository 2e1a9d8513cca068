# SPDX-License-Identifier: GPL-2.0
# host.c: capacity only rises
s/gap < RISE_REST ||/(gap \&\& gap < RISE_REST) ||/

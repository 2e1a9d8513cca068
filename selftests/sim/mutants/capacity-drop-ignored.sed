# SPDX-License-Identifier: GPL-2.0
# policy/capacity.c: capacity only rises
s/gap < RISE_REST ||/(gap \&\& gap < RISE_REST) ||/

# SPDX-License-Identifier: GPL-2.0
# sharing/headroom.c: a VM may borrow as much as headroom
s,headroom_for(v) / 2 /,headroom_for(v) /,

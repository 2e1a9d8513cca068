# SPDX-License-Identifier: GPL-2.0
# sharing/move.c: loans come back no sooner than buffers
s/^\tif (turn == LENT)$/\tif (turn == LENT \&\& buffer)/

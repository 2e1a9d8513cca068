# SPDX-License-Identifier: GPL-2.0
# sharing/node.c: the grant of a floating VM is charged nowhere
s/placing\[best\] += here;/;/

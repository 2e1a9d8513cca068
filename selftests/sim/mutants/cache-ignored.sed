# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: what a guest reads back gives it nothing
s/vm->demand\.cache\.won/0/

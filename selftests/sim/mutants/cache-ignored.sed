# SPDX-License-Identifier: GPL-2.0
# sharing/want.c: what a guest reads back gives it nothing
s/believed_demand + vm->demand\.cache\.won/believed_demand/

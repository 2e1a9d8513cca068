# SPDX-License-Identifier: GPL-2.0
# What the simulator consists of. $(top) is the top of the tree.

# The code under test: all of host-kmod/ but what touches devices, guest memory or netlink
sim_host := $(patsubst $(top)/host-kmod/%,%,$(wildcard $(addprefix $(top)/host-kmod/,policy/*.c sharing/*.c \
	    control/*.c))) vm/vm.c vm/settings.c vm/vnodes.c memory/pool.c
# World, guests, traces, our controller; in selftests/sim/
sim_lib := world.c guest.c trace.c recordings.c module.c
sim_tests := main.c tap.c random.c invariants.c coverage.c share.c golden.c control.c hostile.c

# compat.h and what it includes is about modules only.
sim_cppflags := -I$(top)/selftests/unit/kernel -I$(top)/host-kmod -I$(top)/include -I$(top) \
		-I$(top)/selftests/sim -D_DYNMEM_COMPAT_H
sim_ldflags := -Wl,--wrap=dynmem_plan_begin,--wrap=dynmem_plan_decide,--wrap=dynmem_debt_tell

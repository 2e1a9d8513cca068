# SPDX-License-Identifier: GPL-2.0
# The source files of the simulator. A Makefile that includes this sets $(top), the top of the tree.

# The code under test, in host-kmod/: all files but those for devices, guest memory and netlink
sim_host := $(patsubst $(top)/host-kmod/%,%,$(wildcard $(addprefix $(top)/host-kmod/,policy/*.c sharing/*.c \
	    control/*.c))) vm/vm.c vm/settings.c vm/vnodes.c memory/pool.c \
	    memory/pageset.c
# The simulator itself, and then its tests, in selftests/sim/
sim_lib := world.c guest.c trace.c recordings.c module.c
sim_tests := main.c tap.c random.c invariants.c coverage.c share.c golden.c control.c cache.c hostile.c resize.c

# -D_DYNMEM_COMPAT_H makes compat.h empty, since only a kernel module needs it.
sim_cppflags := -I$(top)/selftests/unit/kernel -I$(top)/host-kmod -I$(top)/include -I$(top) \
		-I$(top)/selftests/sim -D_DYNMEM_COMPAT_H
sim_ldflags := -Wl,--wrap=dynmem_plan_begin,--wrap=dynmem_plan_decide,--wrap=dynmem_debt_tell

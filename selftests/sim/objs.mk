# SPDX-License-Identifier: GPL-2.0
# What the simulator consists of. $(top) is the top of the tree.

# The code under test: all of host-kmod/ but what touches devices, guest memory or netlink
sim_below := account.c balloon.c config.c event.c folios.c given.c guestmem.c helpers.c \
	     main.c memcg.c mgmt.c netlink%.c reclaim.c regions.c reporting.c request.c retouch.c serve.c \
	     stock.c vcpus.c vdpa.c vring.c
sim_host := $(filter-out $(sim_below),$(notdir $(wildcard $(top)/host-kmod/*.c)))
# World, guests, traces, our controller; in selftests/sim/
sim_lib := world.c guest.c trace.c recordings.c module.c
sim_tests := main.c random.c invariants.c coverage.c share.c golden.c control.c hostile.c

# compat.h and what it includes is about modules only.
sim_cppflags := -I$(top)/selftests/unit/kernel -I$(top)/host-kmod -I$(top) \
		-I$(top)/selftests/sim -D_DYNMEM_COMPAT_H
sim_ldflags := -Wl,--wrap=dynmem_plan_begin,--wrap=dynmem_plan_decide,--wrap=dynmem_debt_tell

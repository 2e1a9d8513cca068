# SPDX-License-Identifier: GPL-2.0
# What the simulator consists of. $(top) is the top of the tree.

# The code under test, in host-kmod/
sim_host := balancer.c vm.c session.c plan.c why.c admit.c node.c host.c policy.c sets.c ledger.c demand.c
sim_host += $(notdir $(wildcard $(addprefix $(top)/host-kmod/,start.c pace.c sets.c)))
# World, guests, traces, our controller; in selftests/sim/
sim_lib := world.c guest.c trace.c recordings.c module.c
sim_tests := main.c random.c invariants.c coverage.c share.c golden.c control.c

# compat.h and what it includes is about modules only.
sim_cppflags := -I$(top)/selftests/unit/kernel -I$(top)/host-kmod -I$(top) \
		-I$(top)/selftests/sim -D_DYNMEM_COMPAT_H
sim_ldflags := -Wl,--wrap=dynmem_plan_begin,--wrap=dynmem_plan_end

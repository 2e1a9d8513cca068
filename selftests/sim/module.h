/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The controller under test: the host module's own files (objs.mk has the list), built with the
 * kernel stubs of selftests/unit/kernel. Checks that read its VMs and ledgers include this header.
 * They must include it first, as it defines names of the kernel.
 */
#ifndef _SIM_MODULE_H
#define _SIM_MODULE_H

#include "kernel.h"

#include "control/balancer.h"
#include "control/define.h"
#include "control/lifecycle.h"
#include "event.h"
#include "sharing/headroom.h"
#include "sharing/node.h"
#include "sharing/plan.h"
#include "vm/vm.h"

#include "world.h"

/* The VM of a guest, or NULL while no VMM is attached. */
struct dynmem_vm *sim_vm(const struct sim_guest *g);
/*
 * Bytes granted to a guest: sim_granted() returns all, sim_lent() the part that is lent, and
 * sim_own() the remaining part.
 */
u64 sim_granted(const struct sim_guest *g);
u64 sim_lent(const struct sim_guest *g);
u64 sim_own(const struct sim_guest *g);
/* The guest of a VM, or NULL. */
struct sim_guest *sim_vm_guest(const struct dynmem_vm *vm);

/* The world in which sim_dynmem runs. There is only one at a time. */
extern struct sim_world *sim_host_world;

/* A hook or NULL: called for each event that the code under test raises. */
extern void (*sim_host_event)(const struct dynmem_event *event);

/*
 * A hook or NULL: called twice in each decision. The first call is when all is measured, but
 * nothing is decided yet. The second call is at the end (@ends is true). The linker wraps
 * dynmem_plan_begin() and dynmem_plan_decide(), and the wrappers call this hook.
 */
extern void (*sim_host_decision)(const struct dynmem_plan *plan, bool ends);
/* A hook or NULL: called after each decision, when events about debt have been raised. */
extern void (*sim_host_debt_told)(const struct dynmem_plan *plan);

/*
 * The linker turns each call of dynmem_X() into a call of __wrap_dynmem_X(), and each call of
 * __real_dynmem_X() into a call of dynmem_X().
 */
void __wrap_dynmem_plan_begin(struct dynmem_plan *plan);
void __real_dynmem_plan_begin(struct dynmem_plan *plan);
void __wrap_dynmem_plan_decide(struct dynmem_plan *plan, enum dynmem_balance balance);
void __real_dynmem_plan_decide(struct dynmem_plan *plan, enum dynmem_balance balance);
void __wrap_dynmem_debt_tell(const struct dynmem_plan *plan);
void __real_dynmem_debt_tell(const struct dynmem_plan *plan);

#endif

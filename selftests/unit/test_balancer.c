// SPDX-License-Identifier: GPL-2.0
/*
 * Tests which VMs are in a plan, and what happens if VMs are added while memory for the plan is
 * allocated.
 */
#include "kernel.h"
#include "unit.h"

#include "control/balancer.h"
#include "control/measure.h"
#include "control/walker.h"
#include "device/mgmt.h"
#include "event.h"
#include "memory/memcg.h"
#include "memory/pool.h"
#include "sharing/node.h"
#include "sharing/types.h"
#include "vm/vm.h"
#include "vm_parts.h"

u64 unit_now_ms = 1000000;
int unit_nodes = 1;
struct hstate unit_hstate[HUGE_MAX_HSTATE];
unsigned int unit_nr_hstates;

static struct delayed_work *run;	/* the work of the balancer */
static unsigned int prepared;		/* how often prepare() was called */
static unsigned int looked;		/* how often look() was called */
static unsigned int to_add;		/* number of VMs that another thread adds, two at a time */
static unsigned int decided;		/* how many VMs were told of a decision */

void unit_work_queued(struct delayed_work *work, u64 due_ms)
{
	run = work;
	work->pending = true;
}

bool unit_wait(void)
{
	return true;
}

void dynmem_measure(u64 now_ms, bool tick)
{
}

void dynmem_measure_nodes(const struct dynmem_plan *plan)
{
}

int dynmem_measure_init(void)
{
	return 0;
}

void dynmem_measure_exit(void)
{
}

int dynmem_walker_init(void (*measure)(void))
{
	return 0;
}

void dynmem_walker_exit(void)
{
}

u64 dynmem_walker_vm(struct dynmem_vm *vm, u64 budget)
{
	return 0;
}

void dynmem_vdpa_notify(struct dynmem_vm *vm)
{
	decided++;
}

void dynmem_memcg_read(struct dynmem_guestmem *gm, struct dynmem_memcg *memcg)
{
	memset(memcg, 0, sizeof(*memcg));
}

void dynmem_event(enum dynmem_event_kind kind, const char *vm, int node, u64 bytes,
		  const char *fmt, ...)
{
}

/* Adds a VM to the set, without memory for decisions about it. */
static void add(const char *name, enum dynmem_vm_state state)
{
	const struct dynmem_settings set = { .weight = 5000 };
	struct dynmem_vm *vm = dynmem_vm_alloc(name, &set);

	assert_non_null(vm);
	dynmem_vm_expect();
	assert_int_equal(dynmem_vm_add(vm), 0);
	vm->state = state;
	vm->nr_vnodes = 1;
	vm->books.admitted_ms = unit_now_ms;
	dynmem_vm_put(vm);
}

/* Called without a lock, so another thread can add VMs meanwhile. */
static int prepare(unsigned int nr_vms, void *arg)
{
	char name[] = "added0";
	unsigned int i;

	assert_int_equal(unit_nr_locked, 0);
	prepared++;
	for (i = 0; i < 2 && to_add; i++) {
		name[5] = '0' + to_add--;
		add(name, DYNMEM_VM_STATE_RUNNING);
	}
	return 0;
}

static void look(struct dynmem_plan *plan, void *arg)
{
	unsigned int i;

	looked++;
	assert_int_equal(plan->nr_vms, *(unsigned int *)arg);
	assert_int_equal(unit_nr_locked, 1 + plan->nr_vms);
	for (i = 0; i < plan->nr_vms; i++)
		assert_int_not_equal(plan->vm[i]->state, DYNMEM_VM_STATE_DEFINED);
}

static int begin(void **state)
{
	unit_nr_locked = 0;
	prepared = 0;
	looked = 0;
	to_add = 0;
	decided = 0;
	return dynmem_balancer_init();
}

static int end(void **state)
{
	dynmem_vm_exit();
	dynmem_balancer_exit();
	return 0;
}

/* There is room for one more VM, so two more make the arrays of the plan too small. */
static void vms_may_be_added_while_memory_is_allocated(void **state)
{
	unsigned int wanted = 5;

	add("first", DYNMEM_VM_STATE_RUNNING);
	to_add = 4;
	assert_int_equal(dynmem_balancer_look(NULL, prepare, look, &wanted), 0);
	assert_int_equal(prepared, 3);
	assert_int_equal(looked, 1);
	assert_int_equal(unit_nr_locked, 0);
}

static void a_vm_without_a_vmm_is_in_no_plan(void **state)
{
	unsigned int wanted = 1;

	add("starting", DYNMEM_VM_STATE_STARTING);
	add("off", DYNMEM_VM_STATE_DEFINED);
	assert_int_equal(dynmem_balancer_look(NULL, NULL, look, &wanted), 0);
	assert_int_equal(looked, 1);
}

static int out_of_memory(unsigned int nr_vms, void *arg)
{
	return -ENOMEM;
}

static void without_memory_nothing_is_looked_at(void **state)
{
	assert_int_equal(dynmem_balancer_look(NULL, out_of_memory, look, NULL), -ENOMEM);
	assert_int_equal(looked, 0);
}

/* A run with arrays that are too small decides nothing, and comes again. */
static void a_run_decides_about_all_vms_or_none(void **state)
{
	add("a", DYNMEM_VM_STATE_RUNNING);
	add("b", DYNMEM_VM_STATE_RUNNING);
	run->pending = false;
	run->fn(NULL);
	assert_int_equal(decided, 0);
	assert_int_equal(unit_nr_locked, 0);
	assert_true(run->pending);
	assert_int_equal(dynmem_balancer_reserve(2), 0);
	run->pending = false;
	run->fn(NULL);
	assert_int_equal(decided, 2);
	assert_int_equal(unit_nr_locked, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(vms_may_be_added_while_memory_is_allocated),
		TEST(a_vm_without_a_vmm_is_in_no_plan),
		TEST(without_memory_nothing_is_looked_at),
		TEST(a_run_decides_about_all_vms_or_none),
	};

	return cmocka_run_group_tests_name("balancer", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The walker counts the resident pages of VMs. These tests check how many steps it makes for each
 * VM in a second.
 */
#include "unit.h"

#include "vm/vm.h"
#include "control/walker.h"

#define VMS	4
#define ALL	524288ULL	/* the most steps a second for all VMs together */
#define ONE	262144ULL	/* the most steps a second for one VM */

u64 unit_now_ms;
static struct delayed_work *queued;
static struct dynmem_vm vms[VMS];
static unsigned int measured;
static struct {
	bool gone;	/* removed from the set of VMs */
	u64 length;	/* steps of a full walk */
	u64 left;	/* steps that are left in the present walk */
	u64 steps;	/* steps made in this second */
} of[VMS];

void unit_work_queued(struct delayed_work *work, u64 due_ms)
{
	work->pending = true;
	work->due_ms = due_ms;
	queued = work;
}

struct dynmem_vm *dynmem_vm_next(struct dynmem_vm *prev)
{
	int i;

	for (i = prev ? prev->id : 0; i < VMS; i++)
		if (!of[i].gone)
			return &vms[i];
	return NULL;
}

void dynmem_vm_put(struct dynmem_vm *vm)
{
}

static unsigned int index_of(struct dynmem_account *acc)
{
	return container_of(acc, struct dynmem_vm, account) - vms;
}

u64 dynmem_account_migrated(void)
{
	return 0;
}

bool dynmem_account_is_due(struct dynmem_account *acc, u64 migrated)
{
	return of[index_of(acc)].length;
}

bool dynmem_account_walk(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed,
			 u64 *budget)
{
	unsigned int i = index_of(acc);
	u64 steps;

	if (!of[i].left)
		of[i].left = of[i].length;
	steps = min(of[i].left, *budget);
	*budget -= steps;
	of[i].left -= steps;
	of[i].steps += steps;
	return !of[i].left;
}

static void second(void)
{
	int i;

	for (i = 0; i < VMS; i++)
		of[i].steps = 0;
	assert_true(queued->pending);
	unit_now_ms = queued->due_ms;
	queued->pending = false;
	queued->fn(NULL);
}

static void stepped(u64 a, u64 b, u64 c, u64 d)
{
	second();
	assert_int_equal(of[0].steps, a);
	assert_int_equal(of[1].steps, b);
	assert_int_equal(of[2].steps, c);
	assert_int_equal(of[3].steps, d);
}

static void measure(void)
{
	measured++;
}

static int start(void **state)
{
	int i;

	measured = 0;
	memset(of, 0, sizeof(of));
	for (i = 0; i < VMS; i++)
		vms[i] = (struct dynmem_vm){ .id = i + 1, .state = DYNMEM_VM_STATE_RUNNING };
	return dynmem_walker_init(measure);
}

static int stop(void **state)
{
	dynmem_walker_exit();
	return 0;
}

static void short_walks_are_made_each_second(void **state)
{
	of[0].length = 512;
	of[2].length = 1000;
	of[3].length = 7;
	stepped(512, 0, 1000, 7);
	stepped(512, 0, 1000, 7);
	vms[2].state = DYNMEM_VM_STATE_DEFINED;
	of[3].gone = true;
	stepped(512, 0, 0, 0);
}

static void one_vm_has_a_bounded_part(void **state)
{
	of[0].length = 2 * ONE + 1;
	of[1].length = 1;
	stepped(ONE, 1, 0, 0);
	stepped(ONE, 1, 0, 0);
	stepped(1, 1, 0, 0);
}

static void who_had_no_turn_is_first(void **state)
{
	int i;

	for (i = 0; i < VMS; i++)
		of[i].length = ONE;
	stepped(ONE, ONE, 0, 0);
	stepped(0, 0, ONE, ONE);
	stepped(ONE, ONE, 0, 0);
	of[2].length = ONE / 2;
	stepped(ONE / 2, 0, ONE / 2, ONE);
	/* The walk of VM 0 was cut short. It goes on when VM 0 has its next turn. */
	stepped(0, ONE, ONE / 2, ONE / 2);
	stepped(ONE / 2, ONE, ONE / 2, 0);
}

static void nobody_is_left_out(void **state)
{
	u64 sum[VMS] = { 0 };
	int i, tick;

	for (i = 0; i < VMS; i++)
		of[i].length = ONE / 2 + 1000ULL * i;
	for (tick = 0; tick < 1000; tick++) {
		second();
		for (i = 0; i < VMS; i++)
			sum[i] += of[i].steps;
	}
	assert_in_range(sum[0] + sum[1] + sum[2] + sum[3], 1000 * ALL * 8 / 10, 1000 * ALL);
	for (i = 0; i < VMS; i++)
		assert_in_range(sum[i], 1000 * ALL / VMS / 2, 1000 * ALL / VMS * 2);
}

static void capacity_is_measured_after_merged_pages_are_walked(void **state)
{
	of[0].length = 1;
	of[2].length = 1;
	second();
	assert_int_equal(measured, 0);
	vms[0].account.merges = true;
	vms[2].account.merges = true;
	second();
	assert_int_equal(measured, 1);
	/* If no VM with merged pages is walked, capacity is not measured. */
	of[0].length = 0;
	of[2].length = 0;
	second();
	assert_int_equal(measured, 1);
}

static void the_last_one_may_go(void **state)
{
	of[1].length = ONE;
	of[2].length = ONE;
	stepped(0, ONE, ONE, 0);
	of[2].gone = true;
	stepped(0, ONE, 0, 0);
	of[1].gone = true;
	stepped(0, 0, 0, 0);
	of[0].length = 5;
	stepped(5, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(short_walks_are_made_each_second, start, stop),
		cmocka_unit_test_setup_teardown(one_vm_has_a_bounded_part, start, stop),
		cmocka_unit_test_setup_teardown(who_had_no_turn_is_first, start, stop),
		cmocka_unit_test_setup_teardown(nobody_is_left_out, start, stop),
		cmocka_unit_test_setup_teardown(capacity_is_measured_after_merged_pages_are_walked,
						start, stop),
		cmocka_unit_test_setup_teardown(the_last_one_may_go, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

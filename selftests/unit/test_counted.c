// SPDX-License-Identifier: GPL-2.0
/*
 * What decisions count for the operator: the memory that VMs get and give, pressure, and the memory
 * that further VMs could get. See world.h for the guests. VMs have 3 GiB on each node.
 */
#include "world.h"

static u64 counter(unsigned int i, int attr)
{
	return dynmem_counters_read(&guest[i].vm.counters, attr);
}

/* Lets @n seconds pass. In each step, what VM @i has must be what was added, less removed. */
static void seconds_counted(unsigned int i, unsigned int n)
{
	for (n *= 1000 / STEP_MS; n; n--) {
		u64 added = counter(i, DYNMEM_A_COUNTER_ADDED);
		u64 removed = counter(i, DYNMEM_A_COUNTER_REMOVED);
		u64 adds = counter(i, DYNMEM_A_COUNTER_ADD_OPERATIONS);
		u64 removes = counter(i, DYNMEM_A_COUNTER_REMOVE_OPERATIONS);

		step();
		added = counter(i, DYNMEM_A_COUNTER_ADDED) - added;
		removed = counter(i, DYNMEM_A_COUNTER_REMOVED) - removed;
		adds = counter(i, DYNMEM_A_COUNTER_ADD_OPERATIONS) - adds;
		removes = counter(i, DYNMEM_A_COUNTER_REMOVE_OPERATIONS) - removes;
		assert_int_equal(adds, added > 0);
		assert_int_equal(removes, removed > 0);
		assert_true(!added || !removed);
		assert_int_equal(counter(i, DYNMEM_A_COUNTER_ADDED) -
				 counter(i, DYNMEM_A_COUNTER_REMOVED), vnode(i)->granted);
	}
}

static void added_less_removed_is_assigned(void **state)
{
	u64 added;

	define(0, 0.5, 0.25, 2, 5000);
	define(1, 0.5, 0.25, 2, 5000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	/* Startup memory is memory that was added, in one operation. */
	assert_true(counter(0, DYNMEM_A_COUNTER_ADDED) >= GIB(0.5));
	assert_int_equal(counter(0, DYNMEM_A_COUNTER_ADD_OPERATIONS), 1);
	assert_int_equal(counter(0, DYNMEM_A_COUNTER_REMOVED), 0);
	guest[0].need = GIB(1.5);
	seconds_counted(0, 60);
	added = counter(0, DYNMEM_A_COUNTER_ADDED);
	assert_true(added >= GIB(1.5));
	/* The other VM needs the memory now. */
	guest[0].need = MIB(200);
	guest[1].need = GIB(2);
	seconds_counted(0, 60);
	seconds_counted(1, 1);
	assert_true(counter(0, DYNMEM_A_COUNTER_REMOVED) >= GIB(0.5));
	assert_true(counter(0, DYNMEM_A_COUNTER_ADDED) >= added);
}

/* A guest that lacks memory for some seconds. A minute later, the peak is still known. */
static void a_peak_of_pressure_is_known_a_minute_later(void **state)
{
	struct dynmem_vm *vm = &guest[0].vm;
	u32 least, most, average;

	define(0, 0.5, 0.25, 1, 5000);
	assert_int_equal(start(0), 0);
	assert_false(dynmem_window_read(&vm->demand.pressure, &least, &most, &average));
	guest[0].need = MIB(300);
	seconds(200);
	assert_true(dynmem_window_read(&vm->demand.pressure, &least, &most, &average));
	assert_in_range(dynmem_vm_pressure(vm), 1, 99);
	assert_in_range(average, least, most);
	assert_in_range(most, least, 99);
	/* The demand exceeds the maximum. */
	guest[0].need = GIB(1.5);
	seconds(20);
	assert_true(dynmem_vm_pressure(vm) > 120);
	guest[0].need = MIB(300);
	seconds(60);
	assert_true(dynmem_vm_pressure(vm) < 120);
	assert_true(dynmem_window_read(&vm->demand.pressure, &least, &most, &average));
	assert_true(most > 120);
	assert_in_range(average, least + 1, most - 1);
	seconds(300);
	assert_true(dynmem_window_read(&vm->demand.pressure, &least, &most, &average));
	assert_true(most < 100);
}

/* A VM needs its startup memory, and some more for its VMM. */
static double startup_of(u64 need)
{
	u64 bytes = need - need % DYNMEM_BLOCK;

	while (bytes + dynmem_startq_overhead(bytes) > need)
		bytes -= DYNMEM_BLOCK;
	return (double)bytes / GIB(1);
}

static void what_is_startable_starts(void **state)
{
	u64 startable;

	seconds(1);
	assert_int_equal(dynmem_admit_startable(), GIB(3));
	define(0, 1, 0.5, 2, 10000);
	assert_int_equal(start(0), 0);
	guest[0].need = MIB(700);
	seconds(120);
	startable = dynmem_admit_startable();
	/* The VM keeps its demand, but not its buffer and not what is lent to it. */
	assert_true(startable + vnode(0)->demand <= GIB(3));
	assert_true(startable > dynmem_ledger_spare(&dynmem_nodes[0].ledger));
	assert_true(startable + vnode(0)->granted > GIB(3));

	define(1, startup_of(startable) + 0.0625, 0.25, 3, 1);
	assert_int_equal(start(1), -ENOMEM);
	define(1, startup_of(startable), 0.25, 3, 1);
	guest[1].vm.ram = vnode(1)->ram = guest[1].vm.set.startup;
	assert_int_equal(start(1), 0);
	seconds(1);
	assert_true(dynmem_admit_startable() < MIB(100));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, one_node, end)
	const struct CMUnitTest tests[] = {
		TEST(added_less_removed_is_assigned),
		TEST(a_peak_of_pressure_is_known_a_minute_later),
		TEST(what_is_startable_starts),
	};

	return cmocka_run_group_tests_name("counted", tests, NULL, NULL);
}

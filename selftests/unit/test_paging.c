// SPDX-License-Identifier: GPL-2.0
/*
 * Tests which VMs are to be paged to disk, and for how long. In most tests vm0 restarts, and vm1,
 * which has a higher weight, needs the memory that vm0 has given before. See world.h for the
 * guests.
 */
#include "world.h"

/* The guest of vm @i is reset. Until boots() is called, it has no driver. */
static void is_reset(unsigned int i)
{
	guest[i].vm.state = DYNMEM_VM_STATE_RESTARTING;
	guest[i].vm.driver = DYNMEM_DRIVER_NONE;
	guest[i].vm.demand.reported_ms = 0;
	vnode(i)->ballooned = 0;
	guest[i].silent = true;
	guest[i].stuck = true;
	guest[i].need = GIB(1);
}

static void boots(unsigned int i)
{
	guest[i].silent = false;
	guest[i].stuck = false;
}

/* vm1 needs @need GiB, and vm0 is at its minimum or near. */
static void short_host(u32 weight0, u32 weight1, double need)
{
	define(0, 1.5, 0.25, 2, weight0);
	define(1, 0.5, 0.25, 3, weight1);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	seconds(40);
	guest[1].need = GIB(need);
	seconds(30);
	assert_true(vnode(0)->granted < GIB(1));
	events[0] = '\0';
}

static u64 page_to(unsigned int i)
{
	return guest[i].vm.books.page_to;
}

static void never_said(const char *text)
{
	if (strstr(events, text))
		fail_msg("\"%s\" was said:\n%s", text, events);
}

static void paging_only_when_nothing_can_be_had(void **state)
{
	char said[80];

	short_host(1000, 9000, 2.3);
	assert_int_equal(page_to(0), 0);
	is_reset(0);
	step();
	assert_int_equal(page_to(0), vnode(0)->granted);
	snprintf(said, sizeof(said), "pages to disk: has %lluM of 1536M startup\n",
		 page_to(0) >> 20);
	heard(said);
	assert_int_equal(page_to(1), 0);
}

/* vm1 has the lower weight, so it gives what vm0 lacks. */
static void no_paging_while_memory_is_under_way(void **state)
{
	unsigned int i;

	short_host(9000, 1000, 2.3);
	is_reset(0);
	for (i = 0; i < 100; i++) {
		step();
		assert_int_equal(page_to(0), 0);
	}
	never_said("pages to disk");
	assert_true(vnode(0)->granted > GIB(1));
}

/* vm1 is to give, but does not. When it counts as stuck, its memory is not under way any more. */
static void paging_begins_when_others_do_not_give(void **state)
{
	short_host(9000, 1000, 2.3);
	guest[1].stuck = true;
	is_reset(0);
	seconds(3);
	assert_int_equal(page_to(0), 0);
	seconds(30);
	assert_true(page_to(0) > 0);
}

static void off_static_and_unreclaimable_vms_are_not_paged(void **state)
{
	short_host(1000, 9000, 2.3);
	guest[0].vm.set.paging = false;
	is_reset(0);
	seconds(5);
	assert_int_equal(page_to(0), 0);
	guest[0].vm.set.paging = true;
	guest[0].vm.unreclaimable = true;
	seconds(1);
	assert_int_equal(page_to(0), 0);
	guest[0].vm.unreclaimable = false;
	guest[0].vm.set.dynamic = false;
	seconds(1);
	assert_int_equal(page_to(0), 0);
	guest[0].vm.set.dynamic = true;
	guest[0].vm.state = DYNMEM_VM_STATE_RUNNING;
	seconds(1);
	assert_int_equal(page_to(0), 0);
	guest[0].vm.state = DYNMEM_VM_STATE_RESTARTING;
	step();
	assert_true(page_to(0) > 0);
	guest[0].vm.set.paging = false;
	step();
	assert_int_equal(page_to(0), 0);
	heard("paging has ended, 0M are still out\n");
}

/* A VM that starts is refused, however little is missing. */
static void a_cold_start_is_never_paged(void **state)
{
	short_host(1000, 9000, 2.3);
	define(2, 1, 0.25, 1, 500);
	assert_int_equal(start(2), -ENOMEM);
	assert_int_equal(page_to(2), 0);
	never_said("pages to disk");
}

/* A node of 4 GiB, of which 2 are in a pool. */
static int one_pool(void **state)
{
	int ret;

	unit_nr_hstates = 1;
	unit_hstate[0] = (struct hstate){ .page = MIB(2), .nr_huge_pages_node = { 1024 } };
	ret = one_node(state);
	host_use += GIB(2);
	return ret;
}

static int no_pool(void **state)
{
	unit_nr_hstates = 0;
	return end(state);
}

static void memory_in_pools_is_not_paged(void **state)
{
	unsigned int i;

	define(0, 1, 0.25, 1.25, 1000);
	define(1, 0.5, 0.25, 2, 9000);
	for (i = 0; i < 2; i++) {
		vnode(i)->pool = 1;
		vnode(i)->node = dynmem_pool_node(0, 1);
		assert_int_equal(start(i), 0);
	}
	seconds(40);
	guest[1].need = GIB(1.4);
	seconds(30);
	assert_true(vnode(0)->granted < GIB(0.75));
	is_reset(0);
	seconds(5);
	assert_true(guest[0].vm.books.missing > MIB(256));
	assert_int_equal(page_to(0), 0);
	never_said("pages to disk");
}

static void page_to_follows_the_grant_upwards_only(void **state)
{
	u64 first, then;

	short_host(1000, 9000, 2.3);
	is_reset(0);
	step();
	first = page_to(0);
	guest[1].need = GIB(1.6);
	seconds(60);
	then = page_to(0);
	assert_true(then > first + MIB(64));
	assert_int_equal(then, vnode(0)->granted);
	guest[1].need = GIB(2.3);
	seconds(60);
	assert_int_equal(page_to(0), then);
}

static void paging_ends_when_the_vm_has_its_startup_memory(void **state)
{
	short_host(1000, 9000, 2.3);
	is_reset(0);
	seconds(5);
	assert_true(page_to(0) > 0);
	guest[0].vm.paged = MIB(184);
	stop(1);
	seconds(2);
	assert_int_equal(page_to(0), 0);
	assert_int_equal(vnode(0)->granted, GIB(1.5));
	heard("paging has ended, 184M are still out\n");
	assert_int_equal(guest[0].vm.state, DYNMEM_VM_STATE_RESTARTING);
	boots(0);
	seconds(2);
	assert_int_equal(guest[0].vm.state, DYNMEM_VM_STATE_RUNNING);
}

/* The guest needs little, so half a minute after its first report it can do with its grant. */
static void paging_ends_when_the_guest_needs_less(void **state)
{
	short_host(1000, 9000, 2.3);
	is_reset(0);
	seconds(10);
	guest[0].need = MIB(100);
	boots(0);
	seconds(20);
	assert_true(page_to(0) > 0);
	assert_int_equal(guest[0].vm.state, DYNMEM_VM_STATE_RESTARTING);
	seconds(15);
	assert_int_equal(page_to(0), 0);
	assert_int_equal(guest[0].vm.state, DYNMEM_VM_STATE_RUNNING);
	assert_true(vnode(0)->granted < GIB(1));
}

/* A guest that is paged gives slowly. It is reset again, and paged on. */
static void a_paged_guest_is_not_uncooperative(void **state)
{
	u64 first;

	short_host(1000, 9000, 2.3);
	is_reset(0);
	seconds(5);
	first = page_to(0);
	guest[0].silent = false;
	seconds(60);
	assert_true(page_to(0) > 0);
	assert_int_equal(dynmem_vm_reaction(&guest[0].vm), DYNMEM_REACTION_OK);
	is_reset(0);
	seconds(2);
	assert_true(page_to(0) >= first);
	guest[0].vm.set.paging = false;
	guest[0].silent = false;
	seconds(30);
	assert_int_equal(dynmem_vm_reaction(&guest[0].vm), DYNMEM_REACTION_UNCOOPERATIVE);
}

static void paging_that_lasts_is_told_with_the_holders(void **state)
{
	unsigned int i, nr = 0;
	const char *at;

	short_host(1000, 9000, 2.3);
	is_reset(0);
	seconds(595);
	never_said("has been paged for");
	for (i = 0; i < 10; i++)
		seconds(1);
	heard("has been paged for 600 s: lacks ");
	heard("M of 1536M startup; held by vm1 ");
	seconds(115);
	for (at = events; (at = strstr(at, "has been paged for")); at++)
		nr++;
	assert_int_equal(nr, 2);
}

static void if_nobody_pages_it_is_told(void **state)
{
	short_host(1000, 9000, 2.3);
	guest[0].cgroup = 1;
	cgroup[1] = (struct cgroup){ .limit = GIB(8) };
	is_reset(0);
	guest[0].need = GIB(1.5);
	seconds(2);
	never_said("nobody pages");
	seconds(2);
	heard("nobody pages: is dynmem-agent running? Others pay for ");
}

/* The agent sets memory.high to what may be resident: 16 MiB for the VMM, and @page_to. */
static void memory_high_for_paging_is_no_limit(void **state)
{
	short_host(1000, 9000, 2.3);
	guest[0].cgroup = 1;
	cgroup[1] = (struct cgroup){ .limit = GIB(8), .others = MIB(16) };
	is_reset(0);
	guest[0].need = GIB(1.5);
	step();
	cgroup[1].high = page_to(0) + MIB(32);
	seconds(5);
	never_said("nobody pages");
	assert_false(guest[0].vm.limit.limited);
	stop(1);
	seconds(2);
	assert_int_equal(page_to(0), 0);
	assert_int_equal(vnode(0)->granted, GIB(1.5));
	/* The agent has not put memory.high back yet. */
	seconds(5);
	assert_int_equal(vnode(0)->granted, GIB(1.5));
	assert_false(guest[0].vm.limit.limited);
	cgroup[1].high = 0;
	seconds(1);
	/* From now on, memory.high counts again. */
	boots(0);
	cgroup[1].high = GIB(1);
	seconds(10);
	assert_true(guest[0].vm.limit.limited);
	assert_true(vnode(0)->target < GIB(1));
}

static void memory_max_and_an_older_memory_high_still_count(void **state)
{
	short_host(1000, 9000, 2.3);
	guest[0].cgroup = 1;
	cgroup[1] = (struct cgroup){ .limit = GIB(1.25), .parent = 2, .depth = 2 };
	cgroup[2] = (struct cgroup){ .limit = GIB(8), .high = GIB(1), .depth = 1 };
	is_reset(0);
	seconds(2);
	cgroup[1].high = page_to(0) + MIB(32);
	seconds(2);
	assert_true(guest[0].vm.limit.limited);
	assert_int_equal(guest[0].vm.limit.allows, GIB(1));
	cgroup[2].high = 0;
	cgroup[1].limit = GIB(0.75);
	seconds(1);
	assert_int_equal(guest[0].vm.limit.allows, GIB(0.75));
}

/* The agent has died, so nobody puts memory.high back. It counts a minute later. */
static void memory_high_that_is_left_counts_after_a_minute(void **state)
{
	short_host(1000, 9000, 2.3);
	guest[0].cgroup = 1;
	cgroup[1] = (struct cgroup){ .limit = GIB(8) };
	is_reset(0);
	step();
	cgroup[1].high = page_to(0) + MIB(32);
	seconds(5);
	stop(1);
	seconds(55);
	assert_false(guest[0].vm.limit.limited);
	seconds(10);
	assert_true(guest[0].vm.limit.limited);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, one_node, end)
	const struct CMUnitTest tests[] = {
		TEST(paging_only_when_nothing_can_be_had),
		TEST(no_paging_while_memory_is_under_way),
		TEST(paging_begins_when_others_do_not_give),
		TEST(off_static_and_unreclaimable_vms_are_not_paged),
		TEST(a_cold_start_is_never_paged),
		cmocka_unit_test_setup_teardown(memory_in_pools_is_not_paged, one_pool, no_pool),
		TEST(page_to_follows_the_grant_upwards_only),
		TEST(paging_ends_when_the_vm_has_its_startup_memory),
		TEST(paging_ends_when_the_guest_needs_less),
		TEST(a_paged_guest_is_not_uncooperative),
		TEST(paging_that_lasts_is_told_with_the_holders),
		TEST(if_nobody_pages_it_is_told),
		TEST(memory_high_for_paging_is_no_limit),
		TEST(memory_max_and_an_older_memory_high_still_count),
		TEST(memory_high_that_is_left_counts_after_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

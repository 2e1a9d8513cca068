// SPDX-License-Identifier: GPL-2.0
/*
 * Tests guests that touch ballooned memory again, and guests that do not give memory: which grants
 * the other VMs get, and which events are raised. See world.h for the guests.
 */
#include "world.h"

static u64 debt(void)
{
	return dynmem_ledger_debt(&dynmem_nodes[0].ledger);
}

static unsigned int times_told(const char *text)
{
	const char *at = events;
	unsigned int n = 0;

	for (; (at = strstr(at, text)); at += strlen(text))
		n++;
	return n;
}

/* Starts three VMs of the same weight in 3 GiB. vm0 needs 300 MiB, vm1 and vm2 need @need each. */
static void three(u64 need)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		define(i, 0.5, 0.25, 3, 5000);
		guest[i].driver_ms = 1000;
		assert_int_equal(start(i), 0);
		guest[i].need = i ? need : MIB(300);
	}
	seconds(90);
	assert_int_equal(debt(), 0);
}

/*
 * vm0 touches 900 MiB of ballooned memory again. This lowers vm0's own share first, then the
 * buffers of vm1 and vm2. vm1 and vm2 keep their demand.
 */
static void what_is_used_again_is_paid_for(void **state)
{
	u64 had, demand = MIB(700 + 168);

	three(MIB(700));
	had = vnode(1)->granted;
	assert_true(vnode(0)->granted > GIB(0.4));
	guest[0].retouched = MIB(900);
	step();
	assert_true(debt() > 0);
	seconds(5);
	assert_int_equal(debt(), 0);
	assert_int_equal(vnode(0)->granted, GIB(0.25));
	assert_true(vnode(1)->granted < had);
	assert_true(vnode(1)->granted + dynmem_pacing_slack(demand) >= demand);
	assert_true(vnode(2)->granted + dynmem_pacing_slack(demand) >= demand);
	assert_non_null(strstr(why_of(0), "M of what it has given are resident, it pays"));
	/* When vm0 does not hold that memory any more, all VMs get their shares back. */
	guest[0].retouched = 0;
	seconds(5);
	assert_about(vnode(1)->granted, had);
	assert_true(vnode(0)->granted > GIB(0.4));
}

/* If buffers are not enough to pay a debt, grants fall below demand, down to the minimums. */
static void debt_falls_while_anybody_can_give(void **state)
{
	three(MIB(1000));
	guest[0].retouched = MIB(1500);
	seconds(5);
	assert_int_equal(debt(), 0);
	assert_int_equal(vnode(0)->granted, GIB(0.25));
	guest[0].retouched = MIB(2500);
	seconds(5);
	assert_true(debt() > 0);
	assert_int_equal(vnode(0)->granted, GIB(0.25));
	assert_int_equal(vnode(1)->granted, GIB(0.25));
	assert_int_equal(vnode(2)->granted, GIB(0.25));
	assert_non_null(strstr(events, "does not fall; above minimum: vm0"));
}

/*
 * A guest gives memory just after that memory was counted as resident. The memory must not be taken
 * for ballooned memory that is in use again.
 */
static void giving_is_not_paid_for(void **state)
{
	define(0, 2, 0.25, 3, 5000);
	define(1, 0.5, 0.25, 3, 5000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	guest[0].need = GIB(2);
	guest[1].need = GIB(0.5);
	seconds(60);
	guest[0].need = GIB(0.5);
	guest[1].need = GIB(2);
	for (unsigned int i = 0; i < 200; i++) {
		step();
		assert_int_equal(guest[0].vm.books.beyond, 0);
	}
	assert_true(vnode(1)->granted > GIB(1.8));
}

/*
 * vm0 touches ballooned memory again. This lowers the grant of vm1, but not that of vm2 on another
 * node. When vm0's VMM has ended, vm1 gets its memory back.
 */
static void only_its_own_node_pays(void **state)
{
	u64 had[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		define(i, 0.5, 0.25, 3, 5000);
		vnode(i)->node = i == 2;
		guest[i].driver_ms = 1000;
		assert_int_equal(start(i), 0);
		guest[i].need = i == 2 ? MIB(1800) : MIB(1000);
	}
	seconds(90);
	for (i = 0; i < 3; i++)
		had[i] = vnode(i)->granted;
	guest[0].retouched = MIB(1500);
	seconds(5);
	assert_true(vnode(1)->granted < had[1]);
	assert_int_equal(vnode(2)->granted, had[2]);
	stop(0);
	seconds(5);
	assert_true(vnode(1)->granted >= had[1]);
}

/* A VM is bound to another node, but its memory has not been moved there yet. */
static void memory_not_moved_yet_is_no_fault(void **state)
{
	define(0, 1, 0.25, 3, 5000);
	vnode(0)->node = 0;
	assert_int_equal(start(0), 0);
	guest[0].need = GIB(1.5);
	seconds(60);
	vnode(0)->node = 1;
	guest[0].lags = true;
	seconds(60);
	assert_int_equal(guest[0].vm.books.beyond, 0);
	assert_int_equal(dynmem_vm_reaction(&guest[0].vm), DYNMEM_REACTION_OK);
	assert_int_equal(times_told("uncooperative: "), 0);
}

static void who_uses_it_again_is_told_of(void **state)
{
	three(MIB(700));
	guest[0].retouched = MIB(900);
	seconds(60);
	assert_int_equal(dynmem_vm_reaction(&guest[0].vm), DYNMEM_REACTION_UNCOOPERATIVE);
	assert_int_equal(times_told("uncooperative: "), 1);
	assert_int_equal(times_told("M of what it has given are resident; it pays for them"), 1);
	guest[0].retouched = 0;
	seconds(2);
	assert_int_equal(dynmem_vm_reaction(&guest[0].vm), DYNMEM_REACTION_OK);
	assert_int_equal(times_told("gives again: "), 1);
}

/*
 * vm0 and vm1 have more than they need, and vm2 needs more than it has. vm0 gives one block in each
 * period of @crawl_ms, or nothing if @crawl_ms is 0. vm2 gets its demand nevertheless, from vm1.
 */
static void slow(u64 crawl_ms)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		define(i, i == 0 ? 1.25 : i == 1 ? 1.0 : 0.25, 0.25, 3, 5000);
		guest[i].driver_ms = 1000;
		assert_int_equal(start(i), 0);
	}
	guest[0].need = MIB(1000);
	guest[1].need = MIB(600);
	seconds(80);
	guest[0].need = MIB(150);
	seconds(3);
	guest[0].stuck = !crawl_ms;
	guest[0].crawl_ms = crawl_ms;
	guest[2].need = MIB(560);
	/*
	 * Within 6 s vm2 sends a report, three ticks measure the rate at which vm0 gives, and vm1
	 * gives its memory.
	 */
	seconds(6);
	assert_true(vnode(0)->granted > GIB(1));
	assert_true(vnode(2)->granted + dynmem_pacing_slack(MIB(700)) >= guest[2].vm.demand.shown);
	assert_true(vnode(0)->target < vnode(0)->granted);
	assert_non_null(strstr(why_of(0), crawl_ms ? "it gives slowly, others share" : ""));
}

static void others_do_not_wait_for_one_that_gives_slowly(void **state)
{
	slow(15000);
	/* When vm0 gives fast again, plans count on its memory again. */
	guest[0].crawl_ms = 0;
	seconds(5);
	assert_int_equal(vnode(0)->granted, vnode(0)->target);
	assert_null(strstr(why_of(0), "slowly"));
}

static void others_do_not_wait_for_one_that_never_gives(void **state)
{
	slow(0);
}

/*
 * The host takes 900 MiB. vm0 has to give them, as vm1 has a higher weight. vm0 gives one block in
 * each period of @crawl_ms. The debt must be paid within two minutes. Return: the smallest grant of
 * vm1 in that time, bytes
 */
static u64 heavy_while_light_is_slow(u64 crawl_ms)
{
	u64 least = ~0ULL, before = ~0ULL;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		define(i, 0.5, 0.25, 3, i ? 8000 : 2000);
		guest[i].driver_ms = 1000;
		assert_int_equal(start(i), 0);
		guest[i].need = MIB(900);
	}
	seconds(90);
	guest[0].crawl_ms = crawl_ms;
	host_use += MIB(900);
	seconds(1);
	assert_true(debt() > MIB(100));
	for (i = 0; i < 120; i++) {
		seconds(1);
		assert_true(debt() <= before);
		before = debt();
		least = min(least, vnode(1)->granted);
	}
	assert_int_equal(debt(), 0);
	return least;
}

static void who_weighs_more_waits_for_one_that_gives_slowly(void **state)
{
	u64 demand;

	assert_true(heavy_while_light_is_slow(100) >= guest[1].vm.demand.shown);
	demand = guest[1].vm.demand.shown;
	stop(0);
	stop(1);
	host_use -= MIB(900);
	seconds(20);
	/*
	 * vm0 gives its blocks so rarely that more than five ticks pass in which the debt does not
	 * fall. So vm1 has to give memory, too.
	 */
	assert_true(heavy_while_light_is_slow(15000) < demand - MIB(100));
}

/* vm0 uses all of its 1.5 GiB and reports that it can give nothing. */
static void who_can_not_give_is_believed_as_far_as_it_holds_memory(void **state)
{
	define(0, 1.5, 0.25, 2, 100);
	define(1, 0.5, 0.25, 3, 5000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	seconds(34);
	guest[0].need = GIB(1.5);
	guest[0].stuck = true;
	guest[0].unable = true;
	guest[1].need = GIB(3);
	seconds(30);
	assert_int_equal(dynmem_vm_reaction(&guest[0].vm), DYNMEM_REACTION_OK);
	assert_int_equal(times_told("cannot give"), 0);
	assert_non_null(strstr(why_of(0), "it says that it can't give"));
	seconds(200);
	assert_int_equal(times_told("cannot give: has 1536M, target "), 1);
	assert_int_equal(dynmem_vm_reaction(&guest[0].vm), DYNMEM_REACTION_OK);
	/* Now only 100 MiB are resident. vm0 could give all other memory, whatever it reports. */
	guest[0].need = MIB(100);
	seconds(30);
	assert_int_equal(dynmem_vm_reaction(&guest[0].vm), DYNMEM_REACTION_UNCOOPERATIVE);
	guest[0].stuck = false;
	guest[0].unable = false;
	seconds(5);
	assert_int_equal(dynmem_vm_reaction(&guest[0].vm), DYNMEM_REACTION_OK);
	assert_int_equal(times_told("can give again"), 1);
}

/* An event reports each change of a VM's node, but not the node on which the VM starts. */
static void a_new_node_is_told(void **state)
{
	define(0, 0.5, 0.25, 3, 5000);
	assert_int_equal(start(0), 0);
	seconds(5);
	assert_int_equal(times_told(" now"), 0);
	vnode(0)->node = NUMA_NO_NODE;
	seconds(5);
	assert_int_equal(times_told("floats now"), 1);
	vnode(0)->node = 0;
	seconds(5);
	assert_int_equal(times_told("is bound to node 0 now"), 1);
}

#define TEST(name, world)	cmocka_unit_test_setup_teardown(name, world, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_used_again_is_paid_for, one_node),
		TEST(debt_falls_while_anybody_can_give, one_node),
		TEST(giving_is_not_paid_for, one_node),
		TEST(only_its_own_node_pays, two_nodes),
		TEST(memory_not_moved_yet_is_no_fault, two_nodes),
		TEST(who_uses_it_again_is_told_of, one_node),
		TEST(others_do_not_wait_for_one_that_gives_slowly, one_node),
		TEST(others_do_not_wait_for_one_that_never_gives, one_node),
		TEST(who_weighs_more_waits_for_one_that_gives_slowly, one_node),
		TEST(who_can_not_give_is_believed_as_far_as_it_holds_memory, one_node),
		TEST(a_new_node_is_told, two_nodes),
	};

	return cmocka_run_group_tests_name("events_vm", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Tests the answers to questions about a start: what the netlink commands VM_CHECK and PLAN_GET
 * say. See world.h for the guests.
 */
#include "world.h"

#include "control/whatif.h"

/*
 * An example of design.md: capacity is 8 GiB. vm0 has 4.8 GiB, and vm1 has 2.4 GiB. vm2, of
 * @weight, is defined with a startup of 2.5 GiB, but not started.
 */
static void the_examples(u32 weight)
{
	u64 floor0, floor1;

	present = GIB(9) + GIB(0.5);
	host_use = GIB(1);
	define(0, 4, 1, 5, 8000);
	define(1, 2, 1, 3, 5000);
	define(2, 2.5, 1, 2.5, weight);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	floor0 = dynmem_demand_floor(GIB(4));
	floor1 = dynmem_demand_floor(GIB(2));
	guest[0].need = GIB(4) - floor0;
	guest[1].need = GIB(2) - floor1;
	seconds(60);
}

static void check_says_who_would_give(void **state)
{
	struct dynmem_whatif *check;

	the_examples(6000);
	check = dynmem_whatif_vm("vm2", 0, NULL);
	assert_int_equal(check->verdict, DYNMEM_CHECK_AFTER);
	assert_int_equal(check->best, 0);
	assert_int_equal(check->need, GIB(2.5) + MIB(64) + GIB(2.5) / 128);
	assert_int_equal(check->lacking, 0);
	assert_int_equal(check->more, 1);
	assert_int_equal(check->spare + check->above + check->buffers + check->demand,
			 check->need);
	assert_true(check->buffers >= GIB(1.1) && check->demand > 0);
	/* vm0 would give its buffer, and vm1 its buffer and part of its demand. */
	assert_int_equal(check->nr_vms, 2);
	assert_string_equal(check->vm[0].name, "vm1");
	assert_true(check->vm[0].demand == check->demand && !check->vm[1].demand);
	assert_string_equal(check->vm[1].name, "vm0");
	dynmem_whatif_free(check);
	assert_int_equal(start(2), 0);
}

/* vm1 needs little, but holds 1.4 of 3 GiB. vm2 could start with that memory. */
static void a_giver(void)
{
	define(0, 1, 1, 1, 5000);
	define(1, 1.4, 0.25, 1.4, 1000);
	guest[1].need = GIB(1.4);
	define(2, 1, 0.25, 1, 2000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	seconds(60);
	guest[1].need = MIB(200);
}

/* vm1 gives a block each @crawl_ms, or nothing if that is 0, and the host has found that out. */
static void a_giver_does_not_give(u64 crawl_ms)
{
	a_giver();
	guest[1].stuck = !crawl_ms;
	guest[1].crawl_ms = crawl_ms;
	seconds(60);
}

static void check_names_who_does_not_give(void **state)
{
	const u64 crawl_ms[] = { 0, 1000 };
	struct dynmem_whatif *check;
	char text[sizeof(check->text)];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		a_giver_does_not_give(crawl_ms[i]);
		check = dynmem_whatif_vm("vm2", 0, NULL);
		assert_int_equal(check->verdict, DYNMEM_CHECK_AFTER);
		assert_int_equal(check->nr_vms, 1);
		/* vm1 does not desire what it would give. */
		assert_int_equal(check->above, check->need - check->spare);
		snprintf(text, sizeof(text),
			 "would start when others have given %lluM of the 1096M it needs, but these give slowly or not at all: vm1 %lluM",
			 check->above >> 20, check->vm[0].late >> 20);
		assert_string_equal(check->text, text);
		assert_int_equal(start(2), -ENOMEM);
		define(2, 1, 0.25, 1, 2000);
		dynmem_whatif_free(check);
		stop(0);
		stop(1);
	}
}

static void check_names_nobody_who_gives(void **state)
{
	struct dynmem_whatif *check;

	a_giver();
	seconds(5);
	check = dynmem_whatif_vm("vm2", 0, NULL);
	assert_int_equal(check->verdict, DYNMEM_CHECK_AFTER);
	assert_string_equal(check->vm[0].name, "vm1");
	assert_null(strstr(check->text, "vm1"));
	dynmem_whatif_free(check);
	assert_int_equal(start(2), 0);
}

/* vm3 weighs less than vm2 and needs all it has. It gives its demand in place of vm1. */
static void check_names_nobody_for_whom_others_give(void **state)
{
	struct dynmem_whatif *check;

	present += GIB(1);
	define(3, 1, 0.25, 1, 500);
	guest[3].need = GIB(1);
	assert_int_equal(start(3), 0);
	a_giver_does_not_give(0);
	guest[1].need = GIB(1.4);
	check = dynmem_whatif_vm("vm2", 0, NULL);
	assert_int_equal(check->verdict, DYNMEM_CHECK_AFTER);
	assert_string_equal(check->vm[0].name, "vm3");
	assert_null(strstr(check->text, "vm1"));
	dynmem_whatif_free(check);
	assert_int_equal(start(2), 0);
}

static void check_says_what_is_missing(void **state)
{
	struct dynmem_whatif *check;

	the_examples(1);
	check = dynmem_whatif_vm("vm2", 0, NULL);
	assert_int_equal(check->verdict, DYNMEM_CHECK_NO);
	/* vm2 lacks 0.5 GiB of its startup, and 84 MiB for its VMM. */
	assert_about(check->lacking, GIB(0.5) + MIB(84));
	assert_int_equal(check->more, 0);
	assert_non_null(strstr(check->text, "would be refused"));
	dynmem_whatif_free(check);
	assert_int_equal(start(2), -ENOMEM);
}

static void check_counts_how_many_fit(void **state)
{
	struct dynmem_whatif *check;

	define(0, 0.5, 0.25, 1, 5000);
	step();
	check = dynmem_whatif_vm("vm0", 0, NULL);
	assert_int_equal(check->verdict, DYNMEM_CHECK_NOW);
	/* Each VM needs 512 + 64 + 8 MiB: five fit into the 3 GiB of a node. */
	assert_int_equal(check->node[0].more, 5);
	assert_int_equal(check->node[1].more, 5);
	assert_int_equal(check->more, 10);
	dynmem_whatif_free(check);
	dynmem_admit_set_failover(GIB(5));
	check = dynmem_whatif_vm("vm0", 0, NULL);
	assert_int_equal(check->more, 1);
	dynmem_whatif_free(check);
	dynmem_admit_set_failover(GIB(6));
	check = dynmem_whatif_vm("vm0", 0, NULL);
	assert_int_equal(check->verdict, DYNMEM_CHECK_NO);
	assert_int_equal(check->more, 0);
	dynmem_whatif_free(check);
	dynmem_admit_set_failover(0);
}

static void a_plan_is_shown_and_not_carried_out(void **state)
{
	struct dynmem_plan_rows *rows;
	u64 had;

	the_examples(6000);
	had = vnode(1)->granted;
	rows = dynmem_whatif_plan("vm2", 0, NULL);
	assert_true(rows->with && rows->fits && rows->nr == 3);
	assert_string_equal(rows->row[1].name, "vm2");
	assert_int_equal(rows->row[1].target, GIB(2.5) + MIB(84));
	assert_true(rows->row[2].target < GIB(2) && rows->row[2].assigned == had);
	kvfree(rows);
	rows = dynmem_whatif_plan(NULL, 0, NULL);
	assert_true(!rows->with && rows->nr == 2);
	assert_about(rows->row[1].target, GIB(2.4));
	kvfree(rows);
	assert_int_equal(vnode(1)->granted, had);
}

/*
 * vm0's demand has fallen a moment ago. A start would take the memory above that demand. But no VM
 * starts, so the question must not change what vm0 may keep.
 */
static void a_question_takes_no_peak_away(void **state)
{
	u64 firm, floor = dynmem_demand_floor(GIB(0.5));
	struct dynmem_plan_rows *rows;

	define(0, 0.5, 0.25, 2.75, 5000);
	define(1, 0.5, 0.25, 0.5, 5000);
	assert_int_equal(start(0), 0);
	guest[0].need = GIB(2.25) - floor;
	seconds(60);
	guest[0].need = GIB(2.05) - floor;
	seconds(5);
	firm = guest[0].vm.demand.firm;
	assert_about(firm, GIB(2.25));
	rows = dynmem_whatif_plan("vm1", 0, NULL);
	assert_true(rows->row[0].demand < firm);
	kvfree(rows);
	assert_int_equal(guest[0].vm.demand.firm, firm);
}

int main(void)
{
#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, end)
	const struct CMUnitTest tests[] = {
		TEST(check_says_who_would_give, one_node),
		TEST(check_names_who_does_not_give, one_node),
		TEST(check_names_nobody_who_gives, one_node),
		TEST(check_names_nobody_for_whom_others_give, one_node),
		TEST(check_says_what_is_missing, one_node),
		TEST(check_counts_how_many_fit, two_nodes),
		TEST(a_plan_is_shown_and_not_carried_out, one_node),
		TEST(a_question_takes_no_peak_away, one_node),
	};

	return cmocka_run_group_tests_name("whatif", tests, NULL, NULL);
}

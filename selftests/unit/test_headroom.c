// SPDX-License-Identifier: GPL-2.0
/*
 * Tests loans of spare memory in whole decisions: how much a VM borrows, and when a loan ends. See
 * world.h for the guests. VMs have 3 GiB on each node. Headroom is 16 % of the 3 GiB, which is 491
 * MiB. A VM borrows at most half of headroom, which is 245 MiB.
 */
#include "world.h"

#define HEADROOM (GIB(3) / 100 * DYNMEM_HEADROOM_DEFAULT)
#define MOST	 (HEADROOM / 2 - HEADROOM / 2 % DYNMEM_BLOCK)

static u64 lent(unsigned int i)
{
	return vnode(i)->lent;
}

static u64 spare(int nid)
{
	return dynmem_ledger_spare(&dynmem_nodes[nid].ledger);
}

/*
 * Starts VM @i, which has @most GiB of RAM and whose programs need @need bytes. Then lets a minute
 * pass, after which the VM has settled: if memory suffices, it has its demand, buffer and a loan.
 */
static void settled(unsigned int i, double most, u64 need)
{
	define(i, 0.5, 0.25, most, 5000);
	assert_int_equal(start(i), 0);
	guest[i].need = need;
	seconds(60);
}

static void spare_memory_is_lent(void **state)
{
	settled(0, 2, MIB(500));
	assert_about(own(0), vnode(0)->desired);
	assert_in_range(lent(0), MOST - DYNMEM_BLOCK, MOST);
	assert_true(spare(0) >= HEADROOM);
	assert_int_equal(dynmem_headroom_lent(), lent(0));
}

/* The demand of a guest jumps. The guest touches the lent memory at once, before any decision. */
static void a_jump_finds_what_is_lent(void **state)
{
	u64 had, buffer;

	settled(0, 2, MIB(500));
	had = vnode(0)->granted;
	buffer = vnode(0)->desired - guest[0].need;
	guest[0].need += buffer + MIB(200);
	step();
	assert_int_equal(resident(&guest[0]), guest[0].need);
	assert_int_equal(vnode(0)->granted, had);
	/*
	 * After the next decisions the memory that was lent is the VM's own, and the VM has a new
	 * loan.
	 */
	seconds(2);
	assert_true(own(0) >= guest[0].need);
	assert_true(lent(0) >= MOST - DYNMEM_BLOCK);
	assert_true(dynmem_pacing_dwells(&vnode(0)->pacing, unit_now_ms));
}

static void nobody_borrows_beyond_its_maximum(void **state)
{
	settled(0, 0.75, MIB(300));
	assert_int_equal(vnode(0)->granted, GIB(0.75));
	assert_in_range(lent(0), 1, MOST - MIB(30));
}

/*
 * Each of four VMs may borrow MOST bytes, but too little memory is spare for that. So the VMs
 * borrow equal amounts. When one of them ends, its memory is lent to the others.
 */
static void equal_weights_borrow_the_same(void **state)
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		define(i, 0.5, 0.25, 2, 5000);
		assert_int_equal(start(i), 0);
		guest[i].need = MIB(200);
	}
	seconds(90);
	for (i = 1; i < 4; i++)
		assert_in_range(lent(i), lent(0) - MIB(32), lent(0) + MIB(32));
	assert_true(lent(0) < MOST);
	assert_true(spare(0) >= HEADROOM / 4 * 3);
	stop(3);
	seconds(10);
	for (i = 0; i < 3; i++)
		assert_in_range(lent(i), MOST - DYNMEM_BLOCK, MOST);
}

static void loans_are_of_the_vms_node(void **state)
{
	define(0, 0.5, 0.25, 2, 5000);
	vnode(0)->node = 1;
	assert_int_equal(start(0), 0);
	seconds(60);
	assert_in_range(lent(0), MOST - DYNMEM_BLOCK, MOST);
	assert_int_equal(spare(0), GIB(3));
	assert_int_equal(spare(1), GIB(3) - vnode(0)->granted);
}

static void demand_takes_back_what_is_lent(void **state)
{
	unsigned int i;

	settled(0, 3, MIB(500));
	settled(1, 3, MIB(500));
	guest[1].need = GIB(3);
	for (i = 0; i < 200; i++) {
		step();
		assert_true(own(0) + dynmem_pacing_slack(MIB(600)) >= guest[0].need);
	}
	assert_int_equal(lent(0), 0);
	assert_about(vnode(0)->granted + vnode(1)->granted, GIB(3));
}

/*
 * VMs 0 and 1 have buffers and loans. VM 2 gets its buffer from the loans of the others, not from
 * their buffers.
 */
static void a_buffer_takes_back_what_is_lent(void **state)
{
	u64 had;

	dynmem_headroom_set(GIB(1), 0);
	settled(0, 2, MIB(500));
	settled(1, 2, MIB(500));
	had = own(0);
	assert_true(lent(0) > MIB(200));
	define(2, 0.5, 0.25, 2, 5000);
	assert_int_equal(start(2), 0);
	guest[2].need = MIB(900);
	seconds(10);
	assert_about(own(2), vnode(2)->desired);
	assert_about(own(0), had);
	assert_about(own(1), had);
}

/*
 * The guest's kernel keeps 20 MiB more than the VM desires. The VM borrows nevertheless, and gives
 * back all that was lent to it.
 */
static void a_guest_with_a_floor_borrows_and_gives_back(void **state)
{
	settled(0, 2, MIB(100));
	guest[0].floor = (vnode(0)->desired + MIB(20)) / DYNMEM_BLOCK * DYNMEM_BLOCK;
	assert_true(lent(0) >= MOST - DYNMEM_BLOCK);
	dynmem_headroom_set(0, DYNMEM_HEADROOM_OFF);
	seconds(10);
	assert_int_equal(lent(0), 0);
	assert_int_equal(vnode(0)->granted, guest[0].floor);
	dynmem_headroom_set(0, DYNMEM_HEADROOM_DEFAULT);
	seconds(10);
	assert_true(lent(0) >= MOST - DYNMEM_BLOCK);
}

static void without_loans_nothing_is_lent(void **state)
{
	present = GIB(20);
	settled(0, 2, MIB(500));
	assert_true(lent(0) > MIB(400));
	dynmem_headroom_set(0, DYNMEM_HEADROOM_OFF);
	seconds(3);
	assert_int_equal(lent(0), 0);
	assert_about(vnode(0)->granted, vnode(0)->desired);
	seconds(60);
	assert_int_equal(lent(0), 0);
}

/*
 * The host's own use grows and takes memory of the headroom. Loans are called back until headroom
 * is whole again.
 */
static void headroom_is_restored(void **state)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		settled(i, 2, MIB(200));
	seconds(60);
	host_use += MIB(800);
	step();
	assert_true(spare(0) < dynmem_headroom_of(0) / 4 * 3);
	seconds(15);
	assert_true(spare(0) >= dynmem_headroom_of(0));
	for (i = 0; i < 3; i++)
		assert_about(own(i), vnode(i)->desired);
}

/* The guest restarts with an empty balloon. Nothing is lent to it until it has settled again. */
static void a_guest_that_restarts_gives_its_loan_back(void **state)
{
	settled(0, 2, MIB(500));
	guest[0].need = MIB(100);
	vnode(0)->ballooned = 0;
	guest[0].vm.state = DYNMEM_VM_STATE_RESTARTING;
	guest[0].vm.demand.reported_ms = 0;
	guest[0].vm.books.admitted_ms = unit_now_ms;	/* the guest's driver is up 5 s later */
	seconds(20);
	assert_int_equal(lent(0), 0);
}

static void who_does_not_give_borrows_nothing(void **state)
{
	u64 had;

	settled(0, 2, MIB(500));
	guest[0].stuck = true;
	host_use = GIB(2.6);
	seconds(30);
	assert_int_equal(dynmem_vm_reaction(&guest[0].vm), DYNMEM_REACTION_UNCOOPERATIVE);
	had = vnode(0)->granted;
	host_use = GIB(0.5);
	seconds(60);
	assert_int_equal(vnode(0)->granted, had);
}

/*
 * Sets headroom to @percent of capacity. Returns how many ms VM 2 waits to start, while VM 0 is
 * silent and VM 1 is stuck. Together, VMs 0 and 1 have borrowed no more than headroom, and VM 2
 * fits beside these loans.
 */
static u64 start_takes(u32 percent)
{
	u64 began;

	begin(1);
	dynmem_headroom_set(0, percent);
	settled(0, 2, MIB(500));
	settled(1, 2, MIB(500));
	guest[0].silent = true;
	guest[1].stuck = true;
	seconds(5);
	define(2, 0.75, 0.25, 2, 5000);
	began = unit_now_ms;
	assert_int_equal(start(2), 0);
	began = unit_now_ms - began;
	dynmem_node_exit();
	return began;
}

static void a_start_is_no_later_for_loans(void **state)
{
	u64 off = start_takes(DYNMEM_HEADROOM_OFF);

	assert_int_equal(start_takes(DYNMEM_HEADROOM_DEFAULT), off);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, one_node, end)
#define TEST_NODES(name) cmocka_unit_test_setup_teardown(name, two_nodes, end)
	const struct CMUnitTest tests[] = {
		TEST(spare_memory_is_lent),
		TEST(a_jump_finds_what_is_lent),
		TEST(nobody_borrows_beyond_its_maximum),
		TEST(equal_weights_borrow_the_same),
		TEST_NODES(loans_are_of_the_vms_node),
		TEST(demand_takes_back_what_is_lent),
		TEST(a_buffer_takes_back_what_is_lent),
		TEST(a_guest_with_a_floor_borrows_and_gives_back),
		TEST(without_loans_nothing_is_lent),
		TEST(headroom_is_restored),
		TEST(a_guest_that_restarts_gives_its_loan_back),
		TEST(who_does_not_give_borrows_nothing),
		cmocka_unit_test(a_start_is_no_later_for_loans),
	};

	return cmocka_run_group_tests_name("headroom", tests, NULL, NULL);
}

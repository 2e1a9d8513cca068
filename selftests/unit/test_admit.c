// SPDX-License-Identifier: GPL-2.0
/*
 * Tests admission in whole decisions: which VM starts, waits or is refused, and the reason that an
 * event gives. Also tests which events are raised about debt. See world.h for the guests.
 */
#include "world.h"

static unsigned int waiting;	/* guest that shall start while another one waits; 0: none */
static int waiting_result;

/* Starts guest @waiting while another one waits. */
static void start_meanwhile(void)
{
	unsigned int i = waiting;

	waiting = 0;
	if (i)
		waiting_result = start(i);
}

static int start_hot(unsigned int i)
{
	int ret;

	guest[i].attached = true;
	guest[i].vm.state = DYNMEM_VM_STATE_STARTING;
	ret = dynmem_admission_wait(&guest[i].vm, true);
	guest[i].attached = !ret;
	return ret;
}

static void never_heard(const char *text)
{
	if (strstr(events, text))
		fail_msg("\"%s\" was said:\n%s", text, events);
}

/* How often events contain @text. */
static unsigned int times(const char *text)
{
	const char *at = events;
	unsigned int n = 0;

	for (; (at = strstr(at, text)); at++)
		n++;
	return n;
}

/*
 * vm0 holds memory that vm1 needs to start. vm1's device is hot-plugged, so vm1 neither waits nor
 * is refused. It is granted the spare memory at once, and the rest when vm0 has given it.
 */
static void a_hot_plugged_device_never_waits(void **state)
{
	u64 began, spare;

	define(0, 2.5, 0.25, 2.5, 5000);
	define(1, 1, 0.25, 2, 5000);
	assert_int_equal(start(0), 0);
	seconds(40);
	began = unit_now_ms;
	spare = dynmem_ledger_spare(&dynmem_nodes[0].ledger);
	assert_int_equal(start_hot(1), 0);
	assert_in_range(unit_now_ms - began, STEP_MS, STEP_MS);
	assert_about(vnode(1)->granted, spare);
	heard("its guest runs already: ");
	heard(" of 1024M startup can't be had now");
	assert_int_equal(dynmem_nodes[0].ledger.promised, 0);
	assert_int_equal(dynmem_ledger_debt(&dynmem_nodes[0].ledger), 0);
	seconds(5);
	assert_true(vnode(1)->granted >= GIB(1));
}

/*
 * A VM that runs already and holds 1.6 GiB gets a balloon device by hot-plug. So far its memory has
 * counted as the host's own use. The VM is not refused, even if the capacity is only 1.25 GiB.
 */
static void a_device_plugged_in_again_fits_where_its_vm_is(void **state)
{
	u64 uses[] = { GIB(0.5), GIB(2.25) };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		define(0, 0.5, 0.25, 1.8, 5000);
		guest[0].need = GIB(1.6);
		host_use = uses[i] + GIB(1.6);
		seconds(30);
		host_use = uses[i];
		dynmem_admit_set_failover(GIB(2));
		assert_int_equal(start_hot(0), 0);
		dynmem_admit_set_failover(0);
		seconds(30);
		assert_about(vnode(0)->granted, i ? GIB(1.25) : GIB(1.8));
		stop(0);
		never_heard("cannot start");
	}
}

/*
 * vm1 holds 0.5 GiB and has a startup of 1 GiB, but only 0.25 GiB are spare. vm1 is granted 0.75
 * GiB, and the node is not in debt.
 */
static void a_device_plugged_in_again_is_granted_what_there_is(void **state)
{
	define(0, 2.25, 0.25, 2.25, 5000);
	assert_int_equal(start(0), 0);
	guest[0].need = GIB(2.25);
	seconds(40);
	define(1, 1, 0.25, 2, 5000);
	guest[1].need = GIB(0.5);
	assert_int_equal(start_hot(1), 0);
	heard("256M of 1024M startup can't be had now");
	assert_about(vnode(1)->granted, GIB(0.75));
	assert_int_equal(dynmem_ledger_debt(&dynmem_nodes[0].ledger), 0);
	assert_about(vnode(0)->granted, GIB(2.25));
}

/*
 * vm1 starts with 1.5 GiB that its VMM has preallocated, and vm0 has 1.4 GiB. Both fit into the 3
 * GiB of the node, so vm1 starts at once, and nothing is taken from vm0. Loans are off, because
 * with a loan to vm0 the node would be in debt for a while: until vm1 starts, the preallocated
 * memory counts as the host's own use, and too little memory would be spare for that use.
 */
static void a_preallocated_start_takes_from_nobody(void **state)
{
	unsigned int i;
	u64 had, began;

	dynmem_headroom_set(0, DYNMEM_HEADROOM_OFF);
	define(0, 0.5, 0.25, 2, 5000);
	assert_int_equal(start(0), 0);
	guest[0].need = GIB(1);
	seconds(60);
	had = own(0);
	host_use = GIB(0.5) + GIB(1.5);
	seconds(4);
	define(1, 1.5, 0.25, 1.5, 9000);
	guest[1].need = GIB(1.5);
	host_use = GIB(0.5);
	began = unit_now_ms;
	assert_int_equal(start(1), 0);
	assert_in_range(unit_now_ms - began, 0, 2 * STEP_MS);
	for (i = 0; i < 100; i++) {
		step();
		assert_int_equal(own(0), had);
	}
	never_heard("debt");
}

/*
 * vm0 needs 2.25 of 3 GiB for a minute, and then 2.05 GiB. Its peak is held for longer than vm1 can
 * wait to start. But a start may take the memory that vm0 has above its present demand.
 */
static void a_start_takes_what_a_peak_has_left(void **state)
{
	u64 began, floor = dynmem_demand_floor(GIB(0.5));

	define(0, 0.5, 0.25, 2.75, 5000);
	define(1, 0.75, 0.25, 0.75, 5000);
	assert_int_equal(start(0), 0);
	guest[0].need = GIB(2.25) - floor;
	seconds(60);
	guest[0].need = GIB(2.05) - floor;
	seconds(2);
	began = unit_now_ms;
	assert_int_equal(start(1), 0);
	assert_in_range(unit_now_ms - began, 1, 5000);
	assert_true(vnode(0)->granted >= GIB(2.05));
	/*
	 * When no start waits any more, vm0's peak is part of its demand again, and vm0 gets all
	 * memory that vm1 leaves.
	 */
	step();
	assert_about(guest[0].vm.demand.firm, GIB(2.25));
	seconds(2);
	assert_about(vnode(0)->granted, GIB(2.25) - MIB(64) - GIB(0.75) / 128);
	never_heard("its guest runs already");
}

static u64 least_of_heavy;	/* the least that vm0 was granted while another VM waited */

static void watch_heavy(void)
{
	least_of_heavy = min(least_of_heavy, vnode(0)->granted);
}

/*
 * vm0 has the highest weight and needs 1.2 GiB. vm1 has a low weight and needs little, but it holds
 * all the rest of the 3 GiB. vm2, of a low weight, too, is defined but not started.
 */
static void a_heavy_vm_and_a_light_one(void)
{
	dynmem_headroom_set(0, DYNMEM_HEADROOM_OFF);
	define(0, 1, 0.25, 2, 9000);
	guest[0].need = GIB(1.2);
	define(1, 1.4, 0.25, 1.4, 1000);
	guest[1].need = GIB(1.4);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	seconds(60);
	assert_true(vnode(0)->granted >= GIB(1.2));
	assert_about(vnode(1)->granted, GIB(1.4));
	guest[1].need = MIB(200);
	seconds(30);
	define(2, 1, 0.25, 1, 2000);
	least_of_heavy = GIB(4);
	meanwhile = watch_heavy;
}

/*
 * vm2 needs memory that vm1 gives slowly, 20 MiB a second. So vm2 has to wait, or is refused and
 * tries again. None of this takes memory from vm0, which has a higher weight than vm2.
 */
static void a_slow_giver_delays_only_the_start(void **state)
{
	unsigned int attempts = 0;
	u64 began;

	a_heavy_vm_and_a_light_one();
	guest[1].crawl_ms = 100;
	began = unit_now_ms;
	while (start(2)) {
		assert_true(++attempts < 3);
		define(2, 1, 0.25, 1, 2000);
	}
	meanwhile = start_meanwhile;
	assert_true(unit_now_ms - began > 10000);
	assert_true(least_of_heavy >= GIB(1.2));
}

/* vm1 gives nothing. vm2 is refused at its deadline each time, and vm0 keeps what it has. */
static void a_stuck_giver_stops_only_the_start(void **state)
{
	unsigned int i;
	u64 began;

	a_heavy_vm_and_a_light_one();
	guest[1].stuck = true;
	for (i = 0; i < 3; i++) {
		began = unit_now_ms;
		assert_int_equal(start(2), -ENOMEM);
		assert_in_range(unit_now_ms - began, 15000, 16000);
		heard("vm1 1");
		define(2, 1, 0.25, 1, 2000);
		seconds(5);
	}
	meanwhile = start_meanwhile;
	assert_true(least_of_heavy >= GIB(1.2));
}

/*
 * vm1 gives nothing, and vm0 is giving back what it does not need, 5 MiB a second. vm2, which waits
 * for vm1, does not make vm0's target fall below what vm0 needs.
 */
static void a_heavy_giver_keeps_its_demand(void **state)
{
	a_heavy_vm_and_a_light_one();
	guest[0].need = GIB(1);
	guest[0].crawl_ms = 400;
	guest[1].stuck = true;
	seconds(60);
	least_of_heavy = GIB(4);
	assert_int_equal(start(2), -ENOMEM);
	meanwhile = start_meanwhile;
	assert_true(least_of_heavy >= GIB(1));
}

static void start_meanwhile_and_watch(void)
{
	start_meanwhile();
	watch_heavy();
}

/*
 * On node 0, vm2 waits for memory that vm1 does not give. On node 1, vm4 waits for vm3. vm4 has a
 * higher weight than vm0, but vm0's memory is not on its node, so vm0 still keeps its demand.
 */
static void a_heavy_start_on_another_node_changes_nothing(void **state)
{
	define(3, 2.6, 0.25, 2.6, 1000);
	vnode(3)->node = 1;
	guest[3].need = GIB(2.6);
	assert_int_equal(start(3), 0);
	a_heavy_vm_and_a_light_one();
	guest[1].stuck = true;
	guest[3].stuck = true;
	guest[3].need = MIB(200);
	seconds(30);
	define(4, 1, 0.25, 1, 9500);
	vnode(4)->node = 1;
	waiting = 4;
	meanwhile = start_meanwhile_and_watch;
	assert_int_equal(start(2), -ENOMEM);
	meanwhile = start_meanwhile;
	assert_int_equal(waiting_result, -ENOMEM);
	assert_true(least_of_heavy >= GIB(1.2));
}

static u64 jump_ms;	/* from this time on, vm0 needs more */
static u64 lacked_ms;	/* how long vm0 had less than its demand */

static void watch_lack(void)
{
	lacked_ms += vnode(0)->granted < vnode(0)->demand ? STEP_MS : 0;
	if (unit_now_ms >= jump_ms)
		guest[0].need = MIB(1150);
}

/*
 * vm2 starts, with a lower weight than vm0, and waits for memory that vm1 gives slowly or not at
 * all. The 400 MiB that are spare are set aside for it. Then vm0 needs 350 MiB more, and has them
 * in the decision that follows its report.
 */
static void grow_beside_a_start(bool stuck, int node)
{
	dynmem_headroom_set(0, DYNMEM_HEADROOM_OFF);
	define(0, 1, 0.25, 2, 9000);
	define(1, 1.4, 0.25, 1.4, 1000);
	vnode(0)->node = node;
	guest[0].need = MIB(800);
	guest[1].need = GIB(1.2);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	seconds(60);
	guest[1].need = MIB(200);
	guest[1].stuck = stuck;
	guest[1].crawl_ms = 100;
	seconds(3);
	define(2, 0.9, 0.25, 0.9, 2000);
	jump_ms = unit_now_ms + 3000;
	meanwhile = watch_lack;
	assert_int_equal(start(2), -ENOMEM);
	meanwhile = start_meanwhile;
	assert_true(vnode(0)->granted >= MIB(1150));
	assert_int_equal(lacked_ms, 0);
}

static void a_heavy_vm_grows_beside_a_start(void **state)
{
	grow_beside_a_start(false, 0);
}

static void a_heavy_vm_grows_beside_a_stuck_start(void **state)
{
	grow_beside_a_start(true, NUMA_NO_NODE);
}

/*
 * vm0 holds almost all memory of node 0. vm1 starts and waits for some of it, and vm2, which the
 * caller has defined, starts meanwhile. Both are admitted. Returns the time at which vm1 started.
 */
static u64 two_start_beside_a_big_vm(void)
{
	u64 began;

	define(0, 2.75, 0.25, 2.75, 5000);
	define(1, 1, 0.25, 2, 5000);
	assert_int_equal(start(0), 0);
	seconds(40);
	began = unit_now_ms;
	waiting = 2;
	assert_int_equal(start(1), 0);
	assert_int_equal(waiting_result, 0);
	return began;
}

/* vm1 waits for memory from vm0. vm2 arrives later and would fit at once, but must wait for vm1. */
static void starts_are_admitted_in_their_order(void **state)
{
	define(2, 0.125, 0.125, 0.125, 5000);
	two_start_beside_a_big_vm();
	assert_true(guest[1].vm.books.admitted_ms <= guest[2].vm.books.admitted_ms);
}

/* In the first step, starts vm2, which then waits behind vm1. After that, raises vm2's weight. */
static void raise_who_waits(void)
{
	if (waiting)
		start_meanwhile();
	else
		guest[2].vm.set.weight = 6000;
}

/* Both VMs wait for memory from vm0. Then vm2's weight is raised, so vm2 comes first. */
static void the_queue_follows_a_change_of_weight(void **state)
{
	define(2, 1, 0.25, 2, 5000);
	meanwhile = raise_who_waits;
	two_start_beside_a_big_vm();
	meanwhile = start_meanwhile;
	assert_true(guest[1].vm.books.admitted_ms > guest[2].vm.books.admitted_ms);
}

/* From this time on, the memory of guest 0 can be counted. */
static u64 countable_ms;

static void become_countable(void)
{
	if (unit_now_ms >= countable_ms)
		guest[0].vm.books.uncounted = 0;
}

/* vm0's VMM holds its mmap_lock, so nobody knows yet how much memory the guest has. */
static void a_start_waits_until_its_memory_is_counted(void **state)
{
	u64 began = unit_now_ms;

	define(0, 1, 0.25, 2, 5000);
	guest[0].vm.books.uncounted = -EAGAIN;
	meanwhile = become_countable;
	countable_ms = began + 3000;
	assert_int_equal(start(0), 0);
	assert_in_range(guest[0].vm.books.admitted_ms, countable_ms, countable_ms + 2ULL * STEP_MS);
	stop(0);

	began = unit_now_ms;
	define(0, 1, 0.25, 2, 5000);
	guest[0].vm.books.uncounted = -EAGAIN;
	countable_ms = began + 60000;
	assert_int_equal(start(0), 0);
	assert_in_range(guest[0].vm.books.admitted_ms, began + 15000, began + 16000);
	meanwhile = start_meanwhile;
}

static void another_node_is_not_held_up(void **state)
{
	u64 began;

	define(2, 1, 0.25, 2, 5000);
	vnode(2)->node = 1;
	began = two_start_beside_a_big_vm();
	assert_true(guest[2].vm.books.admitted_ms <= began + 3ULL * STEP_MS);
	assert_true(guest[1].vm.books.admitted_ms > guest[2].vm.books.admitted_ms);
}

/* vm0's minimum is 2.5 of 3 GiB, so vm1 is refused at once: waiting could not help it. */
static void minimums_beyond_capacity_are_refused_with_the_figures(void **state)
{
	define(0, 2.5, 2.5, 3, 5000);
	define(1, 0.5, 0.25, 3, 9000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), -ENOMEM);
	heard("cannot start: node 0 lacks 88M for 512M startup and its VMM; held by vm0 2560M");
	heard(", minimums alone are 2560M of a capacity of 3072M\n");
}

/*
 * The setting failover keeps 1.5 of 3 GiB for VMs of another host that fails. Two VMs of 0.5 GiB
 * and their VMMs (64 MiB + RAM / 128 each) leave 1.86 GiB; a third VM would leave 1.29 GiB.
 */
static void failover_keeps_memory_startable(void **state)
{
	define(0, 0.5, 0.25, 1, 5000);
	define(1, 0.5, 0.25, 1, 5000);
	define(2, 0.5, 0.25, 1, 9000);
	dynmem_admit_set_failover(GIB(1.5));
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	assert_int_equal(start(2), -ENOMEM);
	heard("cannot start: failover keeps 1536M startable, with it 1320M would be left");
	dynmem_admit_set_failover(GIB(1));
	assert_int_equal(start(2), 0);
	dynmem_admit_set_failover(0);
}

static void one_that_is_killed_gives_everything_back(void **state)
{
	define(0, 2.5, 0.25, 2.5, 5000);
	define(1, 1, 0.25, 2, 5000);
	assert_int_equal(start(0), 0);
	guest[0].stuck = true;
	seconds(40);
	kill_after_ms = unit_now_ms + 3000;
	assert_int_equal(start(1), -EINTR);
	kill_after_ms = 0;
	assert_int_equal(dynmem_nodes[0].ledger.promised, 0);
	assert_int_equal(guest[1].holding[0].promised + guest[1].holding[0].overhead, 0);
	never_heard("cannot start");
}

static void debt_is_told_by_cause_until_it_is_paid(void **state)
{
	define(0, 1, 0.5, 2, 5000);
	assert_int_equal(start(0), 0);
	guest[0].need = GIB(1.8);
	seconds(60);
	host_use = GIB(2);
	step();
	heard("node 0: in debt, charged 2048M of a capacity of 1536M: the host's own growth 512M");
	seconds(10);
	heard("node 0: debt is paid");
	never_heard("does not fall");
	never_heard("overdrawn");
}

/*
 * The host's use goes up and down by 1 MiB, so the node is in debt in every other second. That
 * raises no event. When the debt stays for some seconds, an event is raised.
 */
static void a_little_debt_is_not_told_at_once(void **state)
{
	unsigned int i, in_debt = 0;

	define(0, 1, 1, 1, 5000);
	define(1, 1, 1, 1, 5000);
	define(2, 0.75, 0.75, 0.75, 5000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	assert_int_equal(start(2), 0);
	seconds(60);
	events[0] = '\0';
	for (i = 0; i < 60; i++) {
		host_use = GIB(0.75) + (i % 2) * MIB(1);
		seconds(1);
		in_debt += !!dynmem_ledger_debt(&dynmem_nodes[0].ledger);
	}
	assert_int_equal(in_debt, 30);
	never_heard("debt");
	seconds(5);
	heard("node 0: in debt, charged 2816M of a capacity of 2815M: the host's own growth 1M");
	never_heard("overdrawn");
}

/* A debt is paid and comes back between two ticks. Events report it as one debt with one end. */
static void no_debt_is_told_as_debt(void **state)
{
	unsigned int i;

	define(0, 1, 0.5, 2, 5000);
	assert_int_equal(start(0), 0);
	guest[0].need = GIB(1.8);
	seconds(60);
	guest[0].stuck = true;
	host_use = GIB(1.7);
	seconds(12);
	assert_int_equal(times("in debt"), 1);
	while (unit_now_ms % 1000 != 300)
		step();
	guest[0].stuck = false;
	for (i = 0; i < 6; i++)
		step();
	assert_int_equal(dynmem_ledger_debt(&dynmem_nodes[0].ledger), 0);
	host_use = GIB(1.7) + MIB(64);
	seconds(15);
	assert_int_equal(times("in debt"), 1);
	assert_int_equal(times("debt is paid"), 1);
}

/*
 * The host's use, and with it the debt, goes up and down by 8 MiB for a minute. Every 10 s an event
 * reports the debt.
 */
static void debt_that_stays_is_told_every_ten_seconds(void **state)
{
	unsigned int i;

	define(0, 1, 0.5, 2, 5000);
	assert_int_equal(start(0), 0);
	guest[0].need = GIB(1.8);
	seconds(60);
	guest[0].stuck = true;
	host_use = GIB(2);
	seconds(5);
	events[0] = '\0';
	for (i = 0; i < 60; i++) {
		host_use = GIB(2) + (i / 2 % 2) * MIB(8);
		seconds(1);
	}
	assert_in_range(times("does not fall"), 5, 7);
}

/*
 * vm0 is bound to no node, and vm1 is bound to node 0. vm0's memory moves to node 0, whose capacity
 * is only 1 GiB because of a large reserve. So node 0 is in debt. Node 1 has spare memory, and an
 * event advises to move vm0 there.
 */
static void floating_memory_is_told_to_move(void **state)
{
	define(0, 1.25, 1.25, 2, 5000);
	define(1, 0.25, 0.25, 0.25, 5000);
	vnode(0)->node = NUMA_NO_NODE;
	guest[0].at = 1;
	guest[0].need = GIB(1.25);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	dynmem_capacity_set_reserve(&dynmem_nodes[0].host, GIB(2.5));
	seconds(60);
	never_heard("debt");
	guest[0].at = 0;
	seconds(15);
	heard("node 0: in debt, charged ");
	heard(": floating memory ");
	heard("M of vm0 are bound to no node, node 1 has ");
	heard("M spare: `dmctl vm place vm0 node 1` moves them and keeps them there\n");
	never_heard("the host's own growth");
	never_heard("guests above their grants");
	never_heard("overdrawn");
}

/* The node is in debt, but vm0's guest gives nothing. */
static void debt_that_does_not_fall_names_its_holders(void **state)
{
	define(0, 1, 0.5, 2, 5000);
	define(1, 0.5, 0.5, 0.5, 5000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	seconds(10);
	guest[0].stuck = true;
	host_use = GIB(2.25);
	seconds(3);
	heard("node 0: a debt of 256M does not fall; above minimum: vm0 512M");
}

static void overdrawn_is_told_and_admits_nobody(void **state)
{
	define(0, 1, 1, 2, 5000);
	define(1, 1, 0.5, 2, 5000);
	define(2, 0.25, 0.125, 0.5, 10000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	seconds(45);
	host_use = GIB(2.25);
	seconds(5);
	heard("node 0: overdrawn: no VM can start, minimums of 1536M and a capacity of 1280M");
	assert_int_equal(vnode(0)->granted, GIB(1));
	assert_int_equal(vnode(1)->granted, GIB(0.5));
	assert_int_equal(start(2), -ENOMEM);
	host_use = GIB(0.5);
	seconds(15);
	heard("node 0: not overdrawn any more");
	assert_int_equal(start(2), 0);
}

/* vm1 gets all memory that vm0 has given. Then vm0's guest restarts and needs its startup again. */
static void a_restart_that_cannot_be_fed_is_said(void **state)
{
	define(0, 1.5, 0.25, 2, 1000);
	define(1, 0.5, 0.25, 3, 9000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	seconds(40);
	guest[1].need = GIB(2.3);
	seconds(30);
	assert_true(vnode(0)->granted < GIB(1));
	guest[0].silent = true;
	guest[0].vm.demand.reported_ms = 0;
	guest[0].vm.state = DYNMEM_VM_STATE_RESTARTING;
	seconds(5);
	assert_int_equal(guest[0].vm.books.missing, GIB(1.5) - vnode(0)->granted);
	heard("restarting: ");
	heard("M of 1536M startup can't be had, the guest goes on with ");
	/* vm0 gets its startup as soon as memory is spare. */
	stop(1);
	seconds(1);
	assert_int_equal(guest[0].vm.books.missing, 0);
	assert_int_equal(vnode(0)->granted, GIB(1.5));
}

int main(void)
{
#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, end)
	const struct CMUnitTest tests[] = {
		TEST(a_hot_plugged_device_never_waits, one_node),
		TEST(a_device_plugged_in_again_fits_where_its_vm_is, one_node),
		TEST(a_device_plugged_in_again_is_granted_what_there_is, one_node),
		TEST(a_preallocated_start_takes_from_nobody, one_node),
		TEST(a_start_takes_what_a_peak_has_left, one_node),
		TEST(a_slow_giver_delays_only_the_start, one_node),
		TEST(a_stuck_giver_stops_only_the_start, one_node),
		TEST(a_heavy_giver_keeps_its_demand, one_node),
		TEST(a_heavy_start_on_another_node_changes_nothing, two_nodes),
		TEST(a_heavy_vm_grows_beside_a_start, one_node),
		TEST(a_heavy_vm_grows_beside_a_stuck_start, one_node),
		TEST(starts_are_admitted_in_their_order, one_node),
		TEST(the_queue_follows_a_change_of_weight, one_node),
		TEST(a_start_waits_until_its_memory_is_counted, one_node),
		TEST(another_node_is_not_held_up, two_nodes),
		TEST(minimums_beyond_capacity_are_refused_with_the_figures, one_node),
		TEST(failover_keeps_memory_startable, one_node),
		TEST(one_that_is_killed_gives_everything_back, one_node),
		TEST(debt_is_told_by_cause_until_it_is_paid, one_node),
		TEST(a_little_debt_is_not_told_at_once, one_node),
		TEST(no_debt_is_told_as_debt, one_node),
		TEST(debt_that_stays_is_told_every_ten_seconds, one_node),
		TEST(floating_memory_is_told_to_move, two_nodes),
		TEST(debt_that_does_not_fall_names_its_holders, one_node),
		TEST(overdrawn_is_told_and_admits_nobody, one_node),
		TEST(a_restart_that_cannot_be_fed_is_said, one_node),
	};

	meanwhile = start_meanwhile;
	return cmocka_run_group_tests_name("admit", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/* Demand and desired from reports: the examples of Documentation/sharing.rst, and edge cases. */
#include "unit.h"

#include "policy/demand.h"

/* The report of a guest whose MemTotal is 64 MiB less than its 4 GiB of RAM. */
static struct dynmem_figures report(u64 anon, u64 commit)
{
	return (struct dynmem_figures){
		.total = GIB(4) - MIB(64), .anon = anon, .commit = commit, .kernel = MIB(200),
		.vnodes = 1,
	};
}

/* Demand by the default formula, commit+. */
static u64 demand(const struct dynmem_figures *f, u64 ram, u64 startup)
{
	return dynmem_demand(f, ram, startup, DYNMEM_DEMAND_MODE_COMMIT_PLUS);
}

/* The example of the documentation, term by term. */
static void worked_example(void **state)
{
	struct dynmem_figures f = report(MIB(1000), MIB(1500));

	f.shmem = MIB(100);
	f.swapped = MIB(50);
	/*
	 * In MiB: 1150 are touched, and the kernel has 200 + 64. 350 are committed and not touched,
	 * but only 1150 / 4 of these count.
	 */
	assert_int_equal(demand(&f, GIB(4), GIB(1)), MIB(1150) + MIB(264) + MIB(287.5));
}

/* In a small guest, memory that is committed and not touched counts up to 256 MiB. */
static void untouched_commit_is_capped(void **state)
{
	struct dynmem_figures f = report(MIB(100), MIB(180));

	assert_int_equal(demand(&f, GIB(4), GIB(1)), MIB(264) + MIB(180));
	f.commit = GIB(40);	/* stacks of many idle threads, and a fork, commit this much */
	assert_int_equal(demand(&f, GIB(4), GIB(1)), MIB(264) + MIB(100) + MIB(256));
	f.commit = 0;		/* MAP_NORESERVE memory is touched, but not committed */
	assert_int_equal(demand(&f, GIB(4), GIB(1)), MIB(264) + MIB(100));
}

/*
 * The commit limit is 2000 MiB. The part of the commit charge above 1800 MiB counts in full, even
 * if little memory is touched.
 */
static void commit_near_its_limit(void **state)
{
	struct dynmem_figures f = report(MIB(100), MIB(1800));

	f.commit_limit = MIB(2000);
	assert_int_equal(demand(&f, GIB(4), GIB(1)), MIB(264) + MIB(100) + MIB(256));
	f.commit = MIB(1950);
	assert_int_equal(demand(&f, GIB(4), GIB(1)), MIB(264) + MIB(100) + MIB(256) + MIB(150));
	/* A guest above its limit overcommits. Only the 10 % just below the limit count. */
	f.commit = GIB(40);
	assert_int_equal(demand(&f, GIB(4), GIB(1)), MIB(264) + MIB(100) + MIB(256) + MIB(200));
	/* All 90 MiB that are committed and not touched count already: the limit adds nothing. */
	f.commit_limit = MIB(200);
	f.commit = MIB(190);
	assert_int_equal(demand(&f, GIB(4), GIB(1)), MIB(264) + MIB(190));
}

/* Hyper-V's formula: all committed memory, and the floor. */
static void commit_literally(void **state)
{
	struct dynmem_figures f = report(MIB(1000), MIB(1500));

	assert_int_equal(dynmem_demand(&f, GIB(4), GIB(1), DYNMEM_DEMAND_MODE_COMMIT),
			 MIB(1500) + MIB(232));
	f.commit = GIB(40);
	assert_int_equal(dynmem_demand(&f, GIB(4), GIB(1), DYNMEM_DEMAND_MODE_COMMIT),
			 GIB(40) + MIB(232));
}

/* Swapped-out memory and file cache that are not read back do not count. */
static void workingset_leaves_out_cold_memory(void **state)
{
	struct dynmem_figures f = report(MIB(1000), MIB(1500));

	f.shmem = MIB(100);
	f.swapped = MIB(300);
	f.file = MIB(800);
	assert_int_equal(dynmem_demand(&f, GIB(4), GIB(1), DYNMEM_DEMAND_MODE_WORKINGSET),
			 MIB(264) + MIB(1100));
	/*
	 * The guest has read back 6 MiB within a second: 2 from swap, and 4 of files. Ten times
	 * each amount counts.
	 */
	f.refault = MIB(6);
	f.swap_in = MIB(2);
	assert_int_equal(dynmem_demand(&f, GIB(4), GIB(1), DYNMEM_DEMAND_MODE_WORKINGSET),
			 MIB(264) + MIB(1100) + MIB(40) + MIB(20));
	/* No more than the whole file cache and all swapped memory can count. */
	f.refault = GIB(2);
	f.swap_in = GIB(1);
	assert_int_equal(dynmem_demand(&f, GIB(4), GIB(1), DYNMEM_DEMAND_MODE_WORKINGSET),
			 MIB(264) + MIB(1100) + MIB(800) + MIB(300));
	/* With swap-ins but without refaults, no file cache counts. */
	f.refault = 0;
	assert_int_equal(dynmem_demand(&f, GIB(4), GIB(1), DYNMEM_DEMAND_MODE_WORKINGSET),
			 MIB(264) + MIB(1100) + MIB(300));
}

static void floor_comes_from_startup(void **state)
{
	struct dynmem_figures f = { .total = GIB(4), .vnodes = 1 };

	assert_int_equal(demand(&f, GIB(4), MIB(32)), MIB(24));
	assert_int_equal(demand(&f, GIB(4), MIB(128)), MIB(72));
	assert_int_equal(demand(&f, GIB(4), MIB(512)), MIB(168));
	assert_int_equal(demand(&f, GIB(4), GIB(1)), MIB(232));
	assert_int_equal(demand(&f, GIB(4), GIB(2)), MIB(360));
	assert_int_equal(demand(&f, GIB(4), GIB(8)), MIB(744));
	assert_int_equal(demand(&f, GIB(4), GIB(32)), MIB(1512));
	assert_int_equal(dynmem_demand_floor(MIB(512)), MIB(168));
	f.kernel = MIB(800);
	assert_int_equal(demand(&f, GIB(4), GIB(1)), MIB(800));
}

/*
 * The guest has 4 GiB of RAM: 1 GiB is ballooned, MemTotal leaves out another 64 MiB, and 2 GiB are
 * available.
 */
static void standard_driver(void **state)
{
	struct dynmem_figures f = {
		.standard = true, .total = GIB(3) - MIB(64), .ballooned = GIB(1),
		.available = GIB(2),
		.swap_out = MIB(10),
	};

	int mode;

	/* The reports of a standard driver suffice for only one formula, whatever the mode. */
	for (mode = DYNMEM_DEMAND_MODE_COMMIT_PLUS; mode <= DYNMEM_DEMAND_MODE_WORKINGSET; mode++)
		assert_int_equal(dynmem_demand(&f, GIB(4), GIB(1), mode), GIB(1) + MIB(10));
}

static void guest_that_lies(void **state)
{
	struct dynmem_demand_parts parts = { 0 };
	struct dynmem_figures f;
	int mode;

	memset(&f, 0xff, sizeof(f));
	f.standard = false;
	for (mode = DYNMEM_DEMAND_MODE_COMMIT_PLUS; mode <= DYNMEM_DEMAND_MODE_WORKINGSET; mode++)
		assert_int_equal(dynmem_demand(&f, GIB(4), GIB(1), mode), PIB(1));
	assert_true(dynmem_demand_vnode(&parts, &f, 0, PIB(1)) <= PIB(1));
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 65000, PIB(1)), 0);
	assert_int_equal(dynmem_desired(UINT64_MAX, UINT32_MAX, MIB(32), GIB(4)), GIB(4));
	memset(&f, 0xff, sizeof(f));
	f.standard = true;
	assert_int_equal(demand(&f, UINT64_MAX, UINT64_MAX), PIB(1));
}

static void vnodes_add_up(void **state)
{
	struct dynmem_demand_parts parts = { 0 };
	struct dynmem_figures f = { .vnodes = 2 };
	u64 whole = MIB(1201) + 4097;

	/* Of 800 MiB in use, 600 are on vnode 0. */
	f.vnode[0] = (struct dynmem_vnode_figures){
		.total = GIB(1), .free = MIB(400), .reclaimable = MIB(24) };
	f.vnode[1] = (struct dynmem_vnode_figures){
		.total = GIB(1), .free = MIB(300), .reclaimable = MIB(24),
		.ballooned = MIB(500) };
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 0, MIB(1200)), MIB(900));
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 1, MIB(1200)), MIB(300));
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 0, whole) +
			 dynmem_demand_vnode(&parts, &f, 1, whole), whole);

	/* If no memory is in use, demand is divided in proportion to size. */
	f.vnode[0] = (struct dynmem_vnode_figures){ .total = GIB(3), .free = GIB(3) };
	f.vnode[1] = (struct dynmem_vnode_figures){ .total = GIB(1), .free = GIB(2) };
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 0, MIB(1200)), MIB(900));
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 1, MIB(1200)), MIB(300));

	f.vnodes = 0;
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 0, MIB(1200)), MIB(1200));
}

/*
 * The filter holds a peak of 1200 MiB. The memory that is held for the peak stays with the vnodes
 * whose demand has fallen since the peak.
 */
static void peak_stays_where_it_was(void **state)
{
	struct dynmem_demand_parts parts = { 0 };
	struct dynmem_figures f = { .vnodes = 2 };

	f.vnode[0] = (struct dynmem_vnode_figures){ .total = MIB(900) };
	f.vnode[1] = (struct dynmem_vnode_figures){ .total = MIB(300) };
	dynmem_demand_divide(&parts, &f, MIB(1200), true);
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 0, MIB(1200)), MIB(900));

	/* A load on vnode 0 ends. */
	f.vnode[0].free = MIB(600);
	dynmem_demand_divide(&parts, &f, MIB(600), false);
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 0, MIB(1200)), MIB(900));
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 1, MIB(1200)), MIB(300));
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 0, MIB(900)), MIB(600));
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 1, MIB(900)), MIB(300));
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 0, MIB(600)), MIB(300));
	/* Demand beyond the held peak is divided in proportion to use. */
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 0, MIB(2000)), MIB(1300));
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 1, MIB(2000)), MIB(700));

	/* A load on vnode 1 begins. vnode 1 gets its present demand out of the held peak. */
	f.vnode[1].total = MIB(700);
	dynmem_demand_divide(&parts, &f, MIB(1000), false);
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 0, MIB(1200)), MIB(500));
	assert_int_equal(dynmem_demand_vnode(&parts, &f, 1, MIB(1200)), MIB(700));
}

/* Desired is demand and buffer, within minimum and maximum. */
static void buffer_is_added(void **state)
{
	assert_int_equal(dynmem_desired(MIB(1000), 20, MIB(32), GIB(4)), MIB(1200));
	assert_int_equal(dynmem_desired(MIB(1000), 20, MIB(32), MIB(1100)), MIB(1100));
	assert_int_equal(dynmem_desired(MIB(100), 20, MIB(512), GIB(4)), MIB(512));
	assert_int_equal(dynmem_desired(MIB(100), 2000, MIB(32), GIB(4)), MIB(2100));
	assert_int_equal(dynmem_desired(PIB(1), 2000, MIB(32), PIB(21)), PIB(21));
}

/* A second balloon device, QEMU's own, takes 544 MiB in steps and gives 540 MiB back. */
static void second_balloon(void **state)
{
	struct dynmem_foreign foreign = { 0 };
	struct dynmem_figures f = report(0, 0);

	assert_false(dynmem_foreign(&foreign, &f));
	f.total -= MIB(32);
	assert_false(dynmem_foreign(&foreign, &f));
	f.total -= MIB(480);
	assert_true(dynmem_foreign(&foreign, &f));
	assert_int_equal(foreign.taken, MIB(512));
	f.total -= MIB(32);	/* added to @taken, but too little for an event */
	assert_false(dynmem_foreign(&foreign, &f));
	assert_int_equal(foreign.taken, MIB(544));
	f.total += MIB(540);
	assert_true(dynmem_foreign(&foreign, &f));
	assert_int_equal(foreign.taken, 0);
	f.total += GIB(1);	/* hot-plugged memory */
	assert_false(dynmem_foreign(&foreign, &f));

	/* With a standard driver, the total also lacks the pages in our balloon. */
	f = (struct dynmem_figures){ .standard = true, .total = GIB(4) };
	foreign = (struct dynmem_foreign){ 0 };
	assert_false(dynmem_foreign(&foreign, &f));
	f.total -= GIB(2);
	f.held = GIB(2);
	assert_false(dynmem_foreign(&foreign, &f));
	f.total -= GIB(1);
	assert_true(dynmem_foreign(&foreign, &f));
	assert_int_equal(foreign.taken, GIB(1));
}

static void filter_up_at_once_down_slowly(void **state)
{
	struct dynmem_demand_filter f = { 0 };
	u64 now = 1000000, half;

	assert_int_equal(dynmem_demand_filter(&f, GIB(1), now), GIB(1));
	assert_int_equal(dynmem_demand_filter(&f, GIB(3), now + 1000), GIB(3));
	now += 1000;
	/* The peak is held for 10 s. */
	assert_int_equal(dynmem_demand_filter(&f, GIB(1), now + 1000), GIB(3));
	assert_int_equal(dynmem_demand_filter(&f, GIB(1), now + 9999), GIB(3));
	/* 10 s later, half of the excess is gone. */
	half = dynmem_demand_filter(&f, GIB(1), now + 20000);
	assert_in_range(half, GIB(2) - MIB(2), GIB(2) + MIB(2));
	/* 10 s after that, three quarters are gone, however often the filter runs. */
	for (now += 20000; now < 1001000 + 30000; now += 37)
		half = dynmem_demand_filter(&f, GIB(1), now);
	assert_in_range(half, GIB(1.5) - MIB(5), GIB(1.5) + MIB(5));
	/* In the end, all of the excess is gone. */
	assert_int_equal(dynmem_demand_filter(&f, GIB(1), now + 600000), GIB(1));
	assert_int_equal(dynmem_demand_filter(&f, GIB(1), now + 86400000), GIB(1));
}

/* In a square wave with a period below 10 s the last peak is always recent, so it is held. */
static void filter_keeps_a_short_wave(void **state)
{
	struct dynmem_demand_filter f = { 0 };
	u64 t;

	for (t = 0; t < 120000; t += 1000) {
		u64 now = t / 4000 % 2 ? GIB(1) : GIB(2);

		assert_int_equal(dynmem_demand_filter(&f, now, 500000 + t), GIB(2));
	}
}

/*
 * A held peak of demand competes with VMs that start for 3 s only, unless the demand comes in
 * waves.
 */
static void a_peak_is_over_for_a_start(void **state)
{
	struct dynmem_demand_filter f = { 0 };
	u64 now = 1000000;

	dynmem_demand_filter(&f, GIB(2), now);
	dynmem_demand_filter(&f, GIB(1.9), now + 2900);
	assert_int_equal(dynmem_demand_real(&f, GIB(1.9), now + 2900), GIB(2));
	dynmem_demand_filter(&f, GIB(1.9), now + 3000);
	assert_int_equal(dynmem_demand_real(&f, GIB(1.9), now + 3000), GIB(1.9));
	/* Demand falls far, rises after 20 s and falls again. This is a wave. */
	dynmem_demand_filter(&f, GIB(1), now + 4000);
	dynmem_demand_filter(&f, GIB(2), now + 24000);
	dynmem_demand_filter(&f, GIB(1), now + 30000);
	assert_int_equal(dynmem_demand_real(&f, GIB(1), now + 30000), GIB(2));
}

/*
 * If demand stays at its peak for 30 s and then falls, the held peak does not compete with the
 * demand of other VMs. If demand comes in waves, the held peak does compete.
 */
static void a_peak_that_is_left_is_not_firm(void **state)
{
	struct dynmem_demand_filter f = { 0 };
	u64 now = 1000000;

	dynmem_demand_filter(&f, GIB(10), now);
	assert_int_equal(dynmem_demand_firm(&f, GIB(10)), GIB(10));
	dynmem_demand_filter(&f, GIB(10), now + 30000);
	assert_int_equal(dynmem_demand_filter(&f, GIB(9), now + 30500), GIB(10));
	assert_int_equal(dynmem_demand_firm(&f, GIB(9)), GIB(10));
	assert_int_equal(dynmem_demand_filter(&f, GIB(2), now + 31000), GIB(10));
	assert_int_equal(dynmem_demand_firm(&f, GIB(2)), GIB(2.5));
	/* Demand is back after 1 s and falls again after 20 s. This is a wave. */
	dynmem_demand_filter(&f, GIB(10), now + 32000);
	dynmem_demand_filter(&f, GIB(10), now + 51000);
	assert_int_equal(dynmem_demand_firm(&f, GIB(10)), GIB(10));
	dynmem_demand_filter(&f, GIB(2), now + 52000);
	assert_int_equal(dynmem_demand_firm(&f, GIB(2)), GIB(10));
}

/*
 * When another guest sends NEED, a held peak that was short stops competing with other VMs. If
 * demand comes in waves, the held peak goes on competing.
 */
static void a_peak_yields_to_a_need_but_a_wave_once(void **state)
{
	struct dynmem_demand_filter f = { 0 };
	u64 now = 1000000;

	dynmem_demand_filter(&f, GIB(10), now);
	dynmem_demand_filter(&f, GIB(2), now + 1000);
	assert_int_equal(dynmem_demand_firm(&f, GIB(2)), GIB(10));
	dynmem_demand_yield(&f);
	assert_int_equal(dynmem_demand_firm(&f, GIB(2)), GIB(2.5));
	/* The peak does not compete again later, when no guest sends NEED. */
	dynmem_demand_filter(&f, GIB(2), now + 5000);
	assert_int_equal(dynmem_demand_firm(&f, GIB(2)), GIB(2.5));
	/* Demand is back after 20 s. This is a wave, so its peak goes on competing. */
	dynmem_demand_filter(&f, GIB(10), now + 21000);
	dynmem_demand_yield(&f);
	assert_int_equal(dynmem_demand_firm(&f, GIB(10)), GIB(10));
	dynmem_demand_filter(&f, GIB(2), now + 22000);
	dynmem_demand_yield(&f);
	assert_int_equal(dynmem_demand_firm(&f, GIB(2)), GIB(10));
	/* Demand is back only after a minute, which is no wave. */
	dynmem_demand_filter(&f, GIB(2), now + 82000);
	dynmem_demand_filter(&f, GIB(10), now + 83000);
	dynmem_demand_filter(&f, GIB(2), now + 84000);
	dynmem_demand_yield(&f);
	assert_int_equal(dynmem_demand_firm(&f, GIB(2)), GIB(2.5));
}

/* The demand that the host believes if the guest can be using at most 356 MiB. */
static u64 believed(enum dynmem_demand_mode mode, struct dynmem_figures f)
{
	u64 demand;

	if (!f.total)
		f.total = GIB(4);
	demand = dynmem_demand_believed(&f, GIB(4), GIB(0.5), mode, MIB(356));
	assert_int_equal(dynmem_demand_believed(&f, GIB(4), GIB(0.5), mode, ~0ULL),
			 dynmem_demand(&f, GIB(4), GIB(0.5), mode));
	return demand;
}

/*
 * A guest with 100 MiB resident is believed to use at most 256 MiB more, whichever figure is false.
 * The floor and the allowance for memory that is committed and not touched are added to this.
 */
static void no_claim_is_believed_beyond_a_step(void **state)
{
	const enum dynmem_demand_mode plus = DYNMEM_DEMAND_MODE_COMMIT_PLUS;
	const u64 floor = MIB(168), most = floor + MIB(356 + 256);

	assert_int_equal(believed(plus, (struct dynmem_figures){ .anon = MIB(100) }),
			 floor + MIB(100));
	assert_int_equal(believed(plus, (struct dynmem_figures){
				 .anon = GIB(3), .commit = GIB(3) }), most);
	assert_int_equal(believed(plus, (struct dynmem_figures){ .swapped = GIB(3) }),
			 floor + MIB(356));
	assert_int_equal(believed(plus, (struct dynmem_figures){ .total = 1 }), MIB(356));
	assert_int_equal(believed(plus, (struct dynmem_figures){ .kernel = GIB(3) }), MIB(356));
	assert_int_equal(believed(plus, (struct dynmem_figures){
				  .commit = GIB(64), .commit_limit = GIB(64) }), most);
	assert_int_equal(believed(DYNMEM_DEMAND_MODE_COMMIT,
				  (struct dynmem_figures){ .commit = GIB(3) }), floor + MIB(356));
	assert_int_equal(believed(DYNMEM_DEMAND_MODE_WORKINGSET, (struct dynmem_figures){
				  .file = GIB(3), .refault = GIB(1) }), floor + MIB(356));
	assert_int_equal(believed(plus, (struct dynmem_figures){
				  .standard = true, .total = GIB(4) }), MIB(356));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_example),
		cmocka_unit_test(untouched_commit_is_capped),
		cmocka_unit_test(commit_near_its_limit),
		cmocka_unit_test(commit_literally),
		cmocka_unit_test(workingset_leaves_out_cold_memory),
		cmocka_unit_test(floor_comes_from_startup),
		cmocka_unit_test(standard_driver),
		cmocka_unit_test(guest_that_lies),
		cmocka_unit_test(no_claim_is_believed_beyond_a_step),
		cmocka_unit_test(vnodes_add_up),
		cmocka_unit_test(peak_stays_where_it_was),
		cmocka_unit_test(buffer_is_added),
		cmocka_unit_test(second_balloon),
		cmocka_unit_test(filter_up_at_once_down_slowly),
		cmocka_unit_test(filter_keeps_a_short_wave),
		cmocka_unit_test(a_peak_is_over_for_a_start),
		cmocka_unit_test(a_peak_that_is_left_is_not_firm),
		cmocka_unit_test(a_peak_yields_to_a_need_but_a_wave_once),
	};

	return cmocka_run_group_tests_name("demand", tests, NULL, NULL);
}

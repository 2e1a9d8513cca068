// SPDX-License-Identifier: GPL-2.0
/*
 * Tests the rules in the tables of Documentation/sharing.rst: the two speeds at which memory is
 * taken, and what follows if a guest does not give memory.
 */
#include "unit.h"

#include "policy/pacing.h"

static struct dynmem_pacing pacing;
static struct dynmem_pacing_input m;
static u64 need, target;
static bool urgent;

/*
 * A vnode with 8 GiB of RAM. 2 GiB are granted. Demand is 1.6 GiB, and desired and share are 2 GiB.
 */
static int begin(void **state)
{
	memset(&pacing, 0, sizeof(pacing));
	m = (struct dynmem_pacing_input) {
		.now_ms = 100000, .ram = GIB(8), .granted = GIB(2), .exposed = GIB(2),
		.sent = GIB(2), .minimum = GIB(0.5), .demand = GIB(1.6), .desired = GIB(2),
		.share = GIB(2), .tick = true, .lazy = true,
	};
	target = GIB(2);
	return 0;
}

static void set_desired(double gib)
{
	m.desired = GIB(gib);
	m.demand = m.desired / 6 * 5;
	m.share = m.desired;
}

static u64 gain(void)
{
	return dynmem_pacing_gain(&pacing, &m, &need, &urgent);
}

/* Simulates one second, in which the guest gives at once and other VMs need nothing. */
static void second(void)
{
	m.now_ms += 1000;
	target = dynmem_pacing_target(&pacing, &m, gain(), 0, target);
	m.granted = min(target, m.granted);
}

static void small_differences_are_not_given(void **state)
{
	m.granted = m.desired - m.desired / 100;
	assert_int_equal(gain(), 0);
	m.granted -= DYNMEM_BLOCK;
	assert_true(gain() >= m.desired / 100);
	/* A gain that has begun goes on until the vnode has its whole share. */
	m.granted = m.desired - 2 * DYNMEM_BLOCK;
	assert_int_equal(gain(), 2 * DYNMEM_BLOCK);
	assert_int_equal(dynmem_pacing_target(&pacing, &m, gain(), 0, target), m.desired);
	m.granted = m.desired;
	assert_int_equal(gain(), 0);
	m.granted = m.desired - 2 * DYNMEM_BLOCK;
	assert_int_equal(gain(), 0);
	/*
	 * 1 % of 64 MiB is less than a block. So the difference that is ignored is a block, 2 MiB:
	 * a gain of 2 MiB is not given, but a gain of 3 MiB is.
	 */
	m.share = MIB(64);
	m.granted = MIB(62);
	m.minimum = 0;
	assert_int_equal(gain(), 0);
	m.granted = MIB(61);
	assert_int_equal(gain(), MIB(3));
	/* 3.5 MiB are more than 1 % of the share. Only one whole block of them can be given. */
	begin(NULL);
	m.minimum = 0;
	m.share = MIB(259) + MIB(1) / 2;
	m.granted = MIB(256);
	assert_int_equal(gain(), DYNMEM_BLOCK);
}

static void others_give_for_demand_and_for_large_gains(void **state)
{
	/*
	 * Demand is met, and only 32 MiB of the buffer are missing. Other VMs do not give for that.
	 */
	m.granted = GIB(2) - MIB(32);
	assert_true(gain() && !need && !urgent);
	m.granted = GIB(2) - MIB(34);
	assert_true(gain() == MIB(34) && need == MIB(34) && !urgent);
	/* 1 % of 64 GiB is 655 MiB. Other VMs give only if the vnode lacks more than that. */
	begin(NULL);
	m.ram = GIB(128);
	set_desired(64);
	m.granted = GIB(64) - MIB(650);
	assert_true(!gain() && !need);
	m.granted = GIB(64) - MIB(660);
	assert_true(gain() && need);
	/*
	 * If a vnode lacks more than 1 % of its demand, other VMs give for it, even if the gain is
	 * small.
	 */
	begin(NULL);
	m.demand = GIB(2);
	m.granted = GIB(2) - MIB(24);
	assert_true(gain() == MIB(24) && need == MIB(24) && urgent);
}

static void what_is_needed_goes_at_once(void **state)
{
	m.share = GIB(1);
	assert_int_equal(gain(), 0);
	assert_int_equal(dynmem_pacing_target(&pacing, &m, 0, MIB(300), target), GIB(2) - MIB(300));
	assert_int_equal(dynmem_pacing_target(&pacing, &m, 0, GIB(1), target), GIB(1));
	/*
	 * Takes are in whole blocks, and end at the share, rounded down to blocks. While m.hold is
	 * set, the last target stands, or the grant if that is less.
	 */
	assert_int_equal(dynmem_pacing_target(&pacing, &m, 0, MIB(1), target), GIB(2) - MIB(2));
	m.share = GIB(2) - MIB(1);
	assert_int_equal(dynmem_pacing_target(&pacing, &m, 0, MIB(1), target), GIB(2) - MIB(2));
	m.hold = true;
	assert_int_equal(dynmem_pacing_target(&pacing, &m, 0, MIB(1), GIB(1.5)), GIB(1.5));
	assert_int_equal(dynmem_pacing_target(&pacing, &m, 0, 0, GIB(3)), GIB(2));
}

static void lazy_takes_wait_10_s_above_110_percent(void **state)
{
	unsigned int i;

	set_desired(1.82);	/* 2 GiB are 109.9 % */
	for (i = 0; i < 100; i++)
		second();
	assert_int_equal(m.granted, GIB(2));
	set_desired(1.81);	/* 110.5 % */
	for (i = 0; i < 10; i++)
		second();
	assert_int_equal(m.granted, GIB(2));
	second();
	assert_true(m.granted < GIB(2));
	/* If the vnode is below 110 % in between, the 10 s begin again. */
	begin(NULL);
	set_desired(1.81);
	for (i = 0; i < 9; i++)
		second();
	set_desired(1.9);
	second();
	set_desired(1.81);
	for (i = 0; i < 10; i++)
		second();
	assert_int_equal(m.granted, GIB(2));
}

static void lazy_steps_are_5_percent_or_a_quarter_down_to_102(void **state)
{
	u64 before, excess, down;
	unsigned int i;

	set_desired(1);
	for (i = 0; i < 10; i++)
		second();
	for (i = 0; i < 120; i++) {
		before = m.granted;
		excess = dynmem_above(before, m.desired / 100 * 102);
		second();
		down = before - m.granted;
		assert_true(down <= max(before / 20, DYNMEM_BLOCK));
		assert_true(down <= max(excess / 4, DYNMEM_BLOCK));
		/* The step is the smaller of the two limits, but at least a block. */
		if (excess > DYNMEM_BLOCK)
			assert_true(down + DYNMEM_BLOCK > min(before / 20, excess / 4));
	}
	assert_in_range(m.granted, GIB(1.02), GIB(1.02) + DYNMEM_BLOCK);
	/* No take goes below minimum, even if desired is lower. */
	m.minimum = GIB(1);
	set_desired(0.5);
	for (i = 0; i < 120; i++)
		second();
	assert_int_equal(m.granted, GIB(1));
}

/*
 * While the host lacks memory, all memory above 102 % of desired is taken without a wait. In each
 * tick the step is at most a quarter of the grant.
 */
static void the_hosts_pressure_makes_takes_prompt(void **state)
{
	dynmem_pacing_granted(&pacing, m.now_ms);
	set_desired(1);
	m.pressed = true;
	second();
	assert_int_equal(m.granted, GIB(1.5));
	second();
	assert_int_equal(m.granted, GIB(1.125));
	second();
	assert_in_range(m.granted, GIB(1.02), GIB(1.02) + DYNMEM_BLOCK);
	/*
	 * No take goes below minimum. During a backoff, after a take that has hurt, there is no
	 * lazy take.
	 */
	m.minimum = GIB(1);
	set_desired(0.5);
	second();
	assert_int_equal(m.granted, GIB(1));
	m.minimum = GIB(0.5);
	m.backoff = true;
	second();
	assert_int_equal(m.granted, GIB(1));
}

static void nothing_is_taken_lazily_for_30_s_after_a_give(void **state)
{
	unsigned int i;

	dynmem_pacing_granted(&pacing, m.now_ms);
	set_desired(1);
	for (i = 0; i < 29; i++)
		second();
	assert_int_equal(m.granted, GIB(2));
	assert_true(dynmem_pacing_dwells(&pacing, m.now_ms));
	second();
	assert_true(m.granted < GIB(2));
	assert_false(dynmem_pacing_dwells(&pacing, m.now_ms));
	/* Memory that other VMs need is taken even within these 30 s. */
	dynmem_pacing_granted(&pacing, m.now_ms);
	assert_true(dynmem_pacing_target(&pacing, &m, 0, MIB(100), target) <= m.granted - MIB(100));
}

/* Simulates @n seconds of a guest with a target of 1 GiB and @exposed bytes of exposed memory. */
static void watch(unsigned int n, u64 exposed)
{
	m.sent = GIB(1);
	for (; n; n--) {
		m.now_ms += 1000;
		m.exposed = exposed;
		dynmem_pacing_watch(&pacing, &m);
	}
}

static void no_progress_is_inactive_after_5_s_uncooperative_after_20(void **state)
{
	watch(5, GIB(2));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_OK);
	watch(1, GIB(2));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_INACTIVE);
	watch(14, GIB(2));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_INACTIVE);
	assert_false(dynmem_pacing_stuck(&pacing));
	watch(1, GIB(2));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_UNCOOPERATIVE);
	assert_true(dynmem_pacing_stuck(&pacing));
	/* The guest stays uncooperative until it gives a block, even if its target rises again. */
	m.sent = GIB(2);
	m.now_ms += 1000;
	dynmem_pacing_watch(&pacing, &m);
	assert_true(dynmem_pacing_stuck(&pacing));
	watch(1, GIB(2) - MIB(1));
	assert_true(dynmem_pacing_stuck(&pacing));
	watch(1, GIB(2) - MIB(2));
	assert_false(dynmem_pacing_stuck(&pacing));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_OK);
}

static void slow_guests_are_not_at_fault(void **state)
{
	u64 exposed = GIB(2);
	unsigned int i;

	for (i = 0; i < 100; i++) {
		watch(4, exposed);
		exposed -= DYNMEM_BLOCK;
		assert_int_equal(pacing.reaction, DYNMEM_REACTION_OK);
	}
	/* A guest within 1 % of its target is not at fault either. */
	watch(100, GIB(1.0099));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_OK);
}

/*
 * After two samples of a second each, the guest's rate is known. From then on plans count only on
 * the memory that the guest gives in 3 s.
 */
static void how_fast_it_gives_is_measured(void **state)
{
	u64 exposed = GIB(2);
	unsigned int i;

	for (i = 0; i < 2; i++, exposed -= MIB(10)) {
		assert_true(dynmem_pacing_soon(&pacing) > GIB(1000));
		watch(1, exposed);
	}
	watch(1, exposed);
	assert_int_equal(dynmem_pacing_soon(&pacing), 3 * MIB(10));
	/* A second without giving halves the rate; ten more bring it near 0. */
	watch(1, exposed);
	assert_int_equal(dynmem_pacing_soon(&pacing), 3 * MIB(5));
	for (i = 0; i < 10; i++)
		watch(1, exposed);
	assert_true(dynmem_pacing_soon(&pacing) < MIB(1));
	/* When the guest has reached its target, its rate is unknown until it must give again. */
	watch(1, m.sent);
	assert_true(dynmem_pacing_soon(&pacing) > GIB(1000));
}

static void who_can_not_give_is_planned_around_without_fault(void **state)
{
	m.unavailable = GIB(1);
	watch(2, GIB(2));
	assert_false(dynmem_pacing_stuck(&pacing));
	watch(60, GIB(2));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_OK);
	assert_true(dynmem_pacing_stuck(&pacing));
	/* The guest reports that it can give again. */
	m.unavailable = 0;
	watch(1, GIB(2));
	assert_false(dynmem_pacing_stuck(&pacing));
	/*
	 * The guest has to give 1 GiB, and reports that it can't give half of that. It is at fault,
	 * since it does not give the other half.
	 */
	m.unavailable = GIB(0.5);
	watch(25, GIB(2));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_UNCOOPERATIVE);
}

static void a_paused_vm_is_not_at_fault(void **state)
{
	watch(4, GIB(2));
	m.hold = true;
	watch(1000, GIB(2));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_OK);
	m.hold = false;
	watch(1, GIB(2));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_OK);
	watch(1, GIB(2));
	assert_int_equal(pacing.reaction, DYNMEM_REACTION_INACTIVE);
}

static struct dynmem_thrash thrash;
static u64 read_back, waited;

/*
 * Simulates @n reports, one a second, each with @bytes of refaults and @wait_ms of stalls. Returns
 * true if dynmem_thrash_look() finds that a lazy take has hurt the guest.
 */
static bool report(unsigned int n, u64 bytes, u64 wait_ms)
{
	bool hurt = false;

	for (; n; n--) {
		m.now_ms += 1000;
		read_back += bytes;
		waited += wait_ms * 1000;
		hurt |= dynmem_thrash_look(&thrash, m.now_ms, read_back, waited);
	}
	return hurt;
}

static int begin_guard(void **state)
{
	memset(&thrash, 0, sizeof(thrash));
	return begin(state);
}

static void five_seconds_of_thrashing_after_a_take_hurt(void **state)
{
	/* Thrashing before the first lazy take is not caused by a take, so no backoff begins. */
	assert_false(report(60, MIB(100), 500));
	assert_false(report(60, 0, 0));
	dynmem_thrash_took(&thrash, m.now_ms);
	assert_false(report(20, MIB(8), 10));
	assert_false(report(4, MIB(9), 0));
	assert_false(report(1, 0, 0));
	assert_false(report(4, MIB(9), 0));
	assert_true(report(1, MIB(9), 0));
	assert_true(dynmem_thrash_backs_off(&thrash, m.now_ms + 59999));
	assert_false(dynmem_thrash_backs_off(&thrash, m.now_ms + 60000));
	/* A take also hurts if for five seconds the guest stalls for more than 1 % of the time. */
	begin_guard(state);
	report(2, 0, 0);
	dynmem_thrash_took(&thrash, m.now_ms);
	assert_false(report(4, 0, 11));
	assert_true(report(1, 0, 11));
}

static void what_it_read_back_before_is_its_habit(void **state)
{
	report(60, MIB(20), 0);
	dynmem_thrash_took(&thrash, m.now_ms);
	assert_false(report(20, MIB(39), 0));
	dynmem_thrash_took(&thrash, m.now_ms);
	assert_true(report(6, MIB(41), 0));
}

static void back_off_doubles_from_1_to_10_minutes(void **state)
{
	static const unsigned int minutes[] = { 1, 2, 4, 8, 10, 10 };
	unsigned int i;

	report(2, 0, 0);
	for (i = 0; i < ARRAY_SIZE(minutes); i++) {
		dynmem_thrash_took(&thrash, m.now_ms);
		assert_true(report(5, MIB(20), 0));
		assert_int_equal(thrash.until_ms, m.now_ms + minutes[i] * 60000ULL);
		report(60 * minutes[i], 0, 0);
	}
	/* After a lazy take that did not hurt for 30 s, the backoff starts at 1 minute again. */
	dynmem_thrash_took(&thrash, m.now_ms);
	report(31, 0, 0);
	dynmem_thrash_took(&thrash, m.now_ms);
	assert_true(report(5, MIB(20), 0));
	assert_int_equal(thrash.until_ms, m.now_ms + 60000);
}

static void the_last_steps_of_a_lazy_take_are_undone_a_need_is_not(void **state)
{
	u64 before = 0;
	unsigned int i;

	set_desired(1);
	for (i = 0; i < 20; i++) {
		if (i == 20 - DYNMEM_PACING_UNDO)
			before = m.granted;
		second();
	}
	assert_true(m.granted < GIB(1.5));
	assert_true(before < GIB(2));
	/* While the last take seems to hurt, but this is not certain yet, nothing more is taken. */
	m.hurts = true;
	second();
	assert_int_equal(target, m.granted);
	m.hurts = false;
	m.backoff = true;
	second();
	assert_int_equal(target, before);
	assert_false(gain());		/* no other VM gives memory for undoing a take */
	/* During the backoff, memory that other VMs need is taken. This take is not undone. */
	target = dynmem_pacing_target(&pacing, &m, 0, MIB(100), target);
	assert_true(target < m.granted);
	m.granted = target;
	second();
	assert_int_equal(target, m.granted);
	/* Nor is a lazy take undone if its last step was more than 30 s ago. */
	begin(NULL);
	set_desired(1);
	for (i = 0; i < 12; i++)
		second();
	assert_true(m.granted < GIB(2));
	set_desired(1.8);
	for (i = 0; i < 31; i++)
		second();
	m.backoff = true;
	second();
	assert_int_equal(target, m.granted);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
#define TEST_GUARD(name) cmocka_unit_test_setup(name, begin_guard)
	const struct CMUnitTest tests[] = {
		TEST(small_differences_are_not_given),
		TEST(others_give_for_demand_and_for_large_gains),
		TEST(what_is_needed_goes_at_once),
		TEST(lazy_takes_wait_10_s_above_110_percent),
		TEST(lazy_steps_are_5_percent_or_a_quarter_down_to_102),
		TEST(the_hosts_pressure_makes_takes_prompt),
		TEST(nothing_is_taken_lazily_for_30_s_after_a_give),
		TEST(no_progress_is_inactive_after_5_s_uncooperative_after_20),
		TEST(slow_guests_are_not_at_fault),
		TEST(how_fast_it_gives_is_measured),
		TEST(who_can_not_give_is_planned_around_without_fault),
		TEST(a_paused_vm_is_not_at_fault),
		TEST_GUARD(five_seconds_of_thrashing_after_a_take_hurt),
		TEST_GUARD(what_it_read_back_before_is_its_habit),
		TEST_GUARD(back_off_doubles_from_1_to_10_minutes),
		TEST(the_last_steps_of_a_lazy_take_are_undone_a_need_is_not),
	};

	return cmocka_run_group_tests_name("pacing", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Memory cgroups as limits of VMs: how a cgroup's memory is divided among its VMs, and how limits
 * affect grants and starts in whole decisions. See world.h for the guests and their cgroups.
 */
#include "world.h"

/* Returns the overhead, in bytes, that admission expects for the VMM of guest @i. */
static u64 vmm(unsigned int i)
{
	return dynmem_startq_overhead(guest[i].vm.ram);
}

static void one_gets_what_there_is(void **state)
{
	struct dynmem_limit_part part = {
		.weight = 5000, .minimum = 10, .demand = 40, .desired = 50, .most = 200, .held = 30,
	};

	dynmem_limit_divide(&part, 100);
	assert_int_equal(part.due, 100);
	assert_int_equal(part.ceiling, 100);
	dynmem_limit_divide(&part, 1000);
	assert_int_equal(part.ceiling, 200);
	/* The limit has fallen below the memory that the VM holds. */
	dynmem_limit_divide(&part, 20);
	assert_int_equal(part.ceiling, 20);
	/* A ceiling may be below the VM's minimum. */
	dynmem_limit_divide(&part, 5);
	assert_int_equal(part.ceiling, 5);
}

static void by_weight(void **state)
{
	struct dynmem_limit_part light = {
		.weight = 100, .minimum = 10, .demand = 80, .desired = 90, .most = 1000, .held = 10,
	};
	struct dynmem_limit_part heavy = light;

	heavy.weight = 200;
	heavy.next = &light;
	dynmem_limit_divide(&heavy, 120);
	assert_int_equal(heavy.due, 80);
	assert_int_equal(light.due, 40);
	/* The light VM's demand comes before the heavy VM's buffer. */
	dynmem_limit_divide(&heavy, 165);
	assert_int_equal(heavy.due, 85);
	assert_int_equal(light.due, 80);
	/* Memory that remains when all VMs have desired is divided equally. */
	dynmem_limit_divide(&heavy, 200);
	assert_int_equal(heavy.due, 100);
	assert_int_equal(light.due, 100);
}

static void nobody_grows_before_others_have_given(void **state)
{
	struct dynmem_limit_part a = {
		.weight = 100, .minimum = 10, .demand = 20, .desired = 20, .most = 100, .held = 90,
	};
	struct dynmem_limit_part b = {
		.weight = 100, .minimum = 10, .demand = 70, .desired = 80, .most = 100, .held = 10,
		.next = &a,
	};

	dynmem_limit_divide(&b, 100);
	assert_int_equal(a.due + b.due, 100);
	assert_int_equal(a.ceiling, 20);
	assert_int_equal(b.due, 80);
	assert_int_equal(b.ceiling, 10);
	a.held = 60;
	dynmem_limit_divide(&b, 100);
	assert_int_equal(b.ceiling, 40);
}

/*
 * Divides @room bytes of a cgroup among random VMs. The sum of @due must be at most @room. If each
 * VM grows to its @ceiling, the VMs together must hold at most @room, or at most the sum of @held
 * if that is larger.
 */
static void never_more_than_there_is(void **state)
{
	u64 seed = 7, room, due, held, sum;
	struct dynmem_limit_part part[6];
	unsigned int n, i;

	for (n = 0; n < 20000; n++) {
		room = rng_below(&seed, 1000);
		due = 0;
		held = 0;
		sum = 0;
		for (i = 0; i < 6; i++) {
			part[i] = (struct dynmem_limit_part) {
				.weight = 1 + rng_below(&seed, 3),
				.minimum = rng_below(&seed, 60),
				.held = rng_below(&seed, 300),
				.most = rng_below(&seed, 400),
				.next = i < 5 ? &part[i + 1] : NULL,
			};
			part[i].demand = part[i].minimum + rng_below(&seed, 200);
			part[i].desired = part[i].demand + rng_below(&seed, 100);
		}
		dynmem_limit_divide(part, room);
		for (i = 0; i < 6; i++) {
			assert_true(part[i].due <= part[i].most);
			assert_true(part[i].ceiling <= part[i].due);
			due += part[i].due;
			held += part[i].held;
			sum += max(part[i].ceiling, part[i].held);
		}
		assert_true(due <= room);
		assert_true(sum <= max(room, held));
	}
}

static void grants_stay_below(void **state)
{
	cgroup[1] = (struct cgroup){ .limit = MIB(700), .others = MIB(40) };
	define(0, 0.375, 0.25, 1, 5000);
	guest[0].cgroup = 1;
	assert_int_equal(start(0), 0);
	guest[0].need = MIB(900);
	seconds(30);
	assert_about(vnode(0)->granted, MIB(700) - vmm(0));
	assert_true(vnode(0)->granted <= MIB(700) - vmm(0));
	assert_non_null(strstr(why_of(0), "held at "));
	assert_non_null(strstr(why_of(0), "memory cgroup cg1 allows 700M"));
	/* The VMM needs more than admission expected. */
	cgroup[1].others = MIB(200);
	seconds(5);
	assert_about(vnode(0)->granted, MIB(500));
	/* The grant follows a lower and a higher limit. */
	cgroup[1] = (struct cgroup){ .limit = MIB(500) };
	seconds(5);
	assert_true(vnode(0)->granted <= MIB(500) - vmm(0));
	cgroup[1].limit = GIB(4);
	seconds(30);
	assert_int_equal(vnode(0)->granted, GIB(1));
	assert_null(strstr(why_of(0), "cgroup"));
}

static void a_minimum_stands_and_it_is_told(void **state)
{
	cgroup[1] = (struct cgroup){ .limit = MIB(700) };
	define(0, 0.375, 0.25, 1, 5000);
	guest[0].cgroup = 1;
	assert_int_equal(start(0), 0);
	guest[0].need = MIB(900);
	seconds(30);
	cgroup[1].limit = MIB(200);
	seconds(10);
	assert_int_equal(vnode(0)->granted, MIB(256));
	if (!strstr(events, "memory cgroup cg1 allows 200M"))
		fail_msg("not told: %s", events);
	events[0] = '\0';
	seconds(10);
	assert_null(strstr(events, "cgroup"));
	cgroup[1].limit = MIB(700);
	seconds(2);
	assert_non_null(strstr(events, "its memory cgroup allows its minimum again"));
}

static void a_start_that_does_not_fit_is_refused(void **state)
{
	u64 began;

	cgroup[1] = (struct cgroup){ .limit = MIB(500) };
	define(0, 0.5, 0.25, 1, 5000);
	guest[0].cgroup = 1;
	began = unit_now_ms;
	assert_int_equal(start(0), -ENOMEM);
	assert_true(unit_now_ms - began <= 2ULL * STEP_MS);
	if (!strstr(events, "cannot start: memory cgroup cg1 allows 500M, which leaves "))
		fail_msg("not told: %s", events);
	assert_non_null(strstr(events, "for 512M startup"));
	/* With a higher limit the VM can start, since there is room on the node. */
	cgroup[1].limit = GIB(2);
	assert_int_equal(start(0), 0);
}

/*
 * Each of two VMs is in its own cgroup with a limit of 4 GiB. The parent of both cgroups has a
 * limit of 1200 MiB.
 */
static void two_share_what_is_above_them(void **state)
{
	u64 room;

	cgroup[1] = (struct cgroup){ .limit = MIB(1200), .depth = 1 };
	cgroup[2] = (struct cgroup){ .limit = GIB(4), .depth = 2, .parent = 1 };
	cgroup[3] = cgroup[2];
	define(0, 0.375, 0.25, 1, 5000);
	define(1, 0.375, 0.25, 1, 5000);
	guest[0].cgroup = 2;
	guest[1].cgroup = 3;
	assert_int_equal(start(0), 0);
	guest[0].need = MIB(900);
	seconds(30);
	room = MIB(1200) - vmm(0) - vmm(1);
	/* vm0 has all memory that the parent allows: vm1's start waits until vm0 has given some. */
	assert_int_equal(start(1), 0);
	guest[1].need = MIB(900);
	assert_true(vnode(0)->granted + vnode(1)->granted <= room);
	seconds(60);
	assert_true(vnode(0)->granted + vnode(1)->granted <= room);
	assert_about(vnode(0)->granted, room / 2);
	assert_about(vnode(1)->granted, room / 2);
}

/*
 * Two VMs are in one cgroup, in which something else has 300 MiB. Their needs go up and down
 * against each other, and the limit changes, too. The VMs are granted more only if all that they
 * are granted fits beside the 300 MiB.
 */
static void two_in_one_cgroup_stay_within_it(void **state)
{
	u64 room, sum, before = 0;
	unsigned int n;

	cgroup[1] = (struct cgroup){ .limit = MIB(1200), .others = MIB(300) };
	define(0, 0.25, 0.125, 1, 5000);
	define(1, 0.25, 0.125, 1, 9000);
	guest[0].cgroup = 1;
	guest[1].cgroup = 1;
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	for (n = 0; n < 1200; n++) {
		guest[0].need = MIB(n % 300 < 150 ? 800 : 150);
		guest[1].need = MIB(n % 200 < 100 ? 150 : 700);
		cgroup[1].limit = MIB(n % 700 < 500 ? 1200 : 1000);
		room = cgroup[1].limit - cgroup[1].others;
		step();
		sum = vnode(0)->granted + vnode(1)->granted;
		if (sum > room && sum > before)
			fail_msg("step %u: %llu of %llu MiB, %llu before", n, sum >> 20, room >> 20,
				 before >> 20);
		before = sum;
	}
	assert_about(before, room);
	assert_true(vnode(1)->granted > vnode(0)->granted);
}

/* hugetlb pages are not charged to memory cgroups. */
static void pools_are_not_counted(void **state)
{
	struct dynmem_limit limit = { .limited = false, .bytes = MIB(100) };

	assert_int_equal(dynmem_limit_of(&limit, GIB(1)), GIB(1));
	limit.limited = true;
	assert_int_equal(dynmem_limit_of(&limit, GIB(1)), MIB(100));
	cgroup[1] = (struct cgroup){ .limit = MIB(300), .others = MIB(200) };
	define(0, 0.5, 0.25, 1, 5000);
	guest[0].cgroup = 1;
	vnode(0)->pool = 1;
	vnode(0)->node = dynmem_pool_node(0, 1);
	assert_int_equal(start(0), 0);
	guest[0].need = MIB(900);
	seconds(30);
	assert_int_equal(vnode(0)->granted, GIB(1));
	stop(0);
}

/* A node of 4 GiB, of which 1.5 are in a pool. */
static int one_pool(void **state)
{
	int ret;

	unit_nr_hstates = 1;
	unit_hstate[0] = (struct hstate){ .page = MIB(2), .nr_huge_pages_node = { 768 } };
	ret = one_node(state);
	host_use += GIB(1.5);
	return ret;
}

static int no_pool(void **state)
{
	unit_nr_hstates = 0;
	return end(state);
}

int main(void)
{
#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, end)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_gets_what_there_is),
		cmocka_unit_test(by_weight),
		cmocka_unit_test(nobody_grows_before_others_have_given),
		cmocka_unit_test(never_more_than_there_is),
		TEST(grants_stay_below, one_node),
		TEST(a_minimum_stands_and_it_is_told, one_node),
		TEST(a_start_that_does_not_fit_is_refused, one_node),
		TEST(two_share_what_is_above_them, two_nodes),
		TEST(two_in_one_cgroup_stay_within_it, one_node),
		cmocka_unit_test_setup_teardown(pools_are_not_counted, one_pool, no_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

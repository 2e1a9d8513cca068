// SPDX-License-Identifier: GPL-2.0
/* Tests whether a static VM that runs can have more memory. See world.h for the guests. */
#include "world.h"

#include "control/resize.h"

static struct netlink_ext_ack said;

static void look(struct dynmem_plan *plan, void *arg)
{
	*(int *)arg = dynmem_resize_check(plan, &guest[0].vm, GIB(0.5), &said);
}

/* Asks whether vm0 can have 0.5 GiB more. */
static int larger(void)
{
	int ret = 1;

	said.text[0] = '\0';
	dynmem_balancer_look(NULL, NULL, look, &ret);
	return ret;
}

/*
 * vm0 is static, with a size of 0.5 of its 1 GiB of RAM. vm1 needs 1.2 of 3 GiB, and has @weight.
 * vm2 has a low weight and needs little, but holds 1 GiB. vm0 could grow by memory of vm2.
 */
static void a_small_static_vm(u32 weight)
{
	dynmem_headroom_set(0, DYNMEM_HEADROOM_OFF);
	define(0, 1, 1, 1, 2000);
	guest[0].vm.set.dynamic = false;
	define(1, 1, 0.25, 2, weight);
	guest[1].need = GIB(1.2);
	define(2, 1, 0.25, 1, 1000);
	guest[2].need = GIB(1);
	assert_int_equal(start(0), 0);
	guest[0].vm.set.startup = GIB(0.5);
	guest[0].vm.set.minimum = GIB(0.5);
	guest[0].vm.cut = GIB(0.5);
	seconds(10);
	assert_int_equal(start(1), 0);
	assert_int_equal(start(2), 0);
	seconds(60);
	guest[2].need = MIB(200);
}

static void from_who_gives(void **state)
{
	a_small_static_vm(9000);
	seconds(5);
	assert_int_equal(larger(), 0);
}

/* vm2 gives nothing, or 2 MiB a second. So the memory would have to come from vm1's demand. */
static void not_from_who_does_not_give(void **state)
{
	const u64 crawl_ms[] = { 0, 1000 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		a_small_static_vm(9000);
		guest[2].stuck = !crawl_ms[i];
		guest[2].crawl_ms = crawl_ms[i];
		seconds(30);
		assert_int_equal(larger(), -ENOMEM);
		if (strncmp(said.text, "lacks ", 6) ||
		    !strstr(said.text, "M until vm2 gives it: stop it, or try later"))
			fail_msg("%s", said.text);
		guest[2].stuck = false;
		guest[2].crawl_ms = 0;
		seconds(10);
		assert_int_equal(larger(), 0);
		stop(0);
		stop(1);
		stop(2);
	}
}

/* vm1 has a lower weight than vm0, so its demand may be taken if vm2 does not give. */
static void lighter_ones_give_instead(void **state)
{
	a_small_static_vm(1500);
	guest[2].stuck = true;
	seconds(30);
	assert_int_equal(larger(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, one_node, end)
	const struct CMUnitTest tests[] = {
		TEST(from_who_gives),
		TEST(not_from_who_does_not_give),
		TEST(lighter_ones_give_instead),
	};

	return cmocka_run_group_tests_name("resize", tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Tests which settings of a VM may change while it runs, and which changes are deferred to its next
 * start.
 */
#include "kernel.h"
#include "unit.h"

#include "vm/settings.h"

#define CASES 200000

static u64 seed = 1;

/*
 * Returns random settings that dynmem_settings_check() allows. There are only few different sizes,
 * so that some are equal.
 */
static struct dynmem_settings any_settings(void)
{
	u64 startup = rng_between(&seed, 1, 8);

	return (struct dynmem_settings) {
		.startup = startup * MIB(64),
		.minimum = rng_between(&seed, 1, startup) * MIB(64),
		.maximum = rng_between(&seed, startup, 10) * MIB(64),
		.buffer = rng_between(&seed, 5, 7),
		.weight = rng_between(&seed, 1, 3),
		.dynamic = rng_once_in(&seed, 2),
		.demand_mode = rng_below(&seed, 3),
		.enforce = rng_below(&seed, 2),
		.reporting = rng_once_in(&seed, 2),
		.share = rng_once_in(&seed, 2),
		.place = rng_below(&seed, 2),
	};
}

/*
 * Makes @vm a VM that runs or is away, with or without a driver. If the VM is static, its size may
 * be below its RAM.
 */
static void any_running(struct dynmem_vm *vm)
{
	memset(vm, 0, sizeof(*vm));
	vm->set = any_settings();
	vm->state = rng_once_in(&seed, 4) ? DYNMEM_VM_STATE_AWAY : DYNMEM_VM_STATE_RUNNING;
	vm->driver = rng_once_in(&seed, 4) ? DYNMEM_DRIVER_NONE : DYNMEM_DRIVER_DYNMEM;
	vm->cut = vm->set.dynamic ? 0 : rng_below(&seed, 4) * MIB(64);
	vm->ram = vm->set.dynamic ? vm->set.maximum : vm->set.startup + vm->cut;
}

static void what_remains_after_deferring_is_allowed(void **state)
{
	unsigned int i, deferred = 0, whole = 0;
	static struct dynmem_vm vm;

	for (i = 0; i < CASES; i++) {
		struct dynmem_settings wanted = any_settings(), now = wanted;
		u32 left;

		any_running(&vm);
		assert_int_equal(dynmem_settings_check(&wanted, NULL), 0);
		dynmem_settings_defer(&vm, &now);
		assert_int_equal(dynmem_settings_check(&now, NULL), 0);
		assert_int_equal(dynmem_settings_check_running(&vm, &now, NULL), 0);

		/*
		 * If all changes together are allowed, none is deferred. Only the five settings
		 * below are ever deferred.
		 */
		left = dynmem_settings_diff(&wanted, &now);
		if (!dynmem_settings_check_running(&vm, &wanted, NULL)) {
			assert_int_equal(left, 0);
			whole++;
		}
		assert_int_equal(left & ~(BIT(DYNMEM_A_VM_STARTUP) | BIT(DYNMEM_A_VM_MINIMUM) |
					  BIT(DYNMEM_A_VM_MAXIMUM) | BIT(DYNMEM_A_VM_DYNAMIC) |
					  BIT(DYNMEM_A_VM_REPORTING)), 0);
		deferred |= left;
	}
	assert_true(whole > CASES / 100);
	assert_int_equal(deferred, BIT(DYNMEM_A_VM_STARTUP) | BIT(DYNMEM_A_VM_MINIMUM) |
				   BIT(DYNMEM_A_VM_MAXIMUM) | BIT(DYNMEM_A_VM_DYNAMIC) |
				   BIT(DYNMEM_A_VM_REPORTING));
}

static void a_dynamic_vm_defers_what_is_refused(void **state)
{
	static struct dynmem_vm vm;
	struct dynmem_settings s;

	vm.state = DYNMEM_VM_STATE_RUNNING;
	vm.driver = DYNMEM_DRIVER_DYNMEM;
	vm.ram = GIB(4);
	vm.set = (struct dynmem_settings) {
		.startup = GIB(1), .minimum = MIB(512), .maximum = GIB(4), .buffer = 20,
		.weight = 5000, .dynamic = true,
	};
	s = vm.set;
	s.startup = GIB(2);
	s.minimum = GIB(1);
	s.maximum = GIB(3);
	s.weight = 1;
	s.dynamic = false;
	s.reporting = true;
	dynmem_settings_defer(&vm, &s);
	assert_int_equal(dynmem_settings_diff(&s, &vm.set), BIT(DYNMEM_A_VM_WEIGHT));

	s.minimum = MIB(256);
	s.maximum = GIB(8);
	s.startup = MIB(512);
	dynmem_settings_defer(&vm, &s);
	assert_int_equal(dynmem_settings_diff(&s, &vm.set), BIT(DYNMEM_A_VM_WEIGHT) |
			 BIT(DYNMEM_A_VM_MINIMUM) | BIT(DYNMEM_A_VM_MAXIMUM));
}

static void a_static_vm_has_the_size_that_it_can_have(void **state)
{
	static struct dynmem_vm vm;
	struct dynmem_settings s;

	vm.state = DYNMEM_VM_STATE_RUNNING;
	vm.ram = GIB(1);
	vm.set = (struct dynmem_settings) {
		.startup = GIB(1), .minimum = GIB(1), .maximum = GIB(1), .buffer = 20, .weight = 1,
	};
	s = vm.set;
	s.startup = MIB(512);
	s.minimum = MIB(512);
	s.maximum = MIB(512);
	dynmem_settings_defer(&vm, &s);
	assert_int_equal(s.startup, GIB(1));
	assert_int_equal(s.minimum, MIB(512));
	assert_int_equal(s.maximum, GIB(1));

	vm.driver = DYNMEM_DRIVER_STANDARD;
	s.startup = MIB(512);
	s.maximum = MIB(512);
	dynmem_settings_defer(&vm, &s);
	assert_int_equal(s.startup, MIB(512));
	assert_int_equal(s.maximum, MIB(512));

	/*
	 * The VM becomes dynamic at its next start, so the new sizes are deferred, too. Until then
	 * the VM keeps its present sizes.
	 */
	s.startup = MIB(512);
	s.minimum = MIB(256);
	s.dynamic = true;
	dynmem_settings_defer(&vm, &s);
	assert_int_equal(dynmem_settings_diff(&s, &vm.set), 0);
}

static void each_setting_differs_alone(void **state)
{
	unsigned int i;

	for (i = 0; i < CASES / 10; i++) {
		struct dynmem_settings a = any_settings(), b = any_settings(), c = a;
		u32 diff = dynmem_settings_diff(&a, &b), some = rng_next(&seed);

		dynmem_settings_merge(&c, &b, some);
		assert_int_equal(dynmem_settings_diff(&a, &c), diff & some);
		assert_int_equal(dynmem_settings_diff(&c, &b), diff & ~some);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_remains_after_deferring_is_allowed),
		cmocka_unit_test(a_dynamic_vm_defers_what_is_refused),
		cmocka_unit_test(a_static_vm_has_the_size_that_it_can_have),
		cmocka_unit_test(each_setting_differs_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

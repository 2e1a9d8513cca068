// SPDX-License-Identifier: GPL-2.0
/*
 * Tests how VMs are defined and deleted while other threads do the same. There is one thread, so
 * the functions that define.c calls between two steps do here what another thread might do.
 */
#include "kernel.h"
#include "unit.h"

#include "control/balancer.h"
#include "control/define.h"
#include "control/lifecycle.h"
#include "control/resize.h"
#include "device/mgmt.h"
#include "memory/pool.h"
#include "sharing/plan.h"
#include "vm/vm.h"
#include "vm_parts.h"

struct dynmem_vdpa { int none; };

u64 unit_now_ms;
int unit_nodes = 1;
unsigned int dynmem_nr_pools = 1;

static struct dynmem_vdpa device;
static void (*on_reserve)(void);	/* another thread, before the new VM is in the set */
static bool dev_add_on_delete;		/* `vdpa dev add` after the VM's device was deleted */
static bool dev_add_on_create;		/* `vdpa dev add` before the VM's device is created */
static int create_fails;		/* dynmem_vdpa_create() returns this error */
static unsigned int created;

static const struct dynmem_settings settings = {
	.startup = MIB(512), .minimum = MIB(256), .maximum = GIB(2), .buffer = 20, .weight = 5000,
	.dynamic = true,
};

int dynmem_balancer_reserve(unsigned int nr_vms)
{
	void (*then)(void) = on_reserve;

	on_reserve = NULL;
	if (then)
		then();
	return 0;
}

int dynmem_balancer_look(struct dynmem_vm *extra, int (*prepare)(unsigned int nr_vms, void *arg),
			 void (*look)(struct dynmem_plan *plan, void *arg), void *arg)
{
	return -ENOMEM;
}

void dynmem_balancer_kick(void)
{
}

struct dynmem_want *dynmem_plan_wants(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	return NULL;
}

int dynmem_resize_check(struct dynmem_plan *plan, const struct dynmem_vm *vm, u64 more,
			struct netlink_ext_ack *extack)
{
	return 0;
}

int dynmem_vdpa_create(struct dynmem_vm *vm)
{
	created++;
	if (create_fails)
		return create_fails;
	vm->dev = &device;
	return dev_add_on_create ? -EEXIST : 0;
}

int dynmem_vdpa_delete(struct dynmem_vm *vm)
{
	vm->dev = NULL;
	return 0;
}

void dynmem_lifecycle_forget(struct dynmem_vm *vm)
{
	if (dev_add_on_delete)
		vm->dev = &device;
}

static int begin(void **state)
{
	on_reserve = NULL;
	dev_add_on_delete = false;
	dev_add_on_create = false;
	create_fails = 0;
	created = 0;
	return 0;
}

static int end(void **state)
{
	dynmem_vm_exit();
	return 0;
}

static bool is_defined(const char *name)
{
	struct dynmem_vm *vm = dynmem_vm_find(name);

	if (vm)
		dynmem_vm_put(vm);
	return vm;
}

static void a_vm_with_a_new_device_stays(void **state)
{
	assert_int_equal(dynmem_vm_new("a", &settings, NULL), 0);
	dev_add_on_delete = true;
	assert_int_equal(dynmem_vm_del("a", NULL), -EBUSY);
	assert_true(is_defined("a"));
	assert_int_equal(dynmem_vm_defined(), 1);
	dev_add_on_delete = false;
	assert_int_equal(dynmem_vm_del("a", NULL), 0);
	assert_false(is_defined("a"));
	assert_int_equal(dynmem_vm_defined(), 0);
}

static void a_vm_that_is_used_stays(void **state)
{
	struct dynmem_vm *vm;

	assert_int_equal(dynmem_vm_new("a", &settings, NULL), 0);
	vm = dynmem_vm_find("a");
	vm->state = DYNMEM_VM_STATE_STARTING;
	assert_int_equal(dynmem_vm_del("a", NULL), -EBUSY);
	vm->state = DYNMEM_VM_STATE_DEFINED;
	assert_int_equal(dynmem_vm_del("a", NULL), 0);
	assert_int_equal(dynmem_vm_remove(vm), 0);
	assert_int_equal(dynmem_vm_defined(), 0);
	dynmem_vm_put(vm);
}

static void a_new_vm_may_get_its_device_from_another_thread(void **state)
{
	dev_add_on_create = true;
	assert_int_equal(dynmem_vm_new("a", &settings, NULL), 0);
	assert_true(is_defined("a"));
}

static void a_vm_without_a_device_is_removed(void **state)
{
	create_fails = -EEXIST;
	assert_int_equal(dynmem_vm_new("a", &settings, NULL), -EEXIST);
	assert_false(is_defined("a"));
	assert_int_equal(dynmem_vm_defined(), 0);
}

static void define_a(void)
{
	assert_int_equal(dynmem_vm_new("a", &settings, NULL), 0);
}

static void two_may_replace_a_new_vm_at_once(void **state)
{
	struct dynmem_settings more = settings;
	struct dynmem_vm *vm;
	u64 changed, deferred;

	more.weight = 6000;
	on_reserve = define_a;
	assert_int_equal(dynmem_vm_replace("a", &more, &changed, &deferred, NULL), 0);
	assert_int_equal(changed, BIT(DYNMEM_A_VM_WEIGHT));
	vm = dynmem_vm_find("a");
	assert_int_equal(vm->set.weight, 6000);
	dynmem_vm_put(vm);
	/* But two cannot add one VM. */
	assert_int_equal(dynmem_vm_del("a", NULL), 0);
	on_reserve = define_a;
	assert_int_equal(dynmem_vm_new("a", &more, NULL), -EEXIST);
}

static void a_name_that_another_device_has_is_tried_once(void **state)
{
	u64 changed, deferred;

	create_fails = -EEXIST;
	assert_int_equal(dynmem_vm_replace("a", &settings, &changed, &deferred, NULL), -EEXIST);
	assert_int_equal(created, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_vm_with_a_new_device_stays),
		TEST(a_vm_that_is_used_stays),
		TEST(a_new_vm_may_get_its_device_from_another_thread),
		TEST(a_vm_without_a_device_is_removed),
		TEST(two_may_replace_a_new_vm_at_once),
		TEST(a_name_that_another_device_has_is_tried_once),
	};

	return cmocka_run_group_tests_name("define", tests, NULL, NULL);
}

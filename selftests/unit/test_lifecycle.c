// SPDX-License-Identifier: GPL-2.0
/*
 * Tests what a VM keeps, and what it forgets, when its VMM detaches or attaches again. See world.h
 * for the guests.
 */
#include "world.h"

#include "control/lifecycle.h"
#include "control/measure.h"
#include "device/mgmt.h"
#include "memory/account.h"
#include "memory/pressure.h"
#include "memory/vcpus.h"
#include "vm/attach.h"

struct pglist_data unit_node_data[UNIT_NODES_MAX];

static u64 counted_total;		/* what dynmem_account_total() finds, bytes */
static void (*while_counting)(void);	/* if set, called once, while the guest is looked at */

void unit_work_queued(struct delayed_work *work, u64 due_ms)
{
	work->pending = true;
	work->due_ms = due_ms;
}

struct dynmem_vm *dynmem_vm_next(struct dynmem_vm *prev)
{
	unsigned int i = prev ? container_of(prev, struct guest, vm) - guest + 1 : 0;

	for (; i < GUESTS; i++)
		if (guest[i].vm.nr_vnodes)
			return &guest[i].vm;
	return NULL;
}

struct dynmem_vm *dynmem_vm_next_locked(struct dynmem_vm *prev)
{
	return dynmem_vm_next(prev);
}

struct dynmem_vm *dynmem_vm_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < GUESTS; i++)
		if (!strcmp(guest[i].vm.name, name))
			return &guest[i].vm;
	return NULL;
}

void dynmem_vm_detach(struct dynmem_vm *vm)
{
	vm->gm.mm = NULL;
	vm->vnode[0].ballooned = 0;
}

void dynmem_vdpa_notify(struct dynmem_vm *vm)
{
}

bool dynmem_guestmem_has_run(struct dynmem_guestmem *gm)
{
	return true;
}

u64 dynmem_release_locked(struct dynmem_guestmem *gm)
{
	return 0;
}

bool dynmem_pressure_on(int nid)
{
	return false;
}

int dynmem_pressure_init(void)
{
	return 0;
}

void dynmem_pressure_exit(void)
{
}

static void meanwhile_once(void)
{
	void (*call)(void) = while_counting;

	while_counting = NULL;
	if (call)
		call();
}

void dynmem_account_total(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed)
{
	acc->total = counted_total;
	acc->exposed = exposed;
	meanwhile_once();
}

void dynmem_vcpus_look(struct dynmem_guestmem *gm, struct dynmem_vcpus *vcpus)
{
	*vcpus = (struct dynmem_vcpus) { .looked = true, .state = DYNMEM_VCPUS_PAUSED };
	meanwhile_once();
}

/* A VMM attaches to VM @i. Its mm has the address of the struct guest @of. */
static int attach(unsigned int i, unsigned int of)
{
	struct mm_struct *mm = (struct mm_struct *)&guest[of];

	int ret = dynmem_vm_ops.begin(&guest[i].vm, mm);

	if (ret)
		return ret;
	guest[i].vm.gm.mm = mm;
	guest[i].attached = true;
	return dynmem_vm_ops.bind(&guest[i].vm);
}

static void detach(unsigned int i)
{
	dynmem_vm_ops.unbind(&guest[i].vm, "has let go");
	dynmem_vm_detach(&guest[i].vm);
	guest[i].attached = false;
}

static void another_vmm_comes(void)
{
	detach(0);
	assert_int_equal(attach(0, 1), 0);
}

static u64 charged(void)
{
	return dynmem_nodes[0].ledger.charge + dynmem_nodes[0].ledger.promised;
}

static void the_next_guest_inherits_nothing(void **state)
{
	struct dynmem_vm *vm = &guest[0].vm;

	define(0, 0.5, 0.25, 3, 5000);
	assert_int_equal(attach(0, 0), 0);
	seconds(20);
	assert_true(charged() > 0);
	vm->books.missing = MIB(1);
	vm->books.missing_ticks = 2;
	vm->books.beyond_ms = 100000;
	vm->demand.foreign.taken = MIB(1);
	vm->demand.cache.won = MIB(1);
	vm->demand.thrash.backoff_ms = 1;
	vm->driver_before = DYNMEM_DRIVER_STANDARD;
	vm->limit.due = MIB(1);
	detach(0);
	assert_int_equal(vm->state, DYNMEM_VM_STATE_DEFINED);
	assert_int_equal(charged(), 0);
	assert_int_equal(vm->books.admitted_ms, 0);
	assert_int_equal(vm->books.missing, 0);
	assert_int_equal(vm->books.missing_ticks, 0);
	assert_int_equal(vm->books.beyond_ms, 0);
	assert_int_equal(vm->demand.foreign.taken, 0);
	assert_int_equal(vm->demand.cache.won, 0);
	assert_int_equal(vm->demand.thrash.backoff_ms, 0);
	assert_int_equal(vm->driver_before, DYNMEM_DRIVER_NONE);
	assert_int_equal(vm->limit.due, 0);
}

/* Another VMM attaches while the memory or the virtual CPUs of the last guest are looked at. */
static void figures_of_another_guest_are_dropped(void **state)
{
	struct dynmem_vm *vm = &guest[0].vm;
	u64 node[NODES_MAX] = { 0 };

	assert_int_equal(dynmem_measure_init(), 0);
	define(0, 0.5, 0.25, 3, 5000);
	vm->account.node = node;
	assert_int_equal(attach(0, 0), 0);
	seconds(5);

	counted_total = GIB(2);
	dynmem_measure(unit_now_ms, false);
	assert_int_equal(guest[0].holding[0].resident, GIB(2));
	while_counting = another_vmm_comes;
	dynmem_measure(unit_now_ms, false);
	assert_null(while_counting);
	assert_true(guest[0].holding[0].resident < GIB(1));

	vm->driver = DYNMEM_DRIVER_NONE;
	while_counting = another_vmm_comes;
	dynmem_measure(unit_now_ms, true);
	assert_null(while_counting);
	assert_false(vm->vcpus.looked);
	dynmem_measure(unit_now_ms, true);
	assert_true(vm->vcpus.looked);
	dynmem_measure_exit();
}

static void the_lock_is_free_again(void)
{
	unit_locks_are_held = false;
}

/* Another thread holds the bind_lock of the VM to which the guest belongs. */
static void a_guest_belongs_to_one_vm(void **state)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		define(i, 0.5, 0.25, 3, 5000);
	assert_int_equal(attach(0, 0), 0);
	assert_true(dynmem_vm_ops.away(&guest[0].vm));
	unit_locks_are_held = true;
	meanwhile = the_lock_is_free_again;
	assert_int_equal(attach(1, 0), 0);
	meanwhile = NULL;
	assert_false(unit_locks_are_held);
	assert_int_equal(guest[0].vm.state, DYNMEM_VM_STATE_DEFINED);
	assert_null(guest[0].vm.gm.mm);
	assert_int_equal(guest[1].vm.state, DYNMEM_VM_STATE_RUNNING);
	heard("defined: the VMM has attached to another VM");
}

/* A VMM that runs has two devices. Only the first one may have its guest's memory. */
static void a_guest_has_one_device(void **state)
{
	unsigned int i;
	u64 before;

	for (i = 0; i < 2; i++)
		define(i, 0.5, 0.25, 3, 5000);
	assert_int_equal(attach(0, 0), 0);
	seconds(20);
	before = charged();
	assert_int_equal(attach(1, 0), -EBUSY);
	heard("cannot attach process 17: its guest belongs to VM vm0 already");
	/* The first VM may also get the guest while the second one attaches. */
	last_event[0] = '\0';
	guest[1].vm.gm.mm = guest[0].vm.gm.mm;
	assert_int_equal(dynmem_vm_ops.bind(&guest[1].vm), -EBUSY);
	guest[1].vm.gm.mm = NULL;
	assert_int_equal(guest[1].vm.state, DYNMEM_VM_STATE_DEFINED);
	assert_int_equal(guest[0].vm.state, DYNMEM_VM_STATE_RUNNING);
	assert_int_equal(charged(), before);
	assert_non_null(strstr(last_event, "its guest belongs to VM vm0 already"));
	/* When the first one is gone, the second one may have the memory. */
	detach(0);
	assert_int_equal(attach(1, 0), 0);
}

/* When a VMM attaches, the counters of its VM begin at 0, even if the VM was only away. */
static void alerts_begin_again_after_away(void **state)
{
	struct dynmem_vm *vm = &guest[0].vm;

	define(0, 0.5, 0.25, 3, 5000);
	assert_int_equal(attach(0, 0), 0);
	dynmem_count(&vm->counters, DYNMEM_A_COUNTER_LOST, 100);
	seconds(20);
	heard("100 pages were pinned for DMA while they were released");
	assert_true(dynmem_vm_ops.away(vm));
	dynmem_counters_reset(&vm->counters);
	assert_int_equal(attach(0, 0), 0);
	dynmem_count(&vm->counters, DYNMEM_A_COUNTER_LOST, 7);
	seconds(2);
	heard("\n7 pages were pinned for DMA while they were released");
}

/* The pressure of the last minutes is that of the guest that runs, also after it has restarted. */
static void pressure_begins_again_with_a_session(void **state)
{
	struct dynmem_vm *vm = &guest[0].vm;
	u32 least, most, average;

	define(0, 0.5, 0.25, 3, 5000);
	assert_int_equal(attach(0, 0), 0);
	seconds(20);
	assert_true(dynmem_window_read(&vm->demand.pressure, &least, &most, &average));
	dynmem_vm_ops.reset(vm);
	dynmem_vm_ops.session(vm, DYNMEM_DRIVER_DYNMEM, false);
	assert_true(dynmem_window_read(&vm->demand.pressure, &least, &most, &average));
	dynmem_vm_ops.reset(vm);
	dynmem_vm_ops.session(vm, DYNMEM_DRIVER_DYNMEM, true);
	assert_false(dynmem_window_read(&vm->demand.pressure, &least, &most, &average));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, one_node, end)
	const struct CMUnitTest tests[] = {
		TEST(the_next_guest_inherits_nothing),
		TEST(figures_of_another_guest_are_dropped),
		TEST(a_guest_belongs_to_one_vm),
		TEST(a_guest_has_one_device),
		TEST(alerts_begin_again_after_away),
		TEST(pressure_begins_again_with_a_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

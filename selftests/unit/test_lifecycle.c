// SPDX-License-Identifier: GPL-2.0
/*
 * Tests what a VM keeps, and what it forgets, when its VMM detaches or attaches again. See world.h
 * for the guests.
 */
#include "world.h"

#include "control/lifecycle.h"
#include "device/mgmt.h"
#include "vm/attach.h"

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

/* A VMM attaches to VM @i. Its mm has the address of the struct guest @of. */
static int attach(unsigned int i, unsigned int of)
{
	struct mm_struct *mm = (struct mm_struct *)&guest[of];

	dynmem_vm_ops.begin(&guest[i].vm, mm);
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, one_node, end)
	const struct CMUnitTest tests[] = {
		TEST(the_next_guest_inherits_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

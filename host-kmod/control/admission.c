// SPDX-License-Identifier: GPL-2.0
/* admission: makes a VMM wait until its VM may start. */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "control/admission.h"
#include "control/balancer.h"
#include "event.h"
#include "memory/memcg.h"
#include "sharing/admit.h"
#include "sharing/node.h"
#include "vm/vm.h"

static unsigned int start_timeout = 15;
module_param(start_timeout, uint, 0644);
MODULE_PARM_DESC(start_timeout,
		 "seconds a VM waits for its startup memory (default 15); two thirds longer while starts get memory. libvirt waits 30 s for QEMU");

static void free_admission(struct dynmem_admission *a)
{
	kfree(a->start.part);
	kfree(a->lacks);
	kfree(a);
}

static struct dynmem_admission *alloc_admission(struct dynmem_vm *vm)
{
	struct dynmem_admission *a = kzalloc(sizeof(*a), GFP_KERNEL);

	if (!a)
		return NULL;
	a->vm = vm;
	a->lacks = kcalloc(dynmem_nr_nodes(), sizeof(*a->lacks), GFP_KERNEL);
	a->start.part = kcalloc(dynmem_nr_nodes(), sizeof(*a->start.part), GFP_KERNEL);
	init_waitqueue_head(&a->wait);
	if (!a->lacks || !a->start.part) {
		free_admission(a);
		return NULL;
	}
	return a;
}

int dynmem_admission_wait(struct dynmem_vm *vm, bool runs)
{
	struct dynmem_admission *a = alloc_admission(vm);
	u64 now_ms = ktime_get_ns() / NSEC_PER_MSEC;
	u64 wait_ms = READ_ONCE(start_timeout) * MSEC_PER_SEC;
	struct dynmem_memcg memcg;
	int ret;

	if (!a)
		return -ENOMEM;
	dynmem_memcg_read(&vm->gm, &memcg);
	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	vm->limit.memcg = memcg;
	/* If the guest has run, the VMM's own memory is already part of the host's own use. */
	a->start.overhead = runs ? 0 : dynmem_startq_overhead(vm->ram);
	mutex_unlock(&vm->lock);
	a->start.weight = vm->set.weight;
	a->start.runs = runs;
	a->start.deadline_ms = now_ms + wait_ms;
	/* By default this is in 25 s: libvirt gives up a VMM that does not answer for 30 s. */
	a->start.latest_ms = now_ms + wait_ms + wait_ms * 2 / 3;
	dynmem_admit_enqueue(a);
	mutex_unlock(&dynmem_set_lock);
	dynmem_balancer_kick();

	wait_event_killable(a->wait, READ_ONCE(a->done));

	mutex_lock(&dynmem_set_lock);
	if (!a->done)
		dynmem_admit_leave(a);
	ret = a->error;
	if (ret)
		dynmem_node_forget(vm);
	mutex_unlock(&dynmem_set_lock);
	if (ret == -ENOMEM)
		dynmem_event(DYNMEM_EVENT_REFUSED, vm->name, a->nid, a->lacking, "%s", a->text);
	else if (!ret && runs && a->lacking)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, a->nid, a->lacking,
			     "its guest runs already: %lluM of %lluM startup can't be had now",
			     a->lacking >> 20, min(vm->set.startup, vm->ram) >> 20);
	if (ret)
		dynmem_balancer_kick();
	free_admission(a);
	return ret;
}

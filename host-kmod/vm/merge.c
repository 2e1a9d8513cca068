// SPDX-License-Identifier: GPL-2.0
/* merge: applies a VM's setting "share"; see merge.h. */
#include <linux/numa.h>

#include "event.h"
#include "memory/merge.h"
#include "vm/merge.h"
#include "vm/vm.h"

void dynmem_vm_merge(struct dynmem_vm *vm, bool wait)
{
	bool share, none, short_of_memory, said_none, said_short;
	int ret;

	mutex_lock(&vm->lock);
	share = vm->set.share;
	mutex_unlock(&vm->lock);
	ret = dynmem_merge_allow(&vm->gm, share, wait, &vm->merge.unfinished);
	/* The setting was not applied; the next call of this function tries again. */
	if (ret < 0 && ret != -ENOMEM)
		return;
	none = !ret && share;
	short_of_memory = ret < 0 && !share;

	mutex_lock(&vm->lock);
	said_none = vm->merge.none;
	said_short = vm->merge.short_of_memory;
	vm->merge.private = ret != 0;
	vm->merge.none = none;
	vm->merge.short_of_memory = short_of_memory;
	mutex_unlock(&vm->lock);
	if (none && !said_none)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "share is on, but nothing is merged: the kernel merges private memory only, and this VM has shared memory (share=on, memfd or a file)");
	if (short_of_memory && !said_short)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "the host has no memory left to separate pages that were merged; dynmem tries again each second");
}

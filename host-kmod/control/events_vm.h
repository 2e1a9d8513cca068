/* SPDX-License-Identifier: GPL-2.0 */
/*
 * events_vm: the events about a VM. Examples are a change of its status or target, and a guest that
 * does not give memory, cannot give memory, or uses memory that it has given.
 */
#ifndef _DYNMEM_EVENTS_VM_H
#define _DYNMEM_EVENTS_VM_H

#include <linux/types.h>

struct dynmem_vm;

/**
 * dynmem_events_vm_tell() - raise events about changes of a VM; called once a tick
 * @vm: the VM; its lock and dynmem_set_lock are held
 * @now_ms: monotonic time
 */
void dynmem_events_vm_tell(struct dynmem_vm *vm, u64 now_ms);

#endif

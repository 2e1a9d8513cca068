/* SPDX-License-Identifier: GPL-2.0 */
/*
 * events_vm: what is told of a VM: its status, its target, and of a guest that does not do its
 * part, or cannot: it does not give, touches what it has given, or has its memory pinned.
 */
#ifndef _DYNMEM_EVENTS_VM_H
#define _DYNMEM_EVENTS_VM_H

#include <linux/types.h>

struct dynmem_vm;

/**
 * dynmem_events_vm_tell() - tell what has changed; once a tick
 * @vm: the VM; its lock and dynmem_set_lock held
 * @now_ms: monotonic
 */
void dynmem_events_vm_tell(struct dynmem_vm *vm, u64 now_ms);

#endif

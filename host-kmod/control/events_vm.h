/* SPDX-License-Identifier: GPL-2.0 */
/*
 * conduct: what is told of a guest that does not do its part, or can't: it does not give, touches
 * what it has given, or has its memory pinned. Called by balancer.c once a tick.
 */
#ifndef _DYNMEM_CONDUCT_H
#define _DYNMEM_CONDUCT_H

#include <linux/types.h>

struct dynmem_vm;

#define DYNMEM_TALES 3

/**
 * struct dynmem_told - what has been told; dynmem_set_lock
 * @uncooperative: that it does not give, or holds what it had given
 * @unable: that it says it can't give
 * @barred: that its memory is pinned or locked
 * @uncounted: that its memory cannot be counted
 * @limited: that a memory cgroup allows it less than its minimum
 * @count: by tale: the counter as of when it was told
 * @ms: and when that was, monotonic
 */
struct dynmem_told {
	bool uncooperative;
	bool unable;
	bool barred;
	bool uncounted;
	bool limited;
	u64 count[DYNMEM_TALES];
	u64 ms[DYNMEM_TALES];
};

/**
 * dynmem_conduct_tell() - tell what has changed
 * @vm: the VM; its lock and dynmem_set_lock held
 * @target: of all its vnodes, bytes
 * @now_ms: monotonic
 */
void dynmem_conduct_tell(struct dynmem_vm *vm, u64 target, u64 now_ms);

#endif

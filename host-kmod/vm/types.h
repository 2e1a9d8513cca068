/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What there is of one VM: its settings, its vnodes, its state, and what the device below tells it.
 *
 *   DEFINED --attach--> STARTING --admitted--> RUNNING --reset, new driver--> RESTARTING
 *      ^                    |                   |  ^-------------report----------'  |
 *      '------refused-------'<-------VMM lets go-'<---------------------------------'
 */
#ifndef _DYNMEM_VM_TYPES_H
#define _DYNMEM_VM_TYPES_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "memory/account.h"
#include "memory/guestmem.h"
#include "memory/memcg.h"
#include "memory/pageset.h"
#include "memory/release.h"
#include "memory/vcpus.h"
#include "policy/demand.h"
#include "policy/ledger.h"
#include "policy/pacing.h"
#include "policy/share.h"
#include "uapi/dynmem.h"
#include "uapi/virtio_dynmem.h"
#include "vm/counters.h"

#define DYNMEM_STARTUP_MIN	(32ULL << 20)	/* bytes */
#define DYNMEM_MEMORY_MAX	BIT_ULL(50)	/* bytes: no setting is above 1 PiB */
/*
 * A VMM's RAM is never exactly what its command line says: legacy holes below 1 MiB are missing,
 * video memory is added. RAM and startup of a static VM count as equal within this. Bytes.
 */
#define DYNMEM_RAM_SLACK	(64ULL << 20)
#define DYNMEM_BUFFER_MIN	5		/* percent */
#define DYNMEM_BUFFER_MAX	2000
#define DYNMEM_BUFFER_DEFAULT	20
#define DYNMEM_WEIGHT_MIN	1
#define DYNMEM_WEIGHT_MAX	10000
#define DYNMEM_WEIGHT_DEFAULT	5000

/* What the operator sets; bytes, percent. */
struct dynmem_settings {
	u64 startup;
	u64 minimum;
	u64 maximum;
	u32 buffer;
	u32 weight;
	bool dynamic;
	enum dynmem_demand_mode demand_mode;
	enum dynmem_enforce enforce;
	bool reporting;
};

#define DYNMEM_ALERTS 3

/**
 * struct dynmem_last_reported - what was last told of a VM. Guarded by
 * dynmem_set_lock.
 * @uncooperative: that it does not give, or holds what it had given
 * @unable: that it says it can't give
 * @unreclaimable: that its memory is pinned or locked
 * @uncounted: that its memory cannot be counted
 * @limited: that a memory cgroup allows it less than its minimum
 * @count: by alert: the counter as of when it was told
 * @ms: and when that was, monotonic
 * @status: that has been seen for @status_ticks ticks
 * @status_ticks: see there
 * @target: its target when that was last told, bytes
 * @target_ms: and when, monotonic
 */
struct dynmem_last_reported {
	bool uncooperative;
	bool unable;
	bool unreclaimable;
	bool uncounted;
	bool limited;
	u64 count[DYNMEM_ALERTS];
	u64 ms[DYNMEM_ALERTS];
	enum dynmem_status status;
	unsigned int status_ticks;
	u64 target;
	u64 target_ms;
};

/**
 * struct dynmem_cut - why policy gives a vnode less than it desires; bytes
 * @why: enum dynmem_why; DYNMEM_WHY_NONE: it does not, and nothing else is valid
 * @buffer, @demand: what is cut of either; they add up to desired less what policy gives
 * @nodes: host nodes that have no more, a bit for each (up to node 63)
 * @ahead: id of the VM with most weight among those that come first, or share; 0: nobody does
 * @name, @weight: of that VM
 */
struct dynmem_cut {
	enum dynmem_why why;
	u64 buffer;
	u64 demand;
	u64 nodes;
	u64 ahead;
	char name[DYNMEM_NAME_MAX + 1];
	u32 weight;
};

/**
 * struct dynmem_vnode - one guest NUMA node; bytes. Guarded by the VM's lock.
 * @ram: of the guest there
 * @ballooned: ballooned by the guest and released by the host
 * @granted: what the host has promised for now
 * @target: where @granted is going. A lower target is told to the guest at once; a higher one
 *	only as far as it is granted
 * @minimum: what @granted is never brought below
 * @demand: filtered, without buffer
 * @desired: demand plus buffer within minimum and maximum
 * @cut: why it is to get less than that
 * @need: bytes that a guest wanted to have exposed that was about to kill or swap
 * @need_ms: when (monotonic), 0: it never did
 * @pacing: how fast it comes to its target, and whether it gives
 * @pool: the pages it is made of, see pool.h
 * @node: node of that pool all of its memory is bound to; NUMA_NO_NODE: it floats
 *
 * Until a dynmem_balloon guest says which vnodes it has, there is one entry for each node the RAM
 * is bound to, and one for what of each pool is bound to none.
 */
struct dynmem_vnode {
	u64 ram;
	u64 ballooned;
	u64 granted;
	u64 target;
	u64 minimum;
	u64 demand;
	u64 desired;
	struct dynmem_cut cut;
	u64 need;
	u64 need_ms;
	struct dynmem_pacing pacing;
	unsigned int pool;
	int node;
};

/* Guest pages from @first up to the next span belong to @vnode. */
struct dynmem_span {
	u64 first;
	u16 vnode;
};

struct dynmem_start;
struct dynmem_vdpa;
struct dynmem_vm;

/**
 * struct dynmem_limit_part - what a VM wants of a cgroup, and what it may have; bytes
 * @weight: of the VM
 * @minimum, @demand, @desired: as in struct dynmem_share
 * @most: what it may have in any case
 * @held: what it is charged with now: granted, or resident if that is more
 * @due: the result: what it may have in the end
 * @ceiling: the result: what it may have now. Less than @due while others have not given yet
 * @next: another one in the same cgroup, or NULL
 */
struct dynmem_limit_part {
	u32 weight;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 most;
	u64 held;
	u64 due;
	u64 ceiling;
	struct dynmem_limit_part *next;
};

/* One of the cgroups of a VM, as dynmem_limit_set() compares them. */
struct dynmem_limit_entry {
	struct list_head link;
	struct dynmem_vm *vm;
	const struct dynmem_memcg_level *level;
};

/**
 * struct dynmem_limit - what cgroups allow a VM. Guarded by the VM's lock.
 * @memcg: as last read
 * @counted: what the VM has resident has been counted once
 * @limited: they allow less than maximum and RAM do; if not, only @due is valid of the next four
 * @bytes: what they allow now, besides what its VMM needs
 * @due: what they allow when others in the same cgroup have given
 * @allows: limit of the cgroup that allows least
 * @name: of that cgroup
 * @part, @entry: for one decision
 */
struct dynmem_limit {
	struct dynmem_memcg memcg;
	bool counted;
	bool limited;
	u64 bytes;
	u64 due;
	u64 allows;
	char name[DYNMEM_MEMCG_NAME];
	struct dynmem_limit_part part;
	struct dynmem_limit_entry entry[DYNMEM_MEMCG_LEVELS];
};

/**
 * struct dynmem_books - what a VM holds and waits for, as a decision sees it; bytes.
 * Guarded by dynmem_set_lock.
 * @holding: what it holds on each node, dynmem_nr_nodes() entries, in its ledger
 * @start: it waits for admission, else NULL
 * @want: where its vnodes are in the plan under way, see dynmem_plan_wants()
 * @admitted_ms: when the VMM was admitted, monotonic; 0: it is not
 * @settled_ms: until when startup is kept: some time after the first report; 0: no report yet
 * @missing: startup memory that it has not got, of a VM that starts or restarts
 * @missing_ticks: ticks for which that has been so
 * @uncounted: why what it holds cannot be counted (dynmem_account_error()), 0: it can
 * @uncounted_ms: since when, monotonic
 * @exposed_then: what its guest could touch when what it holds was measured
 * @beyond: what it holds beyond what it was granted and what its guest could touch
 * @beyond_ms: for how long it has, while the guest could do something about it
 * @beyond_seen_ms: when that was looked at last, monotonic; 0: not yet
 */
struct dynmem_books {
	struct dynmem_holding *holding;
	struct dynmem_start *start;
	unsigned int want;
	u64 admitted_ms;
	u64 settled_ms;
	u64 missing;
	unsigned int missing_ticks;
	int uncounted;
	u64 uncounted_ms;
	u64 exposed_then;
	u64 beyond;
	u64 beyond_ms;
	u64 beyond_seen_ms;
};

/**
 * struct dynmem_vm_demand - what a guest says of itself and what is made of it; bytes.
 * Guarded by the VM's lock.
 * @figures: the last report
 * @reported_ms: when it came, monotonic; 0: none since the attach or the last reset of the guest
 * @refault: bytes read back, ever, by all reports
 * @stalled: the same, microseconds waited
 * @foreign: what somebody else takes from the guest
 * @filter: for @shown
 * @shown: filtered demand as the guest tells it; shown, and what status is about
 * @believed: how much it can be using: what is resident and one step of growth
 * @believed_filter: for @believed_demand
 * @believed_demand: filtered demand of what is believed; what memory is shared by
 * @firm: what of that comes before the demand of others
 * @parts: what of it belongs to which vnode
 * @thrash: whether taking memory without need has hurt it
 * @hurt: it just has, which is to be reported
 */
struct dynmem_vm_demand {
	struct dynmem_figures figures;
	u64 reported_ms;
	u64 refault;
	u64 stalled;
	struct dynmem_foreign foreign;
	struct dynmem_demand_filter filter;
	u64 shown;
	u64 believed;
	struct dynmem_demand_filter believed_filter;
	u64 believed_demand;
	u64 firm;
	struct dynmem_demand_parts parts;
	struct dynmem_thrash thrash;
	bool hurt;
};

/**
 * struct dynmem_vm - one VM
 * @ref: references; atomic
 * @name: constant
 * @id: constant; rises with every VM that is defined
 * @counters: each is atomic
 * @link: in the set; empty once deleted. Guarded by dynmem_set_lock
 * @books: what it holds; guarded by dynmem_set_lock
 * @last_reported: what was last told of it; guarded by dynmem_set_lock
 * @set: settings; written with dynmem_set_lock *and* @lock held, read under either
 * @state: the same
 * @lock: guards the members up to @limit
 * @dev: its vDPA device, NULL when `vdpa dev del` removed it
 * @pid: of the VMM (in the initial namespace), 0 when none has attached
 * @driver: of the guest
 * @driver_before: the driver that was there when the device was reset
 * @status: as last shown
 * @vcpus: whether its guest runs; looked at while no driver is there
 * @ram: bytes of RAM the VMM has given its guest
 * @ram_end: the guest page behind all of it
 * @ram_seen: bytes of RAM when that was last looked at
 * @vnode: its vnodes
 * @nr_vnodes: how many
 * @span: which guest page belongs to which
 * @nr_spans: how many
 * @demand: what its guest says of itself
 * @pinned: of what is resident: pinned for DMA or locked, bytes
 * @unreclaimable: that is so much, or a device is assigned, that no memory is taken from it
 * @retouched: of what is ballooned: resident again, bytes
 * @limit: what memory cgroups allow it
 * @balloon_lock: only threads of the VMM take it, and none of the other locks with it
 * @ballooned: touched by the VM's vhost task (or when that has ended), and under @balloon_lock by
 *	its workers, when there is nothing else that the task does
 * @gm: attached and detached by bind and unbind; has a lock of its own
 * @releases: has a lock of its own
 * @account_lock: guards @account
 * @account: what is resident
 */
struct dynmem_vm {
	struct kref ref;
	char name[DYNMEM_NAME_MAX + 1];
	u64 id;
	struct dynmem_counters counters;

	struct list_head link;
	struct dynmem_books books;
	struct dynmem_last_reported last_reported;

	struct dynmem_settings set;
	enum dynmem_vm_state state;

	struct mutex lock;	/* see above */
	struct dynmem_vdpa *dev;
	pid_t pid;
	enum dynmem_driver driver;
	enum dynmem_driver driver_before;
	enum dynmem_status status;
	struct dynmem_vcpus vcpus;
	u64 ram;
	u64 ram_end;
	u64 ram_seen;
	struct dynmem_vnode vnode[VIRTIO_DYNMEM_MAX_VNODES];
	unsigned int nr_vnodes;
	struct dynmem_span *span;
	unsigned int nr_spans;
	struct dynmem_vm_demand demand;
	u64 pinned;
	bool unreclaimable;
	u64 retouched;
	struct dynmem_limit limit;

	struct mutex balloon_lock;	/* see above */
	struct dynmem_pageset ballooned;
	struct dynmem_guestmem gm;
	struct dynmem_releases releases;

	struct mutex account_lock;	/* see above */
	struct dynmem_account account;
};

/* RAM minus given: what the guest could touch on a vnode. Bytes. VM's lock. */
static inline u64 dynmem_vnode_exposed(const struct dynmem_vnode *v)
{
	return v->ram > v->ballooned ? v->ram - v->ballooned : 0;
}

/* The same, of all vnodes. */
static inline u64 dynmem_vm_exposed(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		bytes += dynmem_vnode_exposed(&vm->vnode[i]);
	return bytes;
}

/* What all vnodes are granted. Bytes. VM's lock. */
static inline u64 dynmem_vm_granted(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		bytes += vm->vnode[i].granted;
	return bytes;
}

/* What the guest is told it may hold on a vnode: a plan to take at once, a plan to give only as
 * far as it is granted. Bytes. VM's lock.
 */
static inline u64 dynmem_vnode_visible(const struct dynmem_vnode *v)
{
	return v->target < v->granted ? v->target : v->granted;
}

/* Whether any of its memory is in a hugetlb pool, of which what is given is no longer its own. */
static inline bool dynmem_vm_in_pool(struct dynmem_vm *vm)
{
	bool found = false;
	unsigned int i;

	mutex_lock(&vm->lock);
	for (i = 0; i < vm->nr_vnodes; i++)
		found |= vm->vnode[i].pool > 0;
	mutex_unlock(&vm->lock);
	return found;
}

/* Whether the VM has been let in: it runs, or is about to. dynmem_set_lock. */
static inline bool dynmem_vm_admitted(const struct dynmem_vm *vm)
{
	return vm->books.admitted_ms;
}

/* Whether a driver of the guest serves the device. VM's lock. */
static inline bool dynmem_vm_has_driver(const struct dynmem_vm *vm)
{
	return vm->driver == DYNMEM_DRIVER_STANDARD || vm->driver == DYNMEM_DRIVER_DYNMEM;
}

/* Whether its VMM has paused the guest. VM's lock. */
static inline bool dynmem_vm_paused(const struct dynmem_vm *vm)
{
	return vm->vcpus.state == DYNMEM_VCPUS_PAUSED &&
	       (vm->state == DYNMEM_VM_STATE_RUNNING || vm->state == DYNMEM_VM_STATE_RESTARTING);
}

/*
 * The worst that any of its vnodes makes of what it is told, or what it makes of what it has given:
 * to use that again is no better than not to give it. VM's lock.
 */
static inline enum dynmem_reaction dynmem_vm_reaction(const struct dynmem_vm *vm)
{
	enum dynmem_reaction beyond = dynmem_pacing_reaction(vm->books.beyond_ms);
	enum dynmem_reaction worst = DYNMEM_REACTION_OK;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].pacing.reaction > worst)
			worst = vm->vnode[i].pacing.reaction;
	return beyond > worst ? beyond : worst;
}

/* The memory of a VM, in bytes of @bytes, that its cgroups allow at most. VM's lock. */
static inline u64 dynmem_limit_of(const struct dynmem_limit *limit, u64 bytes)
{
	return limit->limited && limit->bytes < bytes ? limit->bytes : bytes;
}

/**
 * struct dynmem_vm_ops - what the device below tells the VM it belongs to
 * @bind: a VMM has attached, @gm is attached, ram and vnodes are known; admission. Context: the
 *	VMM's process, may wait. Returns 0, or -errno that the VMM sees
 * @unbind: the VMM lets go, and how ("has let go", "was killed ..."); the rings are still, the
 *	vhost task has ended, @gm is still attached
 * @reset: the device was reset; says nothing about the guest
 * @session: the guest's driver is there: a new session (@fresh) or the old one resumed
 * @report: figures have been renewed
 * @moved: given has changed on some vnode
 *
 * No lock is held in any of them.
 */
struct dynmem_vm_ops {
	int (*bind)(struct dynmem_vm *vm);
	void (*unbind)(struct dynmem_vm *vm, const char *how);
	void (*reset)(struct dynmem_vm *vm);
	void (*session)(struct dynmem_vm *vm, enum dynmem_driver driver, bool fresh);
	void (*report)(struct dynmem_vm *vm);
	void (*moved)(struct dynmem_vm *vm);
};

#endif

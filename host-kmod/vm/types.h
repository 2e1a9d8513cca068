/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One VM: its settings, its vnodes, its state, and the calls by which its device says what happens.
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
 * video memory is added. RAM and startup of a static VM may differ by this many bytes.
 */
#define DYNMEM_RAM_SLACK	(64ULL << 20)
#define DYNMEM_BUFFER_MIN	5		/* percent */
#define DYNMEM_BUFFER_MAX	2000
#define DYNMEM_BUFFER_DEFAULT	20
#define DYNMEM_WEIGHT_MIN	1
#define DYNMEM_WEIGHT_MAX	10000
#define DYNMEM_WEIGHT_DEFAULT	5000

/**
 * struct dynmem_settings - what the operator sets for a VM
 * @startup: memory that the VM is admitted with, bytes
 * @minimum: memory that is never taken from it, bytes
 * @maximum: the most memory that it is granted, bytes
 * @buffer: memory that it gets on top of demand, percent of demand
 * @weight: its rank when memory is short, DYNMEM_WEIGHT_MIN .. DYNMEM_WEIGHT_MAX
 * @dynamic: its memory follows demand; false: it has startup all the time
 * @demand_mode: how demand is computed from the guest's figures
 * @enforce: what is done about ballooned memory that becomes resident again
 * @reporting: the guest may report free pages
 */
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
 * struct dynmem_last_reported - the state of a VM as of its last events
 * @uncooperative: it does not give memory, or uses memory that it had given
 * @unable: its guest says that it can't give
 * @unreclaimable: its memory is pinned or locked
 * @uncounted: its memory cannot be counted
 * @limited: a memory cgroup allows it less than its minimum
 * @count: by alert: value of the counter at the last event
 * @ms: by alert: time of the last event, monotonic
 * @status: the status at the last look
 * @status_ticks: for how many ticks @status has not changed
 * @target: target in the last event about the target, bytes
 * @target_ms: time of that event, monotonic
 *
 * Guarded by dynmem_set_lock.
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
 * @why: enum dynmem_why; with DYNMEM_WHY_NONE nothing is cut, and the other members are not valid
 * @buffer: how much of its buffer is cut
 * @demand: how much of its demand is cut; with @buffer it adds up to desired less the share
 * @nodes: host nodes that are used up, a bit for each (up to node 63)
 * @ahead: id of the heaviest VM that is served first or shares the nodes; 0: there is none
 * @name: name of that VM
 * @weight: weight of that VM
 *
 * A part of struct dynmem_vnode.
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
 * struct dynmem_vnode - one guest NUMA node; bytes
 * @ram: RAM of the guest on this vnode
 * @ballooned: memory given by the guest and released by the host
 * @granted: memory that the guest may have exposed now
 * @target: the value that @granted moves towards. A lower target is sent to the guest at once, a
 *	higher one only as far as it is granted
 * @minimum: @granted is never brought below it
 * @demand: filtered demand, without buffer
 * @desired: demand plus buffer, within minimum and maximum
 * @cut: why policy gives less than @desired
 * @need: total that the guest asked to have exposed in its last NEED message
 * @need_ms: time of that NEED message, monotonic; 0: there was none
 * @pacing: state of its pacing: how fast memory moves, and whether the guest gives
 * @pool: number of the pool for the size of its host pages, see pool.h
 * @node: node of that pool to which all of its memory is bound; NUMA_NO_NODE: it floats
 *
 * Until a dynmem_balloon guest has named its vnodes, there is an entry for each node that RAM is
 * bound to, and one for each pool that has RAM which is bound to no node.
 *
 * Guarded by the VM's lock.
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

/**
 * struct dynmem_span - guest pages in a row that belong to one vnode
 * @first: the first of them; the span ends where the next one begins
 * @vnode: index of the vnode
 */
struct dynmem_span {
	u64 first;
	u16 vnode;
};

struct dynmem_start;
struct dynmem_vdpa;
struct dynmem_vm;

/**
 * struct dynmem_limit_part - what a VM wants of a cgroup, and what it may have; bytes
 * @weight: weight of the VM
 * @minimum: as in struct dynmem_share
 * @demand: as in struct dynmem_share
 * @desired: as in struct dynmem_share
 * @most: the most that it can use, whatever cgroups allow
 * @held: its charge now: granted, or resident if that is more
 * @due: result: what it may have when the other VMs in the cgroup have given their part
 * @ceiling: result: what it may have now, at most @due
 * @next: the next VM in the same cgroup, or NULL
 *
 * Guarded by the VM's lock; valid during one decision, under dynmem_set_lock.
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

/**
 * struct dynmem_limit_entry - a VM in one of its cgroups
 * @link: links it into the list that dynmem_limit_set() sorts by cgroup
 * @vm: the VM
 * @level: the cgroup, in its struct dynmem_memcg
 *
 * Valid during one decision, under dynmem_set_lock.
 */
struct dynmem_limit_entry {
	struct list_head link;
	struct dynmem_vm *vm;
	const struct dynmem_memcg_level *level;
};

/**
 * struct dynmem_limit - what memory cgroups allow a VM
 * @memcg: the cgroups, as last read
 * @counted: the VM's resident memory has been counted at least once
 * @limited: the cgroups allow less than maximum and RAM. If not, @bytes, @allows and @name are not
 *	valid
 * @bytes: memory that the cgroups allow the guest now, after the VMM's own needs
 * @due: memory that they will allow when the other VMs in the cgroups have given their part
 * @allows: limit of the cgroup that allows the guest least
 * @name: name of that cgroup
 * @part: the VM's part in the decision under way
 * @entry: the VM's entries in the decision under way, one for each cgroup
 *
 * Guarded by the VM's lock.
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
 * struct dynmem_books - what a VM holds and waits for, as decisions see it; bytes
 * @holding: its holding in the ledger of each node, dynmem_nr_nodes() entries
 * @start: its place in the queue of starts; NULL: it does not wait for admission
 * @want: index of its first vnode's want in the plan under way, see dynmem_plan_wants()
 * @admitted_ms: when the VM was admitted, monotonic; 0: it is not admitted
 * @settled_ms: end of the time after the first report in which startup is kept, monotonic; 0:
 *	there has been no report
 * @missing: startup memory that it lacks while it starts or restarts
 * @missing_ticks: for how many ticks it has lacked startup memory while it restarts
 * @uncounted: dynmem_account_error(): why its memory cannot be counted; 0: it can
 * @uncounted_ms: since when it cannot be counted, monotonic
 * @exposed_then: memory that its guest could touch when @holding was last measured
 * @beyond: memory that it holds beyond its grant and beyond what its guest could touch
 * @beyond_ms: for how long @beyond has been above dynmem_pacing_slack(), without time in which the
 *	guest was silent
 * @beyond_seen_ms: when @beyond was last looked at, monotonic; 0: never
 *
 * Guarded by dynmem_set_lock.
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
 * struct dynmem_vm_demand - the figures that a guest reports, and its demand; bytes
 * @figures: the last report
 * @reported_ms: when it came, monotonic; 0: none since the attach or the last reset of the guest
 * @refault: memory read back from disk, the sum over all reports
 * @stalled: microseconds that tasks waited for memory, the sum over all reports
 * @foreign: memory that something else, such as a second balloon, takes from the guest
 * @filter: filter of @shown
 * @shown: filtered demand by the guest's own figures; it is shown and decides the status
 * @believed: the most memory that the guest can be using: its resident memory and one step of
 *	growth
 * @believed_filter: filter of @believed_demand
 * @believed_demand: filtered demand, claims being cut to @believed; memory is shared by it
 * @firm: the part of @believed_demand that competes with the demand of others; the rest only counts
 *	as desired
 * @parts: how demand is divided between the vnodes
 * @thrash: whether a take without need has hurt the guest
 * @hurt: a take has hurt the guest, and no event has been sent yet
 *
 * Guarded by the VM's lock.
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
 * @id: constant; each VM that is defined has a higher one
 * @counters: atomic, no lock
 * @link: links it into the set of VMs, empty once deleted; guarded by dynmem_set_lock
 * @books: what it holds and waits for; guarded by dynmem_set_lock
 * @last_reported: its state as of its last events; guarded by dynmem_set_lock
 * @set: settings; written under both dynmem_set_lock and @lock, read under either
 * @state: state; guarded as @set, and read without a lock where an old value does no harm
 * @lock: guards the members from here to @limit. Only the VMM's own threads replace RAM, vnodes and
 *	spans, one at a time, and so read them without it; nor does @ram_seen need it
 * @dev: its vDPA device, NULL when `vdpa dev del` removed it
 * @pid: pid of the VMM (in the initial namespace); 0: none has attached
 * @driver: the kind of driver that the guest has
 * @driver_before: the driver at the time of the last reset of the device
 * @status: status that is shown
 * @vcpus: whether its guest runs; renewed while no driver is there
 * @ram: RAM that the VMM has given its guest, bytes
 * @ram_end: the guest page after the last page of RAM
 * @ram_seen: RAM as last counted by dynmem_vnodes_renew(), bytes
 * @vnode: its vnodes
 * @nr_vnodes: number of vnodes
 * @span: which guest pages belong to which vnode
 * @nr_spans: number of spans
 * @demand: the figures that its guest reports, and its demand
 * @pinned: resident memory that is pinned for DMA or locked, bytes
 * @unreclaimable: no memory is taken from it, as too much is pinned or a device is assigned
 * @retouched: ballooned memory that is resident again, bytes
 * @limit: what memory cgroups allow it
 * @balloon_lock: guards @ballooned while workers run; only threads of the VMM take it, and they
 *	hold no other lock meanwhile
 * @ballooned: the pages in the balloon. Without workers only the vhost task uses it, or the thread
 *	that ends that task, and needs no lock
 * @gm: guest memory, attached from bind to unbind; has locks of its own
 * @releases: state of the releases of its memory; has locks of its own
 * @account_lock: guards @account
 * @account: its resident memory
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

/* Memory that the guest could touch on a vnode: RAM less ballooned. Bytes. VM's lock. */
static inline u64 dynmem_vnode_exposed(const struct dynmem_vnode *v)
{
	return v->ram > v->ballooned ? v->ram - v->ballooned : 0;
}

/* Memory that the guest could touch on all vnodes. Bytes. VM's lock. */
static inline u64 dynmem_vm_exposed(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		bytes += dynmem_vnode_exposed(&vm->vnode[i]);
	return bytes;
}

/* The grants of all vnodes. Bytes. VM's lock. */
static inline u64 dynmem_vm_granted(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		bytes += vm->vnode[i].granted;
	return bytes;
}

/*
 * The target that is sent to the guest: a lower one takes effect at once, a higher one only as far
 * as it is granted. Bytes. VM's lock.
 */
static inline u64 dynmem_vnode_visible(const struct dynmem_vnode *v)
{
	return v->target < v->granted ? v->target : v->granted;
}

/*
 * Whether any of its memory is in a hugetlb pool, where others may take the pages that it has
 * given. Takes the VM's lock.
 */
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

/* Whether the VM has been admitted: it runs, or is about to. dynmem_set_lock. */
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
 * The worst reaction of any vnode to its target, or of the VM to its balloon: memory that is used
 * again after it was given is no better than memory that was never given. dynmem_set_lock and the
 * VM's lock.
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

/* The smaller of @bytes and of the memory that the VM's cgroups allow it. VM's lock. */
static inline u64 dynmem_limit_of(const struct dynmem_limit *limit, u64 bytes)
{
	return limit->limited && limit->bytes < bytes ? limit->bytes : bytes;
}

/**
 * struct dynmem_vm_ops - how a device calls the layers above the VM that it belongs to
 * @bind: a VMM has attached: the VM waits for admission. Its guest memory is attached, its RAM and
 *	vnodes are known. Context: the VMM's process, may wait. Returns 0, or the -errno of the
 *	ioctl
 * @unbind: the VMM lets go; @how says in words how ("has let go", "was killed ..."). The rings have
 *	stopped, the vhost task has ended, guest memory is still attached
 * @reset: the device was reset, by the guest or by the VMM
 * @session: the guest's driver has begun a new session (@fresh) or resumed the old one
 * @report: the guest's figures have been renewed
 * @moved: pages have come into the balloon of some vnode or left it
 *
 * Context: no lock is held in any of them.
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

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * types: the state of one VM (struct dynmem_vm) and its parts, and the operations by which the
 * device of a VM reports to higher layers. The states of a VM are:
 *
 *   DEFINED --attach--> STARTING --admitted--> RUNNING --reset, new driver--> RESTARTING
 *      ^                    |                   |  ^-------------report----------'  |
 *      '------refused-------'<------VMM ends----'<----------------------------------'
 *
 * If user space says that the VMM has reset the guest, the VM becomes RESTARTING before a new
 * driver begins. A report does not end RESTARTING while the VM is paged.
 *
 * A VM that is RUNNING or RESTARTING becomes AWAY when its VMM lets go of the device but keeps
 * running the guest. An AWAY VM becomes RUNNING when the VMM attaches to the device again, or
 * DEFINED when the VMM ends or a time-out passes.
 */
#ifndef _DYNMEM_VM_TYPES_H
#define _DYNMEM_VM_TYPES_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "memory/account.h"
#include "memory/guestmem.h"
#include "memory/memcg.h"
#include "memory/pageset.h"
#include "memory/release.h"
#include "memory/vcpus.h"
#include "policy/cache.h"
#include "policy/demand.h"
#include "policy/ledger.h"
#include "policy/lend.h"
#include "policy/pacing.h"
#include "policy/share.h"
#include "policy/window.h"
#include "uapi/dynmem.h"
#include "uapi/virtio_dynmem.h"
#include "vm/counters.h"

#define DYNMEM_STARTUP_MIN	(32ULL << 20)	/* bytes */
#define DYNMEM_MEMORY_MAX	BIT_ULL(50)	/* bytes; the most for a memory setting */
/*
 * The RAM in KVM's memslots differs from the size on the VMM's command line: legacy holes below
 * 1 MiB are missing, and video memory is added. So the RAM of a static VM may exceed its startup by
 * this many bytes.
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
 * @minimum: memory that is never taken from the VM, bytes
 * @maximum: the most memory that the VM is granted, bytes
 * @buffer: memory that the VM gets on top of demand, percent of demand
 * @weight: priority of the VM when memory is short, DYNMEM_WEIGHT_MIN .. DYNMEM_WEIGHT_MAX (highest
 *	priority)
 * @dynamic: the VM's memory follows demand; false: the VM is static, and its memory has the size
 *	dynmem_vm_size()
 * @demand_mode: how the host computes demand from the guest's figures
 * @enforce: what the host does about ballooned memory that becomes resident again
 * @reporting: the guest may report free pages
 * @share: KSM may merge equal pages of the VM's private memory
 * @place: who chooses the host node of a VM that is bound to no node; only user space (dmctl
 *	agent) acts on this setting
 * @paging: the VM may be paged to disk when its guest restarts and its startup memory cannot be had
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
	bool share;
	enum dynmem_place place;
	bool paging;
};

/*
 * Whether the memory of a VM is bound to host nodes. If all of it is bound to host node N, the
 * value is DYNMEM_BOUND + N.
 */
enum dynmem_binding {
	DYNMEM_BINDING_UNKNOWN,		/* not checked since the attach or since a new session */
	DYNMEM_BINDING_FLOATS,		/* some of the VM's memory is not bound to one node */
	DYNMEM_BINDING_VNODES,		/* each vnode is bound to one node, but the nodes differ */
	DYNMEM_BOUND,			/* all of the VM's memory is bound to one host node */
};

#define DYNMEM_ALERTS 3	/* number of counters whose rise raises an event */

/**
 * struct dynmem_last_reported - what the last events have reported about a VM
 * @uncooperative: the guest does not give memory, or still uses memory that it has given
 * @unable: the guest says that it can't give memory
 * @unreclaimable: the VM's memory is pinned or locked
 * @uncounted: the VM's memory cannot be counted
 * @limited: a memory cgroup allows the VM less than its minimum
 * @binding: whether and where the VM is bound, see enum dynmem_binding
 * @count: for each counter with events: its value at the last event
 * @ms: for each counter with events: time of the last event, monotonic; 0: there was no event
 * @status: the status at the last tick; an event reports a new status only after some ticks
 * @status_ticks: for how many ticks @status has not changed
 * @target: target in the last event about the target, bytes
 * @target_ms: time of the last event about the target, monotonic
 *
 * Guarded by dynmem_set_lock.
 */
struct dynmem_last_reported {
	bool uncooperative;
	bool unable;
	bool unreclaimable;
	bool uncounted;
	bool limited;
	int binding;
	u64 count[DYNMEM_ALERTS];
	u64 ms[DYNMEM_ALERTS];
	enum dynmem_status status;
	unsigned int status_ticks;
	u64 target;
	u64 target_ms;
};

/**
 * struct dynmem_cut - why policy gives a vnode less than desired; amounts in bytes
 * @why: the reason; DYNMEM_WHY_NONE: nothing is cut, and the other members are not valid
 * @buffer: the part of the vnode's buffer that is cut
 * @demand: the part of the vnode's demand that is cut. Policy gives desired - @buffer - @demand
 * @nodes: bit mask of the nodes (see pool.h) that have no memory left for the vnode; nodes numbered
 *	64 or higher have no bit
 * @ahead: id of another VM that policy serves first, or that shares @nodes with this VM. If there
 *	are several such VMs, this is the one with the highest weight; 0: there is none
 * @name: name of the VM @ahead
 * @weight: weight of the VM @ahead
 *
 * A part of struct dynmem_vnode, guarded by the VM's lock.
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
 * struct dynmem_vnode - one guest NUMA node; amounts in bytes
 * @ram: RAM of the guest on this vnode
 * @ballooned: memory that the guest has given and the host has released; includes @awaited
 * @ballooned_before: value of @ballooned when user space said that the guest restarts, and
 *	@ballooned became 0. A driver that goes on with its balloon gets it back
 * @awaited: memory that the guest is about to announce as ballooned, see vm->awaited. The targets
 *	leave it out until then
 * @granted: memory that the guest may use now
 * @target: the value that @granted moves towards; see dynmem_vnode_visible() for the target that is
 *	sent to the guest
 * @minimum: the host never lowers @granted below this
 * @demand: filtered demand, without buffer
 * @desired: demand plus buffer, within minimum and maximum
 * @lent: the part of @granted beyond @desired that is lent
 * @cut: why policy gives less than @desired
 * @need: memory that the guest needs on this vnode according to its last NEED message: the memory
 *	that the guest could touch at that moment, plus the amount in the message
 * @need_ms: time of the last NEED message, monotonic; 0: there was none
 * @pacing: how fast memory moves, and whether the guest follows its target
 * @pool: number of the pool (see pool.h) whose page size the vnode's memory has on the host
 * @node: node of @pool to which the vnode's memory is bound; NUMA_NO_NODE: the memory is floating,
 *	that is, not bound to one node
 *
 * Before a dynmem_balloon guest has named its vnodes, the VM has one vnode for each node that RAM
 * is bound to, and one for each pool with RAM that is bound to no node.
 *
 * Guarded by the VM's lock.
 */
struct dynmem_vnode {
	u64 ram;
	u64 ballooned;
	u64 ballooned_before;
	u64 awaited;
	u64 granted;
	u64 target;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 lent;
	struct dynmem_cut cut;
	u64 need;
	u64 need_ms;
	struct dynmem_pacing pacing;
	unsigned int pool;
	int node;
};

/**
 * struct dynmem_span - a run of guest pages that belong to one vnode
 * @first: first guest page; the span ends where the next span begins
 * @vnode: index of the vnode
 */
struct dynmem_span {
	u64 first;
	u16 vnode;
};

struct dynmem_start;
struct dynmem_vdpa;
struct mm_struct;
struct dynmem_vm;

/**
 * struct dynmem_limit_part - a VM's part of the memory that a cgroup allows; bytes
 * @weight: weight of the VM
 * @minimum: as in struct dynmem_share
 * @demand: as in struct dynmem_share
 * @desired: as in struct dynmem_share
 * @most: the most that the VM can use: the lower one of maximum and RAM, or less if a cgroup
 *	further down the tree allows less
 * @held: the VM's charge now: granted, or resident if that is more
 * @due: result: memory that the VM may have once the other VMs in the cgroup have given memory
 * @ceiling: result: memory that the VM may have now, at most @due
 * @next: the next VM in the same cgroup, or NULL
 *
 * All amounts are of ordinary memory. Memory in hugetlb pools does not count.
 *
 * Guarded by the VM's lock. Valid only during one decision, under dynmem_set_lock.
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
 * @link: links the entry into the list that dynmem_limit_set() sorts by cgroup
 * @vm: the VM
 * @level: the cgroup, an element of the VM's struct dynmem_memcg
 *
 * Valid only during one decision, under dynmem_set_lock.
 */
struct dynmem_limit_entry {
	struct list_head link;
	struct dynmem_vm *vm;
	const struct dynmem_memcg_level *level;
};

/**
 * struct dynmem_limit - what memory cgroups allow a VM
 * @memcg: the cgroups, as last read
 * @counted: a full walk has counted the VM's resident memory, and the last count did not fail
 * @paged: since paging of the VM began, user space may have changed memory.high of its cgroups. So
 *	their values in @before count
 * @paged_ms: when paging ended, monotonic; valid if @paged is set and paging has ended
 * @before: the cgroups as they were when paging of the VM began; valid if @paged is set
 * @limited: the cgroups allow less than the VM could use without them; false: @bytes, @due, @allows
 *	and @name are not valid
 * @bytes: memory that the cgroups leave for the guest now; the VMM's own memory is subtracted
 *	already
 * @due: memory that the cgroups leave for the guest once the other VMs in the cgroups have given
 *	memory
 * @allows: limit of the cgroup that allows the guest least, bytes
 * @name: name of the cgroup that allows the guest least
 * @part: input and result of dynmem_limit_divide() in the decision under way
 * @entry: the VM's entries in the decision under way, one for each cgroup
 *
 * Guarded by the VM's lock.
 */
struct dynmem_limit {
	struct dynmem_memcg memcg;
	bool counted;
	bool paged;
	u64 paged_ms;
	struct dynmem_memcg before;
	bool limited;
	u64 bytes;
	u64 due;
	u64 allows;
	char name[DYNMEM_MEMCG_NAME];
	struct dynmem_limit_part part;
	struct dynmem_limit_entry entry[DYNMEM_MEMCG_LEVELS];
};

/**
 * struct dynmem_vm_merge - how the setting "share" was last applied
 * @private: the guest has private memory, the only memory that KSM merges
 * @none: share is on, but @private is false; an event has reported this
 * @short_of_memory: there was no memory to separate merged pages; an event has reported this
 * @unfinished: see dynmem_merge_allow(). Only the thread of the VMM that applies the setting uses
 *	this member, without a lock
 *
 * The VM's lock guards all other members.
 */
struct dynmem_vm_merge {
	bool private;
	bool none;
	bool short_of_memory;
	bool unfinished;
};

/**
 * struct dynmem_books - a VM in the ledgers and in the queue of starts; amounts in bytes
 * @holding: the VM's holding in the ledger of each node, dynmem_nr_nodes() entries
 * @start: the VM's entry in the queue of starts; NULL: the VM does not wait for admission
 * @want: index of the struct dynmem_want of the VM's first vnode in the plan under way, see
 *	dynmem_plan_wants()
 * @admitted_ms: when the VM was admitted, monotonic; 0: the VM is not admitted
 * @away_ms: when the VM last became AWAY, monotonic; also read under bind_lock alone
 * @back_ms: when the VM came back from being away, monotonic; 0: the VM was not away, or its guest
 *	has sent a report since then
 * @settled_ms: until this time, which is set at the first report, the VM keeps its startup memory;
 *	monotonic; 0: there has been no report
 * @lend: whether spare memory is lent to the VM
 * @counted: memory that the VM had at the last decision, for the counters of memory added and
 *	removed
 * @missing: startup memory that the VM lacks while it starts or restarts
 * @missing_ticks: for how many ticks the VM has lacked startup memory while it restarts
 * @page_to: bytes that may stay resident; the other memory of the VM is to be paged to disk, since
 *	its guest restarts, and its startup memory cannot be had; 0: the VM is not to be paged
 * @paging_ms: when @page_to was last set from 0, monotonic
 * @paging_event_ms: when an event last reported that paging lasts too long, monotonic; 0: never
 * @unpaged_ticks: for how many ticks nobody has begun to page the VM
 * @uncounted: why the VM's memory cannot be counted, see dynmem_account_error(); 0: the memory can
 *	be counted
 * @uncounted_ms: when @uncounted last changed from 0 to an error, monotonic
 * @exposed_then: memory that the guest could touch when @holding was last measured
 * @beyond: resident memory of the VM that exceeds both the grant and the memory that the guest
 *	could touch
 * @beyond_ms: for how many milliseconds @beyond has been above dynmem_pacing_slack() of the grant.
 *	Time in which the guest sends no reports does not count
 * @beyond_seen_ms: when @beyond was last computed, monotonic; 0: never
 *
 * Guarded by dynmem_set_lock.
 */
struct dynmem_books {
	struct dynmem_holding *holding;
	struct dynmem_start *start;
	unsigned int want;
	u64 admitted_ms;
	u64 away_ms;
	u64 back_ms;
	u64 settled_ms;
	struct dynmem_lend lend;
	u64 counted;
	u64 missing;
	unsigned int missing_ticks;
	u64 page_to;
	u64 paging_ms;
	u64 paging_event_ms;
	unsigned int unpaged_ticks;
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
 * @reported_ms: when the last report came, monotonic; 0: there was none since the VMM attached or
 *	since a driver began a new session
 * @refault: memory that the guest has read back from disk, the sum over all reports
 * @reread: bytes of files that the guest has read back from disk, the sum over all reports. For a
 *	standard driver this is an estimate from major page faults
 * @stalled: microseconds that tasks waited for memory, the sum over all reports
 * @foreign: memory that something other than dynmem, such as a second balloon, takes from the guest
 * @filter: state of the filter that computes @shown
 * @shown: filtered demand, computed from the guest's own figures; dmctl shows this value, and the
 *	VM's status depends on it
 * @pressure: @shown in percent of the VM's memory, once a second since the driver's session began
 * @believed: the most memory that the guest can be using: its resident memory and one step of
 *	growth, see dynmem_pacing_step()
 * @believed_filter: state of the filter that computes @believed_demand
 * @believed_demand: filtered demand with the guest's claims limited to @believed. Policy divides
 *	memory between VMs by this demand
 * @firm: the part of @believed_demand that competed with the demand of other VMs in the last
 *	decision. Desired memory is computed from all of @believed_demand
 * @parts: how demand is divided between the vnodes
 * @thrash: whether a lazy take (see pacing.h) has hurt the guest
 * @hurt: a lazy take has hurt the guest, and no event has reported that yet
 * @cache: memory beyond demand for files that the guest reads again
 *
 * Guarded by the VM's lock.
 */
struct dynmem_vm_demand {
	struct dynmem_figures figures;
	u64 reported_ms;
	u64 refault;
	u64 reread;
	u64 stalled;
	struct dynmem_foreign foreign;
	struct dynmem_demand_filter filter;
	u64 shown;
	struct dynmem_window pressure;
	u64 believed;
	struct dynmem_demand_filter believed_filter;
	u64 believed_demand;
	u64 firm;
	struct dynmem_demand_parts parts;
	struct dynmem_cache cache;
	struct dynmem_thrash thrash;
	bool hurt;
};

#define DYNMEM_RETOUCH_RUNS 64

/**
 * struct dynmem_retouch_run - a run of guest pages
 * @first: first guest page
 * @pages: number of pages
 */
struct dynmem_retouch_run {
	u64 first;
	u64 pages;
};

/**
 * struct dynmem_retouch - the search of a VM's balloon for resident pages, in passes
 * @cursor: guest page at which the pass goes on; 0: no pass is under way
 * @found: number of ballooned pages that this pass has found resident
 * @reclaimed: number of pages of @found that this pass has released
 * @before: number of ballooned pages that the last pass left resident
 * @run: runs of resident pages that the call under way is to release
 * @nr_runs: number of valid entries of @run
 *
 * A part of struct dynmem_vm; guarded as @ballooned there. dynmem_vm_balloon_forget() ends a pass.
 */
struct dynmem_retouch {
	u64 cursor;
	u64 found;
	u64 reclaimed;
	u64 before;
	struct dynmem_retouch_run run[DYNMEM_RETOUCH_RUNS];
	unsigned int nr_runs;
};

/**
 * struct dynmem_vm - one VM
 * @ref: number of references; atomic
 * @name: name of the VM; constant
 * @id: number of the VM, in order of definition; constant once the VM is in the set
 * @counters: counters of requests, pages and errors; atomic, so no lock guards them
 * @link: links the VM into the set of VMs; empty when the VM is not in the set; guarded by
 *	dynmem_set_lock
 * @books: the VM in the ledgers and in the queue of starts; guarded by dynmem_set_lock
 * @last_reported: the state that the last events have reported; guarded by dynmem_set_lock
 * @set: settings; written under both dynmem_set_lock and @lock, read under either
 * @next: the settings with which the VM starts next; differs from @set only in settings whose
 *	change is deferred because the VM runs; guarded as @set
 * @state: state of the VM; guarded as @set, and read without a lock where an old value does no harm
 * @attachment: changes when the VM begins to start, and when it becomes DEFINED. A thread that has
 *	read figures of a guest without a lock enters them only if @attachment is still the same;
 *	guarded as @set
 * @bind_lock: held while a VMM attaches or lets go of the device, and while an AWAY VM is made
 *	DEFINED; guards the attachment of @gm. Taken before dynmem_set_lock. A VMM holds this lock
 *	during its whole wait for admission. So while the device exists, threads of other processes
 *	only try to take this lock. They wait for the lock only after the device was deleted
 * @lock: guards the members from here to @limit. While a VMM is attached, only its threads set @ram
 *	and replace vnodes and spans, one thread at a time. So these threads read @ram, vnodes and
 *	spans without @lock, and also use @ram_seen without @lock
 * @dev: the VM's vDPA device; NULL: there is none, as after `vdpa dev del`. A device is entered
 *	here under both dynmem_set_lock and @lock, so that a VM with a device stays in the set
 * @pid: pid of the VMM in the initial namespace; 0: no VMM is attached
 * @driver: the kind of driver that the guest has
 * @driver_before: value of @driver before the last reset of the device
 * @status: the VM's status, as dmctl shows it
 * @vcpus: whether the guest's virtual CPUs run; renewed only while the guest has no driver
 * @ram: RAM that the VMM has given its guest, bytes
 * @cut: bytes of RAM that a static VM does not use, because startup was lowered while the VM runs,
 *	or because startup was below RAM when the device was plugged into a guest that had run
 * @ram_end: the guest page after the last page of RAM
 * @ram_seen: RAM as last counted by dynmem_vnodes_renew(), bytes
 * @vnode: the VM's vnodes
 * @nr_vnodes: number of vnodes
 * @span: which guest pages belong to which vnode
 * @nr_spans: number of spans
 * @demand: the figures that the guest reports, and its demand
 * @pinned: resident memory that is pinned for DMA or locked, bytes
 * @unreclaimable: no memory is taken from the VM, because too much is pinned or locked, or because
 *	a device is assigned to the guest
 * @retouched: ballooned memory that is resident again, bytes
 * @shared: memory of the guest in pages that KSM has merged, bytes
 * @saved: the part of @shared that takes no memory of the host, bytes
 * @paged: memory of the VM in swap space, bytes
 * @merge: how the setting "share" was last applied
 * @limit: memory that memory cgroups allow the VM
 * @balloon_lock: guards @ballooned and @awaited while workers run. Only threads of the VMM take
 *	this lock, and while they hold it they hold no other lock
 * @ballooned: the pages in the balloon. While no worker runs, no lock is needed, since only one
 *	thread uses the set: the vhost task, or the thread that has ended the vhost task
 * @awaited: pages that the guest's driver is about to announce: it held them before it sent HELLO
 *	again, or it takes them while they are plugged in. They are not in @ballooned. Guarded as
 *	@ballooned
 * @plugs: the driver takes memory into the balloon while it is plugged in. Used as @ballooned, but
 *	not by workers; also read under @lock, under which it is written
 * @retouch: the search for pages of @ballooned that are resident again; guarded as @ballooned, but
 *	workers do not use it
 * @gm: guest memory, attached from bind to unbind and while the VM is away; has locks of its own
 * @releases: state that the releases of the VM's memory share; has locks of its own
 * @account_lock: guards @account
 * @account: the VM's resident memory
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
	struct dynmem_settings next;
	enum dynmem_vm_state state;
	u64 attachment;

	struct mutex bind_lock;	/* see above */
	struct mutex lock;	/* see above */
	struct dynmem_vdpa *dev;
	pid_t pid;
	enum dynmem_driver driver;
	enum dynmem_driver driver_before;
	enum dynmem_status status;
	struct dynmem_vcpus vcpus;
	u64 ram;
	u64 cut;
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
	u64 shared;
	u64 saved;
	u64 paged;
	struct dynmem_vm_merge merge;
	struct dynmem_limit limit;

	struct mutex balloon_lock;	/* see above */
	struct dynmem_pageset ballooned;
	struct dynmem_pageset awaited;
	bool plugs;
	struct dynmem_retouch retouch;
	struct dynmem_guestmem gm;
	struct dynmem_releases releases;

	struct mutex account_lock;	/* see above */
	struct dynmem_account account;
};

/* Bytes that the guest could touch on a vnode: RAM less ballooned. The VM's lock is held. */
static inline u64 dynmem_vnode_exposed(const struct dynmem_vnode *v)
{
	return v->ram > v->ballooned ? v->ram - v->ballooned : 0;
}

/* Bytes that the guest could touch on all vnodes together. The VM's lock is held. */
static inline u64 dynmem_vm_exposed(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		bytes += dynmem_vnode_exposed(&vm->vnode[i]);
	return bytes;
}

/* Bytes granted to all vnodes together. The VM's lock is held. */
static inline u64 dynmem_vm_granted(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		bytes += vm->vnode[i].granted;
	return bytes;
}

/*
 * The target that is sent to the guest, in bytes. A target below the grant is sent as it is. A
 * target above the grant is not sent before memory is granted: the grant is sent instead. The VM's
 * lock is held.
 */
static inline u64 dynmem_vnode_visible(const struct dynmem_vnode *v)
{
	return v->target < v->granted ? v->target : v->granted;
}

/* Shown demand in percent of the VM's memory; 0 if it has none. The VM's lock is held. */
static inline u32 dynmem_vm_pressure(const struct dynmem_vm *vm)
{
	u64 granted = dynmem_vm_granted(vm);

	return granted ? min_t(u64, mul_u64_u64_div_u64(vm->demand.shown, 100, granted), U32_MAX) :
			 0;
}

/* The target without the part that is lent, in bytes. The VM's lock is held. */
static inline u64 dynmem_vnode_own_target(const struct dynmem_vnode *v)
{
	return v->target - min(v->lent, dynmem_above(v->target, v->desired));
}

/*
 * Whether any of the VM's memory is in a hugetlb pool. Only such memory needs dynmem_vm_reserve():
 * the pages that the VM has given went back to the pool, where other processes may take them. Takes
 * the VM's lock.
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

/* Whether the VM has been admitted: it runs or is about to run. dynmem_set_lock is held. */
static inline bool dynmem_vm_admitted(const struct dynmem_vm *vm)
{
	return vm->books.admitted_ms;
}

/* The size of a static VM, in bytes: its RAM without vm->cut. The VM's lock is held. */
static inline u64 dynmem_vm_size(const struct dynmem_vm *vm)
{
	return vm->ram > vm->cut ? vm->ram - vm->cut : 0;
}

/* Whether the guest has a driver for the device. The VM's lock is held. */
static inline bool dynmem_vm_has_driver(const struct dynmem_vm *vm)
{
	return vm->driver == DYNMEM_DRIVER_STANDARD || vm->driver == DYNMEM_DRIVER_DYNMEM;
}

/* Whether the VMM has paused the guest. The VM's lock is held. */
static inline bool dynmem_vm_paused(const struct dynmem_vm *vm)
{
	return vm->vcpus.state == DYNMEM_VCPUS_PAUSED &&
	       (vm->state == DYNMEM_VM_STATE_RUNNING || vm->state == DYNMEM_VM_STATE_RESTARTING);
}

/*
 * Return: the guest's worst reaction. Each vnode has a reaction to its target. The guest as a whole
 * has a reaction that gets worse while the guest uses memory that it has given, so such a guest is
 * treated like a guest that never gave the memory. dynmem_set_lock and the VM's lock are held.
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

/* The lower one of @bytes and the memory that cgroups allow the VM. The VM's lock is held. */
static inline u64 dynmem_limit_of(const struct dynmem_limit *limit, u64 bytes)
{
	return limit->limited && limit->bytes < bytes ? limit->bytes : bytes;
}

/**
 * struct dynmem_vm_ops - operations by which the device of a VM calls higher layers
 * @begin: the VMM with @mm is about to attach to @vm. If @vm is away, and its guest has ended or
 *	its time-out has passed, the operation makes @vm DEFINED. If the guest of @mm belongs to
 *	another VM, which is away, the operation makes that VM DEFINED. If that VM is not away,
 *	returns -EBUSY; otherwise 0
 * @bind: a VMM attaches; guest memory is attached, and RAM and vnodes are known. Waits until the VM
 *	is admitted or refused. Refuses a guest that belongs to another VM. Context: the VMM's
 *	process, may sleep. Returns 0, or the -errno that the VMM's ioctl returns
 * @unbind: the VMM has let go of the device, or could not attach. @how is a phrase for an event,
 *	such as "has let go" or "was killed ..."; NULL: the VMM could not attach, and an event is
 *	raised only if @vm was away. No vhost task runs. Guest memory is still attached, if it was
 *	attached
 * @away: the VMM has let go of the device, but its guest lives on. Returns false if the VM was not
 *	admitted. In that case the device calls @unbind, too
 * @reset: the guest or the VMM has reset the device
 * @session: the guest's driver has begun a new session (@fresh) or resumed the old one
 * @report: the guest has sent new figures or a NEED message
 * @moved: pages have moved into the balloon or out of it
 *
 * Context: the VM's bind_lock is held in @bind, @unbind and @away. No lock is held in the other
 * operations.
 */
struct dynmem_vm_ops {
	int (*begin)(struct dynmem_vm *vm, struct mm_struct *mm);
	int (*bind)(struct dynmem_vm *vm);
	void (*unbind)(struct dynmem_vm *vm, const char *how);
	bool (*away)(struct dynmem_vm *vm);
	void (*reset)(struct dynmem_vm *vm);
	void (*session)(struct dynmem_vm *vm, enum dynmem_driver driver, bool fresh);
	void (*report)(struct dynmem_vm *vm);
	void (*moved)(struct dynmem_vm *vm);
};

#endif

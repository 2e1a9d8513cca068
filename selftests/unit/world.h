/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The world for tests of whole decisions. The host module's own code admits VMs and sets their
 * targets and grants; this file simulates their guests. Each guest has one vnode and needs some
 * memory. It touches the part of that memory that is exposed, reports once a second, and gives and
 * takes back memory at its own speed. Time passes in steps of 100 ms, with one decision in each
 * step. Only one file of a program may include this.
 */
#ifndef _WORLD_H
#define _WORLD_H

#include "kernel.h"
#include "unit.h"

#include "control/admission.h"
#include "control/balancer.h"
#include "control/events_node.h"
#include "control/events_vm.h"
#include "event.h"
#include "selftests/played.h"
#include "sharing/admit.h"
#include "sharing/explain.h"
#include "sharing/headroom.h"
#include "sharing/limit.h"
#include "sharing/node.h"
#include "sharing/plan.h"
#include "vm/vm.h"

#ifndef GUESTS
#define GUESTS 12
#endif
#define NODES_MAX 12	/* four nodes, and their pools of two page sizes */
#define STEP_MS 100

struct guest {
	struct dynmem_vm vm;
	struct dynmem_holding holding[NODES_MAX];
	int at;			/* node of its memory, if the VM is bound to no node or @lags */
	bool attached;
	bool lags;		/* its memory has not been moved to the VM's node yet */
	bool silent;		/* the guest does not report */
	bool stuck;		/* the guest neither gives nor takes back */
	bool unable;		/* the guest reports that it cannot give */
	u64 floor;		/* bytes that the guest keeps, even if its target is lower */
	u64 crawl_ms;		/* the guest moves a block each @crawl_ms; 0: 50 MiB a step */
	u64 retouched;		/* bytes that were ballooned and are resident again */
	u64 need;		/* bytes that programs need; they touch only exposed memory */
	u64 claim;		/* bytes that a lying guest claims to have touched; 0: no lie */
	u64 driver_ms;		/* time from admission until the guest's driver is up */
	unsigned int cgroup;	/* index of the VMM's memory cgroup; 0: no limit */
};

/*
 * A memory cgroup. @limit: memory.max. @high: memory.high; 0: no limit. @others: bytes that are
 * charged to it and are not memory of VMs.
 */
struct cgroup {
	u64 limit;
	u64 high;
	u64 others;
	unsigned int parent;	/* index of the parent cgroup; 0: none */
	unsigned int depth;
};

u64 unit_now_ms;
int unit_nodes;
struct hstate unit_hstate[HUGE_MAX_HSTATE];
unsigned int unit_nr_hstates;
struct mutex dynmem_set_lock;	/* does nothing: there is one thread */

static struct guest guest[GUESTS];
static u64 present = GIB(4), host_use;	/* bytes of each node; host_use includes the node's pools */
static u64 pool_use;		/* bytes of each pool that are used, but not by VMs */
static char last_event[256], events[1 << 20];
static u64 kill_after_ms;	/* when the waiting VMM is killed; 0: never */
static void (*meanwhile)(void);	/* if set, called before each step in which a VMM waits */
static enum dynmem_balance balance;
static struct cgroup cgroup[8];

static u64 resident(const struct guest *g);

/* Whether the VMM of @g is in cgroup @at or in a descendant of it. */
static bool is_in(const struct guest *g, unsigned int at)
{
	unsigned int i = g->attached ? g->cgroup : 0;

	while (i && i != at)
		i = cgroup[i].parent;
	return i;
}

void dynmem_memcg_read(struct dynmem_guestmem *gm, struct dynmem_memcg *memcg)
{
	const struct guest *own = container_of(gm, struct guest, vm.gm);
	unsigned int at, i;

	memset(memcg, 0, sizeof(*memcg));
	for (at = own->cgroup; at; at = cgroup[at].parent) {
		struct dynmem_memcg_level *level = &memcg->level[memcg->nr++];

		*level = (struct dynmem_memcg_level){
			.id = at, .depth = cgroup[at].depth, .max = cgroup[at].limit,
			.high = cgroup[at].high ?: U64_MAX, .used = cgroup[at].others,
		};
		snprintf(level->name, sizeof(level->name), "cg%u", at);
		for (i = 0; i < GUESTS; i++)
			level->used += is_in(&guest[i], at) ? resident(&guest[i]) : 0;
	}
	memcg->own = own->cgroup;
}

/* whatif.c calls this. Returns a copy of VM @name; dynmem_vm_put() frees the copy. */
struct dynmem_vm *dynmem_vm_like(const char *name)
{
	struct guest *like = calloc(1, sizeof(*like));
	unsigned int i;

	for (i = 0; i < GUESTS; i++)
		if (!strcmp(guest[i].vm.name, name))
			*like = guest[i];
	like->vm.books.holding = like->holding;
	return &like->vm;
}

void dynmem_vm_put(struct dynmem_vm *vm)
{
	free(container_of(vm, struct guest, vm));
}

/* Allocates the arrays of a plan. They are freed at the next call. */
static struct dynmem_plan_arrays *arrays(void)
{
	static struct dynmem_plan_arrays *a;

	/* Allocate new arrays, since the host may have more nodes than in the last test. */
	dynmem_plan_arrays_free(a);
	a = dynmem_plan_arrays_alloc(GUESTS + 1);
	assert_non_null(a);
	return a;
}

/* whatif.c and tests call this. Calls @look with a plan of all attached VMs and of @extra. */
int dynmem_balancer_look(struct dynmem_vm *extra,
			 int (*prepare)(unsigned int nr_vms, void *arg),
			 void (*look)(struct dynmem_plan *plan, void *arg), void *arg)
{
	struct dynmem_vm *vms[GUESTS + 1];
	struct dynmem_plan plan = {
		.arrays = arrays(), .vm = vms, .now_ms = unit_now_ms, .dry = true,
	};
	unsigned int i;

	for (i = 0; i < GUESTS; i++)
		if (guest[i].attached)
			vms[plan.nr_vms++] = &guest[i].vm;
	if (extra)
		vms[plan.nr_vms++] = extra;
	if (prepare)
		assert_int_equal(prepare(plan.nr_vms, arg), 0);
	dynmem_plan_begin(&plan);
	look(&plan, arg);
	return 0;
}

enum dynmem_balance dynmem_balancer_balance(void)
{
	return balance;
}

void dynmem_balancer_kick(void)
{
}

void dynmem_event(enum dynmem_event_kind kind, const char *vm, int node, u64 bytes,
		  const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(last_event, sizeof(last_event), fmt, args);
	va_end(args);
	strncat(events, last_event, sizeof(events) - strlen(events) - 2);
	strncat(events, "\n", sizeof(events) - strlen(events) - 1);
}

/* Fails the test unless the text of some event contains @text. */
static inline void heard(const char *text)
{
	if (!strstr(events, text))
		fail_msg("\"%s\" was not said, but:\n%s", text, events);
}

/* Returns the sentence that explains the target of guest @i's VM. */
static inline const char *why_of(unsigned int i)
{
	static struct dynmem_explanation why;

	dynmem_explain(&guest[i].vm, unit_now_ms, &why);
	return why.text;
}

/* Bytes that a guest's programs have touched. */
static u64 used(const struct guest *g)
{
	return min(g->need, dynmem_vnode_exposed(&g->vm.vnode[0]));
}

static u64 resident(const struct guest *g)
{
	return used(g) + g->retouched;
}

static u64 counted(int nid)
{
	const struct dynmem_ledger *l = &dynmem_nodes[nid].ledger;

	return l->charge + l->promised + l->overhead;
}

static void live(struct guest *g)
{
	struct dynmem_vnode *v = &g->vm.vnode[0];
	u64 asked = played_asked(v->ram, dynmem_vnode_visible(v)), step = MIB(50);

	if (!g->vm.books.admitted_ms || unit_now_ms < g->vm.books.admitted_ms + g->driver_ms)
		return;
	if (g->vm.driver == DYNMEM_DRIVER_NONE)
		g->vm.driver = DYNMEM_DRIVER_DYNMEM;
	if (g->crawl_ms)
		step = unit_now_ms % g->crawl_ms ? 0 : DYNMEM_BLOCK;
	if (!g->stuck)
		v->ballooned = played_step(v->ballooned, min(asked, dynmem_above(v->ram, g->floor)),
					   step, step);
	if (g->silent || unit_now_ms % 1000)
		return;
	g->vm.demand.figures = (struct dynmem_figures){
		.vnodes = 1, .total = v->ram, .anon = max(used(g), g->claim),
		.commit = max(g->need, g->claim),
		.available = dynmem_vnode_exposed(v) - used(g),
	};
	if (g->unable || g->floor)
		g->vm.demand.figures.vnode[0].unavailable = dynmem_above(asked, v->ballooned);
	g->vm.demand.reported_ms = unit_now_ms;
	if (!g->vm.books.page_to)
		g->vm.state = DYNMEM_VM_STATE_RUNNING;
}

/*
 * Checks invariants after a decision. @before has, by node, the values that counted() returned
 * before the decision.
 */
static void check(const struct dynmem_plan *plan, const u64 *before)
{
	unsigned int i;
	int nid;

	for_each_dynmem_node(nid)
		if (counted(nid) > before[nid])
			assert_true(counted(nid) <= dynmem_nodes[nid].ledger.capacity);
	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_vm *vm = plan->vm[i];
		const struct dynmem_vnode *v = &vm->vnode[0];

		if (!vm->books.admitted_ms)
			continue;
		assert_true(v->granted <= v->ram && v->target <= v->ram);
		assert_true(v->granted >= min(vm->set.minimum, v->ram));
		assert_true(v->target >= min(vm->set.minimum, v->ram));
	}
}

/*
 * Samples pool @nid, whose page size is that of unit_hstate[0]. VMs hold @held bytes of the pool.
 */
static void sample_pool(int nid, u64 held, struct dynmem_capacity_sample *s)
{
	struct hstate *h = &unit_hstate[0];
	int on = dynmem_pool_host(nid);

	h->free_huge_pages_node[on] = dynmem_above(h->nr_huge_pages_node[on] * h->page,
						   held + pool_use) / h->page;
	dynmem_pool_sample(nid, s);
}

static void step(void)
{
	struct dynmem_vm *vms[GUESTS];
	struct dynmem_plan plan = { .arrays = arrays(), .vm = vms };
	u64 held[NODES_MAX] = { 0 }, before[NODES_MAX];
	unsigned int i;
	int nid;

	unit_now_ms += STEP_MS;
	plan.now_ms = unit_now_ms;
	plan.tick = !(unit_now_ms % 1000);
	for (i = 0; i < GUESTS; i++) {
		struct guest *g = &guest[i];
		u64 figures[NODES_MAX] = { 0 };

		if (!g->attached)
			continue;
		live(g);
		nid = g->vm.vnode[0].node;
		if (nid == NUMA_NO_NODE || g->lags)
			nid = g->at;
		figures[nid] = resident(g);
		held[nid] += figures[nid];
		if (g->vm.books.admitted_ms || g->vm.books.start)
			dynmem_node_measured(&g->vm, figures, figures[nid],
					     dynmem_vm_exposed(&g->vm));
		dynmem_memcg_read(&g->vm.gm, &g->vm.limit.memcg);
		g->vm.limit.counted = true;
		vms[plan.nr_vms++] = &g->vm;
	}
	for_each_dynmem_node(nid) {
		struct dynmem_capacity_sample s = { .present = present };
		struct dynmem_node *node = &dynmem_nodes[nid];

		s.available = dynmem_above(present, host_use + held[nid]);
		if (dynmem_pool_of(nid))
			sample_pool(nid, held[nid], &s);
		dynmem_capacity_measure(&node->host, &s, &s, held[nid], unit_now_ms);
		dynmem_ledger_capacity(&node->ledger, node->host.capacity, DYNMEM_DEBT_HOST);
		before[nid] = counted(nid);
	}
	/*
	 * A decision must not allocate: on a host without free memory, only decisions make memory
	 * free. So all allocations fail here.
	 */
	unit_out_of_memory = true;
	dynmem_limit_set(&plan);
	dynmem_plan_begin(&plan);
	dynmem_admit_consider(&plan);
	dynmem_plan_decide(&plan, balance);
	if (plan.tick)
		dynmem_admit_note_startable(&plan);
	unit_out_of_memory = false;
	dynmem_debt_tell(&plan);
	check(&plan, before);
	for (i = 0; i < plan.nr_vms; i++)
		dynmem_node_overhead_age(vms[i], unit_now_ms);
	for (i = 0; i < plan.nr_vms && plan.tick; i++)
		if (vms[i]->books.admitted_ms)
			dynmem_events_vm_tell(vms[i], unit_now_ms);
}

bool unit_wait(void)
{
	if (meanwhile)
		meanwhile();
	step();
	return kill_after_ms && unit_now_ms >= kill_after_ms;
}

static void seconds(unsigned int n)
{
	for (n *= 1000 / STEP_MS; n; n--)
		step();
}

static void define(unsigned int i, double startup, double minimum, double maximum, u32 weight)
{
	struct guest *g = &guest[i];
	struct dynmem_vm *vm = &g->vm;

	memset(g, 0, sizeof(*g));
	snprintf(vm->name, sizeof(vm->name), "vm%u", i);
	vm->books.holding = g->holding;
	vm->set = (struct dynmem_settings){
		.startup = GIB(startup), .minimum = GIB(minimum), .maximum = GIB(maximum),
		.buffer = 20, .weight = weight, .dynamic = true, .paging = true,
	};
	vm->ram = GIB(maximum);
	vm->nr_vnodes = 1;
	vm->vnode[0].ram = vm->ram;
	g->driver_ms = 5000;
	g->need = MIB(100);
}

static inline int start(unsigned int i)
{
	int ret;

	guest[i].attached = true;
	guest[i].vm.state = DYNMEM_VM_STATE_STARTING;
	ret = dynmem_admission_wait(&guest[i].vm, false);
	if (ret)
		guest[i].attached = false;
	else
		guest[i].vm.state = DYNMEM_VM_STATE_RUNNING;
	return ret;
}

/* The VMM of guest @i closes the device. */
static inline void stop(unsigned int i)
{
	dynmem_node_forget(&guest[i].vm);
	memset(&guest[i], 0, sizeof(guest[i]));
}

static struct dynmem_vnode *vnode(unsigned int i)
{
	return &guest[i].vm.vnode[0];
}

/* Bytes granted to the first vnode of guest @i, without the part that is lent. */
static inline u64 own(unsigned int i)
{
	return vnode(i)->granted - vnode(i)->lent;
}

/* Fails the test if @is and @wanted differ by more than the difference that pacing ignores. */
static inline void assert_about(u64 is, u64 wanted)
{
	if (is > wanted + dynmem_pacing_slack(wanted) || is + dynmem_pacing_slack(wanted) < wanted)
		fail_msg("%llu MiB, not %llu MiB", is >> 20, wanted >> 20);
}

/* Each node has 4 GiB: the host uses 0.5 GiB, the reserve is 0.5 GiB, and VMs have 3 GiB. */
static int begin(int nodes)
{
	unit_nodes = nodes;
	unit_now_ms = 1000000;
	present = GIB(4);
	host_use = GIB(0.5);
	pool_use = 0;
	balance = DYNMEM_BALANCE_STRICT;
	dynmem_headroom_set(0, DYNMEM_HEADROOM_DEFAULT);
	last_event[0] = '\0';
	events[0] = '\0';
	memset(guest, 0, sizeof(guest));
	memset(cgroup, 0, sizeof(cgroup));
	return dynmem_node_init();
}

static int one_node(void **state)
{
	return begin(1);
}

static inline int two_nodes(void **state)
{
	return begin(2);
}

static int end(void **state)
{
	unit_offline = 0;
	dynmem_node_exit();
	return 0;
}

#endif

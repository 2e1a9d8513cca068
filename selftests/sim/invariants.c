// SPDX-License-Identifier: GPL-2.0
/*
 * The invariants; design.md defines I1 to I3. They are computed from the VMs' holdings and from the
 * state of the world, without sums and helpers of the code under test. While memory of any VM
 * floats, I1 and I2 are checked for the sum of all host nodes and for the sum of all pools, and the
 * grants, debt and spare memory of single nodes are not checked.
 */
#include "module.h"

#include "invariants.h"
#include "share.h"
#include "tap.h"

#define PROGRESS_MS	5000
#define BUFFER_MS	45000	/* the dwell of 30 s after a grant, and time to move memory */
#define REPORT_OLD_MS	3000
#define SMALL_DEBT_MS	6000
#define DEBT_EVENT_MS	15000	/* while debt lasts, an event must come in each such period */

enum {
	BOOKS, I1_DECISION, I1_GRANT, RELEASED_FIRST, MINIMUM, MAXIMUM, STATIC, I2, I3_PROMPT,
	I3_FALLS, NOT_WITHHELD, PROGRESS, BUFFERS, SENT, PAGING, PAGED_NEEDLESSLY, INVARIANTS
};

struct sim_invariant sim_invariants[INVARIANTS] = {
	[BOOKS] = { "books: sums are those of the holdings, causes add up to the debt" },
	[I1_DECISION] = { "I1: a decision that charges more ends within capacity" },
	[I1_GRANT] = { "I1: who is granted or promised more is so within capacity" },
	[RELEASED_FIRST] = { "a grant falls only as far as the guest has given" },
	[MINIMUM] = { "nobody is brought below minimum" },
	[MAXIMUM] = { "nobody is given more than maximum" },
	[STATIC] = { "a static VM has its size" },
	[I2] = { "I2: no debt, guests within their grants: all that is resident fits" },
	[I3_PROMPT] = { "I3: while there is debt, who is above minimum is told to give" },
	[I3_FALLS] = { "I3: debt falls every tick, or an event says who holds it" },
	[NOT_WITHHELD] = { "spare memory is granted to who is below target" },
	[PROGRESS] = { "shortage resolves within 5 s where guests can give" },
	[BUFFERS] = { "buffers are shared as they should within 45 s" },
	[PAGING] = { "only a dynamic VM that restarts is paged, and to no less than its grant" },
	[PAGED_NEEDLESSLY] = { "paging begins only if startup is missing and none is coming" },
	[SENT] = { "the target sent to a guest is no more than its grant" },
};

const unsigned int sim_nr_invariants = INVARIANTS;

/*
 * A VM's grants and promises when the decision began, and for how long its vnodes have had less
 * than their exact shares.
 */
struct before {
	u64 granted[SIM_VNODES];
	u64 promised[SIM_NODES];
	u64 page_to;
	struct behind {
		u64 since_ms;		/* since when the vnode has had less; 0: it has enough */
		u64 share;		/* the vnode's smallest share since then */
	} behind[2][SIM_VNODES];	/* [0]: shares of demand; [1]: shares with buffers */
};

static struct sim_world *world;
static struct before *before;
static void (*next_event)(const struct dynmem_event *event);
static u64 counted_before[SIM_NODES];
static u64 use_measured[SIM_NODES];	/* the host's own use at the last decision */
static u64 capacity_seen[SIM_NODES];
static u64 debt_event_ms[SIM_NODES];	/* when an event last reported debt on the node */
static u64 debt_fell_ms[SIM_NODES];	/* last tick at which debt was 0, new, or had fallen */
static u64 debt_before[SIM_NODES];	/* debt at the last tick */
static u64 able_ms;			/* since when all_are_able() is true; 0: it is false */

#define FAIL(check, format...)	\
	sim_fail(world, sim_invariants[check].name, format)
#define CHECK(check, condition, format...)				\
	do {								\
		struct sim_invariant *invariant = &sim_invariants[check]; \
									\
		invariant->checked++;					\
		if (!(condition))					\
			sim_fail(world, invariant->name, format);	\
	} while (0)

static u64 charge(const struct dynmem_holding *h)
{
	return h->granted > h->resident ? h->granted : h->resident;
}

static u64 counted(const struct dynmem_plan *plan, int nid)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_holding *h = &plan->vm[i]->books.holding[nid];

		sum += charge(h) + h->promised + h->overhead;
	}
	return sum;
}

static bool floats(const struct dynmem_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].node < 0)
			return true;
	return false;
}

static bool anything_floats(const struct dynmem_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++)
		if (floats(plan->vm[i]))
			return true;
	return false;
}

static u64 capacity(int nid)
{
	return dynmem_nodes[nid].ledger.capacity;
}

static struct before *before_of(const struct dynmem_vm *vm)
{
	return &before[sim_vm_guest(vm)->id];
}

static void decision_begins(const struct dynmem_plan *plan)
{
	unsigned int i, k, n;

	for (n = 0; n < world->nodes; n++) {
		counted_before[n] = counted(plan, n);
		use_measured[n] = world->node[n].use;
	}
	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_vm *vm = plan->vm[i];
		struct before *b = before_of(vm);

		for (k = 0; k < vm->nr_vnodes; k++)
			b->granted[k] = vm->vnode[k].granted;
		b->page_to = vm->books.page_to;
		for (n = 0; n < world->nodes; n++)
			b->promised[n] = vm->books.holding[n].promised;
	}
}

static void check_books(const struct dynmem_plan *plan, int nid)
{
	const struct dynmem_ledger *l = &dynmem_nodes[nid].ledger;
	u64 charged = 0, promised = 0, overhead = 0, causes = 0;
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_holding *h = &plan->vm[i]->books.holding[nid];

		charged += charge(h);
		promised += h->promised;
		overhead += h->overhead;
	}
	for (i = 0; i < DYNMEM_DEBT_CAUSES; i++)
		causes += l->debt[i];
	CHECK(BOOKS, causes == dynmem_above(charged + overhead, l->capacity),
	      "node %d: the causes of its debt add up to %llu, charged %llu, capacity %llu", nid,
	      causes, charged + overhead, l->capacity);
	CHECK(BOOKS, l->charge == charged && l->promised == promised && l->overhead == overhead,
	      "node %d: ledger %llu+%llu+%llu, holdings %llu+%llu+%llu", nid, l->charge,
	      l->promised, l->overhead, charged, promised, overhead);
}

/*
 * Checks I1 for the nodes from @from to @to - 1. If @together, memory of some VM floats, and may be
 * charged to other nodes than before. Then single nodes are not checked. But if the nodes together
 * are charged more than before, the sum of the amounts above capacity must not have grown.
 */
static void check_i1(const struct dynmem_plan *plan, unsigned int from, unsigned int to,
		     bool together)
{
	u64 all = 0, all_before = 0, excess = 0, excess_before = 0;
	unsigned int n;

	for (n = from; n < to; n++) {
		u64 now = counted(plan, n);

		all += now;
		all_before += counted_before[n];
		excess += dynmem_above(now, capacity(n));
		excess_before += dynmem_above(counted_before[n], capacity(n));
		if (!together && now > counted_before[n])
			CHECK(I1_DECISION, now <= capacity(n),
			      "node %u: %llu MiB counted, %llu before, capacity %llu", n,
			      now >> 20, counted_before[n] >> 20, capacity(n) >> 20);
	}
	if (together && all > all_before)
		CHECK(I1_DECISION, excess <= excess_before,
		      "%llu MiB counted, %llu before; above capacity %llu, %llu before",
		      all >> 20, all_before >> 20, excess >> 20, excess_before >> 20);
}

static void check_grants(const struct dynmem_plan *plan, const struct dynmem_vm *vm,
			 bool together)
{
	const struct before *b = before_of(vm);
	unsigned int i, n;

	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = &vm->vnode[i];

		if (v->granted > b->granted[i] && v->node >= 0 && !together)
			CHECK(I1_GRANT, counted(plan, v->node) <= capacity(v->node),
			      "%s was granted %llu MiB more on node %d: %llu counted, capacity %llu",
			      vm->name, (v->granted - b->granted[i]) >> 20, v->node,
			      counted(plan, v->node) >> 20, capacity(v->node) >> 20);
		if (v->granted < b->granted[i])
			CHECK(RELEASED_FIRST,
			      v->granted >= min(b->granted[i], v->ram - v->ballooned),
			      "%s was granted %llu MiB, now %llu, and could touch %llu", vm->name,
			      b->granted[i] >> 20, v->granted >> 20, (v->ram - v->ballooned) >> 20);
	}
	for (n = 0; n < world->nodes && !together; n++)
		if (vm->books.holding[n].promised > b->promised[n])
			CHECK(I1_GRANT, counted(plan, n) <= capacity(n),
			      "%s was promised %llu MiB on node %u: %llu counted, capacity %llu",
			      vm->name, vm->books.holding[n].promised >> 20, n,
			      counted(plan, n) >> 20, capacity(n) >> 20);
}

static void check_limits(const struct dynmem_vm *vm)
{
	u64 granted = 0, target = 0, charged = 0, had = 0, size = dynmem_vm_size(vm), least, most;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++) {
		had += before_of(vm)->granted[i];
		granted += vm->vnode[i].granted;
		target += vm->vnode[i].target;
	}
	for (i = 0; i < world->nodes; i++)
		charged += vm->books.holding[i].granted;
	CHECK(BOOKS, charged == granted, "%s: granted %llu, %llu of it on some node", vm->name,
	      granted, charged);
	/*
	 * A static VM has its size. After its size was changed, grant and target may be anywhere
	 * between the last grant and the new size.
	 */
	least = vm->set.dynamic ? min(vm->set.minimum, vm->ram) : had ? min(had, size) : size;
	most = vm->set.dynamic ? min(vm->set.maximum, vm->ram) : max(had, size);
	/*
	 * Each vnode has a part of the minimum, rounded to blocks. A guest that restarts may divide
	 * its RAM into other vnodes. The grant of such a vnode can be a block less than the part of
	 * the minimum that belongs to that vnode.
	 */
	if (vm->set.dynamic || vm->cut)
		least = dynmem_above(least, (vm->nr_vnodes - 1) * SIM_BLOCK);
	if (!vm->set.dynamic)
		CHECK(STATIC, granted >= least && target >= least && granted <= most &&
		      target <= most, "%s: granted %llu, target %llu, had %llu, size %llu of %llu",
		      vm->name, granted, target, had, size, vm->ram);
	CHECK(MINIMUM, granted >= least && target >= least,
	      "%s: granted %llu MiB, target %llu, minimum %llu", vm->name, granted >> 20,
	      target >> 20, least >> 20);
	CHECK(MAXIMUM, granted <= most && target <= most,
	      "%s: granted %llu MiB, target %llu, maximum %llu", vm->name, granted >> 20,
	      target >> 20, most >> 20);
}

/*
 * Whether decisions may ask the guest for memory: its VM is admitted and dynamic, its driver is
 * there, and its last report is recent.
 */
static bool is_known(const struct dynmem_vm *vm, u64 now_ms)
{
	return vm->books.admitted_ms && vm->set.dynamic && vm->demand.reported_ms &&
	       vm->driver != DYNMEM_DRIVER_DETACHED && vm->state != DYNMEM_VM_STATE_AWAY &&
	       now_ms <= vm->demand.reported_ms + REPORT_OLD_MS;
}

/* Whether is_known() is true, and the time in which the VM keeps its startup memory is over. */
static bool is_settled(const struct dynmem_vm *vm, u64 now_ms)
{
	return is_known(vm, now_ms) && vm->books.settled_ms && now_ms >= vm->books.settled_ms;
}

static u64 minimum_part(const struct dynmem_vm *vm, unsigned int vnode)
{
	u64 before_it = 0;
	unsigned int i;

	for (i = 0; i < vnode; i++)
		before_it += vm->vnode[i].ram;
	return dynmem_part(min(vm->set.minimum, vm->ram), before_it, vm->vnode[vnode].ram, vm->ram,
			   SIM_BLOCK);
}

/*
 * Bytes that a VM holds on a node beyond its grant and beyond its exposed memory. They are
 * ballooned memory that the guest has touched again. The VM is not asked to give these bytes, so
 * other VMs get less.
 */
static u64 beyond(const struct dynmem_vm *vm, int nid)
{
	const struct dynmem_holding *h = &vm->books.holding[nid];
	u64 had = 0;
	unsigned int k;

	for (k = 0; k < vm->nr_vnodes; k++)
		if (vm->vnode[k].node == nid)
			had += before_of(vm)->granted[k];
	return dynmem_above(h->resident, max(max(h->granted, had), h->exposed));
}

static bool holds_again(const struct dynmem_vm *vm)
{
	const struct sim_guest *g = sim_vm_guest(vm);
	unsigned int i;

	for (i = 0; i < g->nr_vnodes; i++)
		if (g->vnode[i].again)
			return true;
	return false;
}

/*
 * Bytes on a node that a VM has to give to reach its targets. A VM that has restarted may have to
 * give memory before its first report.
 */
static u64 asked_of(const struct dynmem_vm *vm, int nid)
{
	u64 bytes = 0;
	unsigned int k;

	for (k = 0; k < vm->nr_vnodes; k++)
		if (vm->vnode[k].node == nid)
			bytes += dynmem_above(vm->vnode[k].granted, vm->vnode[k].target);
	return bytes;
}

/*
 * While a node is in debt, either all targets must fit into it, or the targets of settled VMs must
 * be their minimums.
 */
static void check_debt(const struct dynmem_plan *plan, int nid)
{
	u64 after = 0, could = 0;
	unsigned int i, k;

	if (counted(plan, nid) <= capacity(nid))
		return;
	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_vm *vm = plan->vm[i];
		u64 keeps = vm->books.holding[nid].overhead + beyond(vm, nid);

		if (!is_known(vm, plan->now_ms)) {
			after += vm->books.holding[nid].overhead +
				 dynmem_above(charge(&vm->books.holding[nid]), asked_of(vm, nid));
			continue;
		}
		for (k = 0; k < vm->nr_vnodes; k++) {
			const struct dynmem_vnode *v = &vm->vnode[k];

			if (v->node != nid)
				continue;
			keeps += min(v->target, v->granted);
			if (is_settled(vm, plan->now_ms))
				could += dynmem_above(min(v->target, v->granted),
					      minimum_part(vm, k) + SIM_BLOCK);
		}
		after += keeps;
	}
	CHECK(I3_PROMPT, after <= capacity(nid) || !could,
	      "node %d: capacity %llu MiB, targets come to %llu, of which %llu are above minimum",
	      nid, capacity(nid) >> 20, after >> 20, could >> 20);
}

static void note_event(const struct dynmem_event *event)
{
	if (event->kind == DYNMEM_EVENT_DEBT && event->bytes && event->node >= 0)
		debt_event_ms[event->node] = world->now_ms;
	if (next_event)
		next_event(event);
}

/* While a debt does not fall, an event must be sent, again and again. */
static void check_debt_falls(const struct dynmem_plan *plan)
{
	unsigned int n;

	for (n = 0; n < world->nodes && plan->tick; n++) {
		u64 debt = dynmem_ledger_debt(&dynmem_nodes[n].ledger);

		if (!debt || debt < debt_before[n] || !debt_before[n])
			debt_fell_ms[n] = world->now_ms;
		debt_before[n] = debt;
		if (debt_fell_ms[n] == world->now_ms)
			continue;
		/* A small debt raises an event only if it lasts. */
		if (debt <= max(capacity(n) / 100, SIM_BLOCK) &&
		    world->now_ms <= debt_fell_ms[n] + SMALL_DEBT_MS)
			continue;
		CHECK(I3_FALLS, debt_event_ms[n] + DEBT_EVENT_MS >= world->now_ms,
		      "node %u: a debt of %llu MiB has not fallen for %llu ms, and nobody said so",
		      n, debt >> 20, world->now_ms - debt_fell_ms[n]);
	}
}

/*
 * A node must not have a spare block while a VM has less than its target there. If the VM lacks
 * only memory that is to be lent, headroom is not counted as spare.
 */
static void check_withheld(const struct dynmem_plan *plan, bool together)
{
	unsigned int i, k;

	for (i = 0; i < plan->nr_vms && !together; i++) {
		const struct dynmem_vm *vm = plan->vm[i];

		for (k = 0; vm->books.admitted_ms && k < vm->nr_vnodes; k++) {
			const struct dynmem_vnode *v = &vm->vnode[k];
			u64 spare = dynmem_above(capacity(v->node), counted(plan, v->node));
			u64 lent = dynmem_plan_wants(plan, vm)[k].lent;

			if (v->target < v->granted + SIM_BLOCK)
				continue;
			if (v->target < v->granted + SIM_BLOCK + lent)
				spare = dynmem_above(spare, dynmem_headroom_of(v->node));
			CHECK(NOT_WITHHELD, spare < SIM_BLOCK,
			      "%s: granted %llu MiB, target %llu, while node %d has %llu to spare",
			      vm->name, v->granted >> 20, v->target >> 20, v->node, spare >> 20);
		}
	}
}

/*
 * If the exposed memory of a guest exceeds its grant by more than this, the guest takes a long time
 * to give the excess.
 */
#define FAR_BEYOND	GIB(4)

/*
 * Whether capacity is stable, no VM waits for admission, and all guests can promptly give the
 * memory that they are asked for.
 */
static bool all_are_able(const struct dynmem_plan *plan)
{
	unsigned int i, n;

	for (n = 0; n < world->nodes; n++)
		if (capacity(n) != capacity_seen[n])
			return false;
	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_vm *vm = plan->vm[i];
		const struct sim_guest *g = sim_vm_guest(vm);

		if (!vm->books.admitted_ms || (vm->set.dynamic && !is_settled(vm, plan->now_ms)))
			return false;
		if (sim_guest_exposed(g) > dynmem_vm_granted(vm) + FAR_BEYOND)
			return false;
		/* A standard driver cannot choose the vnode that it gives from. */
		if (g->kind->driver == DYNMEM_DRIVER_STANDARD && g->nr_vnodes > 1)
			return false;
		if (vm->set.dynamic &&
		    (g->phase != SIM_UP || g->kind->lie || g->kind->gives < 100 ||
		     g->kind->every_ms || holds_again(vm) ||
		     (g->kind->speed && g->kind->speed < GIB(1))))
			return false;
	}
	return true;
}

/* Fails if @have has been lower than @share, by more than @near, for longer than @limit_ms. */
static void check_behind(int check, const struct dynmem_plan *plan, struct behind *b, u64 have,
			 u64 share, u64 near, u64 limit_ms)
{
	sim_invariants[check].checked++;
	if (have + near >= share) {
		b->since_ms = 0;
		return;
	}
	if (!b->since_ms || b->since_ms < able_ms) {
		b->since_ms = plan->now_ms;
		b->share = share;
	}
	b->share = min(b->share, share);
	if (plan->now_ms <= b->since_ms + limit_ms)
		return;
	if (have + near < b->share)
		FAIL(check, "a vnode should have had %llu MiB for %llu s and has %llu",
		     b->share >> 20, limit_ms / 1000, have >> 20);
	b->since_ms = 0;
}

/*
 * Demand above minimum, or with @buffers the buffers, summed over all vnodes of a VM; bytes. The
 * vnodes divide the rise of their VM in proportion to their parts of this sum.
 */
static u64 asked_by(const struct dynmem_plan *plan, const struct dynmem_vm *vm, bool buffers)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];

		if (want->vm == vm)
			bytes += buffers ? want->desired - want->demand :
					   want->demand - want->minimum;
	}
	return bytes;
}

static void check_progress_on(const struct dynmem_plan *plan, int nid)
{
	const struct dynmem_want **who = calloc(plan->nr_wants + 1, sizeof(*who));
	struct sim_share *share = calloc(plan->nr_wants + 1, sizeof(*share));
	u64 room = capacity(nid);
	unsigned int i, n = 0;

	if (!share || !who)
		abort();
	for (i = 0; i < plan->nr_vms; i++)
		room = dynmem_above(room, plan->vm[i]->books.holding[nid].overhead);
	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];

		if (want->vnode->node != nid)
			continue;
		share[n] = (struct sim_share){
			want->vm->set.weight, want->minimum, want->demand, want->desired, 0,
			{ asked_by(plan, want->vm, false), asked_by(plan, want->vm, true) },
		};
		who[n++] = want;
	}
	sim_share(share, n, room, world->relative);
	for (i = 0; i < n; i++) {
		const struct dynmem_vnode *v = who[i]->vnode;
		unsigned int k = v - who[i]->vm->vnode;
		struct before *b = before_of(who[i]->vm);
		u64 near = max(share[i].desired / 100, SIM_BLOCK) + 2 * SIM_BLOCK;

		check_behind(PROGRESS, plan, &b->behind[0][k], v->granted,
			     min(share[i].target, share[i].demand), near, PROGRESS_MS);
		check_behind(BUFFERS, plan, &b->behind[1][k], v->granted, share[i].target,
			     near + MIB(32), BUFFER_MS);
	}
	free(share);
	free(who);
}

static void check_progress(const struct dynmem_plan *plan, bool together)
{
	unsigned int n;

	if (together || !all_are_able(plan))
		able_ms = 0;
	else if (!able_ms)
		able_ms = plan->now_ms;
	for (n = 0; n < world->nodes; n++) {
		capacity_seen[n] = capacity(n);
		if (able_ms)
			check_progress_on(plan, n);
	}
}

/*
 * A VM is paged only while its guest restarts. Paging begins only if the VM would lack startup
 * memory even if it got all that other VMs are giving for it.
 */
static void check_paging(const struct dynmem_vm *vm)
{
	u64 granted = 0, soon = 0, startup = min(vm->set.startup, vm->ram);
	unsigned int i;
	bool pool = false;

	if (!vm->books.page_to)
		return;
	for (i = 0; i < vm->nr_vnodes; i++) {
		granted += vm->vnode[i].granted;
		soon += max(vm->vnode[i].granted, vm->vnode[i].target);
		pool |= vm->vnode[i].pool > 0;
	}
	CHECK(PAGING, vm->state == DYNMEM_VM_STATE_RESTARTING && vm->set.paging &&
	      vm->set.dynamic && !pool && vm->books.page_to >= granted &&
	      vm->books.page_to >= before_of(vm)->page_to,
	      "%s: state %u, paging %u, granted %llu, may keep %llu MiB, before %llu", vm->name,
	      vm->state, vm->set.paging, granted >> 20, vm->books.page_to >> 20,
	      before_of(vm)->page_to >> 20);
	if (!before_of(vm)->page_to)
		CHECK(PAGED_NEEDLESSLY, soon < startup,
		      "%s: granted %llu MiB, soon %llu of %llu startup, but paged", vm->name,
		      granted >> 20, soon >> 20, startup >> 20);
}

static void decision_ends(const struct dynmem_plan *plan)
{
	bool together = anything_floats(plan);
	unsigned int i, n;

	for (n = 0; n < world->nodes; n++)
		check_books(plan, n);
	check_i1(plan, 0, sim_world_hosts(world), together);
	check_i1(plan, sim_world_hosts(world), world->nodes, together);
	for (i = 0; i < plan->nr_vms; i++)
		if (plan->vm[i]->books.admitted_ms)
			check_limits(plan->vm[i]);
	for (i = 0; i < plan->nr_vms; i++)
		check_paging(plan->vm[i]);
	for (i = 0; i < plan->nr_vms; i++)
		check_grants(plan, plan->vm[i], together);
	for (n = 0; n < world->nodes && !together; n++)
		check_debt(plan, n);
	check_withheld(plan, together);
	check_progress(plan, together);
}

static void dump_vm(const struct dynmem_vm *vm, const struct sim_guest *g)
{
	unsigned int i, n;

	sim_note("%s %s%s: state %u driver %u phase %u, reported %lld ms ago, settled in %lld ms",
		 vm->name, g->kind->name, vm->set.dynamic ? "" : " static", vm->state, vm->driver,
		 g->phase, (long long)(world->now_ms - vm->demand.reported_ms),
		 (long long)(vm->books.settled_ms - world->now_ms));
	sim_note("   minimum %llu startup %llu maximum %llu RAM %llu weight %u",
		 vm->set.minimum >> 20, vm->set.startup >> 20, vm->set.maximum >> 20,
		 vm->ram >> 20, vm->set.weight);
	for (i = 0; i < vm->nr_vnodes; i++) {
		sim_note("   vnode %u on node %d: ram %llu demand %llu desired %llu",
			 i, vm->vnode[i].node, vm->vnode[i].ram >> 20,
			 vm->vnode[i].demand >> 20, vm->vnode[i].desired >> 20);
		sim_note("      target %llu granted %llu given %llu", vm->vnode[i].target >> 20,
			 vm->vnode[i].granted >> 20, vm->vnode[i].ballooned >> 20);
	}
	for (n = 0; n < world->nodes; n++) {
		const struct dynmem_holding *h = &vm->books.holding[n];

		if (charge(h) + h->promised + h->overhead)
			sim_note(" node %u: granted %llu resident %llu promised %llu overhead %llu",
				 n, h->granted >> 20, h->resident >> 20, h->promised >> 20,
				 h->overhead >> 20);
	}
}

/* Prints all nodes and VMs, in MiB, when a seed is replayed. */
static void dump(void)
{
	unsigned int i, n;

	for (n = 0; n < world->nodes; n++)
		sim_note("node %u: capacity %llu present %llu host %llu reserve %llu guests %llu",
			 n, capacity(n) >> 20, world->node[n].present >> 20,
			 world->node[n].use >> 20, dynmem_nodes[n].host.reserve >> 20,
			 world->held[n] >> 20);
	for (i = 0; i < world->nr_guests; i++)
		if (sim_vm(&world->guest[i]))
			dump_vm(sim_vm(&world->guest[i]), &world->guest[i]);
}

static void decision(const struct dynmem_plan *plan, bool ends)
{
	if (sim_failed)
		return;
	if (ends)
		decision_ends(plan);
	else
		decision_begins(plan);
	if (sim_failed && sim_seed)
		dump();
}

void sim_invariants_begin(struct sim_world *w)
{
	world = w;
	before = calloc(w->nr_guests, sizeof(*before));
	if (!before)
		abort();
	able_ms = 0;
	next_event = sim_host_event;
	sim_host_event = note_event;
	memset(debt_before, 0, sizeof(debt_before));
	memset(debt_event_ms, 0, sizeof(debt_event_ms));
	memset(capacity_seen, 0, sizeof(capacity_seen));
	sim_host_decision = decision;
	sim_host_debt_told = check_debt_falls;
}

/*
 * Bytes that a vnode of the guest may hold. The host knows the guest's vnodes only if the driver is
 * dynmem_balloon. With other drivers, a vnode may hold all of its RAM if the VM as a whole is
 * within its grant, and nothing otherwise.
 */
static u64 vnode_ram_granted(const struct dynmem_vm *vm, const struct sim_guest *g,
			     unsigned int vnode)
{
	if (!vm->books.admitted_ms)
		return g->vnode[vnode].ram;
	if (vm->driver == DYNMEM_DRIVER_DYNMEM)
		return vm->vnode[vnode].granted;
	return sim_guest_exposed(g) <= dynmem_vm_granted(vm) ? g->vnode[vnode].ram : 0;
}

/* Resident memory, the host's own use and the reserve must fit into the memory of the nodes. */
static void check_i2(const struct sim_world *w)
{
	u64 present[SIM_NODES] = { 0 }, used[SIM_NODES] = { 0 };
	bool together = false;
	unsigned int i, k, n;

	for (n = 0; n < w->nodes; n++)
		if (w->node[n].use > use_measured[n] ||
		    dynmem_nodes[n].ledger.charge + dynmem_nodes[n].ledger.overhead > capacity(n))
			return;
	for (i = 0; i < w->nr_guests; i++) {
		const struct dynmem_vm *vm = sim_vm(&w->guest[i]);

		if (!vm)
			continue;
		if ((!vm->books.admitted_ms && sim_guest_resident(&w->guest[i])) || holds_again(vm))
			return;
		/*
		 * Read the guest's own state, since the host learns only later that a guest has
		 * rebooted.
		 */
		for (k = 0; k < w->guest[i].nr_vnodes; k++)
			if (sim_vnode_exposed(&w->guest[i].vnode[k]) >
			    vnode_ram_granted(vm, &w->guest[i], k))
				return;
		together |= floats(vm);
	}
	for (n = 0; n < w->nodes; n++) {
		unsigned int at = !together ? n : n < sim_world_hosts(w) ? 0 : sim_world_hosts(w);
		u64 kept = w->node[n].use + dynmem_nodes[n].host.reserve;

		/* Without guests on the node, the host may use its reserve. */
		if (kept >= w->node[n].present && !w->held[n])
			return;
		/* Until the next walk the ledger does not know where floating memory is. */
		if (together && w->held[n] > dynmem_nodes[n].ledger.charge)
			return;
		present[at] += w->node[n].present;
		used[at] += w->held[n] + kept;
	}
	for (n = 0; n < w->nodes; n++)
		if (present[n])
			CHECK(I2, used[n] <= present[n], "node %u: %llu MiB used of %llu", n,
			      used[n] >> 20, present[n] >> 20);
}

/* Checks that the target which was sent to a guest is no more than its grant. */
static void check_sent(const struct sim_world *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_guests; i++) {
		const struct sim_guest *g = &w->guest[i];
		const struct dynmem_vm *vm = sim_vm(g);

		if (!vm || !vm->books.admitted_ms || vm->driver == DYNMEM_DRIVER_NONE)
			continue;
		CHECK(SENT, sim_guest_target(g) <=
		      dynmem_vm_granted(vm) + (u64)PAGE_SIZE * g->nr_vnodes,
		      "%s: sent %llu MiB, granted %llu", vm->name, sim_guest_target(g) >> 20,
		      dynmem_vm_granted(vm) >> 20);
	}
}

void sim_invariants_step(struct sim_world *w)
{
	if (sim_failed)
		return;
	check_i2(w);
	check_sent(w);
	if (sim_failed && sim_seed)
		dump();
}

void sim_invariants_end(struct sim_world *w)
{
	sim_host_decision = NULL;
	sim_host_debt_told = NULL;
	sim_host_event = next_event;
	free(before);
	before = NULL;
	sim_world_end(w);
}

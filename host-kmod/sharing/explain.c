// SPDX-License-Identifier: GPL-2.0
/*
 * explain: explains a VM's target. The cuts that policy made are kept in the vnodes; other reasons
 * follow from the VM's state.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "policy/pacing.h"
#include "sharing/explain.h"
#include "sharing/node.h"
#include "vm/vm.h"

/*
 * Sums over the vnodes of a VM, in bytes. @assigned and @target are without @lent. @cut is the
 * largest cut of any vnode.
 */
struct sums {
	u64 desired;
	u64 assigned;
	u64 target;
	u64 lent;
	const struct dynmem_cut *cut;
};

static u64 to_mib(u64 bytes)
{
	return bytes >> 20;
}

__printf(2, 3)
static void why_say(struct dynmem_explanation *why, const char *fmt, ...)
{
	size_t len = strlen(why->text);
	va_list args;

	va_start(args, fmt);
	vscnprintf(why->text + len, sizeof(why->text) - len, fmt, args);
	va_end(args);
}

static void list_nodes(char *text, size_t size, u64 nodes)
{
	int nid, len = 0;

	for_each_dynmem_node(nid)
		if (nid < 64 && (nodes & (1ULL << nid)))
			len += scnprintf(text + len, size - len, "%s%s", len ? "," : "",
					 dynmem_nodes[nid].name);
}

static void sums_add_up(const struct dynmem_vm *vm, struct sums *sums,
			struct dynmem_explanation *why)
{
	u64 most = 0, nodes = 0, policy = 0, moved;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = &vm->vnode[i];
		const struct dynmem_cut *cut = &v->cut;

		sums->desired += v->desired;
		sums->lent += v->lent;
		sums->assigned += v->granted - v->lent;
		sums->target += dynmem_vnode_own_target(v);
		policy += v->target;
		if (cut->why == DYNMEM_WHY_NONE)
			continue;
		why->buffer += cut->buffer;
		why->demand += cut->demand;
		nodes |= cut->nodes;
		if (cut->buffer + cut->demand > most) {
			most = cut->buffer + cut->demand;
			sums->cut = cut;
		}
	}
	list_nodes(why->nodes, sizeof(why->nodes), nodes);
	policy += why->buffer + why->demand;
	moved = max(sums->desired, policy) - min(sums->desired, policy);
	why->held = sums->desired > policy ? moved : 0;
	why->kept = sums->desired > policy ? 0 : moved;
}

static void say_who(const struct dynmem_cut *cut, struct dynmem_explanation *why)
{
	const char *name = cut->name;

	if (cut->why == DYNMEM_WHY_CAPACITY) {
		why_say(why, "; others are at their minimums");
		return;
	}
	strscpy(why->first, name, sizeof(why->first));
	why->weight = cut->weight;
	switch (cut->why) {
	case DYNMEM_WHY_HEAVIER:
		why_say(why, "; %s at weight %u comes first", name, cut->weight);
		break;
	case DYNMEM_WHY_EQUAL:
		why_say(why, "; shared with %s at the same weight", name);
		break;
	case DYNMEM_WHY_RELATIVE:
		why_say(why, "; shared by weight, %s has %u", name, cut->weight);
		break;
	default:
		why_say(why, "; the demand of %s comes before buffers", name);
	}
}

static void say_cut(const struct sums *sums, struct dynmem_explanation *why)
{
	why_say(why, "%s: node%s %s short by %lluM",
		!why->demand ? "buffer reduced" :
		why->buffer ? "buffer gone, demand reduced" : "demand reduced",
		strchr(why->nodes, ',') ? "s" : "", why->nodes, to_mib(why->buffer + why->demand));
	say_who(sums->cut, why);
}

/* Explains a VM's target if policy has cut neither demand nor buffer. */
static void say_rest(const struct dynmem_vm *vm, const struct sums *sums, u64 now_ms,
		     struct dynmem_explanation *why)
{
	if (vm->unreclaimable && sums->assigned > sums->desired) {
		why_say(why,
			"%lluM above desired: its memory is pinned for DMA or locked, not taken",
			to_mib(sums->assigned - sums->desired));
	} else if (vm->limit.limited && sums->desired >= vm->limit.bytes) {
		why_say(why, "held at %lluM: memory cgroup %s allows %lluM%s",
			to_mib(sums->desired), vm->limit.name, to_mib(vm->limit.allows),
			vm->limit.bytes < sums->desired ? ", its minimum stands" : "");
	} else if (sums->assigned > sums->desired + dynmem_pacing_slack(sums->desired)) {
		why_say(why, "%lluM above desired: ", to_mib(sums->assigned - sums->desired));
		if (dynmem_thrash_backs_off(&vm->demand.thrash, now_ms))
			why_say(why, "needed when it was taken, not taken again for %llu s",
				(vm->demand.thrash.until_ms - now_ms) / 1000);
		else
			why_say(why, sums->target < sums->assigned ?
				"not needed, taken bit by bit" : "nobody needs it");
	} else if (now_ms < vm->books.settled_ms && sums->desired <= vm->set.startup) {
		why_say(why, "startup is kept for a while after the first report");
	} else if (vm->demand.shown > min(vm->set.maximum, vm->ram)) {
		why_say(why, "demand is above its maximum");
	} else if (sums->assigned + dynmem_pacing_slack(sums->desired) < sums->desired) {
		why_say(why, "below desired: its memory is on the way");
	} else {
		why_say(why, "it has what it desires");
	}
}

/* If the VM's target does not follow demand now, adds the reason. Return: whether it was added. */
static bool say_unknown(const struct dynmem_vm *vm, u64 now_ms, struct dynmem_explanation *why)
{
	size_t said = strlen(why->text);

	if (!vm->set.dynamic && dynmem_vm_size(vm) == vm->ram)
		why_say(why, "dynamic memory is off: it has all of its RAM");
	else if (!vm->set.dynamic)
		why_say(why, "dynamic memory is off: its size is %lluM of %lluM RAM",
			to_mib(dynmem_vm_size(vm)), to_mib(vm->ram));
	else if (vm->state == DYNMEM_VM_STATE_AWAY)
		why_say(why,
			"its VMM runs it without the device: nothing is given or taken until the device is back");
	else if (dynmem_vm_paused(vm))
		why_say(why, "it is paused: nothing is given or taken until it goes on");
	else if (vm->driver == DYNMEM_DRIVER_DETACHED)
		why_say(why, "%s: nothing is given or taken until it is back",
			vm->vcpus.state == DYNMEM_VCPUS_UNKNOWN ?
			"it is paused, or its driver is gone" : "its driver is gone");
	else if (!vm->demand.reported_ms && vm->books.back_ms)
		why_say(why, "its device is back: nothing is given or taken until it reports");
	else if (!vm->demand.reported_ms)
		why_say(why, "no report yet: it has its startup memory");
	else if (now_ms > vm->demand.reported_ms + DYNMEM_PACING_REPORT_OLD_MS)
		why_say(why, "it is silent: nothing is given or taken");
	return why->text[said];
}

/*
 * If the guest does not give memory as it should, begins the sentence with a clause about that. A
 * guest without a driver is asked for nothing, so only memory that it uses again counts.
 */
static void say_reaction(const struct dynmem_vm *vm, struct dynmem_explanation *why)
{
	bool unable = false, slow = false;
	unsigned int i;

	if (vm->books.beyond > dynmem_pacing_slack(vm->ram)) {
		why_say(why, "%lluM of what it has given are resident, it pays for them first; ",
			to_mib(vm->books.beyond));
		return;
	}
	if (!dynmem_vm_has_driver(vm))
		return;
	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = &vm->vnode[i];
		u64 wanted = dynmem_above(dynmem_vnode_exposed(v), dynmem_vnode_visible(v));

		unable |= v->pacing.unable_ms >= DYNMEM_PACING_UNABLE_MS;
		slow |= wanted > dynmem_pacing_soon(&v->pacing);
	}
	if (dynmem_vm_reaction(vm) == DYNMEM_REACTION_UNCOOPERATIVE)
		why_say(why, "it does not give, others share what remains; ");
	else if (unable)
		why_say(why, "it says that it can't give, others share what remains; ");
	else if (slow)
		why_say(why, "it gives slowly, others share what does not come soon; ");
}

/* Explains how much memory beyond demand the VM gets because its guest reads files again. */
static void say_cache(const struct dynmem_vm *vm, u64 now_ms, struct dynmem_explanation *why)
{
	const struct dynmem_cache *cache = &vm->demand.cache;
	bool reads_back = cache->rate >= DYNMEM_CACHE_READS;
	u64 pays = dynmem_cache_pays(cache);

	if (pays && reads_back)
		why_say(why, "; reads back %llu MiB/s: %lluM more", to_mib(cache->rate),
			to_mib(pays));
	else if (pays)
		why_say(why, "; %lluM more keep files that it reads again", to_mib(pays));
	else if (reads_back && now_ms < cache->until_ms)
		why_say(why, "; reads back %llu MiB/s, which %s", to_mib(cache->rate),
			cache->too_little ? "all that could be had did not lower" :
					    "more memory did not lower");
}

void dynmem_explain(const struct dynmem_vm *vm, u64 now_ms, struct dynmem_explanation *why)
{
	struct sums sums = {};

	*why = (struct dynmem_explanation) {};
	if (vm->state == DYNMEM_VM_STATE_DEFINED)
		return;
	if (vm->state == DYNMEM_VM_STATE_STARTING) {
		why_say(why, "it waits for its startup memory");
		return;
	}
	sums_add_up(vm, &sums, why);
	say_reaction(vm, why);
	if (sums.cut)
		say_cut(&sums, why);
	else if (!say_unknown(vm, now_ms, why))
		say_rest(vm, &sums, now_ms, why);
	say_cache(vm, now_ms, why);
	if (to_mib(sums.lent))
		why_say(why, "; %lluM more are lent to it", to_mib(sums.lent));
}

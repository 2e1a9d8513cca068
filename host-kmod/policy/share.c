// SPDX-License-Identifier: GPL-2.0
/*
 * How VMs share the nodes of a host; see share.h.
 *
 * Minimums are given first. Then there are three rounds: one for demand, one for buffers and one
 * for loans. In these rounds the goals of a share are its demand, its desired memory, and its
 * desired memory plus the largest loan that it may get. In the round for loans a part of each node
 * is not available. In a round a level rises from 0. All shares that take part rise towards their
 * goals together, each by level x weight x part, where the part is the vnode's part in the weight
 * of its VM. A share that has reached its goal stops. When a set of nodes is used up, the shares
 * whose memory can only be on nodes of this set stop. In strict mode one weight after the other
 * takes part, the highest first, and the weight in the product is 1. In relative mode all shares
 * take part together.
 *
 * The level at which a set is used up is found without sorting the shares by goal. A pass over the
 * shares finds out which of them reach their goals at a given level. All other shares are assumed
 * to rise without limit from that level. The level at which they use up the set is then easy to
 * compute, and is never too high. The next pass tries that level, and so on until no further share
 * reaches its goal. A few passes are enough, as each one at least halves the step or the number of
 * shares below their goals. One pass serves all sets. The first pass tries the levels of the last
 * decision, so two or three passes are enough if little has changed.
 *
 * Levels have 27 fractional bits, 14 of them because parts are multiples of 1 / 2^14. Amounts are
 * at most 1 PiB (2^50 bytes), so a level is at most 2^63. Weights are at most 10,000, so level x
 * weight x part is at most 2^50 x 10,000, which fits into 64 bits. Sums of amounts may not fit:
 * they stop at the largest u64, which is far more than any capacity. LEVEL_MAX means no limit.
 */
#include "policy/share.h"

#define LEVEL_BITS	27
#define LEVEL_MAX	(~0ULL / 2 + 1)
#define WEIGHT_BITS	14

/* The shares that take part in a round: those whose indices are the first @n entries of @order. */
struct party {
	struct dynmem_policy *p;
	struct dynmem_share *shares;
	const u32 *order;
	unsigned int n;
	unsigned int round;
};

static u64 share_asked(const struct dynmem_share *s, unsigned int round)
{
	if (round == DYNMEM_ROUND_LEND)
		return s->lend;
	return round ? s->desired - s->demand : s->demand - s->minimum;
}

static u64 share_missing(const struct dynmem_share *s, unsigned int round)
{
	if (round == DYNMEM_ROUND_LEND)
		return s->desired + s->lend - s->target;
	return (round ? s->desired : s->demand) - s->target;
}

static inline u64 level_amount(u64 level, u32 weight)
{
	return level >= LEVEL_MAX ? ~0ULL : mul_u64_u32_shr(level, weight, LEVEL_BITS);
}

/* The factor by which a level raises a share in a round. */
static inline u32 share_weight(const struct dynmem_share *s, unsigned int round, bool relative)
{
	u32 part = s->part[round] ?: DYNMEM_SHARE_WHOLE;

	return relative ? s->weight * part : part;
}

/*
 * Sums up @met and @unmet for share_look(). This function and raise_shares() take most of the time
 * of a decision, so each is compiled once for each mode.
 */
static inline void share_sum_goals(const struct party *party, bool relative)
{
	struct dynmem_level *level = party->p->level;
	unsigned int i;

	for (i = 0; i < party->n; i++) {
		const struct dynmem_share *s = &party->shares[party->order[i]];
		struct dynmem_level *l = &level[s->set];
		u64 bytes = share_missing(s, party->round);
		u64 weight = share_weight(s, party->round, relative);
		/* A mask of all bits or no bits, since the CPU could not predict a branch here. */
		u64 met = -(u64)(bytes <= level_amount(l->level + 1, weight));

		l->met = dynmem_sum(l->met, bytes & met);
		l->unmet += weight & ~met;
	}
}

/* Computes @met and @unmet of struct dynmem_level for all sets, at the present levels. */
static void share_look(const struct party *party)
{
	struct dynmem_policy *p = party->p;
	unsigned int i;

	for (i = 0; i < p->sets.nr; i++) {
		p->level[i].met = 0;
		p->level[i].unmet = 0;
	}
	if (p->relative)
		share_sum_goals(party, true);
	else
		share_sum_goals(party, false);
}

/* The level at which shares with a total weight of @weight use up @room bytes, rounded down. */
static u64 level_of(u64 room, u64 weight)
{
	u64 level = room / weight, rest = room % weight;
	unsigned int bits;

	if (level >= LEVEL_MAX >> LEVEL_BITS)
		return LEVEL_MAX;
	/* In three steps, since rest << LEVEL_BITS may not fit: a million vnodes may weigh 2^48. */
	for (bits = 0; bits < LEVEL_BITS; bits += 9) {
		rest <<= 9;
		level = level << 9 | rest / weight;
		rest %= weight;
	}
	return level;
}

/* The level at which a set is used up, estimated from the last share_look(); never too high. */
static u64 limit_of(const struct dynmem_policy *p, const struct dynmem_set *set)
{
	u64 used = 0, met = 0, unmet = 0, room;
	unsigned int i;

	for (i = 0; i < p->sets.nr; i++) {
		const struct dynmem_set *part = &p->sets.set[i];

		if (part->bound || !dynmem_nodesets_inside(part->nodes, set->nodes | p->sets.full))
			continue;
		used += part->used;
		met = dynmem_sum(met, p->level[i].met);
		unmet += p->level[i].unmet;
	}
	room = set->capacity - used;
	if (met > room)
		return 0;
	return unmet ? level_of(room - met, unmet) : LEVEL_MAX;
}

/* Computes @limit of each set. Return: whether any set has a limit. */
static bool find_limits(struct dynmem_policy *p)
{
	bool limited = false;
	unsigned int i;

	for (i = 0; i < p->sets.nr; i++) {
		p->level[i].limit = p->sets.set[i].bound ? LEVEL_MAX :
							   limit_of(p, &p->sets.set[i]);
		limited |= p->level[i].limit < LEVEL_MAX;
	}
	return limited;
}

/* The lowest limit of the sets that contain set @i. */
static u64 limit_for(const struct dynmem_policy *p, unsigned int i)
{
	u64 nodes = p->sets.set[i].nodes, limit = LEVEL_MAX;
	unsigned int k;

	for (k = 0; k < p->sets.nr; k++)
		if (dynmem_nodesets_inside(nodes, p->sets.set[k].nodes | p->sets.full))
			limit = min(limit, p->level[k].limit);
	return limit;
}

/*
 * Raises each level to its limit. If @known is false, a level above its limit is lowered to the
 * limit. Return: whether any level was set.
 */
static bool raise_levels(struct dynmem_policy *p, bool known)
{
	bool raised = false;
	unsigned int i;

	for (i = 0; i < p->sets.nr; i++) {
		u64 limit;

		if (p->sets.set[i].bound)
			continue;
		limit = limit_for(p, i);
		if (known && limit <= p->level[i].level)
			continue;
		p->level[i].level = limit;
		raised = true;
	}
	return raised;
}

/*
 * The level at which set @k is used up, or LEVEL_MAX if that is not settled yet. It is settled when
 * two conditions hold: the sets inside @k that have shares and are not full all stand at one level,
 * and the limit of @k is not above that level.
 */
static u64 level_reached(const struct dynmem_policy *p, unsigned int k)
{
	u64 nodes = p->sets.set[k].nodes, lowest = LEVEL_MAX, highest = 0;
	unsigned int i;

	if (p->level[k].limit == LEVEL_MAX)
		return LEVEL_MAX;
	for (i = 0; i < p->sets.nr; i++) {
		const struct dynmem_level *l = &p->level[i];

		if (p->sets.set[i].bound || !(l->met || l->unmet) ||
		    !dynmem_nodesets_inside(p->sets.set[i].nodes, nodes | p->sets.full))
			continue;
		lowest = min(lowest, l->level);
		highest = max(highest, l->level);
	}
	return lowest == highest && p->level[k].limit <= lowest ? lowest : LEVEL_MAX;
}

/* Closes the set that is used up at the lowest level. Return: false if no set is used up. */
static bool close_lowest(struct dynmem_policy *p, unsigned int round)
{
	u64 lowest = LEVEL_MAX, nodes = 0;
	unsigned int i;

	for (i = 0; i < p->sets.nr; i++) {
		u64 level = level_reached(p, i), open = p->sets.set[i].nodes & ~p->sets.full;

		if (level < lowest || (level < LEVEL_MAX && level == lowest &&
				       dynmem_nodesets_smaller(open, nodes))) {
			lowest = level;
			nodes = open;
		}
	}
	if (!nodes)
		return false;
	for (i = 0; i < p->sets.nr; i++) {
		if (p->sets.set[i].bound ||
		    !dynmem_nodesets_inside(p->sets.set[i].nodes, nodes | p->sets.full))
			continue;
		p->level[i].level = lowest;
		p->level[i].last[round] = lowest;
	}
	dynmem_nodesets_close(&p->sets, nodes);
	return true;
}

static void set_levels(struct dynmem_policy *p, u64 level)
{
	unsigned int i;

	for (i = 0; i < p->sets.nr; i++)
		if (!p->sets.set[i].bound)
			p->level[i].level = level;
}

static u64 lowest_level(const struct dynmem_policy *p)
{
	u64 level = LEVEL_MAX;
	unsigned int i;

	for (i = 0; i < p->sets.nr; i++)
		if (!p->sets.set[i].bound)
			level = min(level, p->level[i].level);
	return level;
}

/*
 * Finds the level at which each set stops, and closes sets that are used up. If one set is part of
 * another set, it can happen that no level can rise and no set can be closed. In this case all
 * levels are set to the lowest one, and rise again from there.
 */
static void find_levels(const struct party *party)
{
	struct dynmem_policy *p = party->p;
	bool known = false, same = false;
	unsigned int i;

	for (i = 0; i < p->sets.nr; i++)
		if (!p->sets.set[i].bound)
			p->level[i].level = min(p->level[i].last[party->round], LEVEL_MAX);
	for (;;) {
		share_look(party);
		for (;;) {
			if (!find_limits(p))
				return;
			if (!same && raise_levels(p, known))
				break;
			if (close_lowest(p, party->round))
				continue;
			if (same)
				raise_levels(p, true);
			else
				set_levels(p, lowest_level(p));
			same = !same;
			break;
		}
		known = true;
	}
}

/* Whether all shares of @party can reach their goals. */
static bool shares_all_fit(const struct party *party)
{
	set_levels(party->p, LEVEL_MAX);
	share_look(party);
	return !find_limits(party->p);
}

static inline void raise_shares(const struct party *party, bool relative)
{
	struct dynmem_policy *p = party->p;
	unsigned int i;

	for (i = 0; i < party->n; i++) {
		struct dynmem_share *s = &party->shares[party->order[i]];
		u64 bytes = min(share_missing(s, party->round),
				level_amount(p->level[s->set].level,
					     share_weight(s, party->round, relative)));

		s->target += bytes;
		p->sets.set[s->set].used += bytes;
	}
}

static void raise_targets(const struct party *party)
{
	if (party->p->relative)
		raise_shares(party, true);
	else
		raise_shares(party, false);
}

/*
 * How many of the next @n shares are served together: @some, rounded up so that shares of one
 * weight stay together. In relative mode all @n shares are served together.
 */
static unsigned int whole_weights(const struct party *all, unsigned int n, unsigned int some)
{
	if (all->p->relative || some >= n)
		return n;
	while (some < n && all->shares[all->order[some]].weight ==
			   all->shares[all->order[some - 1]].weight)
		some++;
	return some;
}

/*
 * Makes a round. Serves several weights at a time if all of them can be served in full, or else one
 * weight. To save time, begins with all the weights together that the last decision served in full,
 * and does not try whether the next weight can be served in full, too.
 */
static void share_fill(struct party party, unsigned int n)
{
	struct dynmem_policy *p = party.p;
	u32 *served = &p->served[party.round], expected = min(*served, n), done = 0;
	unsigned int some = n, i;

	*served = n;
	for (; done < n && p->sets.full != p->sets.all; done += party.n, party.order += party.n) {
		bool expect = done == expected && done < n;
		u64 full = p->sets.full;

		for (i = 0; i < p->sets.nr; i++)
			p->level[i].level = 0;
		if (expect)
			some = 1;
		else if (done < expected)
			some = expected - done;
		for (some = min(some, n - done);; some /= 2) {
			party.n = whole_weights(&party, n - done, some);
			if (!expect && shares_all_fit(&party))
				break;
			if (party.n == whole_weights(&party, n - done, 1)) {
				find_levels(&party);
				set_levels(p, LEVEL_MAX);
				/* A set was closed, so this weight was not served in full. */
				if (p->sets.full != full)
					*served = min(*served, done);
				break;
			}
		}
		raise_targets(&party);
		some = 2 * party.n;
	}
}

/* One pass of a radix sort by WEIGHT_BITS / 2 bits of the weight, the highest first. */
static void sort_by_weight(const struct dynmem_share *shares, const u32 *from, u32 *to,
			   unsigned int n, unsigned int shift)
{
	u32 place[1 << WEIGHT_BITS / 2] = { 0 }, sum = 0;
	unsigned int mask = (1 << WEIGHT_BITS / 2) - 1, i;

	for (i = 0; i < n; i++)
		place[shares[from[i]].weight >> shift & mask]++;
	for (i = mask + 1; i-- > 0;) {
		u32 here = place[i];

		place[i] = sum;
		sum += here;
	}
	for (i = 0; i < n; i++)
		to[place[shares[from[i]].weight >> shift & mask]++] = from[i];
}

/*
 * Finds the set of each share, and gives each share its minimum. Return: whether @order is sorted
 * by weight, the highest first.
 */
static bool share_enter(const struct party *party)
{
	struct dynmem_nodesets *sets = &party->p->sets;
	bool coarse, ordered;
	unsigned int i;

	do {
		unsigned int weight = ~0U, set = 0;
		u64 nodes = 0;

		coarse = sets->coarse;
		ordered = true;
		for (i = 0; i < sets->nr; i++) {
			sets->set[i].used = 0;
			sets->set[i].occurs = false;
		}
		for (i = 0; i < party->n; i++) {
			struct dynmem_share *s = &party->shares[party->order[i]];

			if (!i || s->nodes != nodes) {
				nodes = s->nodes;
				set = dynmem_nodesets_find(sets, nodes);
			}
			ordered &= s->weight <= weight;
			weight = s->weight;
			s->set = set;
			s->target = s->minimum;
			sets->set[set].used = dynmem_sum(sets->set[set].used, s->minimum);
			sets->set[set].occurs |= s->desired;
		}
	} while (coarse != sets->coarse);
	return ordered;
}

void dynmem_policy_divide(struct dynmem_share *shares, unsigned int n)
{
	unsigned int round, i;

	for (round = 0; round < DYNMEM_ROUNDS; round++) {
		u64 all = 0, before = 0;

		for (i = 0; i < n; i++)
			all += share_asked(&shares[i], round);
		for (i = 0; i < n; i++) {
			u64 own = share_asked(&shares[i], round);

			/* At least 1, since a part of 0 would mean all of the weight. */
			shares[i].part[round] = max(1ULL, dynmem_part(DYNMEM_SHARE_WHOLE, before,
								      own, all, 1));
			before += own;
		}
	}
}

u64 dynmem_policy_share(struct dynmem_policy *p, struct dynmem_share *shares, u32 *order,
			unsigned int n, enum dynmem_balance balance)
{
	struct party party = { .p = p, .shares = shares, .order = order, .n = n };
	u64 lacking, lend = 0;
	unsigned int i;

	p->relative = balance == DYNMEM_BALANCE_RELATIVE;
	p->shares = shares;
	p->nr = n;
	p->ahead_known = false;
	if (!share_enter(&party)) {
		sort_by_weight(shares, order, order + n, n, 0);
		sort_by_weight(shares, order + n, order, n, WEIGHT_BITS / 2);
	}
	lacking = dynmem_nodesets_settle(&p->sets);
	for (party.round = 0; party.round < DYNMEM_ROUND_LEND; party.round++)
		share_fill(party, n);
	for (i = 0; i < n; i++)
		lend |= shares[i].lend;
	if (!lend)
		return lacking;
	dynmem_nodesets_lower(&p->sets, p->unlent);
	dynmem_nodesets_settle(&p->sets);
	share_fill(party, n);
	return lacking;
}

static bool share_comes_before(const struct dynmem_policy *p, u32 a, u32 b)
{
	const struct dynmem_share *x, *y;

	if (!a || !b)
		return a && !b;
	x = &p->shares[a - 1];
	y = &p->shares[b - 1];
	return x->weight != y->weight ? x->weight > y->weight : x->who < y->who;
}

/* Whether @a and @b (index + 1; 0: none) are shares of one VM. */
static bool same_vm(const struct dynmem_policy *p, u32 a, u32 b)
{
	return a && b && p->shares[a - 1].who == p->shares[b - 1].who;
}

/*
 * Enters share @who (index + 1; 0: none) into @two. Of all shares entered so far, @two[0] is the
 * first one in the order of share_comes_before(), and @two[1] is the first one of another VM.
 */
static void share_rank(const struct dynmem_policy *p, u32 *two, u32 who)
{
	if (share_comes_before(p, who, two[0])) {
		if (!same_vm(p, who, two[0]))
			two[1] = two[0];
		two[0] = who;
	} else if (!same_vm(p, who, two[0]) && share_comes_before(p, who, two[1])) {
		two[1] = who;
	}
}

/* Fills in @heaviest and @ahead of struct dynmem_level for all sets. */
static void find_ahead(struct dynmem_policy *p)
{
	const struct dynmem_set *set = p->sets.set;
	struct dynmem_level *level = p->level;
	unsigned int i, k;

	for (i = 0; i < p->sets.nr; i++) {
		level[i].heaviest[0] = 0;
		level[i].heaviest[1] = 0;
		level[i].ahead[0] = 0;
		level[i].ahead[1] = 0;
	}
	for (i = 0; i < p->nr; i++)
		if (p->shares[i].target != p->shares[i].minimum)
			share_rank(p, level[p->shares[i].set].heaviest, i + 1);
	for (i = 0; i < p->sets.nr; i++) {
		for (k = 0; k < p->sets.nr; k++) {
			if (!dynmem_nodesets_inside(set[k].nodes, set[i].bound))
				continue;
			share_rank(p, level[i].ahead, level[k].heaviest[0]);
			share_rank(p, level[i].ahead, level[k].heaviest[1]);
		}
	}
	p->ahead_known = true;
}

void dynmem_policy_reason(struct dynmem_policy *p, const struct dynmem_share *s,
			  struct dynmem_reason *reason)
{
	const u32 *two = p->level[s->set].ahead;
	u32 ahead;

	*reason = (struct dynmem_reason) {
		.buffer = dynmem_above(s->desired, max(s->target, s->demand)),
		.demand = dynmem_above(s->demand, s->target),
		.why = DYNMEM_WHY_NONE,
	};
	if (s->target >= s->desired)
		return;
	reason->nodes = p->sets.set[s->set].bound;
	if (!p->ahead_known)
		find_ahead(p);
	ahead = same_vm(p, two[0], s - p->shares + 1) ? two[1] : two[0];
	if (!ahead) {
		reason->why = DYNMEM_WHY_CAPACITY;
		return;
	}
	reason->ahead = ahead - 1;
	if (p->relative)
		reason->why = DYNMEM_WHY_RELATIVE;
	else if (p->shares[ahead - 1].weight > s->weight)
		reason->why = DYNMEM_WHY_HEAVIER;
	else if (p->shares[ahead - 1].weight == s->weight)
		reason->why = DYNMEM_WHY_EQUAL;
	else
		reason->why = DYNMEM_WHY_DEMAND;
}

void dynmem_policy_keep(struct dynmem_nodesets *sets, const struct dynmem_share *shares,
			unsigned int n, u32 weight)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		dynmem_nodesets_use(sets, shares[i].nodes, shares[i].weight < weight ?
							shares[i].minimum : shares[i].demand);
}

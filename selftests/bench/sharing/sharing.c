// SPDX-License-Identifier: GPL-2.0
/*
 * Measures how well dynmem's own code and other balancers (the peers) share memory, in the same
 * simulated worlds with the same demands. Prints the figures of each balancer, and writes rows for
 * `make bench` to a file.
 *
 * The measurement begins some minutes after the start of the VMs. The figures are:
 *	unmet		memory that guests' programs lack (so guests page) plus memory that the
 *			host lacks (so the host pages); integrated over time, GiB x s
 *	wait		unmet / bytes by which needs have risen: the average time until needed
 *			memory is there
 *	footprint	(memory that VMs hold - memory that they use) / (their RAM - memory that
 *			they use); cached files that are read again count as used
 *	reread		time that it takes to read dropped files again from a disk of 500 MiB/s; s
 *	at least	for dynmem: the least value of reread if every VM has the demand that
 *			dynmem sees, all other memory holds files of as many VMs as possible, and
 *			files are read in at once; s
 *	moved		memory that guests give or get, GiB
 *	peak		the most memory that host and VMs hold together, GiB
 *	converged	time from a jump of one VM's demand until the VM has this memory, s; at the
 *			moment of the jump another VM frees the same amount
 *	exact		in a shortage, time until every VM's memory is within 1 % of the result of
 *			an exact solver, s; only for dynmem, as the solver follows dynmem's rule
 */
#include "module.h"

#include <math.h>

#include "peers.h"
#include "share.h"
#include "sharing/node.h"

#define VMS		8
#define MAX_CONTROLLERS	8
#define SETTLE_MS	(15 * 60000ULL)
#define RUN_MS		(60 * 60000ULL)
#define STEP_MS		10	/* times have an error of one step, as memory comes one step late */
#define FOOTPRINT	0.20	/* goal: the footprint is at most this */
#define KERNEL		MIB(150)

struct figures {
	double unmet;		/* GiB x s */
	double wait;		/* s */
	double footprint;	/* ratio */
	double reread;		/* s */
	double least;		/* s; "at least" */
	double moved;		/* GiB */
	double peak;		/* GiB */
	double converged;	/* s */
};

static struct {
	double unmet, held, used, ram;	/* integrals over time, bytes x s */
	double reread, least, moved;	/* bytes */
	u64 exposed[VMS];	/* exposed memory of each VM in the previous step, bytes */
	double risen;		/* bytes by which needs have risen */
	u64 needed[VMS];	/* each VM's need in the previous step, bytes */
	u64 peak;		/* bytes */
} sum;

static u64 used_by(const struct sim_guest *g)
{
	u64 bytes = 0;
	unsigned int v;

	for (v = 0; v < g->nr_vnodes; v++)
		bytes += g->vnode[v].used + g->vnode[v].cache;
	return bytes;
}

/* Bytes that guests and the host need but do not have. */
static u64 unmet(const struct sim_world *w)
{
	u64 bytes = dynmem_above(w->node[0].wants + w->held[0], w->node[0].present);
	unsigned int i;

	for (i = 0; i < w->nr_guests; i++)
		bytes += w->guest[i].unmet;
	return bytes;
}

/*
 * Bytes a second that guests must read back, see "at least" above. If a guest needs less than the
 * demand that dynmem sees, the rest of this demand holds files, too.
 */
static u64 least_rereads(const struct sim_world *w)
{
	u64 left = dynmem_nodes[0].ledger.capacity, costs[VMS], bytes = 0;
	unsigned int i, k;

	for (i = 0; i < w->nr_guests; i++) {
		const struct sim_guest *g = &w->guest[i];
		u64 demand = max(sim_vm(g)->demand.firm, g->need + g->kernel);
		u64 cost = dynmem_above(g->need + g->kernel + g->cache, demand);

		left = dynmem_above(left, demand);
		for (k = i; k && costs[k - 1] > cost; k--)
			costs[k] = costs[k - 1];
		costs[k] = cost;
	}
	for (i = 0; i < w->nr_guests; i++) {
		if (costs[i] > left)
			bytes += SIM_REFAULT;
		left = dynmem_above(left, costs[i]);
	}
	return bytes;
}

static void watch(struct sim_world *w)
{
	double seconds = w->step_ms / 1000.0;
	unsigned int i;

	for (i = 0; i < w->nr_guests; i++) {
		const struct sim_guest *g = &w->guest[i];

		sum.held += sim_guest_resident(g) * seconds;
		sum.used += used_by(g) * seconds;
		sum.ram += sim_guest_ram(g) * seconds;
		sum.risen += dynmem_above(g->need, sum.needed[i]);
		sum.needed[i] = g->need;
		sum.reread += sim_guest_rereads(g) * seconds;
		sum.moved += fabs((double)sim_guest_exposed(g) - (double)sum.exposed[i]);
		sum.exposed[i] = sim_guest_exposed(g);
	}
	if (w->controller == &sim_dynmem)
		sum.least += least_rereads(w) * seconds;
	sum.unmet += unmet(w) * seconds;
	sum.peak = max(sum.peak, w->node[0].wants + w->held[0]);
}

static struct sim_guest *guest(struct sim_world *w, unsigned int i, double ram_gib)
{
	static const struct sim_kind ours = { "ours", 0, 100, DYNMEM_DRIVER_DYNMEM };
	static const struct sim_kind stock = { "stock", 0, 100, DYNMEM_DRIVER_STANDARD };
	struct sim_guest *g = sim_world_guest(w, i, SIM_IDEAL, 1, 0.5, ram_gib, 0);

	g->kind = w->controller == &sim_dynmem ? &ours : &stock;
	g->kernel = KERNEL;
	return g;
}

static void begin(struct sim_world *w, const struct sim_controller *controller, double host_gib,
		  unsigned int n)
{
	*w = (struct sim_world){
		.controller = controller, .seed = 1, .step_ms = STEP_MS, .nodes = 1,
		.node[0] = { .present = GIB(host_gib), .wants = GIB(1) },
		.now_ms = 1000000, .begin_ms = 1000000,
	};
	sim_world_begin(w, n);
}

/* MiB of files that each guest reads: half of them again and again, the other half only once. */
static const unsigned int caches[] = { 0, 1000, 4000 };

#define DISK	MIB(500)	/* bytes that a disk reads in a second */

/*
 * The demands of the VMs in one run. Each VM has 8 GiB of RAM. All VMs play the same trace, but
 * each VM is @shift_ms ahead of the previous one.
 */
struct demands {
	const char *name;
	struct sim_trace trace;
	u64 shift_ms;
	double host_gib;
	double wait;		/* goal: longest mean wait, s; 0: none, as the host is too small */
};

/* Goals for @wait, s. */
#define SPARE	0.05		/* if the host has spare memory */
#define TAKEN	3		/* if other VMs have to give the memory first */

static void play(const struct sim_controller *controller, const struct demands *demands,
		 unsigned int cache, struct figures *result)
{
	struct sim_world w;
	unsigned int i;

	begin(&w, controller, demands->host_gib, VMS);
	for (i = 0; i < VMS; i++) {
		struct sim_guest *g = guest(&w, i, 8);

		g->trace = demands->trace;
		g->trace.offset_ms = i * demands->shift_ms;
		g->cache = MIB(cache) / 2;
		g->once = MIB(cache) / 2;
		sim_guest_start(&w, g);
	}
	sim_world_pass(&w, SETTLE_MS);
	memset(&sum, 0, sizeof(sum));
	for (i = 0; i < VMS; i++) {
		sum.needed[i] = w.guest[i].need;
		sum.exposed[i] = sim_guest_exposed(&w.guest[i]);
	}
	w.watch = watch;
	sim_world_pass(&w, RUN_MS);
	sim_world_end(&w);
	result->unmet = sum.unmet / GIB(1);
	result->wait = sum.unmet / sum.risen;
	result->footprint = (sum.held - sum.used) / (sum.ram - sum.used);
	result->reread = sum.reread / DISK;
	result->least = sum.least / DISK;
	result->moved = sum.moved / GIB(1);
	result->peak = (double)sum.peak / GIB(1);
}

/*
 * At the same moment, the need of one VM rises from 2 to 10 GiB, and the need of another VM falls
 * from 10 to 2 GiB. Return: seconds until unmet() is at most 1 % of 10 GiB.
 */
static double play_step(const struct sim_controller *controller)
{
	struct sim_world w;
	u64 from_ms;
	unsigned int i;

	begin(&w, controller, 24, 3);
	for (i = 0; i < 3; i++) {
		struct sim_guest *g = guest(&w, i, 16);

		g->trace.low = GIB(i == 0 ? 2 : i == 1 ? 10 : 4);
		sim_guest_start(&w, g);
	}
	sim_world_pass(&w, SETTLE_MS);
	w.guest[0].trace.low = GIB(10);
	w.guest[1].trace.low = GIB(2);
	from_ms = w.now_ms;
	do
		sim_world_step(&w);
	while (unmet(&w) > GIB(10) / 100 && w.now_ms < from_ms + RUN_MS);
	sim_world_end(&w);
	return (w.now_ms - from_ms) / 1000.0;
}

static bool is_exact(struct sim_world *w, unsigned int n)
{
	struct sim_share share[VMS];
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct dynmem_vnode *v = &sim_vm(&w->guest[i])->vnode[0];

		share[i] = (struct sim_share){
			.weight = w->guest[i].weight, .minimum = w->guest[i].minimum,
			.demand = min(v->demand, v->desired), .desired = v->desired,
		};
	}
	sim_share(share, n, dynmem_above(dynmem_nodes[0].ledger.capacity,
					 dynmem_nodes[0].ledger.overhead), false);
	for (i = 0; i < n; i++) {
		u64 has = sim_guest_exposed(&w->guest[i]);

		if (max(has, share[i].target) - min(has, share[i].target) > share[i].target / 100)
			return false;
	}
	return true;
}

/* VMs need more than the host has. Return: seconds until every VM has its share, within 1 %. */
static double play_exact(void)
{
	struct sim_world w;
	u64 from_ms;
	unsigned int i;

	begin(&w, &sim_dynmem, 24, 3);
	for (i = 0; i < 3; i++) {
		struct sim_guest *g = guest(&w, i, 16);

		g->trace.low = GIB(i == 0 ? 2 : i == 1 ? 10 : 4);
		sim_guest_start(&w, g);
	}
	sim_world_pass(&w, SETTLE_MS);
	w.guest[0].trace.low = GIB(14);
	from_ms = w.now_ms;
	do
		sim_world_step(&w);
	while (!is_exact(&w, 3) && w.now_ms < from_ms + RUN_MS);
	sim_world_end(&w);
	return (w.now_ms - from_ms) / 1000.0;
}

static FILE *json;
static unsigned int missed, without;

/* Writes one row. @peer is the best peer's figure; it is negative if the row has no peer. */
static void row(const char *name, double ours, double peer, const char *goal, bool met)
{
	bool any = strncmp(goal, "none", 4);
	static bool first = true;

	fprintf(json, "%s\n  {\"name\": \"%s\", \"ours\": %.4g, ", first ? "[" : ",", name, ours);
	if (peer >= 0)
		fprintf(json, "\"peer\": %.4g, ", peer);
	else
		fprintf(json, "\"peer\": null, ");
	if (peer > 0)
		fprintf(json, "\"ratio\": %.4g, ", ours / peer);
	else
		fprintf(json, "\"ratio\": null, ");
	fprintf(json, "\"goal\": \"%s\"}", goal);
	printf("%s: %s: %.4g", !any ? "no goal" : met ? "met    " : "MISSED ",
	       name, ours);
	if (peer >= 0)
		printf(", the better peer %.4g", peer);
	printf(", goal %s\n", goal);
	missed += any && !met;
	without += !any;
	first = false;
}

static double member_of(const struct figures *f, size_t member)
{
	return *(const double *)((const char *)f + member);
}

/*
 * Return: the lowest value of a figure among the peers that keep two limits: the footprint ratio is
 * at most @footprint, and host and VMs together hold at most @peak GiB. INFINITY if no peer keeps
 * both. @member is the offset of the figure in struct figures.
 */
static double best(const struct figures *f, unsigned int n, size_t member, double footprint,
		   double peak)
{
	double least = INFINITY;
	unsigned int i;

	for (i = 1; i < n; i++)
		if (f[i].footprint <= footprint && f[i].peak <= peak)
			least = fmin(least, member_of(&f[i], member));
	return least;
}

#define BEST(member) best(f, n, offsetof(struct figures, member), INFINITY, INFINITY)

static const struct sim_controller *controller(unsigned int i)
{
	return i ? &peers[i - 1].controller : &sim_dynmem;
}

/*
 * A balancer could have little unmet demand just because it takes no memory from VMs. Then its
 * footprint is high. So the goal for unmet demand compares dynmem only with peers that meet the
 * footprint goal. The mean wait for memory has a goal of its own.
 */
static void report_unmet(const struct demands *demands, const char *name, const struct figures *f,
			 unsigned int n)
{
	double peer = best(f, n, offsetof(struct figures, unmet), FOOTPRINT, INFINITY);
	char text[100], goal[80];

	snprintf(text, sizeof(text), "%s: unmet demand, GiB s", name);
	if (!demands->wait) {
		row(text, f[0].unmet, BEST(unmet), "none: there is less than is needed", false);
		return;
	}
	if (isinf(peer)) {
		snprintf(goal, sizeof(goal),
			 "none: no peer's footprint ratio is <= 0.20, the lowest is %.2f",
			 BEST(footprint));
		row(text, f[0].unmet, BEST(unmet), goal, false);
	} else {
		row(text, f[0].unmet, peer,
		    "<= 0.1 of the better peer's of those with a footprint ratio <= 0.20",
		    f[0].unmet <= peer / 10);
	}
	snprintf(text, sizeof(text), "%s: mean wait for memory, s", name);
	snprintf(goal, sizeof(goal), "<= %g", demands->wait);
	row(text, f[0].wait, BEST(wait), goal, f[0].wait <= demands->wait);
}

/*
 * If a balancer gives VMs more memory than the host has, the host pages. The time for re-reading
 * does not include the time that this paging takes. So the goal for re-reading compares dynmem only
 * with peers whose VMs and host never hold more memory than the host has.
 */
static void report_reread(const struct demands *demands, const char *name, const struct figures *f,
			  unsigned int n)
{
	double peer = best(f, n, offsetof(struct figures, reread), INFINITY, demands->host_gib);
	char text[100];

	snprintf(text, sizeof(text), "%s: time lost to re-reading, s", name);
	row(text, f[0].reread, peer, "<= the better peer's of those that stay within the host",
	    f[0].reread <= peer);
}

static void report(const struct demands *demands, unsigned int cache)
{
	struct figures f[MAX_CONTROLLERS] = { 0 };
	unsigned int i, n = nr_peers + 1;
	char name[60], text[100];

	snprintf(name, sizeof(name), cache ? "%s, %u MiB of files" : "%s", demands->name, cache);
	printf("%s, host of %.0f GiB\n", name, demands->host_gib);
	for (i = 0; i < n; i++) {
		play(controller(i), demands, cache, &f[i]);
		printf("  %-12s unmet %8.1f GiB s  wait %6.3f s  footprint %.3f  peak %.1f GiB",
		       controller(i)->name, f[i].unmet, f[i].wait, f[i].footprint, f[i].peak);
		printf("  reread %.1f s  moved %.0f GiB", f[i].reread, f[i].moved);
		printf(f[i].least ? "  (reread at least %.1f s)\n" : "\n", f[i].least);
	}
	snprintf(text, sizeof(text), "%s: footprint ratio", name);
	row(text, f[0].footprint, BEST(footprint), "<= 0.20", f[0].footprint <= FOOTPRINT);
	report_unmet(demands, name, f, n);
	if (cache)
		report_reread(demands, name, f, n);
	snprintf(text, sizeof(text), "%s: moved, GiB", name);
	row(text, f[0].moved, BEST(moved), "none: shown", false);
	snprintf(text, sizeof(text), "%s: host peak, GiB", name);
	row(text, f[0].peak, BEST(peak), "<= what the host has", f[0].peak <= demands->host_gib);
}

#define JOB	{ .shape = SIM_RECORDED, .low = MIB(200), .high = GIB(5) }
#define JUMPS	{ .shape = SIM_SQUARE, .low = MIB(500), .high = GIB(5), .period_ms = 200000 }

static const struct demands demands[] = {
	{ "jobs, one after the other", JOB, 400000 / VMS, 32, TAKEN },
	{ "jobs, all at once", JOB, 0, 48, SPARE },
	{ "jumps, one after the other", JUMPS, 400000 / VMS, 32, TAKEN },
	{ "jumps, all at once", JUMPS, 0, 48, SPARE },
	{ "overload, jobs all at once", JOB, 0, 32, 0 },
};

int main(int argc, char **argv)
{
	struct figures f[MAX_CONTROLLERS] = { 0 };
	unsigned int i, c, n = nr_peers + 1;
	double exact;

	if (argc != 2 || n > MAX_CONTROLLERS)
		return 2;
	json = fopen(argv[1], "w");
	if (!json) {
		perror(argv[1]);
		return 2;
	}
	printf("one VM takes what another frees\n");
	for (i = 0; i < n; i++) {
		f[i].converged = play_step(controller(i));
		printf("  %-12s converged after %.1f s\n", controller(i)->name, f[i].converged);
	}
	row("step: time to converge, s", f[0].converged, BEST(converged), "<= 3",
	    f[0].converged <= 3);
	exact = play_exact();
	row("shortage: time to within 1 % of the exact answer, s", exact, -1, "<= 3", exact <= 3);
	for (c = 0; c < ARRAY_SIZE(caches); c++)
		for (i = 0; i < ARRAY_SIZE(demands); i++)
			report(&demands[i], caches[c]);
	fprintf(json, "\n]\n");
	fclose(json);
	printf("%u goals missed, %u rows have none\n", missed, without);
	return 0;
}

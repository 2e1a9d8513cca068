// SPDX-License-Identifier: GPL-2.0
/*
 * Connects the simulated world with the code under test. When that code calls lower layers (vDPA
 * device, guest memory, accounts), functions here answer from the state of the world. When a guest
 * or VMM does something, functions here call the code through dynmem_vm_ops, as host-kmod/device/
 * does. A VMM that attaches is a coroutine, since the code blocks it until the VM is admitted.
 */
#include "module.h"

#include <ucontext.h>

#include "memory/pressure.h"
#include "vm/vnodes.h"

#define TASK_STACK	(64 << 10)
#define WORKS		4
#define WATERMARK	256

/* A VMM's call of bind_mm(), as a coroutine. */
struct task {
	ucontext_t context;
	ucontext_t back;
	struct task *next;
	struct sim_guest *guest;
	bool killed;
	bool done;
	int result;
	char stack[TASK_STACK] __attribute__((aligned(64)));
};

/* The device of a VM. It connects the VM with the simulated guest. */
struct dynmem_vdpa {
	struct dynmem_vm *vm;
	struct sim_guest *guest;
	struct task *task;		/* set while the VMM waits for admission, else NULL */
	bool bound;
	struct dynmem_region region[SIM_VNODES];
	struct dynmem_layout layout;
};

u64 unit_now_ms = 1000000;
int unit_nodes = 1;
struct hstate unit_hstate[HUGE_MAX_HSTATE] = { { .page = SIM_BLOCK } };
unsigned int unit_nr_hstates;
struct pglist_data unit_node_data[SIM_NODES];
struct sim_world *sim_host_world;
void (*sim_host_event)(const struct dynmem_event *event);
void (*sim_host_decision)(const struct dynmem_plan *plan, bool ends);
void (*sim_host_debt_told)(const struct dynmem_plan *plan);

static struct delayed_work *works[WORKS];
static struct task *waiting;		/* VMMs that wait for admission, in order of arrival */
static struct task *current;
static struct task *spare_tasks;
static struct dynmem_vdpa *creating;

/* Functions that the kernel stubs call. */

void unit_work_queued(struct delayed_work *work, u64 due_ms)
{
	unsigned int i;

	work->due_ms = due_ms;
	work->pending = true;
	for (i = 0; works[i] && works[i] != work; i++)
		if (i + 1 == WORKS)
			abort();
	works[i] = work;
}

bool unit_wait(void)
{
	struct task *task = current;

	if (!task->killed)
		swapcontext(&task->context, &task->back);
	return task->killed;
}

static void fill_nodes(const struct sim_world *w)
{
	unsigned int n;

	for (n = 0; n < sim_world_hosts(w); n++) {
		struct zone *zone = &unit_node_data[n].node_zones[0];

		zone->managed = w->node[n].present >> PAGE_SHIFT;
		zone->free = sim_node_free(w, n) >> PAGE_SHIFT;
	}
	for (; n < w->nodes; n++) {
		struct hstate *h = &unit_hstate[0];

		h->nr_huge_pages_node[n - unit_nodes] = w->node[n].present / h->page;
		h->free_huge_pages_node[n - unit_nodes] = sim_node_free(w, n) / h->page;
	}
}

/* The layers below the VMs. */

static struct dynmem_vdpa *dev_of(const struct sim_guest *g)
{
	return g->controlled;
}

struct dynmem_vm *sim_vm(const struct sim_guest *g)
{
	return g->controlled ? dev_of(g)->vm : NULL;
}

u64 sim_granted(const struct sim_guest *g)
{
	return dynmem_vm_granted(sim_vm(g));
}

u64 sim_lent(const struct sim_guest *g)
{
	const struct dynmem_vm *vm = sim_vm(g);
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		bytes += vm->vnode[i].lent;
	return bytes;
}

u64 sim_own(const struct sim_guest *g)
{
	return sim_granted(g) - sim_lent(g);
}

struct sim_guest *sim_vm_guest(const struct dynmem_vm *vm)
{
	return vm->dev ? vm->dev->guest : NULL;
}

int dynmem_vdpa_create(struct dynmem_vm *vm)
{
	creating->vm = vm;
	vm->dev = creating;
	kref_get(&vm->ref);
	return 0;
}

int dynmem_vdpa_delete(struct dynmem_vm *vm)
{
	free(vm->dev);
	vm->dev = NULL;
	vm->ref.refs--;	/* now only the set of VMs holds a reference */
	return 0;
}

void dynmem_vdpa_chardev(struct dynmem_vm *vm, char *buf, size_t len)
{
	buf[0] = '\0';
}

static u64 part_of(u64 bytes, const struct sim_guest *g, unsigned int vnode)
{
	u64 before = 0;
	unsigned int i;

	for (i = 0; i < vnode; i++)
		before += g->vnode[i].ram;
	return dynmem_part(bytes, before, g->vnode[vnode].ram, sim_guest_ram(g), PAGE_SIZE);
}

/* Gives the guest its targets. A standard driver has one target for the sum of its vnodes. */
void dynmem_vdpa_notify(struct dynmem_vm *vm)
{
	struct sim_guest *g = sim_vm_guest(vm);
	u64 balloon = 0;
	unsigned int i;

	if (!g)
		return;
	if (vm->driver == DYNMEM_DRIVER_DYNMEM) {
		for (i = 0; i < g->nr_vnodes; i++)
			g->vnode[i].target = min(dynmem_vnode_visible(&vm->vnode[i]),
						 vm->vnode[i].ram);
		return;
	}
	for (i = 0; i < vm->nr_vnodes; i++)
		balloon += vm->vnode[i].ram - min(dynmem_vnode_visible(&vm->vnode[i]),
						  vm->vnode[i].ram);
	for (i = 0; i < g->nr_vnodes; i++)
		g->vnode[i].target = g->vnode[i].ram - part_of(balloon, g, i);
}

int dynmem_account_init(struct dynmem_account *acc)
{
	acc->node = calloc(dynmem_nr_nodes(), sizeof(*acc->node));
	return acc->node ? 0 : -ENOMEM;
}

void dynmem_account_free(struct dynmem_account *acc)
{
	free(acc->node);
}

void dynmem_account_reset(struct dynmem_account *acc)
{
	memset(acc->node, 0, dynmem_nr_nodes() * sizeof(*acc->node));
	acc->total = 0;
	acc->walks = 0;
}

u64 dynmem_account_migrated(void)
{
	return 0;
}

bool dynmem_account_is_due(struct dynmem_account *acc, u64 migrated)
{
	return true;
}

void dynmem_account_total(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed)
{
	const struct sim_guest *g =
		sim_vm_guest(container_of(acc, struct dynmem_vm, account));

	gm->owner.gone = g->phase == SIM_DEAD;
	acc->total = sim_guest_resident(g);
	acc->exposed = exposed;
}

bool dynmem_account_walk(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed,
			 u64 *budget)
{
	const struct sim_guest *g =
		sim_vm_guest(container_of(acc, struct dynmem_vm, account));
	unsigned int i, n;

	dynmem_account_total(acc, gm, exposed);
	for (n = 0; n < sim_host_world->nodes; n++) {
		acc->node[n] = 0;
		for (i = 0; i < g->nr_vnodes; i++)
			acc->node[n] += g->vnode[i].on[n];
	}
	acc->walks++;
	return true;
}

void dynmem_vm_detach(struct dynmem_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		vm->vnode[i].ballooned = 0;
	dynmem_vnodes_clear(vm);
	vm->gm.mm = NULL;
}

void dynmem_releases_init(struct dynmem_releases *releases)
{
}

bool dynmem_guestmem_has_run(struct dynmem_guestmem *gm)
{
	return false;
}

void dynmem_guestmem_init(struct dynmem_guestmem *gm)
{
}

struct dynmem_layout *dynmem_guestmem_layout(struct dynmem_guestmem *gm, bool wait)
{
	struct dynmem_vdpa *dev = container_of(gm, struct dynmem_vm, gm)->dev;

	dev->layout.region = dev->region;
	dev->layout.nr_regions = dev->guest->nr_vnodes;
	return &dev->layout;
}

void dynmem_layout_put(struct dynmem_layout *layout)
{
}

/* The sets of ballooned pages are empty: the simulator counts ballooned memory itself. */
const struct dynmem_region *dynmem_layout_find(const struct dynmem_layout *layout, u64 page)
{
	abort();
}

u64 dynmem_release_locked(struct dynmem_guestmem *gm)
{
	return 0;
}

/* The simulator does not show whether a guest's CPUs run. That state stays unknown. */
void dynmem_vcpus_look(struct dynmem_guestmem *gm, struct dynmem_vcpus *vcpus)
{
}

/* A host reclaims when less memory is free than its high watermark, here 1/WATERMARK of a node. */
bool dynmem_pressure_on(int nid)
{
	return sim_node_free(sim_host_world, nid) < sim_host_world->node[nid].present / WATERMARK;
}

int dynmem_pressure_init(void)
{
	return 0;
}

void dynmem_pressure_exit(void)
{
}

/* No VMM is in a memory cgroup with a limit. */
void dynmem_memcg_read(struct dynmem_guestmem *gm, struct dynmem_memcg *memcg)
{
	memset(memcg, 0, sizeof(*memcg));
}

void dynmem_event(enum dynmem_event_kind kind, const char *vm, int node, u64 bytes,
		  const char *fmt, ...)
{
	char text[256];
	struct dynmem_event event = {
		.kind = kind, .vm = vm, .node = node, .bytes = bytes, .text = text,
	};
	va_list args;

	if (!sim_host_event)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	sim_host_event(&event);
}

/* Hooks around each decision. */

void __wrap_dynmem_plan_begin(struct dynmem_plan *plan)
{
	if (sim_host_decision)
		sim_host_decision(plan, false);
	__real_dynmem_plan_begin(plan);
}

void __wrap_dynmem_plan_decide(struct dynmem_plan *plan, enum dynmem_balance balance)
{
	__real_dynmem_plan_decide(plan, balance);
	if (sim_host_decision)
		sim_host_decision(plan, true);
}

void __wrap_dynmem_debt_tell(const struct dynmem_plan *plan)
{
	__real_dynmem_debt_tell(plan);
	if (sim_host_debt_told)
		sim_host_debt_told(plan);
}

/* VMMs attach, and close the device. */

static void bind(void)
{
	struct task *task = current;

	task->result = dynmem_vm_ops.bind(sim_vm(task->guest));
	task->done = true;
	swapcontext(&task->context, &task->back);
}

static void resume(struct task *task)
{
	current = task;
	swapcontext(&task->back, &task->context);
	current = NULL;
}

/* As dynmem_vm_attach(). The guest stands for the mm of its VMM. */
static int attach(struct dynmem_vm *vm, struct sim_guest *g)
{
	vm->gm.mm = (struct mm_struct *)g;
	return dynmem_vnodes_by_node(vm);
}

static void let_go(struct sim_guest *g)
{
	struct dynmem_vm *vm = sim_vm(g);

	dynmem_vm_detach(vm);
	g->controlled = NULL;
	dynmem_vm_del(vm->name, NULL);
}

static void finish(struct sim_world *w, struct task *task)
{
	struct sim_guest *g = task->guest;
	struct dynmem_vdpa *dev = dev_of(g);
	struct task **at = &waiting;

	while (*at != task)
		at = &(*at)->next;
	*at = task->next;
	task->next = spare_tasks;
	spare_tasks = task;

	dev->task = NULL;
	dev->bound = !task->result;
	if (task->result)
		let_go(g);
	if (!task->killed)
		sim_guest_started(w, g, task->result);
}

static void begin_task(struct task *task, struct sim_guest *g)
{
	struct task **at = &waiting;

	task->guest = g;
	task->killed = false;
	task->done = false;
	task->next = NULL;
	while (*at)
		at = &(*at)->next;
	*at = task;
	getcontext(&task->context);
	task->context.uc_stack.ss_sp = task->stack;
	task->context.uc_stack.ss_size = sizeof(task->stack);
	task->context.uc_link = NULL;
	makecontext(&task->context, bind, 0);
	resume(task);
}

static void host_start(struct sim_world *w, struct sim_guest *g)
{
	struct dynmem_settings set = {
		.startup = g->startup, .minimum = g->minimum, .maximum = g->maximum,
		.buffer = g->buffer, .weight = g->weight, .dynamic = g->dynamic,
		.paging = g->id % 8 > 0,
	};
	struct dynmem_vdpa *dev = calloc(1, sizeof(*dev));
	struct task *task = spare_tasks;
	char name[16];
	u64 page = 0;
	unsigned int i;

	if (task)
		spare_tasks = task->next;
	else
		task = malloc(sizeof(*task));
	if (!dev || !task)
		abort();
	dev->guest = g;
	g->controlled = dev;
	for (i = 0; i < g->nr_vnodes; i++) {
		dev->region[i] = (struct dynmem_region){
			.first = page, .pages = g->vnode[i].ram >> PAGE_SHIFT,
			.pool = g->vnode[i].pool, .node = g->vnode[i].node,
			.backing = DYNMEM_BACKING_SHMEM,
		};
		page += dev->region[i].pages;
	}
	snprintf(name, sizeof(name), "vm%u", g->id);
	creating = dev;
	if (dynmem_vm_new(name, &set, NULL) || attach(dev->vm, g)) {
		fprintf(stderr, "%s: the test's settings are refused\n", name);
		abort();
	}

	dev->task = task;
	begin_task(task, g);
	if (task->done)
		finish(w, task);
}

static void host_stop(struct sim_world *w, struct sim_guest *g)
{
	struct dynmem_vdpa *dev = dev_of(g);

	if (!dev)
		return;
	if (dev->task) {
		dev->task->killed = true;
		resume(dev->task);
		finish(w, dev->task);
		dev = dev_of(g);
	}
	if (dev && dev->vm->state == DYNMEM_VM_STATE_AWAY) {
		dev->vm->gm.owner.gone = true;
		dynmem_vm_ops.begin(dev->vm, (struct mm_struct *)g);
		let_go(g);
	} else if (dev && dev->bound) {
		dynmem_vm_ops.reset(dev->vm);
		dynmem_vm_ops.unbind(dev->vm, "has let go");
		let_go(g);
	} else if (dev) {
		/* The VMM ended while its VM was away, and the host has noticed that. */
		let_go(g);
	}
}

/* Actions of guests. */

static void host_moved(struct sim_world *w, struct sim_guest *g)
{
	struct dynmem_vm *vm = sim_vm(g);
	unsigned int i, k;

	for (k = 0; k < vm->nr_vnodes; k++)
		vm->vnode[k].ballooned = 0;
	for (i = 0; i < g->nr_vnodes; i++) {
		u64 end;

		k = dynmem_vnodes_vnode(vm, dev_of(g)->region[i].first, &end);
		vm->vnode[k].ballooned += g->vnode[i].ballooned;
	}
	dynmem_vm_ops.moved(vm);
}

/* A driver begins: with a HELLO if it is dynmem_balloon, else as a standard driver. */
static void host_session(struct sim_world *w, struct sim_guest *g, int driver, bool fresh)
{
	struct dynmem_vm *vm = sim_vm(g);
	unsigned int i;

	if (fresh) {
		struct dynmem_span *span = calloc(g->nr_vnodes, sizeof(*span));

		if (!span)
			abort();
		for (i = 0; i < vm->nr_vnodes; i++)
			vm->vnode[i].ballooned = 0;
		for (i = 0; i < g->nr_vnodes; i++)
			span[i] = (struct dynmem_span){ dev_of(g)->region[i].first, i };
		if (driver == DYNMEM_DRIVER_DYNMEM) {
			dynmem_vnodes_by_guest(vm, span, g->nr_vnodes, g->nr_vnodes, false);
		} else {
			free(span);
			dynmem_vnodes_by_node(vm);
		}
	}
	dynmem_vm_ops.session(vm, driver, fresh);
	dynmem_vdpa_notify(vm);
}

static void host_reset(struct sim_world *w, struct sim_guest *g)
{
	dynmem_vm_ops.reset(sim_vm(g));
}

static void host_restarted(struct sim_world *w, struct sim_guest *g)
{
	if (dynmem_lifecycle_restarted(sim_vm(g)->name, NULL))
		abort();
}

static void host_away(struct sim_world *w, struct sim_guest *g)
{
	struct dynmem_vm *vm = sim_vm(g);
	unsigned int i;

	dynmem_vm_ops.reset(vm);
	if (!dynmem_vm_ops.away(vm))
		abort();
	for (i = 0; i < vm->nr_vnodes; i++)
		vm->vnode[i].ballooned = 0;
	dev_of(g)->bound = false;
}

static void host_back(struct sim_world *w, struct sim_guest *g)
{
	struct dynmem_vm *vm = sim_vm(g);

	dynmem_vm_ops.begin(vm, (struct mm_struct *)g);
	if (attach(vm, g) || dynmem_vm_ops.bind(vm))
		abort();
	dev_of(g)->bound = true;
}

static void host_report(struct sim_world *w, struct sim_guest *g, const struct dynmem_figures *f)
{
	struct dynmem_vm *vm = sim_vm(g);

	vm->demand.figures = *f;
	vm->demand.reported_ms = unit_now_ms;
	vm->demand.refault += f->refault + f->swap_in;
	vm->demand.reread += dynmem_above(f->refault, f->swap_in);
	vm->demand.stalled += f->stalled;
	dynmem_vm_ops.report(vm);
}

static void host_need(struct sim_world *w, struct sim_guest *g, unsigned int vnode, u64 bytes)
{
	struct dynmem_vnode *v = &sim_vm(g)->vnode[vnode];

	v->need = dynmem_vnode_exposed(v) + bytes;
	v->need_ms = unit_now_ms;
	dynmem_vm_ops.report(sim_vm(g));
}

/* Time, and the beginning and the end of a world. */

static void host_run(struct sim_world *w)
{
	struct task *task, *next;
	unsigned int i;

	unit_now_ms = w->now_ms;
	fill_nodes(w);
	for (i = 0; i < WORKS && works[i]; i++) {
		struct delayed_work *work = works[i];

		if (work->pending && work->due_ms <= unit_now_ms) {
			work->pending = false;
			/*
			 * Decisions must not allocate: on a host without free memory, only
			 * decisions make memory free. So all allocations fail here.
			 */
			unit_out_of_memory = true;
			work->fn(NULL);
			unit_out_of_memory = false;
		}
	}
	for (task = waiting; task; task = next) {
		next = task->next;
		resume(task);
		if (task->done)
			finish(w, task);
	}
}

static void host_begin(struct sim_world *w)
{
	/* Times that the code keeps from the last world must be long ago. */
	unit_now_ms += 10000;
	w->now_ms = unit_now_ms;
	w->begin_ms = unit_now_ms;
	unit_nodes = sim_world_hosts(w);
	unit_nr_hstates = w->pools;
	sim_host_world = w;
	fill_nodes(w);
	dynmem_balancer_set_balance(w->relative ? DYNMEM_BALANCE_RELATIVE :
						  DYNMEM_BALANCE_STRICT);
	if (dynmem_balancer_init())
		abort();
	if (w->reserve && dynmem_balancer_set_reserve(NUMA_NO_NODE, w->reserve, NULL))
		abort();
}

static void host_end(struct sim_world *w)
{
	struct dynmem_vm *vm = NULL;

	dynmem_lifecycle_exit();
	while ((vm = dynmem_vm_next(vm)))
		dynmem_vm_detach(vm);
	dynmem_vm_exit();
	dynmem_balancer_exit();
	memset(works, 0, sizeof(works));
	sim_host_world = NULL;
	while (spare_tasks) {
		struct task *task = spare_tasks;

		spare_tasks = task->next;
		free(task);
	}
}

const struct sim_controller sim_dynmem = {
	.name = "dynmem",
	.begin = host_begin,
	.end = host_end,
	.run = host_run,
	.start = host_start,
	.stop = host_stop,
	.session = host_session,
	.reset = host_reset,
	.restarted = host_restarted,
	.away = host_away,
	.back = host_back,
	.report = host_report,
	.moved = host_moved,
	.need = host_need,
};

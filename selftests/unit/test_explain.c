// SPDX-License-Identifier: GPL-2.0
/*
 * Tests the sentences that explain the target of a VM. The amounts of an explanation must add up to
 * the difference between desired and target.
 */
#include "kernel.h"
#include "unit.h"

#include "sharing/node.h"
#include "vm/vm.h"
#include "sharing/explain.h"

struct mutex dynmem_set_lock;	/* does nothing: there is one thread */
u64 unit_now_ms;
int unit_nodes = 2;
struct hstate unit_hstate[HUGE_MAX_HSTATE] = { { .page = 1 << 30 }, { .page = 2 << 20 } };
unsigned int unit_nr_hstates = 2;

/* Makes a running VM with one vnode on node 0, whose grant and target are equal to desired. */
static void running(struct dynmem_vm *vm)
{
	memset(vm, 0, sizeof(*vm));
	vm->set = (struct dynmem_settings){
		.startup = GIB(1), .minimum = MIB(512), .maximum = GIB(4), .weight = 5000,
		.buffer = 20, .dynamic = true };
	vm->state = DYNMEM_VM_STATE_RUNNING;
	vm->driver = DYNMEM_DRIVER_DYNMEM;
	vm->ram = GIB(4);
	vm->demand.reported_ms = 1;
	vm->books.settled_ms = 1;
	vm->demand.shown = GIB(2);
	vm->nr_vnodes = 1;
	vm->vnode[0] = (struct dynmem_vnode){
		.ram = GIB(4), .desired = MIB(2458), .granted = MIB(2458), .target = MIB(2458) };
}

static const struct dynmem_explanation *why_of(const struct dynmem_vm *vm)
{
	static struct dynmem_explanation why;
	u64 desired = 0, target = 0;
	unsigned int i;

	dynmem_explain(vm, 1000, &why);
	for (i = 0; i < vm->nr_vnodes; i++) {
		desired += vm->vnode[i].desired;
		target += vm->vnode[i].target;
	}
	assert_int_equal(desired + why.kept, target + why.buffer + why.demand + why.held);
	return &why;
}

static void cut(struct dynmem_vnode *v, enum dynmem_why why, u64 buffer, u64 demand, u64 nodes)
{
	v->target -= buffer + demand;
	v->granted = v->target;
	v->cut = (struct dynmem_cut){
		.why = why, .buffer = buffer, .demand = demand, .nodes = nodes, .ahead = 7,
		.name = "db", .weight = 8000 };
}

/* An example of Documentation/sharing.rst. */
static void buffer_reduced(void **state)
{
	const struct dynmem_explanation *why;
	struct dynmem_vm vm;

	running(&vm);
	cut(&vm.vnode[0], DYNMEM_WHY_HEAVIER, MIB(312), 0, 1);
	why = why_of(&vm);
	assert_string_equal(why->text,
			    "buffer reduced: node 0 short by 312M; db at weight 8000 comes first");
	assert_int_equal(why->buffer, MIB(312));
	assert_string_equal(why->first, "db");
	assert_int_equal(why->weight, 8000);
	assert_string_equal(why->nodes, "0");
}

static void who_comes_first(void **state)
{
	struct dynmem_vm vm;

	running(&vm);
	cut(&vm.vnode[0], DYNMEM_WHY_EQUAL, MIB(410), MIB(90), 3);
	assert_string_equal(why_of(&vm)->text,
			    "buffer gone, demand reduced: nodes 0,1 short by 500M; shared with db at the same weight");
	/* Bits 0 and 1 are the host nodes, 2 and 3 their 2 MiB pools, 4 and 5 their 1 GiB pools. */
	vm.vnode[0].cut.nodes = 1 << 1 | 1 << 2 | 1 << 5;
	assert_string_equal(why_of(&vm)->nodes, "1,0/2M,1/1G");
	vm.vnode[0].cut.why = DYNMEM_WHY_RELATIVE;
	assert_non_null(strstr(why_of(&vm)->text, "; shared by weight, db has 8000"));
	vm.vnode[0].cut.why = DYNMEM_WHY_DEMAND;
	assert_non_null(strstr(why_of(&vm)->text, "; the demand of db comes before buffers"));
	vm.vnode[0].cut.why = DYNMEM_WHY_CAPACITY;
	assert_non_null(strstr(why_of(&vm)->text, "; others are at their minimums"));
	assert_string_equal(why_of(&vm)->first, "");
}

/* The amounts of two vnodes are added up. The reason of the larger cut is shown. */
static void several_vnodes(void **state)
{
	const struct dynmem_explanation *why;
	struct dynmem_vm vm;

	running(&vm);
	vm.nr_vnodes = 2;
	vm.vnode[1] = vm.vnode[0];
	cut(&vm.vnode[0], DYNMEM_WHY_EQUAL, MIB(10), 0, 1);
	cut(&vm.vnode[1], DYNMEM_WHY_HEAVIER, MIB(20), 0, 2);
	vm.vnode[1].target += MIB(1);	/* rounding to blocks can raise a target like this */
	why = why_of(&vm);
	assert_string_equal(why->text,
			    "buffer reduced: nodes 0,1 short by 30M; db at weight 8000 comes first");
	assert_int_equal(why->buffer, MIB(30));
	assert_int_equal(why->kept, MIB(1));
}

static void nothing_is_cut(void **state)
{
	struct dynmem_vm vm;

	running(&vm);
	assert_string_equal(why_of(&vm)->text, "it has what it desires");
	vm.vnode[0].granted -= MIB(500);
	assert_string_equal(why_of(&vm)->text, "below desired: its memory is on the way");
	vm.vnode[0].granted += MIB(1500);
	vm.vnode[0].target = vm.vnode[0].granted;
	assert_string_equal(why_of(&vm)->text, "1000M above desired: nobody needs it");
	assert_int_equal(why_of(&vm)->kept, MIB(1000));
	vm.vnode[0].target -= MIB(50);
	assert_string_equal(why_of(&vm)->text, "1000M above desired: not needed, taken bit by bit");
	vm.demand.thrash.until_ms = 56000;
	assert_string_equal(why_of(&vm)->text,
			    "1000M above desired: needed when it was taken, not taken again for 55 s");
	vm.unreclaimable = true;
	assert_string_equal(why_of(&vm)->text,
			    "1000M above desired: its memory is pinned for DMA or locked, not taken");
	running(&vm);
	vm.demand.shown = GIB(6);
	assert_string_equal(why_of(&vm)->text, "demand is above its maximum");
	running(&vm);
	vm.vnode[0].pacing.reaction = DYNMEM_REACTION_UNCOOPERATIVE;
	assert_non_null(strstr(why_of(&vm)->text, "it does not give, others share what remains; "));
}

/*
 * The sentence also says if ballooned memory of the VM is resident again, if the guest cannot give
 * memory, or if the guest gives memory slowly.
 */
static void what_does_not_come(void **state)
{
	struct dynmem_vm vm;

	running(&vm);
	vm.books.beyond = MIB(300);
	assert_string_equal(why_of(&vm)->text,
			    "300M of what it has given are resident, it pays for them first; it has what it desires");
	running(&vm);
	vm.vnode[0].ram = GIB(4);
	vm.vnode[0].pacing.unable_ms = DYNMEM_PACING_UNABLE_MS;
	assert_string_equal(why_of(&vm)->text,
			    "it says that it can't give, others share what remains; it has what it desires");
	running(&vm);
	vm.vnode[0].pacing.samples = DYNMEM_PACING_SAMPLES;
	vm.vnode[0].pacing.rate = MIB(1);
	assert_string_equal(why_of(&vm)->text,
			    "it gives slowly, others share what does not come soon; it has what it desires");
	/* Without a driver nothing is taken, and others share nothing that is missing. */
	vm.driver = DYNMEM_DRIVER_DETACHED;
	vm.vcpus.state = DYNMEM_VCPUS_RUN;
	assert_int_equal(strncmp(why_of(&vm)->text, "its driver is gone:", 19), 0);
	vm.driver = DYNMEM_DRIVER_DYNMEM;
	/* A guest that gives 1 GiB a second is not called slow. */
	vm.vnode[0].pacing.rate = GIB(1);
	assert_string_equal(why_of(&vm)->text, "it has what it desires");
}

static void a_cgroup_allows_no_more(void **state)
{
	struct dynmem_vm vm;

	running(&vm);
	vm.limit = (struct dynmem_limit){
		.limited = true, .bytes = MIB(2458), .allows = MIB(2600), .name = "web.scope" };
	assert_string_equal(why_of(&vm)->text,
			    "held at 2458M: memory cgroup web.scope allows 2600M");
	/* The VM still has more than the cgroup allows, and is giving the excess. */
	vm.vnode[0].granted = GIB(3);
	assert_string_equal(why_of(&vm)->text,
			    "held at 2458M: memory cgroup web.scope allows 2600M");
	vm.limit.bytes = MIB(2000);
	assert_non_null(strstr(why_of(&vm)->text, "allows 2600M, its minimum stands"));
	/* The VM desires less than the cgroup allows. */
	vm.limit.bytes = GIB(3);
	assert_null(strstr(why_of(&vm)->text, "cgroup"));
}

static void nothing_is_known(void **state)
{
	struct dynmem_vm vm;

	running(&vm);
	vm.state = DYNMEM_VM_STATE_DEFINED;
	assert_string_equal(why_of(&vm)->text, "");
	vm.state = DYNMEM_VM_STATE_STARTING;
	dynmem_explain(&vm, 1000, &(struct dynmem_explanation){ });
	running(&vm);
	vm.driver = DYNMEM_DRIVER_DETACHED;
	assert_non_null(strstr(why_of(&vm)->text, "it is paused, or its driver is gone"));
	vm.vcpus.state = DYNMEM_VCPUS_RUN;
	assert_int_equal(strncmp(why_of(&vm)->text, "its driver is gone:", 19), 0);
	vm.vcpus.state = DYNMEM_VCPUS_PAUSED;
	assert_non_null(strstr(why_of(&vm)->text, "it is paused: "));
	running(&vm);
	vm.demand.reported_ms = 0;
	assert_string_equal(why_of(&vm)->text, "no report yet: it has its startup memory");
	vm.set.dynamic = false;
	assert_string_equal(why_of(&vm)->text, "dynamic memory is off: it has all of its RAM");
}

static int begin(void **state)
{
	return dynmem_node_init();
}

static int end(void **state)
{
	dynmem_node_exit();
	return 0;
}

/*
 * The sentence also says how fast a guest reads files back that it has dropped, or how much memory
 * a VM keeps for files that its guest reads again.
 */
static void page_cache(void **state)
{
	struct dynmem_vm vm;

	running(&vm);
	vm.demand.cache = (struct dynmem_cache){ .rate = MIB(17), .won = MIB(380),
					.most = GIB(1) };
	assert_string_equal(why_of(&vm)->text,
			    "it has what it desires; reads back 17 MiB/s: 380M more");
	vm.demand.cache.rate = 1000;
	assert_string_equal(why_of(&vm)->text,
			    "it has what it desires; 380M more keep files that it reads again");
	vm.demand.cache = (struct dynmem_cache){ .rate = MIB(100), .until_ms = 5000 };
	assert_string_equal(why_of(&vm)->text,
			    "it has what it desires; reads back 100 MiB/s, which more memory did not lower");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer_reduced),
		cmocka_unit_test(who_comes_first),
		cmocka_unit_test(several_vnodes),
		cmocka_unit_test(nothing_is_cut),
		cmocka_unit_test(what_does_not_come),
		cmocka_unit_test(a_cgroup_allows_no_more),
		cmocka_unit_test(page_cache),
		cmocka_unit_test(nothing_is_known),
	};

	return cmocka_run_group_tests_name("explain", tests, begin, end);
}

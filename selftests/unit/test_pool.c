// SPDX-License-Identifier: GPL-2.0
/*
 * Hugetlb pools as nodes of their own, in whole decisions: which node is charged for a VM, which
 * VMs give memory to each other, and which events are raised. See world.h for the guests.
 */
#include "world.h"

#include "control/whatif.h"
#include "vm/vnodes.h"

#define POOL(node) dynmem_pool_node(node, 1)

/*
 * Puts guest @i's memory into the pool of 2 MiB pages on @node. If @node is -1, the memory may be
 * in the pools of all nodes.
 */
static void in_pool(unsigned int i, int node)
{
	guest[i].vm.vnode[0].pool = 1;
	guest[i].vm.vnode[0].node = POOL(node);
	guest[i].at = POOL(0);
}

static struct dynmem_ledger *ledger(int nid)
{
	return &dynmem_nodes[nid].ledger;
}

/*
 * Each node has 4 GiB: 1.5 GiB in its pool, 1 GiB for the host's use and the reserve, and 1.5 GiB
 * of ordinary memory for VMs.
 */
static int with_pools(int (*nodes)(void **state))
{
	int ret;

	unit_nr_hstates = 1;
	unit_hstate[0] = (struct hstate){ .page = MIB(2), .nr_huge_pages_node = { 768, 768 } };
	ret = nodes(NULL);
	host_use += GIB(1.5);
	return ret;
}

static int one_pool(void **state)
{
	return with_pools(one_node);
}

static int two_pools(void **state)
{
	return with_pools(two_nodes);
}

static void pools_are_numbered_behind_the_nodes(void **state)
{
	int nid, nr = 0;

	end(state);
	unit_nr_hstates = 2;
	unit_hstate[0].page = GIB(1);
	unit_hstate[1].page = MIB(2);
	assert_int_equal(dynmem_node_init(), 0);
	assert_int_equal(dynmem_nr_nodes(), 6);
	assert_string_equal(dynmem_nodes[1].name, "1");
	assert_string_equal(dynmem_nodes[2].name, "0/2M");
	assert_string_equal(dynmem_nodes[5].name, "1/1G");
	assert_int_equal(dynmem_pool_find(PAGE_SIZE), 0);
	assert_int_equal(dynmem_pool_find(MIB(2)), 1);
	assert_int_equal(dynmem_pool_find(GIB(1)), 2);
	for_each_dynmem_node_of(nid, 1) {
		assert_int_equal(dynmem_pool_of(nid), 1);
		assert_int_equal(dynmem_pool_host(nid), nr++);
	}
	assert_int_equal(nr, 2);
	for_each_dynmem_node(nid)
		nr++;
	assert_int_equal(nr, 8);
	assert_int_equal(dynmem_pool_node(NUMA_NO_NODE, 1), NUMA_NO_NODE);
	assert_int_equal(dynmem_pool_host(NUMA_NO_NODE), NUMA_NO_NODE);
	/* Node 5 is a pool of 768 pages of 1 GiB. None of them is free. */
	dynmem_pool_sample(5, &dynmem_nodes[5].after);
	assert_int_equal(dynmem_nodes[5].after.present, GIB(768));
	assert_int_equal(dynmem_nodes[5].after.available, 0);
}

/* The example of pools in Documentation/sharing.rst. */
static void a_pool_feeds_its_own_vms_only(void **state)
{
	define(0, 1, 0.25, 4, 5000);
	in_pool(0, 0);
	define(1, 0.5, 0.25, 4, 5000);
	assert_int_equal(start(0), 0);
	/* The VMM gets ordinary memory: 64 MiB + 4 GiB / 128. */
	assert_int_equal(ledger(POOL(0))->charge, GIB(1));
	assert_int_equal(ledger(POOL(0))->overhead, 0);
	assert_int_equal(ledger(0)->charge, 0);
	assert_int_equal(ledger(0)->overhead, MIB(96));
	assert_int_equal(start(1), 0);
	assert_int_equal(ledger(0)->charge, GIB(0.5));
	guest[0].need = MIB(200);
	guest[1].need = GIB(3);
	seconds(120);
	assert_about(vnode(1)->granted, GIB(1.5));
	assert_int_equal(ledger(0)->capacity, GIB(1.5));
	assert_in_range(own(0), MIB(200), MIB(600));
	assert_int_equal(ledger(POOL(0))->capacity, GIB(1.5));
	assert_int_equal(dynmem_ledger_spare(ledger(POOL(0))), GIB(1.5) - vnode(0)->granted);
	guest[0].need = GIB(3);
	seconds(60);
	assert_int_equal(vnode(0)->granted, GIB(1.5));
	assert_about(vnode(1)->granted, GIB(1.5));
	assert_int_equal(vnode(0)->cut.nodes, 1 << POOL(0));
	assert_int_equal(vnode(1)->cut.nodes, 1);
}

static void weights_count_within_a_pool(void **state)
{
	define(0, 0.5, 0.25, 2, 5000);
	define(1, 0.5, 0.25, 2, 6000);
	in_pool(0, 0);
	in_pool(1, 0);
	define(2, 0.5, 0.25, 2, 9000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	assert_int_equal(start(2), 0);
	guest[0].need = GIB(2);
	seconds(60);
	assert_true(vnode(0)->granted > GIB(1));
	guest[1].need = GIB(2);
	guest[2].need = GIB(1);
	seconds(60);
	assert_about(vnode(1)->granted, GIB(1.25));
	assert_about(vnode(0)->granted, GIB(0.25));
	assert_int_equal(vnode(0)->cut.ahead, guest[1].vm.id);
	assert_true(vnode(2)->granted > GIB(1));
}

static void a_refusal_names_the_pool(void **state)
{
	define(0, 1.25, 1, 2, 5000);
	in_pool(0, 0);
	define(1, 1, 1, 2, 5000);
	in_pool(1, 0);
	assert_int_equal(start(0), 0);
	seconds(40);
	assert_int_equal(start(1), -ENOMEM);
	heard("cannot start: node 0/2M lacks 512M for 1024M startup and its VMM; held by vm0");
	heard("minimums alone are 1024M of a capacity of 1536M");
}

/*
 * vm1, whose memory is in a pool, needs ordinary memory only for its VMM. vm0, in ordinary memory,
 * gives only that amount.
 */
static void a_vmm_lives_in_ordinary_memory(void **state)
{
	u64 before;

	define(0, 1.25, 0.25, 1.5, 5000);
	define(1, 0.5, 0.5, 1, 6000);
	in_pool(1, 0);
	assert_int_equal(start(0), 0);
	guest[0].need = GIB(1.25);
	seconds(60);
	before = vnode(0)->granted;
	assert_about(before, GIB(1.5));
	assert_int_equal(start(1), 0);
	assert_in_range(before - vnode(0)->granted, MIB(60), MIB(80));
	assert_int_equal(ledger(0)->overhead, MIB(72));

	stop(1);
	guest[0].vm.set.minimum = GIB(1.5);
	seconds(60);
	define(1, 0.5, 0.5, 1, 5000);
	in_pool(1, 0);
	assert_int_equal(start(1), -ENOMEM);
	heard("cannot start: node 0 lacks 72M for its VMM; held by vm0 1536M");
	assert_int_equal(ledger(POOL(0))->charge, 0);
}

static void what_floats_stays_in_pools_of_its_size(void **state)
{
	define(0, 2, 0.25, 4, 5000);
	in_pool(0, NUMA_NO_NODE);
	define(1, 2, 2, 2, 5000);
	guest[1].vm.vnode[0].node = NUMA_NO_NODE;
	assert_int_equal(start(0), 0);
	assert_int_equal(ledger(POOL(0))->charge + ledger(POOL(1))->charge, GIB(2));
	assert_int_equal(ledger(0)->charge + ledger(1)->charge, 0);
	assert_int_equal(start(1), 0);
	guest[0].need = GIB(1.5);
	seconds(30);
	assert_true(ledger(POOL(0))->charge >= GIB(1.5));
	assert_int_equal(ledger(0)->charge + ledger(1)->charge, GIB(2));
	/*
	 * vm0 needs all memory of both pools. vm2 has the same weight. So it cannot have memory
	 * that vm0's demand needs, and does not start.
	 */
	define(2, 1.5, 0.25, 1.5, 5000);
	in_pool(2, NUMA_NO_NODE);
	guest[0].need = GIB(4);
	seconds(30);
	assert_int_equal(vnode(0)->target, GIB(3));
	assert_int_equal(vnode(0)->cut.nodes, 1 << POOL(0) | 1 << POOL(1));
	assert_int_equal(start(2), -ENOMEM);
	heard("cannot start: the host lacks ");
	heard(" of 2M pages for 1536M startup");
}

static void what_others_take_of_a_pool_is_debt(void **state)
{
	u64 before;

	define(0, 1.25, 0.5, 1.5, 5000);
	in_pool(0, 0);
	define(1, 0.5, 0.25, 1, 5000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	guest[0].need = GIB(1);
	guest[1].need = MIB(300);
	seconds(60);
	before = vnode(1)->granted;
	assert_about(vnode(0)->granted, GIB(1.5));
	pool_use = GIB(0.5);
	seconds(2);
	heard("node 0/2M: in debt, charged ");
	seconds(60);
	assert_int_equal(vnode(0)->granted, GIB(1));
	heard("node 0/2M: debt is paid, charged 1024M of a capacity of 1024M");
	assert_int_equal(vnode(1)->granted, before);
	/* The capacity of a pool rises at once. */
	pool_use = 0;
	step();
	assert_int_equal(ledger(POOL(0))->capacity, GIB(1.5));
}

/* The RAM of a VM: a region of 8 MiB of ordinary memory, and two regions in pools. */
static struct dynmem_region region[] = {
	{ .first = 0, .pages = MIB(8) >> PAGE_SHIFT, .backing = DYNMEM_BACKING_ANON, .node = 1 },
	{ .first = MIB(8) >> PAGE_SHIFT, .pages = MIB(512) >> PAGE_SHIFT,
	  .backing = DYNMEM_BACKING_HUGETLB, .pool = 1 },
	{ .first = MIB(520) >> PAGE_SHIFT, .pages = MIB(512) >> PAGE_SHIFT,
	  .backing = DYNMEM_BACKING_HUGETLB, .pool = 1 },
	/* The next two regions are hot-plugged later. */
	{ .first = GIB(4) >> PAGE_SHIFT, .pages = MIB(128) >> PAGE_SHIFT,
	  .backing = DYNMEM_BACKING_HUGETLB, .pool = 1 },
	{ .first = GIB(5) >> PAGE_SHIFT, .pages = MIB(64) >> PAGE_SHIFT,
	  .backing = DYNMEM_BACKING_ANON },
};

static struct dynmem_layout layout = { .region = region, .nr_regions = 3 };

struct dynmem_layout *dynmem_guestmem_layout(struct dynmem_guestmem *gm, bool wait)
{
	return &layout;
}

void dynmem_layout_put(struct dynmem_layout *layout)
{
}

const struct dynmem_region *dynmem_layout_find(const struct dynmem_layout *layout, u64 page)
{
	unsigned int i;

	for (i = 0; i < layout->nr_regions; i++)
		if (region[i].first + region[i].pages > page)
			return &region[i];
	return NULL;
}

/* Puts @bytes, from the beginning of region @i on, into the balloon. */
static void balloon(struct dynmem_vm *vm, unsigned int i, u64 bytes)
{
	u64 end;

	assert_int_equal(dynmem_pageset_add(&vm->ballooned, region[i].first,
					    bytes >> PAGE_SHIFT), 0);
	vm->vnode[dynmem_vnodes_vnode(vm, region[i].first, &end)].ballooned += bytes;
}

static void divide_by_guest(struct dynmem_vm *vm, unsigned int nr)
{
	struct dynmem_span *span = calloc(2, sizeof(*span));

	span[1] = (struct dynmem_span){ region[2].first, nr - 1 };
	assert_int_equal(dynmem_vnodes_by_guest(vm, span, 2, nr, false), 0);
}

static void vnodes_are_where_their_largest_pages_are(void **state)
{
	struct dynmem_vm *vm = &guest[0].vm;
	unsigned int i;

	region[1].node = POOL(0);
	region[2].node = POOL(1);
	assert_int_equal(dynmem_vnodes_by_node(vm), 0);
	assert_int_equal(vm->nr_vnodes, 3);
	assert_true(!vm->vnode[0].pool && vm->vnode[0].node == 1);
	assert_true(vm->vnode[1].pool == 1 && vm->vnode[1].node == POOL(0));
	assert_true(vm->vnode[2].pool == 1 && vm->vnode[2].node == POOL(1));
	for (i = 0; i < 3; i++)
		vm->vnode[i].granted = MIB(8) << i;

	divide_by_guest(vm, 2);
	assert_true(vm->vnode[0].pool == 1 && vm->vnode[0].node == POOL(0));
	assert_int_equal(vm->vnode[0].ram, MIB(520));
	assert_true(vm->vnode[1].pool == 1 && vm->vnode[1].node == POOL(1));
	assert_int_equal(vm->vnode[0].granted + vm->vnode[1].granted, MIB(56));
	assert_in_range(vm->vnode[1].granted, MIB(32), MIB(40));

	divide_by_guest(vm, 1);
	assert_true(vm->vnode[0].pool == 1 && vm->vnode[0].node == NUMA_NO_NODE);
	assert_int_equal(vm->vnode[0].ram, MIB(1032));
	assert_int_equal(vm->vnode[0].granted, MIB(56));
	dynmem_vnodes_clear(vm);

	/* Vnodes without RAM get no part of the grant, and no vnode gets more than its RAM. */
	for (i = 0; i < 3; i++)
		region[i].node = NUMA_NO_NODE;
	region[1].pool = 0;
	region[2].pool = 0;
	assert_int_equal(dynmem_vnodes_by_node(vm), 0);
	vm->vnode[0].granted = MIB(100);
	vm->vnode[0].target = MIB(90);
	divide_by_guest(vm, 16);
	assert_int_equal(vm->vnode[0].ram, MIB(520));
	assert_int_equal(vm->vnode[15].ram, MIB(512));
	assert_int_equal(vm->vnode[0].granted + vm->vnode[15].granted, MIB(100));
	assert_int_equal(vm->vnode[0].target + vm->vnode[15].target, MIB(90));
	vm->vnode[0].granted = GIB(4);
	divide_by_guest(vm, 16);
	assert_int_equal(vm->vnode[0].granted, MIB(520));
	assert_int_equal(vm->vnode[15].granted, MIB(512));
	dynmem_vnodes_clear(vm);
	region[1].pool = 1;
	region[2].pool = 1;

	/* Floating memory in pools and floating ordinary memory belong to separate vnodes. */
	for (i = 0; i < 3; i++)
		region[i].node = NUMA_NO_NODE;
	assert_int_equal(dynmem_vnodes_by_node(vm), 0);
	assert_int_equal(vm->nr_vnodes, 2);
	assert_int_equal(vm->vnode[1].ram, GIB(1));
	dynmem_vnodes_clear(vm);
}

/*
 * A guest may map and unmap the memory of a device, which is a small region. This region counts as
 * RAM, but must not decide on which node the vnode is.
 */
static void small_regions_decide_no_node(void **state)
{
	struct dynmem_region before[ARRAY_SIZE(region)];
	struct dynmem_vm *vm = &guest[0].vm;
	unsigned int i, small;

	memcpy(before, region, sizeof(region));
	for (small = 0; small < 3; small += 2) {
		for (i = 0; i < 3; i++) {
			region[i].pool = 0;
			region[i].node = i == small;
		}
		region[small].pages = MIB(1) >> PAGE_SHIFT;
		assert_int_equal(dynmem_vnodes_by_node(vm), 0);
		divide_by_guest(vm, 1);
		assert_int_equal(vm->vnode[0].node, 0);
		/*
		 * RAM changes by less than a block, and then the node of the large regions changes.
		 * In both cases no RAM was plugged in, so the result is 0.
		 */
		region[small].pages--;
		assert_int_equal(dynmem_vnodes_renew(vm, false), 0);
		for (i = 0; i < 3; i++)
			region[i].node = i != small;
		assert_int_equal(dynmem_vnodes_renew(vm, false), 0);
		assert_int_equal(vm->vnode[0].node, 1);
		dynmem_vnodes_clear(vm);
		memcpy(region, before, sizeof(region));
	}
}

static void ram_that_is_plugged_in_counts_at_once(void **state)
{
	struct dynmem_vm *vm = &guest[0].vm;
	u64 end;

	region[1].node = POOL(0);
	region[2].node = POOL(1);
	region[3].node = POOL(0);
	region[4].node = 0;
	assert_int_equal(dynmem_vnodes_by_node(vm), 0);
	divide_by_guest(vm, 2);
	assert_int_equal(dynmem_vnodes_renew(vm, false), 0);
	vm->vnode[0].granted = MIB(100);
	balloon(vm, 1, MIB(420));

	/* New RAM belongs to the vnode on the same node or pool. */
	layout.nr_regions = 4;
	assert_int_equal(dynmem_vnodes_renew(vm, false), 1);
	assert_int_equal(vm->ram, MIB(1160));
	assert_int_equal(vm->vnode[0].ram, MIB(648));
	assert_int_equal(vm->vnode[1].ram, MIB(512));
	assert_int_equal(dynmem_vnodes_vnode(vm, region[3].first, &end), 0);
	assert_int_equal(dynmem_vnodes_vnode(vm, region[3].first - 1, &end), 1);
	assert_int_equal(dynmem_vnode_exposed(&vm->vnode[0]), MIB(228));
	assert_int_equal(vm->vnode[0].granted, MIB(100));
	assert_int_equal(dynmem_vnodes_renew(vm, false), 0);

	/* If no vnode is on the node of the new RAM, this RAM belongs to the last vnode. */
	layout.nr_regions = 5;
	assert_int_equal(dynmem_vnodes_renew(vm, false), 1);
	assert_int_equal(vm->vnode[0].ram, MIB(648));
	assert_int_equal(vm->vnode[1].ram, MIB(576));
	assert_int_equal(vm->vnode[1].pool, 1);
	assert_int_equal(dynmem_vnodes_vnode(vm, region[4].first, &end), 1);

	/* A cpuset or a policy binds a vnode's RAM to another node. The amount stays the same. */
	region[1].node = POOL(1);
	region[3].node = POOL(1);
	assert_int_equal(dynmem_vnodes_renew(vm, false), 0);
	assert_int_equal(vm->vnode[0].pool, 1);
	assert_int_equal(vm->vnode[0].node, POOL(1));
	assert_int_equal(vm->vnode[0].ram, MIB(648));
	assert_int_equal(vm->vnode[0].granted, MIB(100));
	region[3].node = NUMA_NO_NODE;
	assert_int_equal(dynmem_vnodes_renew(vm, false), 0);
	assert_int_equal(vm->vnode[0].node, NUMA_NO_NODE);
	region[1].node = POOL(0);
	region[3].node = POOL(0);
	assert_int_equal(dynmem_vnodes_renew(vm, false), 0);
	assert_int_equal(vm->vnode[0].node, POOL(0));

	/*
	 * When RAM is unplugged, the RAM of vnodes falls only after two calls in a row have found
	 * the same, lower amount. Ballooned memory that was unplugged is ballooned no longer.
	 */
	balloon(vm, 3, MIB(100));
	balloon(vm, 4, MIB(64));
	assert_int_equal(dynmem_vnode_exposed(&vm->vnode[0]), MIB(128));
	layout.nr_regions = 1;
	assert_int_equal(dynmem_vnodes_renew(vm, false), 0);
	assert_int_equal(vm->ram, MIB(1224));
	layout.nr_regions = 3;
	assert_int_equal(dynmem_vnodes_renew(vm, false), 0);
	assert_int_equal(dynmem_vnodes_renew(vm, false), 1);
	assert_int_equal(vm->vnode[0].ram, MIB(520));
	assert_int_equal(vm->vnode[1].ram, MIB(512));
	assert_int_equal(vm->ram, MIB(1032));
	assert_int_equal(vm->vnode[0].ballooned, MIB(420));
	assert_int_equal(vm->vnode[1].ballooned, 0);
	assert_int_equal(vm->ballooned.pages, MIB(420) >> PAGE_SHIFT);
	dynmem_pageset_clear(&vm->ballooned);
	dynmem_vnodes_clear(vm);
}

/* New RAM that the guest's driver takes into the balloon was never exposed. */
static void ram_that_the_driver_takes_is_not_exposed(void **state)
{
	struct dynmem_vm *vm = &guest[0].vm;
	struct dynmem_region before = region[3];

	region[3].pool = 0;
	region[3].backing = DYNMEM_BACKING_ANON;
	region[3].node = 0;
	assert_int_equal(dynmem_vnodes_by_node(vm), 0);
	divide_by_guest(vm, 2);
	vm->vnode[1].granted = MIB(100);

	layout.nr_regions = 4;
	assert_int_equal(dynmem_vnodes_renew(vm, true), 1);
	assert_int_equal(vm->vnode[1].ram, MIB(640));
	assert_int_equal(vm->vnode[1].ballooned, MIB(128));
	assert_int_equal(vm->vnode[1].awaited, MIB(128));
	assert_int_equal(dynmem_vnode_exposed(&vm->vnode[1]), MIB(512));
	assert_int_equal(vm->vnode[1].granted, MIB(100));

	/* It stays with the new vnodes that the guest names. */
	divide_by_guest(vm, 1);
	assert_int_equal(vm->vnode[0].awaited, MIB(128));
	assert_int_equal(dynmem_vnode_exposed(&vm->vnode[0]), MIB(1032));

	/* It can be unplugged before the guest has used it. */
	layout.nr_regions = 3;
	assert_int_equal(dynmem_vnodes_renew(vm, true), 0);
	assert_int_equal(dynmem_vnodes_renew(vm, true), 1);
	assert_int_equal(vm->vnode[0].ram, MIB(1032));
	assert_int_equal(vm->vnode[0].ballooned, 0);
	assert_int_equal(vm->vnode[0].awaited, 0);
	assert_int_equal(vm->awaited.pages, 0);

	/* A HELLO may be the first to see new RAM. */
	layout.nr_regions = 4;
	{
		struct dynmem_span *span = calloc(1, sizeof(*span));

		assert_int_equal(dynmem_vnodes_by_guest(vm, span, 1, 1, true), 0);
	}
	assert_int_equal(vm->vnode[0].ram, MIB(1160));
	assert_int_equal(vm->vnode[0].awaited, MIB(128));
	dynmem_pageset_clear(&vm->awaited);

	/* The VMM reserves hugetlb memory in its pool, so nobody else can use it. */
	layout.nr_regions = 3;
	assert_int_equal(dynmem_vnodes_renew(vm, true), 0);
	assert_int_equal(dynmem_vnodes_renew(vm, true), 1);
	region[3] = before;
	layout.nr_regions = 4;
	assert_int_equal(dynmem_vnodes_renew(vm, true), 1);
	assert_int_equal(vm->vnode[0].awaited, 0);
	layout.nr_regions = 3;
	dynmem_vnodes_clear(vm);
}

/* A stuck guest that sends HELLO again, with other vnodes, is still stuck. */
static void a_hello_is_no_progress(void **state)
{
	struct dynmem_vm *vm = &guest[0].vm;
	struct dynmem_pacing_input m = { 0 };
	unsigned int i;

	assert_int_equal(dynmem_vnodes_by_node(vm), 0);
	for (i = 0; i < 30; i++) {
		divide_by_guest(vm, 1 + i % 2);
		m.now_ms += 1000;
		m.exposed = vm->vnode[0].ram;
		m.sent = m.exposed / 2;
		dynmem_pacing_watch(&vm->vnode[0].pacing, &m);
	}
	assert_int_equal(vm->vnode[0].pacing.reaction, DYNMEM_REACTION_UNCOOPERATIVE);
	dynmem_vnodes_clear(vm);
}

static void a_check_may_be_of_a_pool(void **state)
{
	struct dynmem_whatif *check;

	define(0, 1, 0.25, 4, 5000);
	in_pool(0, 0);
	assert_int_equal(start(0), 0);
	guest[0].need = MIB(560);
	seconds(120);
	define(1, 0.7, 0.25, 2, 5000);
	check = dynmem_whatif_vm("vm1", MIB(2), NULL);
	assert_int_equal(check->page, MIB(2));
	assert_int_equal(check->nr_nodes, 1);
	/*
	 * vm1 needs part of vm0's buffer. vm1's VMM needs ordinary memory, which is not a part of
	 * check->need.
	 */
	assert_int_equal(check->verdict, DYNMEM_CHECK_AFTER);
	assert_int_equal(check->best, 0);
	assert_int_equal(check->need, GIB(0.7));
	assert_int_equal(check->spare, GIB(1.5) - vnode(0)->granted);
	assert_int_equal(check->more, 1);
	assert_int_equal(check->nr_vms, 1);
	assert_string_equal(check->vm[0].name, "vm0");
	dynmem_whatif_free(check);

	/*
	 * With ordinary memory, vm1 could start at once: VMs can have 1.5 GiB of that memory, and
	 * only vm0's VMM has a part of it.
	 */
	check = dynmem_whatif_vm("vm1", 0, NULL);
	assert_int_equal(check->verdict, DYNMEM_CHECK_NOW);
	assert_int_equal(check->need, GIB(0.7) + MIB(64) + GIB(2) / 128);
	dynmem_whatif_free(check);
	assert_int_equal(PTR_ERR(dynmem_whatif_vm("vm1", MIB(4), NULL)), -EINVAL);
}

static void a_check_in_a_pool_counts_the_vmm(void **state)
{
	struct dynmem_whatif *check;

	define(0, 1, 1, 1, 5000);
	define(1, 0.4, 0.4, 0.4, 5000);
	define(2, 0.25, 0.25, 2, 5000);
	assert_int_equal(start(0), 0);
	assert_int_equal(start(1), 0);
	check = dynmem_whatif_vm("vm2", MIB(2), NULL);
	assert_int_equal(check->verdict, DYNMEM_CHECK_NO);
	assert_int_equal(check->spare, check->need);
	assert_non_null(strstr(check->text, "its VMM needs 80M of ordinary memory"));
	assert_int_equal(check->more, 0);
	dynmem_whatif_free(check);
}

static void a_pool_has_no_reserve(void **state)
{
	struct dynmem_capacity node = { .pool = true };
	struct dynmem_capacity_sample s = {
		.present = GIB(2), .free = GIB(1), .available = GIB(1),
	};

	dynmem_capacity_measure(&node, &s, &s, GIB(0.5), 1000);
	assert_int_equal(node.capacity, GIB(1.5));
	assert_int_equal(node.used, GIB(0.5));
	s.free = GIB(1.5);
	s.available = GIB(1.5);
	dynmem_capacity_measure(&node, &s, &s, GIB(0.5), 1001);
	assert_int_equal(node.capacity, GIB(2));
}

int main(void)
{
#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, end)
	const struct CMUnitTest tests[] = {
		TEST(pools_are_numbered_behind_the_nodes, two_pools),
		TEST(a_pool_feeds_its_own_vms_only, one_pool),
		TEST(weights_count_within_a_pool, one_pool),
		TEST(a_refusal_names_the_pool, one_pool),
		TEST(a_vmm_lives_in_ordinary_memory, one_pool),
		TEST(what_floats_stays_in_pools_of_its_size, two_pools),
		TEST(what_others_take_of_a_pool_is_debt, one_pool),
		TEST(vnodes_are_where_their_largest_pages_are, two_pools),
		TEST(small_regions_decide_no_node, two_pools),
		TEST(ram_that_is_plugged_in_counts_at_once, two_pools),
		TEST(ram_that_the_driver_takes_is_not_exposed, two_pools),
		TEST(a_hello_is_no_progress, two_pools),
		TEST(a_check_may_be_of_a_pool, one_pool),
		TEST(a_check_in_a_pool_counts_the_vmm, one_pool),
		cmocka_unit_test(a_pool_has_no_reserve),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}

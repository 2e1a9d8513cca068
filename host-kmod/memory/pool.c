// SPDX-License-Identifier: GPL-2.0
/* The host's hugetlb pools; see pool.h. */
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/kernel.h>

#include "memory/pool.h"
#include "policy/capacity.h"

/* Indexed by pool number, from 1 on; in ascending order of page size. Constant after init. */
static struct hstate *states[DYNMEM_POOLS_MAX];
unsigned int dynmem_nr_pools = 1;
nodemask_t dynmem_pool_hosts;

u64 dynmem_pool_page(unsigned int pool)
{
	return pool ? huge_page_size(states[pool]) : PAGE_SIZE;
}

unsigned int dynmem_pool_find(u64 page)
{
	unsigned int pool = dynmem_nr_pools;

	for (pool--; pool && dynmem_pool_page(pool) != page;)
		pool--;
	return pool;
}

static void pool_add(struct super_block *sb, void *unused)
{
	struct hstate *h = hstate_inode(d_inode(sb->s_root));
	unsigned int i;

	if (dynmem_pool_find(huge_page_size(h)) || dynmem_nr_pools == DYNMEM_POOLS_MAX)
		return;
	for (i = dynmem_nr_pools++; i > 1 && dynmem_pool_page(i - 1) > huge_page_size(h); i--)
		states[i] = states[i - 1];
	states[i] = h;
}

/*
 * The kernel does not export its list of hstates, but it has mounted a hugetlbfs for each hstate.
 * hugetlbfs is built in, so get_fs_type() has taken no reference that must be dropped.
 */
void dynmem_pool_init(void)
{
	struct file_system_type *type = get_fs_type("hugetlbfs");

	dynmem_nr_pools = 1;
	dynmem_pool_hosts = node_states[N_MEMORY];
	if (type)
		iterate_supers_type(type, pool_add, NULL);
}

void dynmem_pool_renew(void)
{
	nodes_or(dynmem_pool_hosts, dynmem_pool_hosts, node_states[N_MEMORY]);
}

void dynmem_pool_sample(int nid, struct dynmem_capacity_sample *sample)
{
	const struct hstate *h = states[dynmem_pool_of(nid)];
	int on = dynmem_pool_host(nid);

	sample->present = READ_ONCE(h->nr_huge_pages_node[on]) * (u64)huge_page_size(h);
	sample->free = READ_ONCE(h->free_huge_pages_node[on]) * (u64)huge_page_size(h);
	sample->available = sample->free;
	sample->dirty = 0;
}

void dynmem_pool_name(int nid, char *text, size_t size)
{
	u64 page = dynmem_pool_page(dynmem_pool_of(nid)) >> 10;
	const char *unit = "KMG";

	for (; page >= 1024 && unit[1]; page >>= 10)
		unit++;
	if (dynmem_pool_of(nid))
		scnprintf(text, size, "%d/%llu%c", dynmem_pool_host(nid), page, *unit);
	else
		scnprintf(text, size, "%d", nid);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the limits and the use of the memory cgroups that a VMM is charged to.
 *
 * Anonymous and shared memory is charged to the memory cgroup of the process that touches the
 * memory first. For guest memory this is the cgroup of the owner of the VMM's mm. hugetlb pages are
 * by default charged to no memory cgroup.
 */
#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "memory/guestmem.h"
#include "memory/memcg.h"

#ifdef CONFIG_MEMCG

/*
 * Bytes of page cache of this cgroup, without the cgroups below it. Shared memory of guests does
 * not count, since the kernel keeps it on the LRU lists of anonymous memory.
 */
static u64 page_cache(struct mem_cgroup *memcg)
{
	u64 pages = 0;
	int nid, zone;

	for_each_node_state(nid, N_MEMORY)
		for (zone = 0; zone < MAX_NR_ZONES; zone++) {
			const unsigned long *size = memcg->nodeinfo[nid]->lru_zone_size[zone];

			pages += READ_ONCE(size[LRU_INACTIVE_FILE]) +
				 READ_ONCE(size[LRU_ACTIVE_FILE]);
		}
	return pages << PAGE_SHIFT;
}

static void read_name(struct cgroup *cgroup, char *name)
{
	char path[4 * DYNMEM_MEMCG_NAME];
	const char *last;

	if (cgroup_path(cgroup, path, sizeof(path)) < 0)
		strscpy(path, "?", sizeof(path));
	last = strrchr(path, '/');
	strscpy(name, last && last[1] ? last + 1 : path, DYNMEM_MEMCG_NAME);
}

/*
 * Return: the entry in which to store a cgroup with @limit. This is an unused entry or, if there is
 * none, the entry with the highest limit. NULL if that limit is not above @limit.
 */
static struct dynmem_memcg_level *memcg_level_for(struct dynmem_memcg *to, u64 limit)
{
	struct dynmem_memcg_level *most = &to->level[0];
	unsigned int i;

	if (to->nr < DYNMEM_MEMCG_LEVELS)
		return &to->level[to->nr++];
	for (i = 1; i < to->nr; i++)
		if (to->level[i].limit > most->limit)
			most = &to->level[i];
	return limit < most->limit ? most : NULL;
}

static u64 limit_bytes(unsigned long pages)
{
	return pages >= PAGE_COUNTER_MAX ? U64_MAX : (u64)pages << PAGE_SHIFT;
}

static void read_level(struct mem_cgroup *memcg, struct dynmem_memcg *to)
{
	u64 max = limit_bytes(READ_ONCE(memcg->memory.max));
	u64 high = limit_bytes(READ_ONCE(memcg->memory.high));
	u64 limit = min(max, high);
	struct dynmem_memcg_level *level;

	if (limit == U64_MAX)
		return;
	level = memcg_level_for(to, limit);
	if (!level)
		return;
	level->id = memcg->css.serial_nr;
	level->depth = memcg->css.cgroup->level;
	level->max = max;
	level->high = high;
	level->limit = limit;
	level->used = (u64)page_counter_read(&memcg->memory) << PAGE_SHIFT;
	read_name(memcg->css.cgroup, level->name);
}

static void read_levels(struct mm_struct *mm, struct dynmem_memcg *to)
{
	struct mem_cgroup *own = get_mem_cgroup_from_mm(mm), *memcg;

	/* The reference to @own keeps all parents: each cgroup holds a reference to its parent. */
	for (memcg = own; memcg; memcg = parent_mem_cgroup(memcg))
		read_level(memcg, to);
	if (own && to->nr) {
		to->own = own->css.serial_nr;
		to->cache = page_cache(own);
	}
	mem_cgroup_put(own);
}

#else

static void read_levels(struct mm_struct *mm, struct dynmem_memcg *to)
{
}

#endif

void dynmem_memcg_read(struct dynmem_guestmem *gm, struct dynmem_memcg *memcg)
{
	struct dynmem_hold hold;

	memset(memcg, 0, sizeof(*memcg));
	if (!dynmem_guestmem_hold(gm, &hold))
		return;
	read_levels(hold.mm, memcg);
	dynmem_guestmem_drop(&hold);
}

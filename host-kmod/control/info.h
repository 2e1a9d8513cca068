/* SPDX-License-Identifier: GPL-2.0 */
/* info: figures of a VM, a node and the host at one moment, for the operator. */
#ifndef _DYNMEM_INFO_H
#define _DYNMEM_INFO_H

#include <linux/types.h>

#include "policy/ledger.h"
#include "sharing/explain.h"
#include "vm/types.h"

/* One VM's figures at one moment, bytes. */
struct dynmem_vm_info {
	char name[DYNMEM_NAME_MAX + 1];
	struct dynmem_settings set;
	u64 ram;
	u64 demand;
	u64 commit;
	u64 desired;
	u64 assigned;
	u64 target;
	u64 ballooned;
	u64 exposed;
	u64 resident;
	u64 charge;
	u64 missing;			/* startup memory of a VM that starts or restarts */
	u64 foreign;
	u64 pinned;
	u64 retouched;
	u64 unavailable;		/* what it says it can't give of what it should */
	u64 limit;			/* what memory cgroups allow it */
	char limit_by[DYNMEM_MEMCG_NAME];	/* the one that allows least; empty: none does */
	u64 backoff_ms;			/* no memory is taken without need for so long */
	u32 pressure;			/* percent */
	bool known;			/* demand and pressure are known */
	bool commit_known;		/* a stock driver does not tell */
	bool floating;
	enum dynmem_status status;
	enum dynmem_vm_state state;
	enum dynmem_driver driver;
	enum dynmem_reaction reaction;
	pid_t pid;
	struct dynmem_explanation why;
	char device[32];		/* "vhost-vdpa-N", empty: none */
	u64 counters[DYNMEM_A_COUNTER_MAX + 1];
	unsigned int nr_nodes;
	struct dynmem_vm_info_node {
		int node;		/* host node, and size of the pages that are meant */
		u64 page;
		u64 resident;
		u64 assigned;
		u64 target;
		u64 ballooned;
	} nodes[];
};

/* A consistent copy of what there is to show, for kfree(); ERR_PTR(-ENOMEM). Takes locks. */
struct dynmem_vm_info *dynmem_info_vm(struct dynmem_vm *vm);

/* Figures of a node, or of a pool on it, or, summed, of the host; bytes. */
struct dynmem_node_info {
	int node;
	u64 page;				/* of its pages; of the host: 0 */
	u64 present;
	u64 free;
	u64 used;
	u64 reserve;
	u64 capacity;
	u64 resident;
	u64 assigned;
	u64 charge;
	u64 promised;
	u64 overhead;
	u64 spare;
	u64 minimums;
	u64 at_risk;
	u64 debt;
	u64 debt_by[DYNMEM_DEBT_CAUSES];	/* adds up to @debt */
	bool overdrawn;				/* of the host: a node is */
	u64 pools;				/* of the host: of @capacity, in hugetlb pools */
	u64 pools_spare;			/* and of @spare */
};

/* Fills @info for node @nid; false if there is no such node with memory, or pool with pages. Takes
 * the set's mutex.
 */
bool dynmem_info_node(int nid, struct dynmem_node_info *info);
/* The sum over all nodes. */
void dynmem_info_host(struct dynmem_node_info *info);

#endif

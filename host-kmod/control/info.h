/* SPDX-License-Identifier: GPL-2.0 */
/* info: consistent figures of a VM, a node and the host, for the operator. */
#ifndef _DYNMEM_INFO_H
#define _DYNMEM_INFO_H

#include <linux/types.h>

#include "policy/ledger.h"
#include "sharing/explain.h"
#include "vm/types.h"

/* Consistent figures of a VM; amounts in bytes. The caller owns them, so no lock guards them. */
struct dynmem_vm_info {
	char name[DYNMEM_NAME_MAX + 1];
	struct dynmem_settings set;
	struct dynmem_settings next;	/* the settings for its next start */
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
	u64 missing;			/* startup memory that a starting or restarting VM lacks */
	u64 foreign;
	u64 pinned;
	u64 retouched;
	u64 shared;
	u64 saved;			/* part of @shared that takes no memory of the host */
	u64 paged;			/* memory in swap space */
	u64 page_to;			/* memory that may stay resident; 0: no paging */
	u64 unavailable;		/* memory above target that the guest says it cannot give */
	u64 lent;			/* part of @assigned that is lent */
	u64 cache;			/* memory beyond demand, for files that are read again */
	u64 reread;			/* bytes a second read back from files; valid if @known */
	u64 limit;			/* memory that cgroups allow the VM */
	char limit_by[DYNMEM_MEMCG_NAME];	/* the cgroup that allows @limit; empty: no limit */
	u64 backoff_ms;			/* no lazy take for this many ms from now */
	u32 pressure;			/* percent */
	u32 pressure_minimum;		/* percent, as the next two; see struct dynmem_window */
	u32 pressure_maximum;
	u32 pressure_average;
	u64 available;			/* memory that the guest could use without swapping */
	bool known;			/* demand, pressure and @available are known */
	bool pressure_known;		/* the other figures of pressure are known */
	bool commit_known;		/* @commit is known; a standard driver reports none */
	bool floating;
	bool plugs;			/* the guest's driver balloons memory that is plugged in */
	enum dynmem_status status;
	enum dynmem_vm_state state;
	enum dynmem_driver driver;
	enum dynmem_reaction reaction;
	pid_t pid;
	struct dynmem_explanation why;
	char device[32];		/* "vhost-vdpa-N"; empty: none */
	u64 counters[DYNMEM_A_COUNTER_MAX + 1];
	unsigned int nr_nodes;
	struct dynmem_vm_info_node {
		int node;		/* host node */
		u64 page;		/* page size; tells the pools of a host node apart */
		u64 resident;
		u64 assigned;
		u64 target;
		u64 ballooned;
	} nodes[];
};

/**
 * dynmem_info_vm() - get the figures of a VM
 * @vm: the VM
 *
 * Context: takes dynmem_set_lock and the VM's lock.
 * Return: the figures, to be freed by kfree(); or ERR_PTR(-ENOMEM)
 */
struct dynmem_vm_info *dynmem_info_vm(struct dynmem_vm *vm);

/*
 * Figures of a node (see pool.h: the ordinary memory or one hugetlb pool of a host node), or sums
 * over the host; amounts in bytes. The caller owns them, so no lock guards them. Text after "host:"
 * is about the object that dynmem_info_host() fills in.
 */
struct dynmem_node_info {
	int node;
	u64 page;				/* size of its pages; host: 0 */
	u64 present;
	u64 free;
	u64 used;
	u64 reserve;
	bool reserve_set;			/* the operator has set @reserve */
	u64 capacity;
	u64 resident;
	u64 assigned;
	u64 charge;
	u64 promised;
	u64 overhead;
	u64 spare;
	u64 headroom;				/* host: memory that is kept unlent */
	bool headroom_set;			/* host: the operator has set one of the next two */
	u64 headroom_per_node;			/* host: amount for each node, or 0 */
	u32 headroom_percent;			/* host: percent of capacity, or 0 */
	u64 lent;				/* host: the part of @charge that is lent */
	u64 minimums;
	u64 at_risk;
	u64 debt;
	u64 debt_by[DYNMEM_DEBT_CAUSES];	/* adds up to @debt */
	bool overdrawn;				/* host: any node is overdrawn */
	u64 startable;				/* host: see dynmem_admit_startable() */
	u64 pools;				/* host: the part of @capacity in hugetlb pools */
	u64 pools_spare;			/* host: the part of @spare in hugetlb pools */
};

/**
 * dynmem_info_node() - get the figures of a node
 * @nid: number of the node, see pool.h
 * @info: the result
 *
 * Context: takes dynmem_set_lock.
 * Return: false if the host node of @nid has no memory, or if @nid is a hugetlb pool that has no
 * pages and no charge
 */
bool dynmem_info_node(int nid, struct dynmem_node_info *info);
/* Sums up the figures of all nodes, hugetlb pools included. Takes dynmem_set_lock. */
void dynmem_info_host(struct dynmem_node_info *info);

#endif

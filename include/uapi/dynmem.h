/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * The generic netlink family "dynmem", by which dmctl and dynmem.ko talk to each other.
 * Documentation/netlink/specs/dynmem.yaml describes the family, too; `make check` verifies that
 * this file and the YAML file agree.
 *
 * The objects are the host, VMs (named by a string), host nodes (identified by number) and hugetlb
 * pools on nodes (identified by the node's number and the page size). All sizes are in bytes, and
 * all percentages are whole numbers.
 *
 * CAP_SYS_ADMIN in the initial user namespace is needed for all commands that change something, for
 * VM_CHECK and PLAN_GET, and for the multicast group. Other commands need the same capability, or
 * membership in the group of users that the module's parameter "group" names. If dynmem.ko refuses
 * a command, the extended ack of its answer has a sentence that says why.
 */
#ifndef _UAPI_DYNMEM_H
#define _UAPI_DYNMEM_H

#define DYNMEM_FAMILY_NAME	"dynmem"
#define DYNMEM_FAMILY_VERSION	2
#define DYNMEM_MCGRP_EVENTS	"events"

#define DYNMEM_NAME_MAX		63	/* bytes of a VM's name, without the NUL */
#define DYNMEM_HEADROOM_OFF	100	/* a headroom of 100 % of capacity: nothing is lent */

enum dynmem_vm_state {
	DYNMEM_VM_STATE_DEFINED,	/* no VMM has attached */
	DYNMEM_VM_STATE_STARTING,	/* the VM waits for its startup memory */
	DYNMEM_VM_STATE_RUNNING,
	DYNMEM_VM_STATE_RESTARTING,	/* the guest has restarted, and is silent or paged */
	DYNMEM_VM_STATE_PAUSED,		/* the VMM has paused the guest: no virtual CPU runs */
	DYNMEM_VM_STATE_AWAY,		/* the VMM has closed the device, and the guest runs on */
};

enum dynmem_driver {
	DYNMEM_DRIVER_NONE,		/* no driver has taken the device */
	DYNMEM_DRIVER_STANDARD,		/* the standard virtio balloon driver */
	DYNMEM_DRIVER_DYNMEM,		/* dynmem_balloon */
	DYNMEM_DRIVER_DETACHED,		/* the device was reset, and no driver has come back */
};

enum dynmem_status {
	DYNMEM_STATUS_UNKNOWN,		/* the VM is not running, or no report has come yet */
	DYNMEM_STATUS_OK,		/* assigned >= desired */
	DYNMEM_STATUS_LOW,		/* demand <= assigned < desired */
	DYNMEM_STATUS_WARNING,		/* assigned < demand */
};

/* How a VM's demand is computed; Documentation/sharing.rst has the formulas. */
enum dynmem_demand_mode {
	DYNMEM_DEMAND_MODE_COMMIT_PLUS,	/* memory in use, and some of the unused committed memory */
	DYNMEM_DEMAND_MODE_COMMIT,	/* all committed memory, as in Hyper-V */
	DYNMEM_DEMAND_MODE_WORKINGSET,	/* memory in use now, without cold memory */
};

/* How a guest reacts when its target is lowered, that is, when it has to give memory. */
enum dynmem_reaction {
	DYNMEM_REACTION_OK,		/* the guest gives memory, or does not have to */
	DYNMEM_REACTION_INACTIVE,	/* no progress towards a lower target for 5 s */
	DYNMEM_REACTION_UNCOOPERATIVE,	/* no progress for 20 s; plans do not expect any */
	DYNMEM_REACTION_PINNED,		/* its memory is pinned or locked, so none is taken */
};

/* What the host does with ballooned memory that the guest touches. */
enum dynmem_enforce {
	DYNMEM_ENFORCE_COUNT,		/* counts and charges the memory, and sends an event */
	DYNMEM_ENFORCE_RECLAIM,		/* also releases the memory again */
};

/* How host nodes are chosen for the memory of a VM that is bound to no node. */
enum dynmem_place {
	DYNMEM_PLACE_OFF,		/* the host's kernel chooses a node for each page */
	DYNMEM_PLACE_AUTO,		/* `dmctl agent` chooses one node for the whole VM */
};

enum dynmem_balance {
	DYNMEM_BALANCE_STRICT,		/* VMs with a higher weight are served in full first */
	DYNMEM_BALANCE_RELATIVE,	/* all VMs are served in proportion to weight */
};

/* Whether a VM could start now. */
enum dynmem_check_verdict {
	DYNMEM_CHECK_NOW,		/* the VM could start at once, from spare memory */
	DYNMEM_CHECK_AFTER,		/* the VM could start when other VMs have given memory */
	DYNMEM_CHECK_NO,		/* the VM would be refused */
};

enum dynmem_event_kind {
	DYNMEM_EVENT_STATE,		/* a VM's state or driver changed */
	DYNMEM_EVENT_STATUS,		/* a VM's status changed */
	DYNMEM_EVENT_REFUSED,		/* a start or attach was refused; bytes: memory that was
					 * missing, or RAM in excess of startup
					 */
	DYNMEM_EVENT_TARGET,		/* a VM's target changed; bytes: the new target */
	DYNMEM_EVENT_DEBT,		/* about a node in debt, or an overdrawn node */
	DYNMEM_EVENT_GUEST,		/* about a guest: broken ring, refused pages, ... */
	DYNMEM_EVENT_LIMIT,		/* cgroups allow a VM less than minimum, or no longer do */
	DYNMEM_EVENT_LOST,		/* too many events came at a time, and some were lost */
	DYNMEM_EVENT_PAGING,		/* a VM that restarts is paged to disk, or no longer is */
};

enum {
	DYNMEM_CMD_UNSPEC,
	DYNMEM_CMD_VM_NEW,		/* do: name and settings */
	DYNMEM_CMD_VM_DEL,		/* do: name */
	DYNMEM_CMD_VM_SET,		/* do: name and the settings to change */
	DYNMEM_CMD_VM_GET,		/* do: name; dump */
	DYNMEM_CMD_HOST_SET,		/* do: reserve [node], balance, failover, headroom */
	DYNMEM_CMD_HOST_GET,		/* do */
	DYNMEM_CMD_NODE_GET,		/* dump */
	DYNMEM_CMD_EVENT,		/* notification in group "events" */
	DYNMEM_CMD_VM_CHECK,		/* do: name [page]; whether the VM would start now */
	DYNMEM_CMD_PLAN_GET,		/* dump, one row per vnode. With [name [page]], the VM of
					 * this name is assumed to start
					 */
	DYNMEM_CMD_VM_REPLACE,		/* do: name and settings; the answer has the changed ones */
	DYNMEM_CMD_VM_RESTARTED,	/* do: name; the VMM has reset the guest */

	__DYNMEM_CMD_MAX,
	DYNMEM_CMD_MAX = (__DYNMEM_CMD_MAX - 1)
};

/* A VM. */
enum {
	DYNMEM_A_VM_UNSPEC,
	DYNMEM_A_VM_PAD,
	DYNMEM_A_VM_NAME,		/* string */
	/* settings */
	DYNMEM_A_VM_STARTUP,		/* u64 */
	DYNMEM_A_VM_MINIMUM,		/* u64 */
	DYNMEM_A_VM_MAXIMUM,		/* u64 */
	DYNMEM_A_VM_BUFFER,		/* u32, percent */
	DYNMEM_A_VM_WEIGHT,		/* u32 */
	DYNMEM_A_VM_DYNAMIC,		/* u8, 0 or 1 */
	DYNMEM_A_VM_DEMAND_MODE,	/* u32, enum dynmem_demand_mode */
	DYNMEM_A_VM_ENFORCE,		/* u32, enum dynmem_enforce */
	DYNMEM_A_VM_REPORTING,		/* u8, 0 or 1 */
	DYNMEM_A_VM_SHARE,		/* u8, 0 or 1 */
	DYNMEM_A_VM_PLACE,		/* u32, enum dynmem_place */
	/* figures, bytes */
	DYNMEM_A_VM_MISSING,		/* u64, startup memory that a start or restart lacks */
	DYNMEM_A_VM_RAM,		/* u64, the RAM that the VMM was started with */
	DYNMEM_A_VM_DEMAND,		/* u64; absent while unknown */
	DYNMEM_A_VM_COMMIT,		/* u64, raw commit charge; absent while unknown */
	DYNMEM_A_VM_DESIRED,		/* u64 */
	DYNMEM_A_VM_ASSIGNED,		/* u64 */
	DYNMEM_A_VM_TARGET,		/* u64 */
	DYNMEM_A_VM_BALLOONED,		/* u64 */
	DYNMEM_A_VM_EXPOSED,		/* u64 */
	DYNMEM_A_VM_RESIDENT,		/* u64 */
	DYNMEM_A_VM_CHARGE,		/* u64 */
	DYNMEM_A_VM_FOREIGN,		/* u64, unusable for the guest, but not due to dynmem */
	DYNMEM_A_VM_PINNED,		/* u64, part of resident that is pinned for DMA or locked */
	DYNMEM_A_VM_RETOUCHED,		/* u64, part of ballooned that is resident again */
	DYNMEM_A_VM_SHARED,		/* u64, memory in pages that KSM has merged */
	DYNMEM_A_VM_SAVED,		/* u64, part of shared that takes no memory of the host */
	DYNMEM_A_VM_LENT,		/* u64, part of assigned that is lent beyond desired */
	DYNMEM_A_VM_CACHE,		/* u64, memory beyond demand, for file cache */
	DYNMEM_A_VM_REREAD,		/* u64, bytes of files read back per second; or absent */
	DYNMEM_A_VM_LIMIT,		/* u64, memory that cgroups allow; absent if >= maximum */
	DYNMEM_A_VM_LIMIT_BY,		/* string, the cgroup that allows least; only with LIMIT */
	DYNMEM_A_VM_PRESSURE,		/* u32, percent; absent while unknown */
	/* condition */
	DYNMEM_A_VM_STATUS,		/* u32, enum dynmem_status */
	DYNMEM_A_VM_STATE,		/* u32, enum dynmem_vm_state */
	DYNMEM_A_VM_DRIVER,		/* u32, enum dynmem_driver */
	DYNMEM_A_VM_REACTION,		/* u32, enum dynmem_reaction */
	DYNMEM_A_VM_UNAVAILABLE,	/* u64, memory that the guest should give, but can't */
	DYNMEM_A_VM_BACKOFF,		/* u32, seconds until memory may be taken from the VM
					 * even without a shortage
					 */
	DYNMEM_A_VM_FLOATING,		/* flag: some memory is bound to no node */
	DYNMEM_A_VM_DEVICE,		/* string: the vhost-vdpa device, absent if there is none */
	DYNMEM_A_VM_PID,		/* u32, process of the VMM; absent if none has attached */
	DYNMEM_A_VM_WHY,		/* string: the reason for the VM's target; or absent */
	/* parts */
	DYNMEM_A_VM_REASON,		/* nest: DYNMEM_A_REASON_*; the reason in amounts */
	DYNMEM_A_VM_NODE,		/* nest, one per node or pool: DYNMEM_A_VM_NODE_* */
	DYNMEM_A_VM_COUNTERS,		/* nest: DYNMEM_A_COUNTER_* */
	DYNMEM_A_VM_NEXT,		/* nest: settings that will change when the VM ends */
	DYNMEM_A_VM_AVAILABLE,		/* u64, as the guest says; absent while unknown */
	/* in the last one to two minutes; absent while unknown */
	DYNMEM_A_VM_PRESSURE_MINIMUM,	/* u32, percent */
	DYNMEM_A_VM_PRESSURE_MAXIMUM,	/* u32, percent */
	DYNMEM_A_VM_PRESSURE_AVERAGE,	/* u32, percent */
	/* paging */
	DYNMEM_A_VM_PAGING,		/* u8, 0 or 1; a setting */
	DYNMEM_A_VM_PAGED,		/* u64, memory of the VM in swap space */
	DYNMEM_A_VM_PAGE_TO,		/* u64, memory that may stay resident; absent: no paging */
	DYNMEM_A_VM_PLUGS,		/* flag: memory that is plugged in is ballooned at once */

	__DYNMEM_A_VM_MAX,
	DYNMEM_A_VM_MAX = (__DYNMEM_A_VM_MAX - 1)
};

/* Memory of a VM on one host node, or in one hugetlb pool there, bytes. */
enum {
	DYNMEM_A_VM_NODE_UNSPEC,
	DYNMEM_A_VM_NODE_PAD,
	DYNMEM_A_VM_NODE_ID,		/* u32 */
	DYNMEM_A_VM_NODE_RESIDENT,	/* u64 */
	DYNMEM_A_VM_NODE_ASSIGNED,	/* u64 */
	DYNMEM_A_VM_NODE_TARGET,	/* u64 */
	DYNMEM_A_VM_NODE_BALLOONED,		/* u64 */
	DYNMEM_A_VM_NODE_PAGE,		/* u64, page size of ordinary memory or of the pool */

	__DYNMEM_A_VM_NODE_MAX,
	DYNMEM_A_VM_NODE_MAX = (__DYNMEM_A_VM_NODE_MAX - 1)
};

/* Why a VM's target differs from desired: desired - target = BUFFER + DEMAND + HELD - KEPT. */
enum {
	DYNMEM_A_REASON_UNSPEC,
	DYNMEM_A_REASON_PAD,
	DYNMEM_A_REASON_BUFFER,		/* u64, part of the buffer not given, as memory is short */
	DYNMEM_A_REASON_DEMAND,		/* u64, part of demand not given, as memory is short */
	DYNMEM_A_REASON_HELD,		/* u64, memory not given yet for another reason */
	DYNMEM_A_REASON_KEPT,		/* u64, memory not taken yet */
	DYNMEM_A_REASON_NODES,		/* string, used-up nodes, such as "0,1"; or absent */
	DYNMEM_A_REASON_FIRST,		/* string, a VM served before or with this one; or absent */
	DYNMEM_A_REASON_WEIGHT,		/* u32, the weight of that VM; or absent */

	__DYNMEM_A_REASON_MAX,
	DYNMEM_A_REASON_MAX = (__DYNMEM_A_REASON_MAX - 1)
};

/* Counters of a VM's device since the VMM attached; all u64. */
enum {
	DYNMEM_A_COUNTER_UNSPEC,
	DYNMEM_A_COUNTER_PAD,
	DYNMEM_A_COUNTER_KICKS,
	DYNMEM_A_COUNTER_INTERRUPTS,
	DYNMEM_A_COUNTER_REQUESTS,
	DYNMEM_A_COUNTER_REPORTS,
	DYNMEM_A_COUNTER_INFLATED,	/* pages */
	DYNMEM_A_COUNTER_DEFLATED,	/* pages */
	DYNMEM_A_COUNTER_FREE_REPORTED,	/* pages reported as free, and released */
	DYNMEM_A_COUNTER_RELEASE_CALLS,
	/* refused pages, by reason: enum virtio_dynmem_reason */
	DYNMEM_A_COUNTER_REFUSED_RANGE,
	DYNMEM_A_COUNTER_REFUSED_TWICE,
	DYNMEM_A_COUNTER_REFUSED_BACKING,
	DYNMEM_A_COUNTER_REFUSED_PINNED,
	DYNMEM_A_COUNTER_REFUSED_ALIGN,
	DYNMEM_A_COUNTER_REFUSED_FAILED,
	DYNMEM_A_COUNTER_REFUSED_GRANT,
	/* others */
	DYNMEM_A_COUNTER_LOST,		/* pages that were pinned for DMA while being released */
	DYNMEM_A_COUNTER_RETOUCHED,	/* ballooned pages that were found resident again */
	DYNMEM_A_COUNTER_RECLAIMED,	/* of the RETOUCHED pages, those released again */
	DYNMEM_A_COUNTER_MALFORMED,	/* requests, or parts of requests, that were malformed */
	DYNMEM_A_COUNTER_RING_ERRORS,	/* each stopped the device until its next reset */
	DYNMEM_A_COUNTER_RESETS,
	DYNMEM_A_COUNTER_NEEDS,		/* NEED messages: the guest is short of memory */
	/* from one decision to the next: */
	DYNMEM_A_COUNTER_ADDED,		/* bytes by which ASSIGNED has risen */
	DYNMEM_A_COUNTER_REMOVED,	/* bytes by which it has fallen */
	DYNMEM_A_COUNTER_ADD_OPERATIONS,	/* decisions in which it had risen */
	DYNMEM_A_COUNTER_REMOVE_OPERATIONS,	/* decisions in which it had fallen */
	DYNMEM_A_COUNTER_MISMATCHED,	/* requests in another version of the protocol */

	__DYNMEM_A_COUNTER_MAX,
	DYNMEM_A_COUNTER_MAX = (__DYNMEM_A_COUNTER_MAX - 1)
};

/* The host. */
enum {
	DYNMEM_A_HOST_UNSPEC,
	DYNMEM_A_HOST_PAD,
	DYNMEM_A_HOST_NODE,		/* u32, in HOST_SET: node that gets RESERVE; absent: all */
	DYNMEM_A_HOST_RESERVE,		/* u64; HOST_GET: sum over nodes */
	DYNMEM_A_HOST_BALANCE,		/* u32, enum dynmem_balance */
	DYNMEM_A_HOST_FAILOVER,		/* u64, memory kept for VMs of a failed host; 0: none */
	DYNMEM_A_HOST_HEADROOM,		/* u64, not to be lent; HOST_SET: per node, HOST_GET: sum */
	DYNMEM_A_HOST_HEADROOM_PERCENT,	/* u32, HEADROOM as percent of capacity; 100: no loans */
	/* u64 values are sums over nodes and pools, except HEADROOM_PER_NODE */
	DYNMEM_A_HOST_CAPACITY,		/* u64 */
	DYNMEM_A_HOST_CHARGE,		/* u64 */
	DYNMEM_A_HOST_PROMISED,		/* u64 */
	DYNMEM_A_HOST_OVERHEAD,		/* u64 */
	DYNMEM_A_HOST_SPARE,		/* u64 */
	DYNMEM_A_HOST_LENT,		/* u64, lent to VMs beyond what they desire */
	DYNMEM_A_HOST_DEBT,		/* u64 */
	DYNMEM_A_HOST_DEBT_BY,		/* nest: DYNMEM_A_DEBT_* */
	DYNMEM_A_HOST_AT_RISK,		/* u64 */
	DYNMEM_A_HOST_MINIMUMS,		/* u64, minimums of admitted VMs */
	DYNMEM_A_HOST_OVERDRAWN,	/* flag: on some node the minimums alone do not fit */
	DYNMEM_A_HOST_VMS,		/* u32, number of VMs that are defined */
	DYNMEM_A_HOST_RUNNING,		/* u32, number of VMs in any state except DEFINED */
	DYNMEM_A_HOST_POOLS,		/* u64, part of CAPACITY that is in hugetlb pools */
	DYNMEM_A_HOST_POOLS_SPARE,	/* u64, part of SPARE that is in hugetlb pools */
	DYNMEM_A_HOST_HEADROOM_SET,	/* flag: the operator has set HEADROOM; absent: default */
	DYNMEM_A_HOST_HEADROOM_PER_NODE, /* u64, absent: HEADROOM is a percentage */
	DYNMEM_A_HOST_STARTABLE,	/* u64, ordinary memory that further VMs could get */
	DYNMEM_A_HOST_REFUSED,		/* u64, number of events of kind REFUSED */
	DYNMEM_A_HOST_SEQUENCE,		/* u64, number of the last event; 0: there was none */
	DYNMEM_A_HOST_VERSION,		/* string, of the module */

	__DYNMEM_A_HOST_MAX,
	DYNMEM_A_HOST_MAX = (__DYNMEM_A_HOST_MAX - 1)
};

/* A host node, or a hugetlb pool on it, bytes. */
enum {
	DYNMEM_A_NODE_UNSPEC,
	DYNMEM_A_NODE_PAD,
	DYNMEM_A_NODE_ID,		/* u32 */
	DYNMEM_A_NODE_PRESENT,		/* u64 */
	DYNMEM_A_NODE_FREE,		/* u64 */
	DYNMEM_A_NODE_USED,		/* u64, memory that the host uses and cannot drop */
	DYNMEM_A_NODE_RESERVE,		/* u64 */
	DYNMEM_A_NODE_CAPACITY,		/* u64 */
	DYNMEM_A_NODE_RESIDENT,		/* u64, a sum over all VMs, like the next four */
	DYNMEM_A_NODE_ASSIGNED,		/* u64 */
	DYNMEM_A_NODE_CHARGE,		/* u64 */
	DYNMEM_A_NODE_PROMISED,		/* u64 */
	DYNMEM_A_NODE_OVERHEAD,		/* u64 */
	DYNMEM_A_NODE_SPARE,		/* u64 */
	DYNMEM_A_NODE_DEBT,		/* u64 */
	DYNMEM_A_NODE_DEBT_BY,		/* nest: DYNMEM_A_DEBT_* */
	DYNMEM_A_NODE_AT_RISK,		/* u64 */
	DYNMEM_A_NODE_MINIMUMS,		/* u64 */
	DYNMEM_A_NODE_OVERDRAWN,	/* flag: the minimums alone do not fit */
	DYNMEM_A_NODE_PAGE,		/* u64, page size of ordinary memory or of the pool */
	DYNMEM_A_NODE_RESERVE_SET,	/* flag: the operator has set RESERVE; absent: default */

	__DYNMEM_A_NODE_MAX,
	DYNMEM_A_NODE_MAX = (__DYNMEM_A_NODE_MAX - 1)
};

/* The causes of the debt of a node or the host; all u64, bytes. The causes add up to the debt. */
enum {
	DYNMEM_A_DEBT_UNSPEC,
	DYNMEM_A_DEBT_PAD,
	DYNMEM_A_DEBT_HOST,		/* the host's own use has grown */
	DYNMEM_A_DEBT_GUESTS,		/* guests hold more than they were granted */
	DYNMEM_A_DEBT_OVERHEAD,		/* VMMs' own memory */
	DYNMEM_A_DEBT_RESERVE,		/* the operator has raised the reserve */
	DYNMEM_A_DEBT_FLOATING,		/* memory that is bound to no node lies here now */

	__DYNMEM_A_DEBT_MAX,
	DYNMEM_A_DEBT_MAX = (__DYNMEM_A_DEBT_MAX - 1)
};

/* Whether and how a VM would start now, bytes. */
enum {
	DYNMEM_A_CHECK_UNSPEC,
	DYNMEM_A_CHECK_PAD,
	DYNMEM_A_CHECK_NAME,		/* string */
	DYNMEM_A_CHECK_VERDICT,		/* u32, enum dynmem_check_verdict */
	DYNMEM_A_CHECK_TEXT,		/* string, one sentence */
	DYNMEM_A_CHECK_NEED,		/* u64, startup memory, plus memory for the VMM itself
					 * unless the VM is in a hugetlb pool
					 */
	/* the parts of NEED, by their source */
	DYNMEM_A_CHECK_SPARE,		/* u64, from spare memory */
	DYNMEM_A_CHECK_ABOVE,		/* u64, from memory that other VMs have above desired */
	DYNMEM_A_CHECK_BUFFERS,		/* u64, from buffers of other VMs */
	DYNMEM_A_CHECK_DEMAND,		/* u64, from demand of VMs with a lower weight */
	DYNMEM_A_CHECK_LACKING,		/* u64, memory that no source can give */
	/* further answers */
	DYNMEM_A_CHECK_BEST,		/* u32, node where the VM fits best; absent: no node */
	DYNMEM_A_CHECK_MORE,		/* u64, number of VMs like this one that fit now */
	DYNMEM_A_CHECK_NODE,		/* nest, one per node: DYNMEM_A_CHECK_NODE_* */
	DYNMEM_A_CHECK_VM,		/* nest, one per VM that would give: DYNMEM_A_CHECK_VM_* */
	DYNMEM_A_CHECK_VMS_LEFT_OUT,	/* u32, number of VMs that would give and are not listed */
	DYNMEM_A_CHECK_PAGE,		/* u64, page size of the memory that the VM would use */

	__DYNMEM_A_CHECK_MAX,
	DYNMEM_A_CHECK_MAX = (__DYNMEM_A_CHECK_MAX - 1)
};

/* How a VM would fit on one node, bytes. */
enum {
	DYNMEM_A_CHECK_NODE_UNSPEC,
	DYNMEM_A_CHECK_NODE_PAD,
	DYNMEM_A_CHECK_NODE_ID,		/* u32 */
	DYNMEM_A_CHECK_NODE_SPARE,	/* u64 */
	DYNMEM_A_CHECK_NODE_ROOM,	/* u64, the most that the VM can get there at its weight */
	DYNMEM_A_CHECK_NODE_LACKING,	/* u64, memory that the VM would lack if bound there */
	DYNMEM_A_CHECK_NODE_MORE,	/* u64, number of VMs like this one that fit there now */

	__DYNMEM_A_CHECK_NODE_MAX,
	DYNMEM_A_CHECK_NODE_MAX = (__DYNMEM_A_CHECK_NODE_MAX - 1)
};

/* Memory that one VM would give, bytes. */
enum {
	DYNMEM_A_CHECK_VM_UNSPEC,
	DYNMEM_A_CHECK_VM_PAD,
	DYNMEM_A_CHECK_VM_NAME,		/* string */
	DYNMEM_A_CHECK_VM_ABOVE,	/* u64, above its desired memory */
	DYNMEM_A_CHECK_VM_BUFFER,	/* u64 */
	DYNMEM_A_CHECK_VM_DEMAND,	/* u64 */

	__DYNMEM_A_CHECK_VM_MAX,
	DYNMEM_A_CHECK_VM_MAX = (__DYNMEM_A_CHECK_VM_MAX - 1)
};

/* The target that policy would choose for one vnode now, bytes. */
enum {
	DYNMEM_A_PLAN_UNSPEC,
	DYNMEM_A_PLAN_PAD,
	DYNMEM_A_PLAN_NAME,		/* string; in a request: the VM that is assumed to start */
	DYNMEM_A_PLAN_NODE,		/* u32; absent: the vnode is bound to no node */
	DYNMEM_A_PLAN_WEIGHT,		/* u32 */
	DYNMEM_A_PLAN_MINIMUM,		/* u64 */
	DYNMEM_A_PLAN_DEMAND,		/* u64 */
	DYNMEM_A_PLAN_DESIRED,		/* u64 */
	DYNMEM_A_PLAN_ASSIGNED,		/* u64, memory that the vnode has */
	DYNMEM_A_PLAN_TARGET,		/* u64, memory that the vnode would get */
	DYNMEM_A_PLAN_PAGE,		/* u64, page size of the vnode; in a request: of VM NAME */

	__DYNMEM_A_PLAN_MAX,
	DYNMEM_A_PLAN_MAX = (__DYNMEM_A_PLAN_MAX - 1)
};

/* An event. */
enum {
	DYNMEM_A_EVENT_UNSPEC,
	DYNMEM_A_EVENT_PAD,
	DYNMEM_A_EVENT_KIND,		/* u32, enum dynmem_event_kind */
	DYNMEM_A_EVENT_VM,		/* string; absent: the event is about the host */
	DYNMEM_A_EVENT_NODE,		/* u32; absent: no single node */
	DYNMEM_A_EVENT_BYTES,		/* u64; absent if 0, except in kinds DEBT and PAGING */
	DYNMEM_A_EVENT_TEXT,		/* string, one sentence */
	DYNMEM_A_EVENT_PAGE,		/* u64; page size, if NODE means a hugetlb pool there */
	DYNMEM_A_EVENT_TIME,		/* u64, ns since 1970 (UTC) */
	DYNMEM_A_EVENT_SEQUENCE,	/* u64, from 1; absent in kind LOST */

	__DYNMEM_A_EVENT_MAX,
	DYNMEM_A_EVENT_MAX = (__DYNMEM_A_EVENT_MAX - 1)
};

#endif /* _UAPI_DYNMEM_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* lookup: reads facts about VMs and nodes from dynmem, for other parts of dmctl. */
#ifndef DMCTL_LOOKUP_H
#define DMCTL_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "../include/uapi/dynmem.h"

#define LOOKUP_PARTS 64	/* nodes and pools of a VM beyond this number are ignored */

/**
 * struct vm_part - memory of a VM on a node, or in a hugetlb pool there
 * @node: the host node
 * @page: page size of ordinary memory or of the pool, bytes
 * @charge: bytes of the VM there: assigned or resident, whichever is larger
 */
struct vm_part {
	uint32_t node;
	uint64_t page;
	uint64_t charge;
};

/**
 * struct vm_facts - a VM
 * @name: its name
 * @state: its state
 * @driver: the guest's driver
 * @pid: the process of its VMM; 0: no VMM has attached
 * @device: its vhost-vdpa device, as "vhost-vdpa-0"; "": it has none
 * @place: its setting "place"
 * @startup: its setting "startup", bytes
 * @ram: RAM of its guest, bytes
 * @known: the guest has reported, so that @demand and @pressure are known
 * @demand: what its guest needs, bytes
 * @assigned: what it is promised, bytes
 * @pressure: demand in percent of assigned
 * @resident: its resident memory, bytes
 * @page_to: memory that may stay resident, bytes; 0: the VM is not to be paged
 * @floating: some of its memory is bound to no node
 * @plugs: the guest's driver takes memory that is plugged in into the balloon
 * @ballooned: memory that the guest has given, bytes
 * @maximum: its setting "maximum", bytes
 * @foreign: memory that something other than dynmem has taken from the guest, bytes
 * @limit: what the cgroups of its VMM allow the guest, bytes; 0: at least @maximum or @ram
 * @limit_by: name of the cgroup that allows @limit; "": there is none
 * @mismatched: requests of the guest in another version of the protocol than the host's
 * @part: its memory by node and page size
 * @nr_parts: number of entries in @part
 */
struct vm_facts {
	char name[DYNMEM_NAME_MAX + 1];
	enum dynmem_vm_state state;
	enum dynmem_driver driver;
	pid_t pid;
	char device[32];
	enum dynmem_place place;
	uint64_t startup;
	uint64_t ram;
	bool known;
	uint64_t demand;
	uint64_t assigned;
	uint32_t pressure;
	uint64_t resident;
	uint64_t page_to;
	bool floating;
	bool plugs;
	uint64_t ballooned;
	uint64_t maximum;
	uint64_t foreign;
	uint64_t limit;
	char limit_by[64];
	uint64_t mismatched;
	struct vm_part part[LOOKUP_PARTS];
	size_t nr_parts;
};

/* The page size of ordinary memory, bytes. */
static inline uint64_t ordinary_page(void)
{
	return sysconf(_SC_PAGESIZE);
}

/**
 * struct node_facts - a host node, or a hugetlb pool on it; amounts in bytes
 * @node: the host node
 * @page: page size of ordinary memory or of the pool
 * @capacity: memory that it has for VMs
 * @spare: capacity that is not charged, not promised and not set aside for VMMs' overhead
 * @debt: charge above capacity
 */
struct node_facts {
	uint32_t node;
	uint64_t page;
	uint64_t capacity;
	uint64_t spare;
	uint64_t debt;
};

/* Looks up a VM. @why is set to the kernel's sentence if there is no such VM. */
bool lookup_vm(const char *name, struct vm_facts *vm, char *why);

/* Like lookup_vm(), for commands: complains on failure. Return: the exit status. */
int lookup_need(const char *name, struct vm_facts *vm);

/* Looks up all VMs. The caller must free @vms. @why is set to a sentence on failure. */
bool lookup_vms(struct vm_facts **vms, size_t *nr, char *why);

/* Looks up all nodes and pools. The caller must free @nodes. @why: set to a sentence on failure. */
bool lookup_nodes(struct node_facts **nodes, size_t *nr, char *why);

/* Whether a VMM is attached to the VM. A VM that is away counts as attached. */
static inline bool vm_is_attached(const struct vm_facts *vm)
{
	return vm->pid && vm->state != DYNMEM_VM_STATE_DEFINED;
}

#endif

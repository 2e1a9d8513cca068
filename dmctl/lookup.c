// SPDX-License-Identifier: GPL-2.0
/* lookup: reads facts about VMs and nodes from dynmem; see lookup.h. */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "lookup.h"
#include "netlink.h"

/* VMs that have been found. */
struct found {
	struct vm_facts *vms;
	size_t nr;
};

static uint32_t lookup_u32(struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static uint64_t lookup_u64(struct nlattr *attr)
{
	return attr ? nla_get_u64(attr) : 0;
}

static void lookup_text(char *text, size_t size, struct nlattr *attr)
{
	snprintf(text, size, "%s", attr ? nla_get_string(attr) : "");
}

static uint64_t lookup_counter(struct nlattr *nest, int counter)
{
	struct nlattr *attrs[DYNMEM_A_COUNTER_MAX + 1] = { };

	if (nest)
		nla_parse_nested(attrs, DYNMEM_A_COUNTER_MAX, nest, NULL);
	return lookup_u64(attrs[counter]);
}

/* Reads the parts of a VM: its memory on each node and in each pool. */
static void lookup_parts(struct nlmsghdr *answer, struct vm_facts *vm)
{
	struct nlattr *attrs[DYNMEM_A_VM_NODE_MAX + 1], *nest;
	uint64_t assigned, resident;
	int rem;

	vm->nr_parts = 0;
	nlmsg_for_each_attr(nest, answer, GENL_HDRLEN, rem) {
		if (nla_type(nest) != DYNMEM_A_VM_NODE || vm->nr_parts == LOOKUP_PARTS)
			continue;
		nla_parse_nested(attrs, DYNMEM_A_VM_NODE_MAX, nest, NULL);
		assigned = lookup_u64(attrs[DYNMEM_A_VM_NODE_ASSIGNED]);
		resident = lookup_u64(attrs[DYNMEM_A_VM_NODE_RESIDENT]);
		vm->part[vm->nr_parts++] = (struct vm_part){
			.node = lookup_u32(attrs[DYNMEM_A_VM_NODE_ID]),
			.page = lookup_u64(attrs[DYNMEM_A_VM_NODE_PAGE]),
			.charge = assigned > resident ? assigned : resident,
		};
	}
}

static void lookup_on_answer(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_VM_MAX + 1];
	struct found *found = arg;
	struct vm_facts *vm;

	vm = realloc(found->vms, (found->nr + 1) * sizeof(*vm));
	if (!vm)
		die_no_memory();
	found->vms = vm;
	vm += found->nr++;
	answer_attrs(answer, attrs, DYNMEM_A_VM_MAX);
	lookup_text(vm->name, sizeof(vm->name), attrs[DYNMEM_A_VM_NAME]);
	lookup_text(vm->device, sizeof(vm->device), attrs[DYNMEM_A_VM_DEVICE]);
	vm->state = lookup_u32(attrs[DYNMEM_A_VM_STATE]);
	vm->driver = lookup_u32(attrs[DYNMEM_A_VM_DRIVER]);
	vm->pid = lookup_u32(attrs[DYNMEM_A_VM_PID]);
	vm->place = lookup_u32(attrs[DYNMEM_A_VM_PLACE]);
	vm->startup = lookup_u64(attrs[DYNMEM_A_VM_STARTUP]);
	vm->ram = lookup_u64(attrs[DYNMEM_A_VM_RAM]);
	vm->known = attrs[DYNMEM_A_VM_DEMAND];
	vm->demand = lookup_u64(attrs[DYNMEM_A_VM_DEMAND]);
	vm->assigned = lookup_u64(attrs[DYNMEM_A_VM_ASSIGNED]);
	vm->pressure = lookup_u32(attrs[DYNMEM_A_VM_PRESSURE]);
	vm->resident = lookup_u64(attrs[DYNMEM_A_VM_RESIDENT]);
	vm->page_to = lookup_u64(attrs[DYNMEM_A_VM_PAGE_TO]);
	vm->floating = attrs[DYNMEM_A_VM_FLOATING];
	vm->plugs = attrs[DYNMEM_A_VM_PLUGS];
	vm->ballooned = lookup_u64(attrs[DYNMEM_A_VM_BALLOONED]);
	vm->maximum = lookup_u64(attrs[DYNMEM_A_VM_MAXIMUM]);
	vm->foreign = lookup_u64(attrs[DYNMEM_A_VM_FOREIGN]);
	vm->limit = lookup_u64(attrs[DYNMEM_A_VM_LIMIT]);
	lookup_text(vm->limit_by, sizeof(vm->limit_by), attrs[DYNMEM_A_VM_LIMIT_BY]);
	vm->mismatched = lookup_counter(attrs[DYNMEM_A_VM_COUNTERS], DYNMEM_A_COUNTER_MISMATCHED);
	lookup_parts(answer, vm);
}

/* A request for the facts of a VM. */
static struct nl_msg *lookup_request(const char *name)
{
	struct nl_msg *msg = request_new(DYNMEM_CMD_VM_GET, 0);

	request_put_string(msg, DYNMEM_A_VM_NAME, name);
	return msg;
}

/* Copies the VM that was found. Return: whether there is one */
static bool found_take(struct found *found, struct vm_facts *vm)
{
	if (found->nr)
		*vm = found->vms[0];
	free(found->vms);
	return found->nr;
}

bool lookup_vm(const char *name, struct vm_facts *vm, char *why)
{
	struct found found = { };
	int err = request_try(lookup_request(name), lookup_on_answer, &found, why);

	return found_take(&found, vm) && !err;
}

int lookup_need(const char *name, struct vm_facts *vm)
{
	struct found found = { };
	int ret = request_send(lookup_request(name), lookup_on_answer, &found);

	if (found_take(&found, vm) || ret != EXIT_OK)
		return ret;
	complain("dynmem has told nothing of '%s'", name);
	return EXIT_REFUSED;
}

bool lookup_vms(struct vm_facts **vms, size_t *nr, char *why)
{
	struct found found = { };

	if (request_try(request_new(DYNMEM_CMD_VM_GET, NLM_F_DUMP), lookup_on_answer, &found,
			why)) {
		free(found.vms);
		return false;
	}
	*vms = found.vms;
	*nr = found.nr;
	return true;
}

/* Nodes that have been found. */
struct found_nodes {
	struct node_facts *nodes;
	size_t nr;
};

static void lookup_on_node(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_NODE_MAX + 1];
	struct found_nodes *found = arg;
	struct node_facts *nodes;

	nodes = realloc(found->nodes, (found->nr + 1) * sizeof(*nodes));
	if (!nodes)
		die_no_memory();
	found->nodes = nodes;
	answer_attrs(answer, attrs, DYNMEM_A_NODE_MAX);
	nodes[found->nr++] = (struct node_facts){
		.node = lookup_u32(attrs[DYNMEM_A_NODE_ID]),
		.page = lookup_u64(attrs[DYNMEM_A_NODE_PAGE]),
		.capacity = lookup_u64(attrs[DYNMEM_A_NODE_CAPACITY]),
		.spare = lookup_u64(attrs[DYNMEM_A_NODE_SPARE]),
		.debt = lookup_u64(attrs[DYNMEM_A_NODE_DEBT]),
	};
}

bool lookup_nodes(struct node_facts **nodes, size_t *nr, char *why)
{
	struct found_nodes found = { };

	if (request_try(request_new(DYNMEM_CMD_NODE_GET, NLM_F_DUMP), lookup_on_node, &found,
			why)) {
		free(found.nodes);
		return false;
	}
	*nodes = found.nodes;
	*nr = found.nr;
	return true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * netlink: the commands and events of the generic netlink family "dynmem", described in
 * Documentation/netlink/specs/dynmem.yaml. Called by the netlink core, and as a listener of
 * event.c.
 *
 * The policies check type and length of attributes, and refuse those a command does not have; what
 * values are allowed is checked by vm.c and balancer.c, whose refusals are sentences. The family
 * has parallel_ops and takes no lock of its own, so that nobody waits here for somebody else's
 * command.
 */
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "../include/uapi/dynmem.h"
#include "balancer.h"
#include "event.h"
#include "netlink.h"
#include "vm.h"

static struct genl_family dynmem_family;

/* A name of any length gets through to vm.c, whose refusal says how long it may be. */
static const struct nla_policy dynmem_vm_name_policy[DYNMEM_A_VM_NAME + 1] = {
	[DYNMEM_A_VM_NAME]	= { .type = NLA_NUL_STRING },
};

static const struct nla_policy dynmem_vm_policy[DYNMEM_A_VM_DEMAND_MODE + 1] = {
	[DYNMEM_A_VM_NAME]	= { .type = NLA_NUL_STRING },
	[DYNMEM_A_VM_STARTUP]	= { .type = NLA_U64 },
	[DYNMEM_A_VM_MINIMUM]	= { .type = NLA_U64 },
	[DYNMEM_A_VM_MAXIMUM]	= { .type = NLA_U64 },
	[DYNMEM_A_VM_BUFFER]	= { .type = NLA_U32 },
	[DYNMEM_A_VM_WEIGHT]	= { .type = NLA_U32 },
	[DYNMEM_A_VM_DYNAMIC]	= NLA_POLICY_MAX(NLA_U8, 1),
	[DYNMEM_A_VM_DEMAND_MODE] = NLA_POLICY_MAX(NLA_U32, DYNMEM_DEMAND_MODE_WORKINGSET),
};

static const struct nla_policy dynmem_host_policy[DYNMEM_A_HOST_BALANCE + 1] = {
	[DYNMEM_A_HOST_NODE]	= { .type = NLA_U32 },
	[DYNMEM_A_HOST_RESERVE]	= { .type = NLA_U64 },
	[DYNMEM_A_HOST_BALANCE]	= NLA_POLICY_MAX(NLA_U32, DYNMEM_BALANCE_RELATIVE),
};

/*
 * For commands that take no attribute. A command without a policy should be given one like this by
 * the core, but Linux 6.12 lets everything pass there.
 */
static const struct nla_policy dynmem_no_policy[DYNMEM_A_HOST_PAD + 1] = {
	[DYNMEM_A_HOST_PAD]	= { .type = NLA_REJECT },
};

/* Where a dump of VMs goes on: a reference to the VM that is next; NULL before the first. */
struct dynmem_vm_dump {
	struct dynmem_vm *next;
	bool begun;
};

static struct dynmem_vm_dump *dynmem_vm_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dynmem_vm_dump) > sizeof(cb->ctx));
	return (struct dynmem_vm_dump *)cb->ctx;
}

/* Only the host's administrator changes how its memory is shared: not root of a container. */
static int dynmem_need_admin(const struct genl_split_ops *ops, struct sk_buff *skb,
			     struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	GENL_SET_ERR_MSG(info, "this needs CAP_SYS_ADMIN on the host: run it as root");
	return -EPERM;
}

/* Copies the settings that are there to @set; returns which, as dynmem_vm_set() takes them. */
static u32 dynmem_settings_get(struct nlattr **attrs, struct dynmem_settings *set)
{
	u32 mask = 0;
	int i;

	for (i = DYNMEM_A_VM_STARTUP; i <= DYNMEM_A_VM_DEMAND_MODE; i++)
		mask |= attrs[i] ? BIT(i) : 0;
	if (attrs[DYNMEM_A_VM_STARTUP])
		set->startup = nla_get_u64(attrs[DYNMEM_A_VM_STARTUP]);
	if (attrs[DYNMEM_A_VM_MINIMUM])
		set->minimum = nla_get_u64(attrs[DYNMEM_A_VM_MINIMUM]);
	if (attrs[DYNMEM_A_VM_MAXIMUM])
		set->maximum = nla_get_u64(attrs[DYNMEM_A_VM_MAXIMUM]);
	if (attrs[DYNMEM_A_VM_BUFFER])
		set->buffer = nla_get_u32(attrs[DYNMEM_A_VM_BUFFER]);
	if (attrs[DYNMEM_A_VM_WEIGHT])
		set->weight = nla_get_u32(attrs[DYNMEM_A_VM_WEIGHT]);
	if (attrs[DYNMEM_A_VM_DYNAMIC])
		set->dynamic = nla_get_u8(attrs[DYNMEM_A_VM_DYNAMIC]);
	if (attrs[DYNMEM_A_VM_DEMAND_MODE])
		set->demand_mode = nla_get_u32(attrs[DYNMEM_A_VM_DEMAND_MODE]);
	return mask;
}

static int dynmem_nl_vm_new(struct sk_buff *skb, struct genl_info *info)
{
	struct dynmem_settings set = {
		.buffer = DYNMEM_BUFFER_DEFAULT,
		.weight = DYNMEM_WEIGHT_DEFAULT,
		.dynamic = true,
	};
	u32 mask;

	if (GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_NAME) ||
	    GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_STARTUP))
		return -EINVAL;

	mask = dynmem_settings_get(info->attrs, &set);
	if (!(mask & BIT(DYNMEM_A_VM_MINIMUM)))
		set.minimum = set.startup;
	if (!(mask & BIT(DYNMEM_A_VM_MAXIMUM)))
		set.maximum = set.startup;
	return dynmem_vm_new(nla_data(info->attrs[DYNMEM_A_VM_NAME]), &set, info->extack);
}

static int dynmem_nl_vm_set(struct sk_buff *skb, struct genl_info *info)
{
	struct dynmem_settings set = {};
	u32 mask;

	if (GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_NAME))
		return -EINVAL;

	mask = dynmem_settings_get(info->attrs, &set);
	if (!mask) {
		GENL_SET_ERR_MSG(info, "nothing to change: name at least one setting");
		return -EINVAL;
	}
	return dynmem_vm_set(nla_data(info->attrs[DYNMEM_A_VM_NAME]), &set, mask, info->extack);
}

static int dynmem_nl_vm_del(struct sk_buff *skb, struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_NAME))
		return -EINVAL;
	return dynmem_vm_del(nla_data(info->attrs[DYNMEM_A_VM_NAME]), info->extack);
}

/* Bytes that dynmem_put_vm() needs at most. */
static size_t dynmem_vm_size(void)
{
	size_t u64s = nla_total_size_64bit(sizeof(u64));
	size_t node = nla_total_size(nla_total_size(sizeof(u32)) + 4 * u64s);
	size_t counters = nla_total_size(DYNMEM_A_COUNTER_MAX * u64s);

	/* Each attribute that is neither a string nor a nest counts as u64. */
	return NLMSG_ALIGN(GENL_HDRLEN) + DYNMEM_A_VM_MAX * u64s +
	       nla_total_size(DYNMEM_NAME_MAX + 1) +
	       nla_total_size(sizeof_field(struct dynmem_vm_info, device)) +
	       num_possible_nodes() * node + counters;
}

static bool dynmem_put_vm_node(struct sk_buff *skb, const struct dynmem_vm_info_node *node)
{
	const int pad = DYNMEM_A_VM_NODE_PAD;
	struct nlattr *nest = nla_nest_start(skb, DYNMEM_A_VM_NODE);

	if (!nest || nla_put_u32(skb, DYNMEM_A_VM_NODE_ID, node->node) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_NODE_RESIDENT, node->resident, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_NODE_ASSIGNED, node->assigned, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_NODE_TARGET, node->target, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_NODE_GIVEN, node->given, pad))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool dynmem_put_vm_counters(struct sk_buff *skb, const struct dynmem_vm_info *vi)
{
	struct nlattr *nest = nla_nest_start(skb, DYNMEM_A_VM_COUNTERS);
	int i;

	if (!nest)
		return false;
	for (i = DYNMEM_A_COUNTER_PAD + 1; i <= DYNMEM_A_COUNTER_MAX; i++) {
		if (nla_put_u64_64bit(skb, i, vi->counters[i], DYNMEM_A_COUNTER_PAD))
			return false;
	}
	nla_nest_end(skb, nest);
	return true;
}

static bool dynmem_put_vm_settings(struct sk_buff *skb, const struct dynmem_settings *set)
{
	const int pad = DYNMEM_A_VM_PAD;

	return !(nla_put_u64_64bit(skb, DYNMEM_A_VM_STARTUP, set->startup, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_MINIMUM, set->minimum, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_MAXIMUM, set->maximum, pad) ||
		 nla_put_u32(skb, DYNMEM_A_VM_BUFFER, set->buffer) ||
		 nla_put_u32(skb, DYNMEM_A_VM_WEIGHT, set->weight) ||
		 nla_put_u8(skb, DYNMEM_A_VM_DYNAMIC, set->dynamic) ||
		 nla_put_u32(skb, DYNMEM_A_VM_DEMAND_MODE, set->demand_mode));
}

static bool dynmem_put_vm_figures(struct sk_buff *skb, const struct dynmem_vm_info *vi)
{
	const int pad = DYNMEM_A_VM_PAD;

	if (vi->known &&
	    (nla_put_u64_64bit(skb, DYNMEM_A_VM_DEMAND, vi->demand, pad) ||
	     nla_put_u32(skb, DYNMEM_A_VM_PRESSURE, vi->pressure)))
		return false;
	if (vi->commit_known &&
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_COMMIT, vi->commit, pad))
		return false;
	return !(nla_put_u64_64bit(skb, DYNMEM_A_VM_RAM, vi->ram, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_DESIRED, vi->desired, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_ASSIGNED, vi->assigned, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_TARGET, vi->target, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_GIVEN, vi->given, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_EXPOSED, vi->exposed, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_RESIDENT, vi->resident, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_CHARGE, vi->charge, pad));
}

static bool dynmem_put_vm_condition(struct sk_buff *skb, const struct dynmem_vm_info *vi)
{
	return !(nla_put_u32(skb, DYNMEM_A_VM_STATUS, vi->status) ||
		 nla_put_u32(skb, DYNMEM_A_VM_STATE, vi->state) ||
		 nla_put_u32(skb, DYNMEM_A_VM_DRIVER, vi->driver) ||
		 (vi->floating && nla_put_flag(skb, DYNMEM_A_VM_FLOATING)) ||
		 (*vi->device && nla_put_string(skb, DYNMEM_A_VM_DEVICE, vi->device)) ||
		 (vi->pid && nla_put_u32(skb, DYNMEM_A_VM_PID, vi->pid)));
}

/* One message about @vm into @skb: 0, -EMSGSIZE when it does not fit, -ENOMEM. */
static int dynmem_put_vm(struct sk_buff *skb, const struct genl_info *info, struct dynmem_vm *vm,
			 int flags)
{
	struct dynmem_vm_info *vi = dynmem_vm_info(vm);
	int err = -EMSGSIZE;
	unsigned int i;
	void *hdr;

	if (IS_ERR(vi))
		return PTR_ERR(vi);

	hdr = genlmsg_put(skb, info->snd_portid, info->snd_seq, &dynmem_family, flags,
			  DYNMEM_CMD_VM_GET);
	if (!hdr)
		goto out;
	if (nla_put_string(skb, DYNMEM_A_VM_NAME, vi->name) ||
	    !dynmem_put_vm_settings(skb, &vi->set) || !dynmem_put_vm_figures(skb, vi) ||
	    !dynmem_put_vm_condition(skb, vi))
		goto cancel;
	for (i = 0; i < vi->nr_nodes; i++) {
		if (!dynmem_put_vm_node(skb, &vi->nodes[i]))
			goto cancel;
	}
	if (!dynmem_put_vm_counters(skb, vi))
		goto cancel;
	genlmsg_end(skb, hdr);
	err = 0;
	goto out;
cancel:
	genlmsg_cancel(skb, hdr);
out:
	kfree(vi);
	return err;
}

static int dynmem_nl_vm_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct dynmem_vm *vm;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_NAME))
		return -EINVAL;
	vm = dynmem_vm_find(nla_data(info->attrs[DYNMEM_A_VM_NAME]));
	if (!vm) {
		GENL_SET_ERR_MSG(info, "there is no VM of that name");
		return -ENOENT;
	}

	reply = nlmsg_new(dynmem_vm_size(), GFP_KERNEL);
	err = reply ? dynmem_put_vm(reply, info, vm, 0) : -ENOMEM;
	dynmem_vm_put(vm);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return genlmsg_reply(reply, info);
}

static int dynmem_nl_vm_dump_start(struct netlink_callback *cb)
{
	/* Whatever the number of nodes, one VM fits. */
	cb->min_dump_alloc = nlmsg_total_size(dynmem_vm_size());
	return 0;
}

static int dynmem_nl_vm_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dynmem_vm_dump *dump = dynmem_vm_dump(cb);
	int err = 0;

	if (!dump->begun)
		dump->next = dynmem_vm_next(NULL);
	dump->begun = true;
	while (dump->next) {
		err = dynmem_put_vm(skb, genl_info_dump(cb), dump->next, NLM_F_MULTI);
		if (err)
			break;
		dump->next = dynmem_vm_next(dump->next);
	}
	return skb->len ?: err;
}

static int dynmem_nl_vm_dump_done(struct netlink_callback *cb)
{
	struct dynmem_vm_dump *dump = dynmem_vm_dump(cb);

	if (dump->next)
		dynmem_vm_put(dump->next);
	return 0;
}

static int dynmem_nl_host_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *reserve = info->attrs[DYNMEM_A_HOST_RESERVE];
	struct nlattr *balance = info->attrs[DYNMEM_A_HOST_BALANCE];
	struct nlattr *node = info->attrs[DYNMEM_A_HOST_NODE];
	int nid = NUMA_NO_NODE;
	int err;

	if (!reserve && !balance) {
		GENL_SET_ERR_MSG(info, "nothing to change: name reserve or balance");
		return -EINVAL;
	}
	if (node && !reserve) {
		GENL_SET_ERR_MSG(info, "only the reserve is set per node: name reserve, too");
		return -EINVAL;
	}
	if (node) {
		if (nla_get_u32(node) >= nr_node_ids) {
			GENL_SET_ERR_MSG_FMT(info, "the host has no node %u with memory",
					     nla_get_u32(node));
			return -ENOENT;
		}
		nid = nla_get_u32(node);
	}
	if (reserve) {
		err = dynmem_balancer_set_reserve(nid, nla_get_u64(reserve), info->extack);
		if (err)
			return err;
	}
	if (balance)
		dynmem_balancer_set_balance(nla_get_u32(balance));
	return 0;
}

/* How many VMs there are, and how many of them a VMM has attached. */
static void dynmem_count_vms(u32 *vms, u32 *running)
{
	struct dynmem_vm *vm = NULL;

	*vms = 0;
	*running = 0;
	while ((vm = dynmem_vm_next(vm))) {
		mutex_lock(&vm->lock);
		*running += vm->state != DYNMEM_VM_STATE_DEFINED;
		mutex_unlock(&vm->lock);
		++*vms;
	}
}

static bool dynmem_put_host(struct sk_buff *skb)
{
	const int pad = DYNMEM_A_HOST_PAD;
	struct dynmem_node_info sum;
	u32 vms, running;

	dynmem_balancer_host(&sum);
	dynmem_count_vms(&vms, &running);
	return !(nla_put_u64_64bit(skb, DYNMEM_A_HOST_RESERVE, sum.reserve, pad) ||
		 nla_put_u32(skb, DYNMEM_A_HOST_BALANCE, dynmem_balancer_balance()) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_CAPACITY, sum.capacity, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_CHARGE, sum.charge, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_PROMISED, sum.promised, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_OVERHEAD, sum.overhead, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_SPARE, sum.spare, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_DEBT, sum.debt, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_AT_RISK, sum.at_risk, pad) ||
		 nla_put_u32(skb, DYNMEM_A_HOST_VMS, vms) ||
		 nla_put_u32(skb, DYNMEM_A_HOST_RUNNING, running));
}

static int dynmem_nl_host_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *hdr;

	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_put_reply(reply, info, &dynmem_family, 0, DYNMEM_CMD_HOST_GET);
	if (!hdr || !dynmem_put_host(reply)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

static bool dynmem_put_node(struct sk_buff *skb, const struct dynmem_node_info *node)
{
	const int pad = DYNMEM_A_NODE_PAD;

	return !(nla_put_u32(skb, DYNMEM_A_NODE_ID, node->node) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_PRESENT, node->present, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_FREE, node->free, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_USED, node->used, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_RESERVE, node->reserve, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_CAPACITY, node->capacity, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_RESIDENT, node->resident, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_ASSIGNED, node->assigned, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_CHARGE, node->charge, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_PROMISED, node->promised, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_OVERHEAD, node->overhead, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_SPARE, node->spare, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_DEBT, node->debt, pad));
}

/* cb->args[0] is the node that comes next. */
static int dynmem_nl_node_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct dynmem_node_info node;
	void *hdr;

	for (; cb->args[0] < nr_node_ids; cb->args[0]++) {
		if (!dynmem_balancer_node(cb->args[0], &node))
			continue;
		hdr = genlmsg_put(skb, info->snd_portid, info->snd_seq, &dynmem_family,
				  NLM_F_MULTI, DYNMEM_CMD_NODE_GET);
		if (!hdr)
			return skb->len ?: -EMSGSIZE;
		if (!dynmem_put_node(skb, &node)) {
			genlmsg_cancel(skb, hdr);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
	}
	return skb->len;
}

static const struct genl_split_ops dynmem_ops[] = {
	{
		.cmd = DYNMEM_CMD_VM_NEW,
		.flags = GENL_CMD_CAP_DO,
		.pre_doit = dynmem_need_admin,
		.doit = dynmem_nl_vm_new,
		.policy = dynmem_vm_policy,
		.maxattr = ARRAY_SIZE(dynmem_vm_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_VM_DEL,
		.flags = GENL_CMD_CAP_DO,
		.pre_doit = dynmem_need_admin,
		.doit = dynmem_nl_vm_del,
		.policy = dynmem_vm_name_policy,
		.maxattr = ARRAY_SIZE(dynmem_vm_name_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_VM_SET,
		.flags = GENL_CMD_CAP_DO,
		.pre_doit = dynmem_need_admin,
		.doit = dynmem_nl_vm_set,
		.policy = dynmem_vm_policy,
		.maxattr = ARRAY_SIZE(dynmem_vm_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_VM_GET,
		.flags = GENL_CMD_CAP_DO,
		.doit = dynmem_nl_vm_get,
		.policy = dynmem_vm_name_policy,
		.maxattr = ARRAY_SIZE(dynmem_vm_name_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_VM_GET,
		.flags = GENL_CMD_CAP_DUMP,
		.start = dynmem_nl_vm_dump_start,
		.dumpit = dynmem_nl_vm_dump,
		.done = dynmem_nl_vm_dump_done,
		.policy = dynmem_no_policy,
		.maxattr = ARRAY_SIZE(dynmem_no_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_HOST_SET,
		.flags = GENL_CMD_CAP_DO,
		.pre_doit = dynmem_need_admin,
		.doit = dynmem_nl_host_set,
		.policy = dynmem_host_policy,
		.maxattr = ARRAY_SIZE(dynmem_host_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_HOST_GET,
		.flags = GENL_CMD_CAP_DO,
		.doit = dynmem_nl_host_get,
		.policy = dynmem_no_policy,
		.maxattr = ARRAY_SIZE(dynmem_no_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_NODE_GET,
		.flags = GENL_CMD_CAP_DUMP,
		.dumpit = dynmem_nl_node_dump,
		.policy = dynmem_no_policy,
		.maxattr = ARRAY_SIZE(dynmem_no_policy) - 1,
	},
};

static const struct genl_multicast_group dynmem_groups[] = {
	{ .name = DYNMEM_MCGRP_EVENTS },
};

static struct genl_family dynmem_family __ro_after_init = {
	.name = DYNMEM_FAMILY_NAME,
	.version = DYNMEM_FAMILY_VERSION,
	.module = THIS_MODULE,
	.parallel_ops = true,
	.split_ops = dynmem_ops,
	.n_split_ops = ARRAY_SIZE(dynmem_ops),
	.mcgrps = dynmem_groups,
	.n_mcgrps = ARRAY_SIZE(dynmem_groups),
};

static bool dynmem_put_event(struct sk_buff *skb, const struct dynmem_event *event)
{
	/* Of a debt, 0 is an amount: it has ended. */
	bool amount = event->bytes || event->kind == DYNMEM_EVENT_DEBT;

	return !(nla_put_u32(skb, DYNMEM_A_EVENT_KIND, event->kind) ||
		 (event->vm && nla_put_string(skb, DYNMEM_A_EVENT_VM, event->vm)) ||
		 (event->node != NUMA_NO_NODE &&
		  nla_put_u32(skb, DYNMEM_A_EVENT_NODE, event->node)) ||
		 (amount && nla_put_u64_64bit(skb, DYNMEM_A_EVENT_BYTES, event->bytes,
					      DYNMEM_A_EVENT_PAD)) ||
		 (event->text && nla_put_string(skb, DYNMEM_A_EVENT_TEXT, event->text)));
}

/* Listener of event.c: an event that nobody reads, or that finds no memory, is not sent. */
static int dynmem_nl_event(struct notifier_block *nb, unsigned long kind, void *data)
{
	struct sk_buff *skb;
	void *hdr;

	if (!genl_has_listeners(&dynmem_family, &init_net, 0))
		return NOTIFY_DONE;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return NOTIFY_DONE;
	hdr = genlmsg_put(skb, 0, 0, &dynmem_family, 0, DYNMEM_CMD_EVENT);
	if (!hdr || !dynmem_put_event(skb, data)) {
		nlmsg_free(skb);
		return NOTIFY_DONE;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast(&dynmem_family, skb, 0, 0, GFP_KERNEL);
	return NOTIFY_OK;
}

static struct notifier_block dynmem_event_listener = {
	.notifier_call = dynmem_nl_event,
};

int dynmem_netlink_init(void)
{
	int err = genl_register_family(&dynmem_family);

	if (err)
		return err;
	err = dynmem_event_listen(&dynmem_event_listener);
	if (err)
		genl_unregister_family(&dynmem_family);
	return err;
}

void dynmem_netlink_exit(void)
{
	dynmem_event_unlisten(&dynmem_event_listener);
	genl_unregister_family(&dynmem_family);
}

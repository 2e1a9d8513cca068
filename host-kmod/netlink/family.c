// SPDX-License-Identifier: GPL-2.0
/*
 * family: the generic netlink family "dynmem", its commands and events, which
 * Documentation/netlink/specs/dynmem.yaml describes.
 *
 * The netlink policies check type and length of attributes, and refuse attributes that a command
 * does not have. Lower layers check the values, and refuse a wrong value with a sentence in the
 * extended ack. The family has parallel_ops and no lock of its own, so that no command waits here
 * for another command.
 */
#include <linux/module.h>
#include <linux/numa.h>
#include <net/genetlink.h>

#include "event.h"
#include "memory/pool.h"
#include "netlink/commands.h"
#include "netlink/family.h"
#include "netlink/rights.h"
#include "uapi/dynmem.h"

/* A name may have any length here: vm/settings.c refuses a long name with a sentence. */
static const struct nla_policy dynmem_vm_name_policy[DYNMEM_A_VM_NAME + 1] = {
	[DYNMEM_A_VM_NAME]	= { .type = NLA_NUL_STRING },
};

static const struct nla_policy dynmem_vm_policy[DYNMEM_A_VM_PAGING + 1] = {
	[DYNMEM_A_VM_NAME]	= { .type = NLA_NUL_STRING },
	[DYNMEM_A_VM_STARTUP]	= { .type = NLA_U64 },
	[DYNMEM_A_VM_MINIMUM]	= { .type = NLA_U64 },
	[DYNMEM_A_VM_MAXIMUM]	= { .type = NLA_U64 },
	[DYNMEM_A_VM_BUFFER]	= { .type = NLA_U32 },
	[DYNMEM_A_VM_WEIGHT]	= { .type = NLA_U32 },
	[DYNMEM_A_VM_DYNAMIC]	= NLA_POLICY_MAX(NLA_U8, 1),
	[DYNMEM_A_VM_DEMAND_MODE] = NLA_POLICY_MAX(NLA_U32, DYNMEM_DEMAND_MODE_WORKINGSET),
	[DYNMEM_A_VM_ENFORCE]	= NLA_POLICY_MAX(NLA_U32, DYNMEM_ENFORCE_RECLAIM),
	[DYNMEM_A_VM_REPORTING]	= NLA_POLICY_MAX(NLA_U8, 1),
	[DYNMEM_A_VM_SHARE]	= NLA_POLICY_MAX(NLA_U8, 1),
	[DYNMEM_A_VM_PLACE]	= NLA_POLICY_MAX(NLA_U32, DYNMEM_PLACE_AUTO),
	[DYNMEM_A_VM_PAGING]	= NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy dynmem_host_policy[DYNMEM_A_HOST_HEADROOM_PERCENT + 1] = {
	[DYNMEM_A_HOST_NODE]	= { .type = NLA_U32 },
	[DYNMEM_A_HOST_RESERVE]	= { .type = NLA_U64 },
	[DYNMEM_A_HOST_BALANCE]	= NLA_POLICY_MAX(NLA_U32, DYNMEM_BALANCE_RELATIVE),
	[DYNMEM_A_HOST_FAILOVER] = { .type = NLA_U64 },
	[DYNMEM_A_HOST_HEADROOM] = { .type = NLA_U64 },
	[DYNMEM_A_HOST_HEADROOM_PERCENT] = NLA_POLICY_MAX(NLA_U32, 100),
};

static const struct nla_policy dynmem_check_policy[DYNMEM_A_CHECK_PAGE + 1] = {
	[DYNMEM_A_CHECK_NAME]	= { .type = NLA_NUL_STRING },
	[DYNMEM_A_CHECK_PAGE]	= { .type = NLA_U64 },
};

static const struct nla_policy dynmem_plan_policy[DYNMEM_A_PLAN_PAGE + 1] = {
	[DYNMEM_A_PLAN_NAME]	= { .type = NLA_NUL_STRING },
	[DYNMEM_A_PLAN_PAGE]	= { .type = NLA_U64 },
};

/*
 * The policy of commands that have no attributes; it refuses all attributes. If a command has no
 * policy, Linux 6.12 accepts any attribute.
 */
static const struct nla_policy dynmem_no_policy[DYNMEM_A_HOST_PAD + 1] = {
	[DYNMEM_A_HOST_PAD]	= { .type = NLA_REJECT },
};

static int dynmem_need_sight(const struct genl_split_ops *ops, struct sk_buff *skb,
			     struct genl_info *info)
{
	return dynmem_nl_may_see(skb, info->extack);
}

/*
 * Only the administrator of the host, not root in a container, may change how memory is shared. The
 * commands that compute what would happen need the same right, because the computation takes
 * dynmem_set_lock and the locks of all VMs.
 */
static int dynmem_need_admin(const struct genl_split_ops *ops, struct sk_buff *skb,
			     struct genl_info *info)
{
	return dynmem_nl_is_admin(skb, info->extack);
}

/* In the order of the commands, as the netlink core requires. */
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
		.pre_doit = dynmem_need_sight,
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
		.pre_doit = dynmem_need_sight,
		.doit = dynmem_nl_host_get,
		.policy = dynmem_no_policy,
		.maxattr = ARRAY_SIZE(dynmem_no_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_NODE_GET,
		.flags = GENL_CMD_CAP_DUMP,
		.start = dynmem_nl_node_dump_start,
		.dumpit = dynmem_nl_node_dump,
		.policy = dynmem_no_policy,
		.maxattr = ARRAY_SIZE(dynmem_no_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_VM_CHECK,
		.flags = GENL_CMD_CAP_DO,
		.pre_doit = dynmem_need_admin,
		.doit = dynmem_nl_vm_check,
		.policy = dynmem_check_policy,
		.maxattr = ARRAY_SIZE(dynmem_check_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_PLAN_GET,
		.flags = GENL_CMD_CAP_DUMP,
		.start = dynmem_nl_plan_dump_start,
		.dumpit = dynmem_nl_plan_dump,
		.done = dynmem_nl_plan_dump_done,
		.policy = dynmem_plan_policy,
		.maxattr = ARRAY_SIZE(dynmem_plan_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_VM_REPLACE,
		.flags = GENL_CMD_CAP_DO,
		.pre_doit = dynmem_need_admin,
		.doit = dynmem_nl_vm_replace,
		.policy = dynmem_vm_policy,
		.maxattr = ARRAY_SIZE(dynmem_vm_policy) - 1,
	}, {
		.cmd = DYNMEM_CMD_VM_RESTARTED,
		.flags = GENL_CMD_CAP_DO,
		.pre_doit = dynmem_need_admin,
		.doit = dynmem_nl_vm_restarted,
		.policy = dynmem_vm_name_policy,
		.maxattr = ARRAY_SIZE(dynmem_vm_name_policy) - 1,
	},
};

static const struct genl_multicast_group dynmem_groups[] = {
	/*
	 * When a process joins a multicast group, the netlink core can check only the capabilities
	 * of the process, not whether the process may see VMs because of the parameter 'group'. So
	 * joining needs CAP_SYS_ADMIN.
	 */
	{ .name = DYNMEM_MCGRP_EVENTS, .flags = GENL_MCAST_CAP_SYS_ADMIN },
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
	/* In these kinds of events, amount 0 means that the condition is over: send that, too. */
	bool amount = event->bytes || event->kind == DYNMEM_EVENT_DEBT ||
		      event->kind == DYNMEM_EVENT_PAGING;
	unsigned int pool = event->node == NUMA_NO_NODE ? 0 : dynmem_pool_of(event->node);

	return !(nla_put_u32(skb, DYNMEM_A_EVENT_KIND, event->kind) ||
		 (event->vm && nla_put_string(skb, DYNMEM_A_EVENT_VM, event->vm)) ||
		 (event->node != NUMA_NO_NODE &&
		  nla_put_u32(skb, DYNMEM_A_EVENT_NODE, dynmem_pool_host(event->node))) ||
		 (pool && nla_put_u64_64bit(skb, DYNMEM_A_EVENT_PAGE, dynmem_pool_page(pool),
					    DYNMEM_A_EVENT_PAD)) ||
		 (amount && nla_put_u64_64bit(skb, DYNMEM_A_EVENT_BYTES, event->bytes,
					      DYNMEM_A_EVENT_PAD)) ||
		 (event->text && nla_put_string(skb, DYNMEM_A_EVENT_TEXT, event->text)) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_EVENT_TIME, event->time_ns, DYNMEM_A_EVENT_PAD) ||
		 (event->sequence && nla_put_u64_64bit(skb, DYNMEM_A_EVENT_SEQUENCE,
						       event->sequence, DYNMEM_A_EVENT_PAD)));
}

/* Sends an event to the processes that listen. If memory is short, the event is lost. */
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

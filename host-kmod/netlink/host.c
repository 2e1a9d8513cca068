// SPDX-License-Identifier: GPL-2.0
/*
 * host: the commands about the host and its nodes. The netlink policies have checked type and
 * length of the attributes.
 */
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <net/genetlink.h>

#include "control/balancer.h"
#include "control/info.h"
#include "event.h"
#include "memory/pool.h"
#include "netlink/commands.h"
#include "netlink/rights.h"
#include "sharing/admit.h"
#include "uapi/dynmem.h"
#include "version.h"
#include "vm/vm.h"

static bool dynmem_put_debt_by(struct sk_buff *skb, int attr, const u64 *debt_by)
{
	const int pad = DYNMEM_A_DEBT_PAD;
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_u64_64bit(skb, DYNMEM_A_DEBT_HOST, debt_by[DYNMEM_DEBT_HOST], pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_DEBT_GUESTS, debt_by[DYNMEM_DEBT_RESIDENT], pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_DEBT_OVERHEAD, debt_by[DYNMEM_DEBT_OVERHEAD], pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_DEBT_RESERVE, debt_by[DYNMEM_DEBT_RESERVE], pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_DEBT_FLOATING, debt_by[DYNMEM_DEBT_PLACED], pad))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

int dynmem_nl_host_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *reserve = info->attrs[DYNMEM_A_HOST_RESERVE];
	struct nlattr *balance = info->attrs[DYNMEM_A_HOST_BALANCE];
	struct nlattr *failover = info->attrs[DYNMEM_A_HOST_FAILOVER];
	struct nlattr *headroom = info->attrs[DYNMEM_A_HOST_HEADROOM];
	struct nlattr *percent = info->attrs[DYNMEM_A_HOST_HEADROOM_PERCENT];
	struct nlattr *node = info->attrs[DYNMEM_A_HOST_NODE];
	u64 unlent = headroom ? nla_get_u64(headroom) : 0;
	u32 unlent_percent = percent ? nla_get_u32(percent) : 0;
	int nid = NUMA_NO_NODE;
	int err;

	if (!reserve && !balance && !failover && !headroom && !percent) {
		GENL_SET_ERR_MSG(info,
				 "nothing to change: name reserve, balance, failover or headroom");
		return -EINVAL;
	}
	if (headroom && percent) {
		GENL_SET_ERR_MSG(info, "headroom is an amount or a percentage, not both");
		return -EINVAL;
	}
	if ((unlent && unlent < DYNMEM_BLOCK) || (percent && !unlent_percent)) {
		GENL_SET_ERR_MSG(info, "headroom must be at least 2M, or 1 to 100 percent");
		return -ERANGE;
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
	if (failover)
		dynmem_admit_set_failover(nla_get_u64(failover));
	if (headroom || percent)
		dynmem_balancer_set_headroom(unlent, unlent_percent);
	return 0;
}

/* Sets @vms to the number of VMs, and @running to the number of VMs that are not DEFINED. */
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

	dynmem_info_host(&sum);
	dynmem_count_vms(&vms, &running);
	return !(nla_put_u64_64bit(skb, DYNMEM_A_HOST_RESERVE, sum.reserve, pad) ||
		 nla_put_u32(skb, DYNMEM_A_HOST_BALANCE, dynmem_balancer_balance()) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_FAILOVER, dynmem_admit_failover(), pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_HEADROOM, sum.headroom, pad) ||
		 (sum.headroom_percent &&
		  nla_put_u32(skb, DYNMEM_A_HOST_HEADROOM_PERCENT, sum.headroom_percent)) ||
		 (sum.headroom_per_node &&
		  nla_put_u64_64bit(skb, DYNMEM_A_HOST_HEADROOM_PER_NODE, sum.headroom_per_node,
				    pad)) ||
		 (sum.headroom_set && nla_put_flag(skb, DYNMEM_A_HOST_HEADROOM_SET)) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_CAPACITY, sum.capacity, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_CHARGE, sum.charge, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_PROMISED, sum.promised, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_OVERHEAD, sum.overhead, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_SPARE, sum.spare, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_LENT, sum.lent, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_DEBT, sum.debt, pad) ||
		 !dynmem_put_debt_by(skb, DYNMEM_A_HOST_DEBT_BY, sum.debt_by) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_AT_RISK, sum.at_risk, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_MINIMUMS, sum.minimums, pad) ||
		 (sum.overdrawn && nla_put_flag(skb, DYNMEM_A_HOST_OVERDRAWN)) ||
		 nla_put_u32(skb, DYNMEM_A_HOST_VMS, vms) ||
		 nla_put_u32(skb, DYNMEM_A_HOST_RUNNING, running) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_POOLS, sum.pools, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_POOLS_SPARE, sum.pools_spare, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_STARTABLE, sum.startable, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_REFUSED, dynmem_event_refused(), pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_HOST_SEQUENCE, dynmem_event_sequence(), pad) ||
		 nla_put_string(skb, DYNMEM_A_HOST_VERSION, DYNMEM_VERSION));
}

int dynmem_nl_host_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *hdr;

	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_put_reply(reply, info, info->family, 0, DYNMEM_CMD_HOST_GET);
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
		 (node->reserve_set && nla_put_flag(skb, DYNMEM_A_NODE_RESERVE_SET)) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_CAPACITY, node->capacity, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_RESIDENT, node->resident, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_ASSIGNED, node->assigned, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_CHARGE, node->charge, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_PROMISED, node->promised, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_OVERHEAD, node->overhead, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_SPARE, node->spare, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_DEBT, node->debt, pad) ||
		 !dynmem_put_debt_by(skb, DYNMEM_A_NODE_DEBT_BY, node->debt_by) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_AT_RISK, node->at_risk, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_MINIMUMS, node->minimums, pad) ||
		 (node->overdrawn && nla_put_flag(skb, DYNMEM_A_NODE_OVERDRAWN)) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_NODE_PAGE, node->page, pad));
}

int dynmem_nl_node_dump_start(struct netlink_callback *cb)
{
	return dynmem_nl_may_see(cb->skb, cb->extack);
}

/* cb->args[0] is the next node to dump. */
int dynmem_nl_node_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct dynmem_node_info node;
	void *hdr;

	for (; cb->args[0] < dynmem_nr_nodes(); cb->args[0]++) {
		if (!dynmem_info_node(cb->args[0], &node))
			continue;
		hdr = genlmsg_put(skb, info->snd_portid, info->snd_seq, info->family,
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

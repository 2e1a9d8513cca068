// SPDX-License-Identifier: GPL-2.0
/*
 * whatif: the commands that answer whether a VM would start, and how policy would share memory. The
 * commands change nothing. The netlink policies have checked type and length of the attributes.
 */
#include <linux/numa.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "control/whatif.h"
#include "netlink/commands.h"
#include "netlink/rights.h"
#include "uapi/dynmem.h"

static bool dynmem_put_check_node(struct sk_buff *skb, const struct dynmem_whatif_node *node)
{
	const int pad = DYNMEM_A_CHECK_NODE_PAD;
	struct nlattr *nest = nla_nest_start(skb, DYNMEM_A_CHECK_NODE);

	if (!nest || nla_put_u32(skb, DYNMEM_A_CHECK_NODE_ID, node->node) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_NODE_SPARE, node->spare, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_NODE_ROOM, node->room, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_NODE_LACKING, node->lacking, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_NODE_MORE, node->more, pad))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool dynmem_put_check_vm(struct sk_buff *skb, const struct dynmem_whatif_giver *vm)
{
	const int pad = DYNMEM_A_CHECK_VM_PAD;
	struct nlattr *nest = nla_nest_start(skb, DYNMEM_A_CHECK_VM);

	if (!nest || nla_put_string(skb, DYNMEM_A_CHECK_VM_NAME, vm->name) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_VM_ABOVE, vm->above, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_VM_BUFFER, vm->buffer, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_VM_DEMAND, vm->demand, pad))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool dynmem_put_check(struct sk_buff *skb, const char *name,
			     const struct dynmem_whatif *check)
{
	const int pad = DYNMEM_A_CHECK_PAD;
	unsigned int i;

	if (nla_put_string(skb, DYNMEM_A_CHECK_NAME, name) ||
	    nla_put_u32(skb, DYNMEM_A_CHECK_VERDICT, check->verdict) ||
	    nla_put_string(skb, DYNMEM_A_CHECK_TEXT, check->text) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_NEED, check->need, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_SPARE, check->spare, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_ABOVE, check->above, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_BUFFERS, check->buffers, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_DEMAND, check->demand, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_LACKING, check->lacking, pad) ||
	    (check->best != NUMA_NO_NODE && nla_put_u32(skb, DYNMEM_A_CHECK_BEST, check->best)) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_MORE, check->more, pad) ||
	    nla_put_u32(skb, DYNMEM_A_CHECK_VMS_LEFT_OUT, check->vms_left_out) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_CHECK_PAGE, check->page, pad))
		return false;
	for (i = 0; i < check->nr_nodes; i++)
		if (!dynmem_put_check_node(skb, &check->node[i]))
			return false;
	for (i = 0; i < check->nr_vms; i++)
		if (!dynmem_put_check_vm(skb, &check->vm[i]))
			return false;
	return true;
}

/*
 * The most bytes that a message of dynmem_put_check() has. Each attribute that is neither a string
 * nor a nest counts as u64.
 */
static size_t dynmem_check_size(const struct dynmem_whatif *check)
{
	size_t u64s = nla_total_size_64bit(sizeof(u64));
	size_t name = nla_total_size(DYNMEM_NAME_MAX + 1);

	return NLMSG_ALIGN(GENL_HDRLEN) + DYNMEM_A_CHECK_MAX * u64s + name +
	       nla_total_size(sizeof(check->text)) +
	       (size_t)check->nr_nodes * nla_total_size(DYNMEM_A_CHECK_NODE_MAX * u64s) +
	       (size_t)check->nr_vms * nla_total_size(DYNMEM_A_CHECK_VM_MAX * u64s + name);
}

int dynmem_nl_vm_check(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[DYNMEM_A_CHECK_NAME];
	struct nlattr *page = info->attrs[DYNMEM_A_CHECK_PAGE];
	struct dynmem_whatif *check;
	struct sk_buff *reply;
	void *hdr = NULL;

	if (GENL_REQ_ATTR_CHECK(info, DYNMEM_A_CHECK_NAME))
		return -EINVAL;
	check = dynmem_whatif_vm(nla_data(name), page ? nla_get_u64(page) : 0, info->extack);
	if (IS_ERR(check))
		return PTR_ERR(check);
	reply = nlmsg_new(dynmem_check_size(check), GFP_KERNEL);
	if (reply)
		hdr = genlmsg_put_reply(reply, info, info->family, 0, DYNMEM_CMD_VM_CHECK);
	if (!hdr || !dynmem_put_check(reply, nla_data(name), check)) {
		dynmem_whatif_free(check);
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	dynmem_whatif_free(check);
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

/*
 * The position of a dump of a plan. The whole plan is computed when the dump starts, so that its
 * rows are consistent.
 */
struct dynmem_plan_dump {
	struct dynmem_plan_rows *rows;
	unsigned int next;
};

static struct dynmem_plan_dump *dynmem_plan_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dynmem_plan_dump) > sizeof(cb->ctx));
	return (struct dynmem_plan_dump *)cb->ctx;
}

int dynmem_nl_plan_dump_start(struct netlink_callback *cb)
{
	struct nlattr *name = genl_info_dump(cb)->attrs[DYNMEM_A_PLAN_NAME];
	struct nlattr *page = genl_info_dump(cb)->attrs[DYNMEM_A_PLAN_PAGE];
	struct dynmem_plan_rows *rows;
	int err = dynmem_nl_is_admin(cb->skb, cb->extack);

	if (err)
		return err;
	rows = dynmem_whatif_plan(name ? nla_data(name) : NULL, page ? nla_get_u64(page) : 0,
				  cb->extack);
	if (IS_ERR(rows))
		return PTR_ERR(rows);
	dynmem_plan_dump(cb)->rows = rows;
	return 0;
}

static bool dynmem_put_plan_row(struct sk_buff *skb, const struct dynmem_plan_row *row)
{
	const int pad = DYNMEM_A_PLAN_PAD;

	return !(nla_put_string(skb, DYNMEM_A_PLAN_NAME, row->name) ||
		 (row->node != NUMA_NO_NODE && nla_put_u32(skb, DYNMEM_A_PLAN_NODE, row->node)) ||
		 nla_put_u32(skb, DYNMEM_A_PLAN_WEIGHT, row->weight) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_PLAN_MINIMUM, row->minimum, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_PLAN_DEMAND, row->demand, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_PLAN_DESIRED, row->desired, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_PLAN_ASSIGNED, row->assigned, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_PLAN_TARGET, row->target, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_PLAN_PAGE, row->page, pad));
}

int dynmem_nl_plan_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct dynmem_plan_dump *dump = dynmem_plan_dump(cb);
	void *hdr;

	for (; dump->next < dump->rows->nr; dump->next++) {
		hdr = genlmsg_put(skb, info->snd_portid, info->snd_seq, info->family,
				  NLM_F_MULTI, DYNMEM_CMD_PLAN_GET);
		if (!hdr)
			return skb->len ?: -EMSGSIZE;
		if (!dynmem_put_plan_row(skb, &dump->rows->row[dump->next])) {
			genlmsg_cancel(skb, hdr);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
	}
	/* This message is sent with the end of the dump. */
	if (!skb->len && dump->rows->with && !dump->rows->fits)
		NL_SET_ERR_MSG(cb->extack,
			       "the VM does not fit and is left out; dmctl vm check says why");
	return skb->len;
}

int dynmem_nl_plan_dump_done(struct netlink_callback *cb)
{
	kvfree(dynmem_plan_dump(cb)->rows);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * vm: the commands about VMs. The netlink policies have checked type and length of the attributes.
 */
#include <linux/bits.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "control/define.h"
#include "control/info.h"
#include "control/lifecycle.h"
#include "memory/pool.h"
#include "netlink/commands.h"
#include "netlink/rights.h"
#include "uapi/dynmem.h"
#include "vm/settings.h"
#include "vm/vm.h"

/*
 * The position of a dump: the next VM, with a reference; NULL before the dump begins and at its
 * end.
 */
struct dynmem_vm_dump {
	struct dynmem_vm *next;
	bool begun;
};

static struct dynmem_vm_dump *dynmem_vm_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct dynmem_vm_dump) > sizeof(cb->ctx));
	return (struct dynmem_vm_dump *)cb->ctx;
}

/* The settings: DYNMEM_A_VM_STARTUP .. DYNMEM_A_VM_PLACE, and DYNMEM_A_VM_PAGING. */
#define SETTINGS \
	(BIT(DYNMEM_A_VM_PAGING) | GENMASK_ULL(DYNMEM_A_VM_PLACE, DYNMEM_A_VM_STARTUP))

/* Copies the settings in @attrs to @set. Return: mask of these settings, for dynmem_vm_set(). */
static u64 dynmem_settings_get(struct nlattr **attrs, struct dynmem_settings *set)
{
	u64 mask = 0;
	int i;

	for (i = 0; i <= DYNMEM_A_VM_PAGING; i++)
		mask |= SETTINGS & BIT(i) && attrs[i] ? BIT(i) : 0;
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
	if (attrs[DYNMEM_A_VM_ENFORCE])
		set->enforce = nla_get_u32(attrs[DYNMEM_A_VM_ENFORCE]);
	if (attrs[DYNMEM_A_VM_REPORTING])
		set->reporting = nla_get_u8(attrs[DYNMEM_A_VM_REPORTING]);
	if (attrs[DYNMEM_A_VM_SHARE])
		set->share = nla_get_u8(attrs[DYNMEM_A_VM_SHARE]);
	if (attrs[DYNMEM_A_VM_PLACE])
		set->place = nla_get_u32(attrs[DYNMEM_A_VM_PLACE]);
	if (attrs[DYNMEM_A_VM_PAGING])
		set->paging = nla_get_u8(attrs[DYNMEM_A_VM_PAGING]);
	return mask;
}

/* Reads all settings of a VM, with defaults for absent ones. Return: 0, -EINVAL. */
static int dynmem_settings_get_all(struct genl_info *info, struct dynmem_settings *set)
{
	u64 mask;

	if (GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_NAME) ||
	    GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_STARTUP))
		return -EINVAL;

	*set = (struct dynmem_settings) {
		.buffer = DYNMEM_BUFFER_DEFAULT,
		.weight = DYNMEM_WEIGHT_DEFAULT,
		.dynamic = true,
		.paging = true,
	};
	mask = dynmem_settings_get(info->attrs, set);
	if (!(mask & BIT(DYNMEM_A_VM_MINIMUM)))
		set->minimum = set->startup;
	if (!(mask & BIT(DYNMEM_A_VM_MAXIMUM)))
		set->maximum = set->startup;
	return 0;
}

int dynmem_nl_vm_new(struct sk_buff *skb, struct genl_info *info)
{
	struct dynmem_settings set;
	int err = dynmem_settings_get_all(info, &set);

	return err ?: dynmem_vm_new(nla_data(info->attrs[DYNMEM_A_VM_NAME]), &set, info->extack);
}

/* The most bytes that a message of dynmem_put_vm() has. */
static size_t vm_message_size(void)
{
	size_t u64s = nla_total_size_64bit(sizeof(u64));
	size_t node = nla_total_size(nla_total_size(sizeof(u32)) + 5 * u64s);
	size_t why = nla_total_size(sizeof(struct dynmem_explanation) + DYNMEM_A_REASON_MAX * u64s);
	size_t counters = nla_total_size(DYNMEM_A_COUNTER_MAX * u64s);
	size_t next = nla_total_size(hweight64(SETTINGS) * u64s);

	/* Each attribute that is neither a string nor a nest counts as u64. */
	return NLMSG_ALIGN(GENL_HDRLEN) + DYNMEM_A_VM_MAX * u64s +
	       nla_total_size(DYNMEM_NAME_MAX + 1) +
	       nla_total_size(sizeof_field(struct dynmem_vm_info, device)) +
	       nla_total_size(sizeof_field(struct dynmem_vm_info, limit_by)) +
	       dynmem_nr_nodes() * node + why + counters + next;
}

/* Writes the settings in @mask, which has a bit DYNMEM_A_VM_* for each setting. */
static bool dynmem_put_vm_settings(struct sk_buff *skb, const struct dynmem_settings *set, u64 mask)
{
	const int pad = DYNMEM_A_VM_PAD;

	return !((mask & BIT(DYNMEM_A_VM_STARTUP) &&
		  nla_put_u64_64bit(skb, DYNMEM_A_VM_STARTUP, set->startup, pad)) ||
		 (mask & BIT(DYNMEM_A_VM_MINIMUM) &&
		  nla_put_u64_64bit(skb, DYNMEM_A_VM_MINIMUM, set->minimum, pad)) ||
		 (mask & BIT(DYNMEM_A_VM_MAXIMUM) &&
		  nla_put_u64_64bit(skb, DYNMEM_A_VM_MAXIMUM, set->maximum, pad)) ||
		 (mask & BIT(DYNMEM_A_VM_BUFFER) &&
		  nla_put_u32(skb, DYNMEM_A_VM_BUFFER, set->buffer)) ||
		 (mask & BIT(DYNMEM_A_VM_WEIGHT) &&
		  nla_put_u32(skb, DYNMEM_A_VM_WEIGHT, set->weight)) ||
		 (mask & BIT(DYNMEM_A_VM_DYNAMIC) &&
		  nla_put_u8(skb, DYNMEM_A_VM_DYNAMIC, set->dynamic)) ||
		 (mask & BIT(DYNMEM_A_VM_DEMAND_MODE) &&
		  nla_put_u32(skb, DYNMEM_A_VM_DEMAND_MODE, set->demand_mode)) ||
		 (mask & BIT(DYNMEM_A_VM_ENFORCE) &&
		  nla_put_u32(skb, DYNMEM_A_VM_ENFORCE, set->enforce)) ||
		 (mask & BIT(DYNMEM_A_VM_REPORTING) &&
		  nla_put_u8(skb, DYNMEM_A_VM_REPORTING, set->reporting)) ||
		 (mask & BIT(DYNMEM_A_VM_SHARE) &&
		  nla_put_u8(skb, DYNMEM_A_VM_SHARE, set->share)) ||
		 (mask & BIT(DYNMEM_A_VM_PLACE) &&
		  nla_put_u32(skb, DYNMEM_A_VM_PLACE, set->place)) ||
		 (mask & BIT(DYNMEM_A_VM_PAGING) &&
		  nla_put_u8(skb, DYNMEM_A_VM_PAGING, set->paging)));
}

/* Writes the settings in @mask that take effect at the next start. */
static bool dynmem_put_vm_next(struct sk_buff *skb, const struct dynmem_settings *next, u64 mask)
{
	struct nlattr *nest;

	if (!mask)
		return true;
	nest = nla_nest_start(skb, DYNMEM_A_VM_NEXT);
	if (!nest || !dynmem_put_vm_settings(skb, next, mask))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

int dynmem_nl_vm_set(struct sk_buff *skb, struct genl_info *info)
{
	struct dynmem_settings set = {};
	u64 mask;

	if (GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_NAME))
		return -EINVAL;

	mask = dynmem_settings_get(info->attrs, &set);
	if (!mask) {
		GENL_SET_ERR_MSG(info, "nothing to change: name at least one setting");
		return -EINVAL;
	}
	return dynmem_vm_set(nla_data(info->attrs[DYNMEM_A_VM_NAME]), &set, mask, info->extack);
}

int dynmem_nl_vm_replace(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct dynmem_settings set;
	u64 changed, deferred;
	const char *name;
	void *hdr;
	int err;

	err = dynmem_settings_get_all(info, &set);
	if (err)
		return err;
	name = nla_data(info->attrs[DYNMEM_A_VM_NAME]);
	reply = nlmsg_new(vm_message_size(), GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	err = dynmem_vm_replace(name, &set, &changed, &deferred, info->extack);
	if (err)
		goto free;
	err = -EMSGSIZE;
	hdr = genlmsg_put_reply(reply, info, info->family, 0, DYNMEM_CMD_VM_REPLACE);
	if (!hdr || nla_put_string(reply, DYNMEM_A_VM_NAME, name) ||
	    !dynmem_put_vm_settings(reply, &set, changed & ~deferred) ||
	    !dynmem_put_vm_next(reply, &set, deferred))
		goto free;
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
free:
	nlmsg_free(reply);
	return err;
}

int dynmem_nl_vm_del(struct sk_buff *skb, struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_NAME))
		return -EINVAL;
	return dynmem_vm_del(nla_data(info->attrs[DYNMEM_A_VM_NAME]), info->extack);
}

int dynmem_nl_vm_restarted(struct sk_buff *skb, struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_NAME))
		return -EINVAL;
	return dynmem_lifecycle_restarted(nla_data(info->attrs[DYNMEM_A_VM_NAME]), info->extack);
}

static bool dynmem_put_vm_node(struct sk_buff *skb, const struct dynmem_vm_info_node *node)
{
	const int pad = DYNMEM_A_VM_NODE_PAD;
	struct nlattr *nest = nla_nest_start(skb, DYNMEM_A_VM_NODE);

	if (!nest || nla_put_u32(skb, DYNMEM_A_VM_NODE_ID, node->node) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_NODE_RESIDENT, node->resident, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_NODE_ASSIGNED, node->assigned, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_NODE_TARGET, node->target, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_NODE_BALLOONED, node->ballooned, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_NODE_PAGE, node->page, pad))
		return false;
	nla_nest_end(skb, nest);
	return true;
}

static bool dynmem_put_vm_reason(struct sk_buff *skb, const struct dynmem_explanation *why)
{
	const int pad = DYNMEM_A_REASON_PAD;
	struct nlattr *nest;

	if (!*why->text)
		return true;
	if (nla_put_string(skb, DYNMEM_A_VM_WHY, why->text))
		return false;
	nest = nla_nest_start(skb, DYNMEM_A_VM_REASON);
	if (!nest || nla_put_u64_64bit(skb, DYNMEM_A_REASON_BUFFER, why->buffer, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_REASON_DEMAND, why->demand, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_REASON_HELD, why->held, pad) ||
	    nla_put_u64_64bit(skb, DYNMEM_A_REASON_KEPT, why->kept, pad) ||
	    (*why->nodes && nla_put_string(skb, DYNMEM_A_REASON_NODES, why->nodes)) ||
	    (*why->first && nla_put_string(skb, DYNMEM_A_REASON_FIRST, why->first)) ||
	    (*why->first && nla_put_u32(skb, DYNMEM_A_REASON_WEIGHT, why->weight)))
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

static bool dynmem_put_vm_figures(struct sk_buff *skb, const struct dynmem_vm_info *vi)
{
	const int pad = DYNMEM_A_VM_PAD;

	if (vi->known &&
	    (nla_put_u64_64bit(skb, DYNMEM_A_VM_DEMAND, vi->demand, pad) ||
	     nla_put_u32(skb, DYNMEM_A_VM_PRESSURE, vi->pressure) ||
	     nla_put_u64_64bit(skb, DYNMEM_A_VM_AVAILABLE, vi->available, pad)))
		return false;
	if (vi->pressure_known &&
	    (nla_put_u32(skb, DYNMEM_A_VM_PRESSURE_MINIMUM, vi->pressure_minimum) ||
	     nla_put_u32(skb, DYNMEM_A_VM_PRESSURE_MAXIMUM, vi->pressure_maximum) ||
	     nla_put_u32(skb, DYNMEM_A_VM_PRESSURE_AVERAGE, vi->pressure_average)))
		return false;
	if (vi->commit_known &&
	    nla_put_u64_64bit(skb, DYNMEM_A_VM_COMMIT, vi->commit, pad))
		return false;
	if (*vi->limit_by &&
	    (nla_put_u64_64bit(skb, DYNMEM_A_VM_LIMIT, vi->limit, pad) ||
	     nla_put_string(skb, DYNMEM_A_VM_LIMIT_BY, vi->limit_by)))
		return false;
	if (vi->page_to && nla_put_u64_64bit(skb, DYNMEM_A_VM_PAGE_TO, vi->page_to, pad))
		return false;
	return !(nla_put_u64_64bit(skb, DYNMEM_A_VM_MISSING, vi->missing, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_RAM, vi->ram, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_DESIRED, vi->desired, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_ASSIGNED, vi->assigned, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_TARGET, vi->target, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_BALLOONED, vi->ballooned, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_EXPOSED, vi->exposed, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_RESIDENT, vi->resident, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_CHARGE, vi->charge, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_FOREIGN, vi->foreign, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_PINNED, vi->pinned, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_RETOUCHED, vi->retouched, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_SHARED, vi->shared, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_SAVED, vi->saved, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_PAGED, vi->paged, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_LENT, vi->lent, pad) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_CACHE, vi->cache, pad) ||
		 (vi->known && nla_put_u64_64bit(skb, DYNMEM_A_VM_REREAD, vi->reread, pad)));
}

static bool dynmem_put_vm_condition(struct sk_buff *skb, const struct dynmem_vm_info *vi)
{
	return !(nla_put_u32(skb, DYNMEM_A_VM_STATUS, vi->status) ||
		 nla_put_u32(skb, DYNMEM_A_VM_STATE, vi->state) ||
		 nla_put_u32(skb, DYNMEM_A_VM_DRIVER, vi->driver) ||
		 nla_put_u32(skb, DYNMEM_A_VM_REACTION, vi->reaction) ||
		 nla_put_u64_64bit(skb, DYNMEM_A_VM_UNAVAILABLE, vi->unavailable,
				   DYNMEM_A_VM_PAD) ||
		 nla_put_u32(skb, DYNMEM_A_VM_BACKOFF,
			     DIV_ROUND_UP_ULL(vi->backoff_ms, MSEC_PER_SEC)) ||
		 (vi->floating && nla_put_flag(skb, DYNMEM_A_VM_FLOATING)) ||
		 (vi->plugs && nla_put_flag(skb, DYNMEM_A_VM_PLUGS)) ||
		 (*vi->device && nla_put_string(skb, DYNMEM_A_VM_DEVICE, vi->device)) ||
		 (vi->pid && nla_put_u32(skb, DYNMEM_A_VM_PID, vi->pid)));
}

/* Writes a message about @vm to @skb. Return: 0; -EMSGSIZE: @skb is too small; -ENOMEM. */
static int dynmem_put_vm(struct sk_buff *skb, const struct genl_info *info, struct dynmem_vm *vm,
			 int flags)
{
	struct dynmem_vm_info *vi = dynmem_info_vm(vm);
	int err = -EMSGSIZE;
	unsigned int i;
	void *hdr;

	if (IS_ERR(vi))
		return PTR_ERR(vi);

	hdr = genlmsg_put(skb, info->snd_portid, info->snd_seq, info->family, flags,
			  DYNMEM_CMD_VM_GET);
	if (!hdr)
		goto out;
	if (nla_put_string(skb, DYNMEM_A_VM_NAME, vi->name) ||
	    !dynmem_put_vm_settings(skb, &vi->set, U64_MAX) || !dynmem_put_vm_figures(skb, vi) ||
	    !dynmem_put_vm_condition(skb, vi) ||
	    !dynmem_put_vm_next(skb, &vi->next, dynmem_settings_diff(&vi->set, &vi->next)))
		goto cancel;
	for (i = 0; i < vi->nr_nodes; i++) {
		if (!dynmem_put_vm_node(skb, &vi->nodes[i]))
			goto cancel;
	}
	if (!dynmem_put_vm_reason(skb, &vi->why) || !dynmem_put_vm_counters(skb, vi))
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

int dynmem_nl_vm_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	struct dynmem_vm *vm;
	const char *name;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, DYNMEM_A_VM_NAME))
		return -EINVAL;
	name = nla_data(info->attrs[DYNMEM_A_VM_NAME]);
	vm = dynmem_vm_find(name);
	if (!vm) {
		GENL_SET_ERR_MSG_FMT(info, "no VM named '%.64s'", name);
		return -ENOENT;
	}

	reply = nlmsg_new(vm_message_size(), GFP_KERNEL);
	err = reply ? dynmem_put_vm(reply, info, vm, 0) : -ENOMEM;
	dynmem_vm_put(vm);
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	return genlmsg_reply(reply, info);
}

int dynmem_nl_vm_dump_start(struct netlink_callback *cb)
{
	/* Each part of the dump has room for one VM, whatever the number of nodes is. */
	cb->min_dump_alloc = nlmsg_total_size(vm_message_size());
	return dynmem_nl_may_see(cb->skb, cb->extack);
}

int dynmem_nl_vm_dump(struct sk_buff *skb, struct netlink_callback *cb)
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

int dynmem_nl_vm_dump_done(struct netlink_callback *cb)
{
	struct dynmem_vm_dump *dump = dynmem_vm_dump(cb);

	if (dump->next)
		dynmem_vm_put(dump->next);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/* rights: checks who may use the netlink family. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/moduleparam.h>
#include <linux/netlink.h>
#include <linux/uidgid.h>

#include "netlink/rights.h"

static int group = -1;
module_param(group, int, 0644);
MODULE_PARM_DESC(group, "id of a group whose members may see VMs and nodes, too (default: none)");

/* Whether the sender is a member of the group. Context: the sender's process. */
static bool dynmem_is_member(void)
{
	kgid_t gid = make_kgid(&init_user_ns, READ_ONCE(group));

	return gid_valid(gid) && in_egroup_p(gid);
}

int dynmem_nl_may_see(const struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN) || dynmem_is_member())
		return 0;
	NL_SET_ERR_MSG(extack,
		       "only root, and members of the group that dynmem's parameter 'group' names, may see that");
	return -EPERM;
}

int dynmem_nl_is_admin(const struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack, "this needs CAP_SYS_ADMIN on the host: run it as root");
	return -EPERM;
}

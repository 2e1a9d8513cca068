/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink: the generic netlink family "dynmem", through which dmctl and other programs define,
 * change and watch VMs. The top layer: it calls vm and balancer, and only main.c calls it.
 */
#ifndef _DYNMEM_NETLINK_H
#define _DYNMEM_NETLINK_H

#include <linux/netlink.h>

struct genl_info;
struct sk_buff;

extern struct genl_family dynmem_family;

/* Commands; see the description of the family. Called by the netlink core only. */
int dynmem_nl_vm_new(struct sk_buff *skb, struct genl_info *info);
int dynmem_nl_vm_set(struct sk_buff *skb, struct genl_info *info);
int dynmem_nl_vm_del(struct sk_buff *skb, struct genl_info *info);
int dynmem_nl_vm_get(struct sk_buff *skb, struct genl_info *info);
int dynmem_nl_vm_dump_start(struct netlink_callback *cb);
int dynmem_nl_vm_dump(struct sk_buff *skb, struct netlink_callback *cb);
int dynmem_nl_vm_dump_done(struct netlink_callback *cb);
int dynmem_nl_host_set(struct sk_buff *skb, struct genl_info *info);
int dynmem_nl_host_get(struct sk_buff *skb, struct genl_info *info);
int dynmem_nl_node_dump_start(struct netlink_callback *cb);
int dynmem_nl_node_dump(struct sk_buff *skb, struct netlink_callback *cb);
int dynmem_nl_vm_check(struct sk_buff *skb, struct genl_info *info);
int dynmem_nl_plan_dump_start(struct netlink_callback *cb);
int dynmem_nl_plan_dump(struct sk_buff *skb, struct netlink_callback *cb);
int dynmem_nl_plan_dump_done(struct netlink_callback *cb);

/*
 * Whether who sent a request may see VMs and nodes, or have the module work something out: 0, or
 * -EPERM with a sentence. For dumps; other commands are checked before they begin.
 */
int dynmem_nl_may_see(const struct sk_buff *skb, struct netlink_ext_ack *extack);
int dynmem_nl_is_admin(const struct sk_buff *skb, struct netlink_ext_ack *extack);

/**
 * dynmem_netlink_init() - register the family and begin to multicast events
 *
 * From here on anyone may call vm and balancer: last in the list of what starts.
 *
 * Return: 0 or -errno
 */
int dynmem_netlink_init(void);

/* Takes the family away; when it returns no command is running. No lock held. */
void dynmem_netlink_exit(void);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/* rights: checks who may use the netlink family. */
#ifndef _DYNMEM_RIGHTS_H
#define _DYNMEM_RIGHTS_H

struct netlink_ext_ack;
struct sk_buff;

/*
 * These functions check whether the sender of a request may see VMs and nodes, and whether the
 * sender is the administrator of the host.
 * Context: the sender's process.
 * Return: 0; -EPERM, with a sentence in @extack.
 */
int dynmem_nl_may_see(const struct sk_buff *skb, struct netlink_ext_ack *extack);
int dynmem_nl_is_admin(const struct sk_buff *skb, struct netlink_ext_ack *extack);

#endif

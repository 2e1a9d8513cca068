/* SPDX-License-Identifier: GPL-2.0 */
/* rights: who may use the family. */
#ifndef _DYNMEM_RIGHTS_H
#define _DYNMEM_RIGHTS_H

struct netlink_ext_ack;
struct sk_buff;

/*
 * Whether who sent a request may see VMs and nodes, or have the module work something out: 0, or
 * -EPERM with a sentence. For dumps; other commands are checked before they begin.
 */
int dynmem_nl_may_see(const struct sk_buff *skb, struct netlink_ext_ack *extack);
int dynmem_nl_is_admin(const struct sk_buff *skb, struct netlink_ext_ack *extack);

#endif

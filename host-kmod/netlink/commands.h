/* SPDX-License-Identifier: GPL-2.0 */
/* commands: the handlers of the commands of the netlink family. */
#ifndef _DYNMEM_COMMANDS_H
#define _DYNMEM_COMMANDS_H

struct genl_info;
struct netlink_callback;
struct sk_buff;

int dynmem_nl_vm_new(struct sk_buff *skb, struct genl_info *info);
int dynmem_nl_vm_set(struct sk_buff *skb, struct genl_info *info);
int dynmem_nl_vm_replace(struct sk_buff *skb, struct genl_info *info);
int dynmem_nl_vm_restarted(struct sk_buff *skb, struct genl_info *info);
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

#endif

// SPDX-License-Identifier: GPL-2.0
/* ksm: checks the host's settings of KSM; see ksm.h. */
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "../include/uapi/dynmem.h"
#include "ksm.h"
#include "netlink.h"

#define KSM	"/sys/kernel/mm/ksm/"

/* The VMs with "share on"; @name is the name of the first one. */
struct sharing {
	unsigned int vms;
	bool bound;		/* at least one of them is bound to nodes */
	char name[DYNMEM_NAME_MAX + 1];
};

static void add_vm(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_VM_MAX + 1];
	struct sharing *sharing = arg;

	answer_attrs(answer, attrs, DYNMEM_A_VM_MAX);
	if (!attrs[DYNMEM_A_VM_SHARE] || !nla_get_u8(attrs[DYNMEM_A_VM_SHARE]))
		return;
	if (!sharing->vms++)
		nla_strlcpy(sharing->name, attrs[DYNMEM_A_VM_NAME], sizeof(sharing->name));
	sharing->bound |= !attrs[DYNMEM_A_VM_FLOATING];
}

void ksm_check(setting_warn_fn warn, void *arg)
{
	/* The kernel changes merge_across_nodes only while nothing is merged. */
	static const char separate[] =
		"echo 2 >" KSM "run && echo 0 >" KSM "merge_across_nodes && echo 1 >" KSM "run";
	struct sharing sharing = { 0 };
	char value[SETTING_SIZE], harm[DYNMEM_NAME_MAX + 128];

	request_send(request_new(DYNMEM_CMD_VM_GET, NLM_F_DUMP), add_vm, &sharing);
	if (!sharing.vms || !setting_read(KSM "run", value))
		return;
	if (strcmp(value, "1")) {
		snprintf(harm, sizeof(harm), "share is on for %s, but nothing is merged",
			 sharing.name);
		warn("ksm run", value, harm, "echo 1 >" KSM "run", arg);
	}
	if (sharing.bound && setting_read(KSM "merge_across_nodes", value) && !strcmp(value, "1")) {
		snprintf(harm, sizeof(harm),
			 "merged pages of %s may lie on a node to which it is not bound",
			 sharing.name);
		warn("ksm merge_across_nodes", value, harm,
		     separate, arg);
	}
}

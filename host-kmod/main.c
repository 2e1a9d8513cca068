// SPDX-License-Identifier: GPL-2.0
/* main: init and exit of dynmem.ko, dynamic memory for KVM guests. Exit undoes init in reverse. */
#include <linux/init.h>
#include <linux/module.h>

#include "control/balancer.h"
#include "control/lifecycle.h"
#include "device/mgmt.h"
#include "event.h"
#include "netlink/family.h"
#include "version.h"
#include "vm/vm.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static int __init dynmem_init(void)
{
	int ret;

	ret = dynmem_balancer_init();
	if (ret)
		return ret;
	ret = dynmem_vdpa_init(&dynmem_vm_ops, dynmem_vm_find);
	if (ret)
		goto err_balancer;
	ret = dynmem_netlink_init();
	if (ret)
		goto err_vdpa;
	return 0;

err_vdpa:
	dynmem_vdpa_exit();
err_balancer:
	dynmem_balancer_exit();
	dynmem_event_exit();
	return ret;
}

static void __exit dynmem_exit(void)
{
	dynmem_netlink_exit();
	dynmem_vdpa_exit();
	dynmem_lifecycle_exit();
	dynmem_balancer_exit();
	dynmem_vm_exit();
	dynmem_event_exit();
}

module_init(dynmem_init);
module_exit(dynmem_exit);

MODULE_DESCRIPTION("Dynamic memory for KVM guests, per NUMA node");
MODULE_LICENSE("GPL");
MODULE_VERSION(DYNMEM_VERSION);

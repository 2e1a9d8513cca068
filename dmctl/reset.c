// SPDX-License-Identifier: GPL-2.0
/* reset: tells dynmem at once that a VMM has reset its guest; see reset.h. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "domain.h"
#include "netlink.h"
#include "qmp.h"
#include "reset.h"
#include "runfile.h"
#include "why.h"

#define PAUSE_MS 200	/* least time between two resets of which dynmem is told */

bool reset_can_be_watched(const struct vm_facts *vm)
{
	return vm_is_attached(vm) && runfile_exists(vm->name, "events");
}

static void tell_dynmem(const char *name)
{
	struct nl_msg *msg = request_new(DYNMEM_CMD_VM_RESTARTED, 0);
	char ignored[WHY_SIZE];

	request_put_string(msg, DYNMEM_A_VM_NAME, name);
	request_try(msg, NULL, NULL, ignored);
}

void reset_watch(const struct vm_facts *vm, char *why)
{
	char path[PATH_MAX], ignored[WHY_SIZE];
	pid_t pid = vm->pid;
	struct qmp *qmp = qmp_open(runfile_path(path, vm->name, "events"), vm->name, &pid, why);

	if (!qmp)
		return;
	/* When the VMM ends, it closes the socket. That is no failure. */
	while (qmp_wait_event(qmp, "RESET", ignored)) {
		tell_dynmem(vm->name);
		clock_sleep(PAUSE_MS);
	}
	qmp_close(qmp);
}

bool reset_is_told_by_libvirt(const struct vm_facts *vm)
{
	return vm_is_attached(vm) && !runfile_exists(vm->name, "events") &&
	       domain_pid(vm->name) == vm->pid;
}

/* A domain may have the name of a VM that is not its own. */
static void domain_was_reset(const char *name, void *arg)
{
	char ignored[WHY_SIZE];
	struct vm_facts *vms;
	size_t nr_vms, i;

	(void)arg;
	if (!lookup_vms(&vms, &nr_vms, ignored))
		return;
	for (i = 0; i < nr_vms; i++)
		if (!strcmp(vms[i].name, name) && reset_is_told_by_libvirt(&vms[i]))
			tell_dynmem(name);
	free(vms);
}

void reset_watch_libvirt(const struct vm_facts *none, char *why)
{
	(void)none;
	domain_wait_resets(domain_was_reset, NULL, why);
}

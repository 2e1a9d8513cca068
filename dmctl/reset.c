// SPDX-License-Identifier: GPL-2.0
/* reset: tells dynmem at once that a VMM has reset its guest; see reset.h. */
#include <limits.h>

#include "clock.h"
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

void reset_watch(const struct vm_facts *vm, char *why)
{
	char path[PATH_MAX], ignored[WHY_SIZE];
	struct nl_msg *msg;
	pid_t pid = vm->pid;
	struct qmp *qmp = qmp_open(runfile_path(path, vm->name, "events"), vm->name, &pid, why);

	if (!qmp)
		return;
	/* When the VMM ends, it closes the socket. That is no failure. */
	while (qmp_wait_event(qmp, "RESET", ignored)) {
		msg = request_new(DYNMEM_CMD_VM_RESTARTED, 0);
		request_put_string(msg, DYNMEM_A_VM_NAME, vm->name);
		request_try(msg, NULL, NULL, ignored);
		clock_sleep(PAUSE_MS);
	}
	qmp_close(qmp);
}

// SPDX-License-Identifier: GPL-2.0
/* vmm: the QEMU that runs a VM; see vmm.h. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "domain.h"
#include "qmp.h"
#include "runfile.h"
#include "vmm.h"
#include "why.h"

static bool domain_open(struct vmm *vmm, const char *socket, char *why)
{
	pid_t pid = domain_pid(vmm->name);

	/* virsh reads a number as the id of a domain, not as its name. */
	if (strspn(vmm->name, "0123456789") == strlen(vmm->name))
		return refuse(why, "a libvirt domain with a number for a name can't be addressed");
	if (!pid)
		return refuse(why,
			      "QEMU's monitor can't be reached: no libvirt domain %s runs, and there is no socket; start QEMU with -qmp unix:%s,server=on,wait=off",
			      vmm->name, socket);
	if (vmm->pid && pid != vmm->pid)
		return refuse(why, "the libvirt domain %s is pid %d, not %s's VMM (pid %d)",
			      vmm->name, pid, vmm->name, vmm->pid);
	vmm->pid = pid;
	return true;
}

bool vmm_open(struct vmm *vmm, const char *name, pid_t pid, char *why)
{
	char path[PATH_MAX];

	*vmm = (struct vmm){ .name = name, .pid = pid };
	runfile_path(path, name, "qmp");
	if (access(path, F_OK))
		return domain_open(vmm, path, why);
	vmm->qmp = qmp_open(path, name, &vmm->pid, why);
	return vmm->qmp;
}

void vmm_close(struct vmm *vmm)
{
	qmp_close(vmm->qmp);
}

void vmm_forget_waits(struct vmm *vmm)
{
	vmm->waited = 0;
	if (vmm->qmp)
		qmp_forget_waits(vmm->qmp);
}

/*
 * Reads from @fd up to the end of the stream. Return: 0 or -errno; -EFBIG if the text does not fit
 * into @buf, -ETIMEDOUT if the stream has not ended at the moment @end.
 */
static int read_all(int fd, char *buf, size_t size, int64_t end)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t got;

	for (;;) {
		if (poll(&poll_fd, 1, clock_left(end)) <= 0)
			return -ETIMEDOUT;
		got = read(fd, buf + len, size - 1 - len);
		if (got < 0)
			return -errno;
		len += got;
		if (!got)
			break;
		if (len == size - 1)
			return -EFBIG;
	}
	buf[len] = '\0';
	return 0;
}

static struct json_object *domain_execute(struct vmm *vmm, const char *command, char *why)
{
	const char *const argv[] = {
		DOMAIN_VIRSH, "qemu-monitor-command", "--domain", vmm->name, "--cmd", command, NULL
	};
	struct json_object *answer, *result;
	int fd, err, status = 0;
	pid_t child;
	char *text, *json;
	int64_t begun = clock_ms(), left = QMP_WAIT_SECONDS * 1000LL - vmm->waited;

	fd = domain_virsh(argv, &child, why);
	if (fd < 0)
		return NULL;
	text = calloc(1, QMP_MESSAGE_MAX);
	if (!text)
		die_no_memory();
	if (left > QMP_SECONDS * 1000LL)
		left = QMP_SECONDS * 1000LL;
	err = read_all(fd, text, QMP_MESSAGE_MAX, begun + left);
	close(fd);
	if (err)
		kill(child, SIGKILL);
	waitpid(child, &status, 0);
	vmm->waited += clock_ms() - begun;

	/* Warnings may come before the answer, which begins with a brace. */
	json = strchr(text, '{');
	answer = err || status || !json ? NULL : json_tokener_parse(json);
	if (err)
		why_set(why, "virsh does not answer for the domain %s: %s", vmm->name,
			strerror(-err));
	else if (!json_object_is_type(answer, json_type_object))
		why_set(why, "virsh: %.*s", (int)strcspn(text, "\n"),
			*text ? text : "no answer");
	result = json_object_is_type(answer, json_type_object) ? qmp_answer(answer, why) : NULL;
	json_object_put(answer);
	free(text);
	return result;
}

struct json_object *vmm_execute(struct vmm *vmm, const char *command,
				struct json_object *arguments, char *why)
{
	struct json_object *message = json_object_new_object(), *result;
	const char *text;

	json_object_object_add(message, "execute", json_object_new_string(command));
	if (arguments)
		json_object_object_add(message, "arguments", arguments);
	if (vmm->qmp)
		json_object_object_add(message, "id", json_object_new_int(1));
	text = json_object_to_json_string_ext(message, JSON_C_TO_STRING_PLAIN);
	result = vmm->qmp ? qmp_execute(vmm->qmp, text, why) : domain_execute(vmm, text, why);
	json_object_put(message);
	return result;
}

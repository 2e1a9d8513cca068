// SPDX-License-Identifier: GPL-2.0
/*
 * agent: the command "agent", which does in user space what the kernel leaves to it, for all VMs:
 * it keeps the host from swapping them out, places those with "place auto", and plugs devices in
 * that a guest has let go of too late. It looks at all VMs at each event of dynmem, and every two
 * seconds, since events can be lost. It may be killed at any moment: whatever has to outlast it is
 * in the kernel, in a file of a cgroup, or in /run/dynmem. It waits while dynmem is not loaded, as
 * during an update of the module.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "device.h"
#include "lookup.h"
#include "netlink.h"
#include "placement.h"
#include "runfile.h"
#include "swap.h"
#include "why.h"

#define LOOK_MS		2000	/* time between looks at all VMs */
#define SETTLE_MS	200	/* least time between looks, however many events come */

/**
 * struct told - what was told last about a VM, so that it is told once
 * @name: the VM
 * @about: what that is about
 * @what: what could not be done, and why; "": nothing
 * @seen: the VM was there at the last look
 * @next: the next VM
 */
struct told {
	char name[DYNMEM_NAME_MAX + 1];
	const char *about;
	char what[WHY_SIZE];
	bool seen;
	struct told *next;
};

/**
 * struct agent - the state of the agent, which it can do without
 * @leave_swap: it does not touch the VMs' swap
 * @placement: what it has seen of the nodes
 * @told: what was told
 * @vms: the VMs at the last look
 * @nr_vms: their number
 */
struct agent {
	bool leave_swap;
	struct placement placement;
	struct told *told;
	struct vm_facts *vms;
	size_t nr_vms;
};

static struct told *told_find(struct agent *agent, const char *name, const char *about)
{
	struct told *told;

	for (told = agent->told; told; told = told->next)
		if (!strcmp(told->name, name) && !strcmp(told->about, about)) {
			told->seen = true;
			return told;
		}
	told = calloc(1, sizeof(*told));
	if (!told)
		die_no_memory();
	snprintf(told->name, sizeof(told->name), "%s", name);
	told->about = about;
	told->seen = true;
	told->next = agent->told;
	agent->told = told;
	return told;
}

/* Tells what could not be done for a VM, unless that was the last that was told. */
static void tell_once(struct agent *agent, const char *name, const char *about, const char *what)
{
	struct told *told = told_find(agent, name, about);

	if (*what && strcmp(told->what, what))
		complain("%s: %s", name, what);
	snprintf(told->what, sizeof(told->what), "%s", what);
}

/* Forgets what was told about VMs that were not seen in this look. */
static void told_forget(struct agent *agent)
{
	struct told **link = &agent->told, *told;

	while ((told = *link)) {
		if (told->seen) {
			told->seen = false;
			link = &told->next;
		} else {
			*link = told->next;
			free(told);
		}
	}
}

static void look_at_vm(struct agent *agent, const struct vm_facts *vm)
{
	char why[WHY_SIZE] = "";

	if (!agent->leave_swap && vm_is_attached(vm))
		swap_forbid(vm->name, vm->pid, why);
	else
		swap_put_back(vm->name, why);
	tell_once(agent, vm->name, "swap", why);
	*why = '\0';
	device_bring_back(vm, why);
	tell_once(agent, vm->name, "device", why);
}

/*
 * Places the VM if that is due. As a move takes its time, and the nodes show its effect only after
 * a second, there is at most one in a look. Return: whether there was one.
 */
static bool look_at_place(struct agent *agent, const struct vm_facts *vm, bool placed)
{
	char why[WHY_SIZE] = "";

	if (placed || !placement_is_due(&agent->placement, vm)) {
		/* What was told stands. */
		told_find(agent, vm->name, "place");
		return placed;
	}
	placement_do(vm, why);
	tell_once(agent, vm->name, "place", why);
	return true;
}

/* Puts back the swap limit of a VM that is not defined any more. */
static void look_at_rest(const char *name, void *arg)
{
	struct agent *agent = arg;
	char why[WHY_SIZE] = "";
	size_t i;

	for (i = 0; i < agent->nr_vms; i++)
		if (!strcmp(agent->vms[i].name, name))
			return;
	swap_put_back(name, why);
	tell_once(agent, name, "swap", why);
}

static void look(struct agent *agent)
{
	char why[WHY_SIZE];
	bool placed;
	size_t i;

	if (!lookup_vms(&agent->vms, &agent->nr_vms, why)) {
		/* It may have been unloaded in this moment. */
		tell_once(agent, "dynmem", "netlink", netlink_present() ? why : "");
		return;
	}
	for (i = 0; i < agent->nr_vms; i++)
		look_at_vm(agent, &agent->vms[i]);
	placed = !placement_look(&agent->placement, why);
	for (i = 0; i < agent->nr_vms; i++)
		placed = look_at_place(agent, &agent->vms[i], placed);
	runfile_each("swap", look_at_rest, agent);
	told_forget(agent);
	free(agent->vms);
	agent->vms = NULL;
	agent->nr_vms = 0;
}

static void put_back_one(const char *name, void *arg)
{
	char why[WHY_SIZE];

	(void)arg;
	if (!swap_put_back(name, why))
		complain("%s: %s", name, why);
}

/* Only one agent may run. The lock goes with the process. */
static void lock_or_die(void)
{
	char why[WHY_SIZE];
	int fd;

	if (!runfile_dir(why)) {
		complain("%s", why);
		exit(EXIT_REFUSED);
	}
	fd = open(RUNFILE_DIR "/.agent", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return;
	if (errno == EWOULDBLOCK)
		complain("another 'dmctl agent' runs already");
	else
		complain("cannot lock %s: %s", RUNFILE_DIR "/.agent", strerror(errno));
	exit(EXIT_REFUSED);
}

/* Return: a file descriptor that can be read when the agent shall end. */
static int signals_open(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		die_no_memory();
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		die_no_memory();
	return fd;
}

/* Which VM an event is about does not matter, as each event leads to a look at all. */
static void agent_on_event(struct nlmsghdr *event, void *arg)
{
	(void)event;
	(void)arg;
}

/* Waits @ms, or until an event comes, or the end. Return: false: the end. */
static bool agent_wait(int signals, int *events, int ms)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN }, { .fd = *events, .events = POLLIN },
	};

	if (poll(fds, 2, ms) < 0 && errno != EINTR) {
		complain("cannot wait: %s", strerror(errno));
		exit(EXIT_REFUSED);
	}
	if (fds[1].revents && !events_read(agent_on_event, NULL))
		*events = -1;
	return !fds[0].revents;
}

static void agent_run(struct agent *agent)
{
	int signals = signals_open(), events = -1;
	bool present = true;

	do {
		bool before = present;

		present = netlink_present();
		if (before && !present)
			complain("dynmem is not loaded: waiting for it");
		if (!present && events >= 0) {
			events_close();
			events = -1;
		}
		if (present && events < 0) {
			events = events_open();
			fcntl(events, F_SETFL, O_NONBLOCK);
		}
		if (present)
			look(agent);
	} while (agent_wait(signals, &(int){ -1 }, SETTLE_MS) &&
		 agent_wait(signals, &events, LOOK_MS - SETTLE_MS));
	close(signals);
}

int cmd_agent(char **argv)
{
	struct agent agent = { };

	if (*argv && !strcmp(*argv, "--leave-swap")) {
		agent.leave_swap = true;
		argv++;
	}
	if (*argv)
		die_usage("agent: unexpected argument '%s'", *argv);
	lock_or_die();
	setvbuf(stdout, NULL, _IOLBF, 0);
	agent_run(&agent);
	runfile_each("swap", put_back_one, NULL);
	return EXIT_OK;
}

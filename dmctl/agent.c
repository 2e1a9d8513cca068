// SPDX-License-Identifier: GPL-2.0
/*
 * agent: the command "agent", which does for all VMs what the kernel leaves to user space. It keeps
 * the host from swapping VMs out, places VMs with "place auto", and plugs a VM's device in again if
 * the guest has let go of the device too late (device.h). It tells dynmem of guests that are reset,
 * pages those VMs to disk that dynmem names (paging.h), and plugs memory into VMs whose maximum is
 * above their RAM (plug.h). It takes samples of what VMs need and have (history.h). The agent looks
 * at all VMs at each event of dynmem, and every two seconds, since events can be lost. While dynmem
 * is not loaded, as during an update of the module, the agent waits.
 *
 * A VMM can delay a move of its memory and an answer to QMP, the move even without limit. So child
 * processes do such work, one for each task, and the agent does not wait for them. The agent may be
 * killed at any moment: all state that has to outlast it is in the kernel, in a file of a cgroup,
 * or in /run/dynmem.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "clock.h"
#include "command.h"
#include "device.h"
#include "histfile.h"
#include "lookup.h"
#include "netlink.h"
#include "paging.h"
#include "placement.h"
#include "plug.h"
#include "reset.h"
#include "runfile.h"
#include "swap.h"
#include "why.h"
#include "zswap.h"

#define LOOK_MS		2000	/* time between looks at all VMs */
#define SETTLE_MS	200	/* least time between looks, even if many events come */
#define RETRY_MS	10000LL	/* least time from the failure of a task to its next try */
#define LOCK		RUNFILE_DIR "/.agent"
#define MOVE_MS		600000LL	/* a move that takes longer holds up no other moves */

/* Carries out a task for a VM, in a child process. @why: set to a sentence on failure. */
typedef void (*work_fn)(const struct vm_facts *vm, char *why);

/**
 * struct told - a task for a VM, with its last message, which is not printed twice in a row
 * @name: the VM
 * @about: the kind of task: "swap", "place", "device", "paging", "paged", "reset", "plug" or
 *	"history". Tasks for the host have the @name "dynmem": the look-up of all VMs ("netlink"),
 *	"zswap" and "libvirt"
 * @what: the message: what could not be done, and why; "": nothing went wrong
 * @seen: the present look at all VMs has come to this task
 * @child: process that carries out the task; 0: there is none
 * @ended: the agent has killed @child, since its work is not wanted any more
 * @answer: file descriptor from which the message of @child can be read
 * @begun: when the last child was started, monotonic milliseconds
 * @again: no other child is started before this time, monotonic milliseconds
 * @next: the next task in the list of the agent
 */
struct told {
	char name[DYNMEM_NAME_MAX + 1];
	const char *about;
	char what[WHY_SIZE];
	bool seen;
	pid_t child;
	bool ended;
	int answer;
	int64_t begun;
	int64_t again;
	struct told *next;
};

/**
 * struct agent - the state of the agent; it is lost when the agent ends
 * @leave_swap: option --leave-swap: VMs may be swapped, and changed limits of swap are put back
 * @no_compress: option --no-compress: zswap is not turned on
 * @lock: locked file descriptor, which keeps a second agent from running
 * @placement: the nodes that are in debt, as the agent has seen them
 * @slot: the time of the last samples, as a slot; see history.h
 * @told: list of tasks
 * @vms: the VMs, during a look at them
 * @nr_vms: number of entries in @vms
 */
struct agent {
	bool leave_swap;
	bool no_compress;
	int lock;
	struct placement placement;
	int64_t slot;
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

/* Prints a message, unless it is "" or the last message of this task. */
static void tell(struct told *told, const char *what)
{
	if (*what && strcmp(told->what, what))
		complain("%s: %s", told->name, what);
	snprintf(told->what, sizeof(told->what), "%s", what);
}

static void tell_once(struct agent *agent, const char *name, const char *about, const char *what)
{
	tell(told_find(agent, name, about), what);
}

/* Forgets the tasks that have no child and that the present look has not come to. */
static void told_forget(struct agent *agent)
{
	struct told **link = &agent->told, *told;

	while ((told = *link)) {
		if (told->seen || told->child) {
			told->seen = false;
			link = &told->next;
		} else {
			*link = told->next;
			free(told);
		}
	}
}

/*
 * Runs in the child. The kernel kills the child when the agent ends. A child that cannot be killed
 * must not keep a later agent from running, so it closes the lock. The child prints to the agent's
 * standard output and error.
 */
static void child_run(struct agent *agent, pid_t parent, int answer, const struct vm_facts *vm,
		      work_fn work)
{
	char why[WHY_SIZE] = "";
	sigset_t none;

	close(agent->lock);
	netlink_leave();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		exit(EXIT_REFUSED);
	work(vm, why);
	exit(write(answer, why, strlen(why)) < 0 ? EXIT_REFUSED : EXIT_OK);
}

/* Starts a child for a task, unless the task has one, or its last child failed a moment ago. */
static void child_start(struct agent *agent, const struct vm_facts *vm, const char *about,
			work_fn work)
{
	struct told *told = told_find(agent, vm->name, about);
	pid_t parent = getpid(), child;
	char why[WHY_SIZE];
	int fds[2];

	if (told->child || clock_ms() < told->again)
		return;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK)) {
		why_set(why, "cannot make a pipe: %s", strerror(errno));
		tell(told, why);
		return;
	}
	child = fork();
	if (!child)
		child_run(agent, parent, fds[1], vm, work);
	close(fds[1]);
	if (child < 0) {
		why_set(why, "cannot start a process: %s", strerror(errno));
		tell(told, why);
		close(fds[0]);
		return;
	}
	told->child = child;
	told->ended = false;
	told->answer = fds[0];
	told->begun = clock_ms();
}

/* Prints the messages of the children that have ended, and forgets these children. */
static void children_look(struct agent *agent)
{
	struct told *told;
	int status;

	for (told = agent->told; told; told = told->next) {
		char why[WHY_SIZE] = "";

		if (!told->child || waitpid(told->child, &status, WNOHANG) != told->child)
			continue;
		if (read(told->answer, why, sizeof(why) - 1) <= 0 && status && !told->ended)
			why_set(why, "the agent's process for it has failed (wait status %#x)",
				status);
		close(told->answer);
		told->child = 0;
		told->again = *why ? clock_ms() + RETRY_MS : 0;
		tell(told, why);
	}
}

/* Return: whether a child is moving memory of a VM, and began less than MOVE_MS ago. */
static bool move_is_under_way(const struct agent *agent)
{
	const struct told *told;

	for (told = agent->told; told; told = told->next)
		if (told->child && !strcmp(told->about, "place") &&
		    clock_ms() - told->begun < MOVE_MS)
			return true;
	return false;
}

static void look_at_swap(struct agent *agent, const struct vm_facts *vm)
{
	char why[WHY_SIZE] = "";

	/* While a VM is paged, its limits belong to paging.c. */
	if (vm->page_to || paging_is_under_way(vm->name))
		told_find(agent, vm->name, "swap");
	else if (!agent->leave_swap && vm_is_attached(vm))
		swap_forbid(vm->name, vm->pid, why);
	else
		swap_put_back(vm->name, why);
	tell_once(agent, vm->name, "swap", why);
}

static void look_at_paging(struct agent *agent, const struct vm_facts *vm)
{
	bool ending = told_find(agent, vm->name, "paged")->child;

	if (!ending && paging_is_due(vm))
		child_start(agent, vm, "paging", paging_do);
	else
		told_find(agent, vm->name, "paging");	/* told_forget() shall keep this task */
	if (reset_can_be_watched(vm))
		child_start(agent, vm, "reset", reset_watch);
}

/* Return: a VM of the present look at all VMs; NULL: there is none with this name. */
static const struct vm_facts *vm_named(const struct agent *agent, const char *name)
{
	size_t i;

	for (i = 0; i < agent->nr_vms; i++)
		if (!strcmp(agent->vms[i].name, name))
			return &agent->vms[i];
	return NULL;
}

/*
 * Ends the paging of a VM that is not to be paged, or not defined any more. The kernel may still be
 * paging it out, for as long as it takes, unless the process that waits for that is killed.
 */
static void look_at_paged(const char *name, void *arg)
{
	struct agent *agent = arg;
	const struct vm_facts *vm = vm_named(agent, name);
	struct vm_facts none = { };
	struct told *paging;

	snprintf(none.name, sizeof(none.name), "%s", name);
	if (vm && vm->page_to)
		return;
	paging = told_find(agent, name, "paging");
	if (paging->child) {
		paging->ended = true;
		kill(paging->child, SIGKILL);
	} else {
		child_start(agent, vm ?: &none, "paged", paging_end);
	}
}

static void is_paged(const char *name, void *arg)
{
	(void)name;
	*(bool *)arg = true;
}

/* Has zswap on while any VM is paged, or is about to be. */
static void look_at_zswap(struct agent *agent)
{
	char why[WHY_SIZE] = "";
	bool paged = false;
	size_t i;

	for (i = 0; i < agent->nr_vms; i++)
		paged |= agent->vms[i].page_to;
	paging_each(is_paged, &paged);
	if (paged && !agent->no_compress)
		zswap_turn_on(why);
	else if (!paged)
		zswap_put_back(why);
	tell_once(agent, "dynmem", "zswap", why);
}

/* Starts a child that places the VM if that is due, unless memory of any VM is being moved. */
static void look_at_place(struct agent *agent, const struct vm_facts *vm)
{
	if (!move_is_under_way(agent) && placement_is_due(&agent->placement, vm))
		child_start(agent, vm, "place", placement_do);
	else
		told_find(agent, vm->name, "place");	/* told_forget() shall keep this task */
}

static void look_at_plug(struct agent *agent, const struct vm_facts *vm)
{
	if (plug_is_due(vm))
		child_start(agent, vm, "plug", plug_do);
	else
		told_find(agent, vm->name, "plug");	/* told_forget() shall keep this task */
}

/* Has one child that learns from libvirt of resets, as long as a domain has a VM. */
static void look_at_libvirt(struct agent *agent)
{
	static const struct vm_facts dynmem = { .name = "dynmem" };
	size_t i;

	for (i = 0; i < agent->nr_vms; i++)
		if (reset_is_told_by_libvirt(&agent->vms[i]))
			break;
	if (i < agent->nr_vms)
		child_start(agent, &dynmem, "libvirt", reset_watch_libvirt);
	else
		told_find(agent, "dynmem", "libvirt");	/* told_forget() shall keep this task */
}

/* Forgets what was plugged into a VMM that is gone. */
static void look_at_plugged(const char *name, void *arg)
{
	const struct vm_facts *vm = vm_named(arg, name);

	if (!vm || !vm_is_attached(vm))
		runfile_remove(name, "plug");
}

static void take_sample(struct agent *agent, const struct vm_facts *vm, int64_t now)
{
	const struct sample sample = {
		.time = now,
		.figure = {
			[HISTORY_DEMAND] = vm->known ? vm->demand : HISTORY_UNKNOWN,
			[HISTORY_ASSIGNED] = vm->assigned,
			[HISTORY_RESIDENT] = vm->resident,
			[HISTORY_PRESSURE] = vm->known ? vm->pressure : HISTORY_UNKNOWN,
		},
	};
	uint64_t device = histfile_device(vm->device);
	char why[WHY_SIZE] = "";

	/* Without a device the VM could not be told from a later one of that name. */
	if (device)
		histfile_add(vm->name, device, &sample, why);
	tell_once(agent, vm->name, "history", why);
}

/*
 * Takes a sample of each VM that runs, in the first look of each slot. The slot in which the agent
 * has begun may have a sample of an earlier agent.
 */
static void look_at_history(struct agent *agent)
{
	int64_t now = time(NULL);
	bool due = history_slot(now) != agent->slot;
	size_t i;

	for (i = 0; i < agent->nr_vms; i++)
		if (due && vm_is_attached(&agent->vms[i]))
			take_sample(agent, &agent->vms[i], now);
		else	/* told_forget() shall keep this task */
			told_find(agent, agent->vms[i].name, "history");
	agent->slot = history_slot(now);
}

static void look_at_old_history(const char *name, void *arg)
{
	if (!vm_named(arg, name))
		runfile_remove(name, HISTFILE_KIND);
}

/* Puts back the swap limit of a VM that is not defined any more. */
static void look_at_rest(const char *name, void *arg)
{
	struct agent *agent = arg;
	char why[WHY_SIZE] = "";

	if (vm_named(agent, name) || paging_is_under_way(name))
		return;
	swap_put_back(name, why);
	tell_once(agent, name, "swap", why);
}

static void look(struct agent *agent)
{
	char why[WHY_SIZE];
	size_t i;

	children_look(agent);
	if (!lookup_vms(&agent->vms, &agent->nr_vms, why)) {
		/* If dynmem was unloaded just now, that is no failure. */
		tell_once(agent, "dynmem", "netlink", netlink_present() ? why : "");
		return;
	}
	for (i = 0; i < agent->nr_vms; i++)
		look_at_swap(agent, &agent->vms[i]);
	look_at_zswap(agent);
	for (i = 0; i < agent->nr_vms; i++)
		look_at_paging(agent, &agent->vms[i]);
	look_at_libvirt(agent);
	paging_each(look_at_paged, agent);
	for (i = 0; i < agent->nr_vms; i++)
		if (device_is_late(&agent->vms[i]))
			child_start(agent, &agent->vms[i], "device", device_bring_back);
	for (i = 0; i < agent->nr_vms; i++)
		look_at_plug(agent, &agent->vms[i]);
	runfile_each("plug", look_at_plugged, agent);
	look_at_history(agent);
	runfile_each(HISTFILE_KIND, look_at_old_history, agent);
	if (placement_look(&agent->placement, why))
		for (i = 0; i < agent->nr_vms; i++)
			look_at_place(agent, &agent->vms[i]);
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
	/* The next agent goes on paging, and then puts the limit back. */
	if (!paging_is_under_way(name) && !swap_put_back(name, why))
		complain("%s: %s", name, why);
}

/*
 * Takes the lock that allows only one agent to run. The kernel drops the lock when the process
 * ends. Return: the file descriptor of the lock.
 */
static int lock_or_die(void)
{
	char why[WHY_SIZE];
	int fd;

	if (!runfile_dir(why)) {
		complain("%s", why);
		exit(EXIT_REFUSED);
	}
	fd = open(LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	if (errno == EWOULDBLOCK)
		complain("another 'dmctl agent' runs already");
	else
		complain("cannot lock %s: %s", LOCK, strerror(errno));
	exit(EXIT_REFUSED);
}

bool agent_runs(void)
{
	unsigned int major, minor;
	unsigned long inode;
	bool found = false;
	char line[256];
	struct stat st;
	FILE *locks;

	if (stat(LOCK, &st))
		return false;
	locks = fopen("/proc/locks", "re");
	if (!locks)
		return false;
	while (!found && fgets(line, sizeof(line), locks))
		found = sscanf(line, "%*u: FLOCK ADVISORY WRITE %*d %x:%x:%lu", &major, &minor,
			       &inode) == 3 &&
			makedev(major, minor) == st.st_dev && inode == st.st_ino;
	fclose(locks);
	return found;
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

/* It does not matter which VM an event is about: each event leads to a look at all VMs. */
static void agent_on_event(struct nlmsghdr *event, void *arg)
{
	(void)event;
	(void)arg;
}

/*
 * Waits until @ms milliseconds have passed, an event has come, or a signal tells the agent to end.
 * Return: false if the agent shall end.
 */
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
	char why[WHY_SIZE], before[WHY_SIZE] = "";

	do {
		bool usable = netlink_usable(why);

		if (!usable && strcmp(why, before))
			complain("%s: waiting for it", why);
		snprintf(before, sizeof(before), "%s", why);
		if (!usable && events >= 0) {
			events_close();
			events = -1;
		}
		if (usable && events < 0) {
			events = events_open();
			fcntl(events, F_SETFL, O_NONBLOCK);
		}
		if (usable)
			look(agent);
	} while (agent_wait(signals, &(int){ -1 }, SETTLE_MS) &&
		 agent_wait(signals, &events, LOOK_MS - SETTLE_MS));
	close(signals);
}

int cmd_agent(char **argv)
{
	struct agent agent = { .slot = history_slot(time(NULL)) };

	for (; *argv; argv++) {
		if (!strcmp(*argv, "--leave-swap"))
			agent.leave_swap = true;
		else if (!strcmp(*argv, "--no-compress"))
			agent.no_compress = true;
		else
			break;
	}
	if (*argv)
		die_usage("agent: unexpected argument '%s'", *argv);
	agent.lock = lock_or_die();
	setvbuf(stdout, NULL, _IOLBF, 0);
	agent_run(&agent);
	runfile_each("swap", put_back_one, NULL);
	return EXIT_OK;
}

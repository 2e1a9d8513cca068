// SPDX-License-Identifier: GPL-2.0
/*
 * workers: threads that help a VM's vhost task.
 *
 * Parts are taken, not dealt out, by whoever is free. So a helper that does not come, as its VMM is
 * being killed or stopped, or the CPUs are busy, holds nobody up.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/vhost_task.h>

#include "device/workers.h"

static bool workers_take(struct dynmem_workers *helpers, unsigned int *part)
{
	bool taken;

	spin_lock(&helpers->lock);
	taken = helpers->next < helpers->parts;
	if (taken) {
		*part = helpers->next++;
		helpers->running++;
	}
	spin_unlock(&helpers->lock);
	return taken;
}

static void workers_finish(struct dynmem_workers *helpers)
{
	spin_lock(&helpers->lock);
	if (!--helpers->running)
		wake_up(&helpers->idle);
	spin_unlock(&helpers->lock);
}

/* The function of a helper's task: does a part, if one is left. */
static bool help(void *data)
{
	struct dynmem_workers *helpers = data;
	unsigned int part;

	if (!workers_take(helpers, &part))
		return false;
	__set_current_state(TASK_RUNNING);
	helpers->fn(helpers->arg, part);
	workers_finish(helpers);
	return true;
}

/* When the VMM is killed: what the helper has not begun, the vhost task does. */
static void killed(void *data)
{
}

void dynmem_workers_start(struct dynmem_workers *helpers, unsigned int nr, const char *name)
{
	*helpers = (struct dynmem_workers) {};
	spin_lock_init(&helpers->lock);
	init_waitqueue_head(&helpers->idle);
	while (helpers->nr < nr) {
		struct vhost_task *task = vhost_task_create(help, killed, helpers, name);

		if (IS_ERR(task))
			break;
		helpers->task[helpers->nr++] = task;
		vhost_task_start(task);
	}
}

void dynmem_workers_stop(struct dynmem_workers *helpers)
{
	while (helpers->nr)
		vhost_task_stop(helpers->task[--helpers->nr]);
}

void dynmem_workers_run(struct dynmem_workers *helpers, void (*fn)(void *arg, unsigned int part),
			void *arg, unsigned int parts)
{
	unsigned int i;

	spin_lock(&helpers->lock);
	helpers->fn = fn;
	helpers->arg = arg;
	helpers->next = 0;
	helpers->parts = parts;
	spin_unlock(&helpers->lock);
	for (i = 0; i < helpers->nr && i + 1 < parts; i++)
		vhost_task_wake(helpers->task[i]);
	while (help(helpers))
		;
	wait_event(helpers->idle, !READ_ONCE(helpers->running));
}

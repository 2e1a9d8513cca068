// SPDX-License-Identifier: GPL-2.0
/*
 * workers: threads that do parts of a job.
 *
 * Each thread that is free takes the next part. So a worker that has not taken a part delays
 * nothing, even if the worker gets no CPU time, for example while its VMM is being killed or
 * stopped, or while the CPUs are busy.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/sched/vhost_task.h>

#include "device/workers.h"

static bool workers_take_part(struct dynmem_workers *workers, unsigned int *part)
{
	bool taken;

	spin_lock(&workers->lock);
	taken = workers->next < workers->parts;
	if (taken) {
		*part = workers->next++;
		workers->running++;
	}
	spin_unlock(&workers->lock);
	return taken;
}

static void workers_finish_part(struct dynmem_workers *workers)
{
	spin_lock(&workers->lock);
	if (!--workers->running)
		wake_up(&workers->idle);
	spin_unlock(&workers->lock);
}

/* The function of a worker: does a part, if one is left. */
static bool worker_help(void *data)
{
	struct dynmem_workers *workers = data;
	unsigned int part;

	if (!workers_take_part(workers, &part))
		return false;
	__set_current_state(TASK_RUNNING);
	workers->fn(workers->arg, part);
	workers_finish_part(workers);
	return true;
}

/* Called when the VMM is killed. Does nothing: the vhost task does the parts that are left. */
static void worker_killed(void *data)
{
}

void dynmem_workers_start(struct dynmem_workers *workers, unsigned int nr, const char *name)
{
	*workers = (struct dynmem_workers) {};
	spin_lock_init(&workers->lock);
	init_waitqueue_head(&workers->idle);
	while (workers->nr < nr) {
		struct vhost_task *task = vhost_task_create(worker_help, worker_killed, workers,
								 name);

		if (IS_ERR(task))
			break;
		workers->task[workers->nr++] = task;
		vhost_task_start(task);
	}
}

void dynmem_workers_stop(struct dynmem_workers *workers)
{
	while (workers->nr)
		vhost_task_stop(workers->task[--workers->nr]);
}

void dynmem_workers_run(struct dynmem_workers *workers, void (*fn)(void *arg, unsigned int part),
			void *arg, unsigned int parts)
{
	unsigned int i;

	spin_lock(&workers->lock);
	workers->fn = fn;
	workers->arg = arg;
	workers->next = 0;
	workers->parts = parts;
	spin_unlock(&workers->lock);
	for (i = 0; i < workers->nr && i + 1 < parts; i++)
		vhost_task_wake(workers->task[i]);
	while (worker_help(workers))
		;
	wait_event(workers->idle, !READ_ONCE(workers->running));
}

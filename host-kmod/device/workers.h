/* SPDX-License-Identifier: GPL-2.0 */
/*
 * workers: threads that do parts of a job at the same time as a VM's vhost task. Workers are vhost
 * tasks, too: they are threads of the VMM and are charged to its cgroup. A VM has one worker for
 * each file behind its RAM, except the first file, so that memory of several files is released at
 * the same time.
 */
#ifndef _DYNMEM_WORKERS_H
#define _DYNMEM_WORKERS_H

#include <linux/spinlock.h>
#include <linux/wait.h>

#define DYNMEM_WORKERS_MAX	15

struct vhost_task;

/**
 * struct dynmem_workers - the workers of a VM
 * @task: the threads; constant between start and stop
 * @nr: number of threads; constant between start and stop
 * @lock: guards the members from @fn to @running; a thread that does a part reads @fn and @arg
 *	without the lock
 * @fn: the function that does a part
 * @arg: argument for @fn
 * @next: index of the first part that no thread has begun
 * @parts: number of parts
 * @running: number of parts that are being done
 * @idle: woken when @running falls to 0
 */
struct dynmem_workers {
	struct vhost_task *task[DYNMEM_WORKERS_MAX];
	unsigned int nr;
	spinlock_t lock;	/* see above */
	void (*fn)(void *arg, unsigned int part);
	void *arg;
	unsigned int next;
	unsigned int parts;
	unsigned int running;
	wait_queue_head_t idle;
};

/**
 * dynmem_workers_start() - start threads
 * @workers: zeroed, or stopped
 * @nr: number of threads, at most DYNMEM_WORKERS_MAX; if a thread cannot be started, there are
 *	fewer
 * @name: name of the threads
 *
 * Context: the VMM's own process.
 */
void dynmem_workers_start(struct dynmem_workers *workers, unsigned int nr, const char *name);

/* Ends the threads and waits for them. Does nothing if they have never been started. */
void dynmem_workers_stop(struct dynmem_workers *workers);

/**
 * dynmem_workers_run() - do all parts of a job, each once
 * @workers: started
 * @fn: does part @part; may be called in several threads at the same time
 * @arg: argument for @fn
 * @parts: number of parts
 *
 * The caller does the parts that no worker has begun, and waits only for parts that workers have
 * begun.
 *
 * Context: the VM's vhost task; returns when all parts are done.
 */
void dynmem_workers_run(struct dynmem_workers *workers, void (*fn)(void *arg, unsigned int part),
			void *arg, unsigned int parts);

#endif

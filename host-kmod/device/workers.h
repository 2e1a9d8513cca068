/* SPDX-License-Identifier: GPL-2.0 */
/*
 * workers: threads that help a VM's vhost task with what can be done in parts. They are vhost tasks
 * as well, threads of the VMM and charged to its cgroup. A VM has one for each file behind its RAM
 * but the first, so that files can be worked on at the same time; most have none. vdpa.c starts and
 * stops them, request.c has them release memory.
 */
#ifndef _DYNMEM_WORKERS_H
#define _DYNMEM_WORKERS_H

#include <linux/spinlock.h>
#include <linux/wait.h>

#define DYNMEM_WORKERS_MAX	15

struct vhost_task;

/**
 * struct dynmem_workers - the workers of a VM
 * @task: the threads
 * @nr: how many
 * @lock: guards what follows
 * @fn, @arg: what is to be done
 * @next: the first part that nobody has begun
 * @parts: how many there are
 * @running: how many workers are at one
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
 * @nr: how many, DYNMEM_WORKERS_MAX at most; that some can't be started is no error
 * @name: of the threads
 *
 * Context: the VMM's own process.
 */
void dynmem_workers_start(struct dynmem_workers *workers, unsigned int nr, const char *name);

/* Ends the threads; nothing runs any more. Without effect when they have never been started. */
void dynmem_workers_stop(struct dynmem_workers *workers);

/**
 * dynmem_workers_run() - have parts of something done, each once
 * @workers: started
 * @fn: does part @part; by any of several threads, two parts at a time
 * @arg: for @fn
 * @parts: how many
 *
 * The caller does those that no worker has begun: it waits for nobody who has not.
 * Context: the VM's vhost task; returns when all are done.
 */
void dynmem_workers_run(struct dynmem_workers *workers, void (*fn)(void *arg, unsigned int part),
			void *arg, unsigned int parts);

#endif

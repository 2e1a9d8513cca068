/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What host-kmod/{node,plan,admit}.c and the headers they include need of the kernel, in user
 * space: every header in linux/ here is this one. One thread: locks do nothing, and to wait for
 * something is to let the world go on (unit_wait(), which the test defines) until it is there.
 */
#ifndef _UNIT_KERNEL_H
#define _UNIT_KERNEL_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "pure.h"

#define U64_MAX		(~0ULL)
#define PAGE_SIZE	4096
#define GFP_KERNEL	0
#define MSEC_PER_SEC	1000ULL
#define NSEC_PER_MSEC	1000000ULL

#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, value)	((x) = (value))
#define __printf(format, first)

#define kzalloc(size, gfp)		calloc(1, size)
#define kvcalloc(n, size, gfp)		calloc(n, size)
#define kfree				free
#define kvfree				free
#define scnprintf			unit_scnprintf
#define sort(base, n, size, compare, swap) qsort(base, n, size, compare)

#define module_param(name, type, mode)
#define MODULE_PARM_DESC(name, text)

#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

typedef struct { long long value; } atomic64_t;
typedef struct { int none; } spinlock_t;
typedef struct { int none; } wait_queue_head_t;
struct hlist_node { int none; };
struct kref { int none; };
struct mmu_notifier { int none; };
struct mutex { int none; };
struct netlink_ext_ack;
struct notifier_block;
struct work_struct { int none; };
struct xarray { int none; };

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }
#define list_first(head, type, member) container_of((head)->next, type, member)
#define list_for_each_entry(p, head, member)					\
	for (p = list_first(head, typeof(*p), member); &p->member != (head);	\
	     p = list_first(&p->member, typeof(*p), member))
#define list_for_each_entry_safe(p, n, head, member)				\
	for (p = list_first(head, typeof(*p), member),				\
	     n = list_first(&p->member, typeof(*p), member);			\
	     &p->member != (head);						\
	     p = n, n = list_first(&n->member, typeof(*n), member))

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	entry->next = head;
	entry->prev = head->prev;
	head->prev->next = entry;
	head->prev = entry;
}

static inline void list_del_init(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	entry->next = entry;
	entry->prev = entry;
}

static inline void atomic64_add(long long n, atomic64_t *counter)
{
	counter->value += n;
}

static inline void mutex_lock(struct mutex *lock)
{
	(void)lock;
}

static inline void mutex_unlock(struct mutex *lock)
{
	(void)lock;
}

static inline int unit_scnprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(buf, size, format, args);
	va_end(args);
	return !size ? 0 : len < (int)size ? len : (int)size - 1;
}

/* The world, which the test defines. */
extern u64 unit_now_ms;
extern int unit_nodes;
void unit_wait(void);

#define ktime_get_ns()		(unit_now_ms * NSEC_PER_MSEC)

#define NUMA_NO_NODE		(-1)
#define N_MEMORY		0
#define nr_node_ids		unit_nodes
#define first_node(mask)	0
#define for_each_node_state(nid, state) for ((nid) = 0; (nid) < unit_nodes; (nid)++)

#define init_waitqueue_head(wait)	((void)(wait))
#define wake_up(wait)			((void)(wait))
#define wait_event_killable(wait, condition)	\
	({					\
		while (!(condition))		\
			unit_wait();		\
		0;				\
	})

#endif

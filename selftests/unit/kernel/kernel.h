/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of the kernel that the host module's decisions need, in user space. Every header in the
 * linux/ directory beside this file includes this one; only bitmap.h adds something. There is only
 * one thread, so locks do nothing. A task that waits calls unit_wait(), in which the test lets time
 * pass.
 */
#ifndef _UNIT_KERNEL_H
#define _UNIT_KERNEL_H

#include <ctype.h>
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "policy/arith.h"

#define U64_MAX		(~0ULL)
#define U32_MAX		(~0U)
#define PAGE_SHIFT	12
#define PAGE_SIZE	4096
#define SZ_1G		0x40000000
#define GFP_KERNEL	0
#define GFP_KERNEL_ACCOUNT 0
#define MSEC_PER_SEC	1000ULL
#define NSEC_PER_MSEC	1000000ULL

#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, value)	((x) = (value))
#define __printf(format, first)

typedef long long s64;

#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define ALIGN(x, to)		(((x) + (to) - 1) / (to) * (to))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define clamp_t(type, x, low, high) min_t(type, max_t(type, x, low), high)
#define min3(a, b, c)		min(min(a, b), c)
#define max_t(type, a, b)	((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))
#define div64_u64(a, b)		((a) / (b))
#define DIV_ROUND_UP_ULL(a, b)	(((a) + (b) - 1) / (b))
#define mul_u64_u64_div_u64(a, b, c) ((u64)((__uint128_t)(a) * (b) / (c)))
#define struct_size(p, member, n) (sizeof(*(p)) + (n) * sizeof((p)->member[0]))
#define strscpy(to, from, size)	snprintf(to, size, "%s", from)

#define ERR_PTR(error)		((void *)(long)(error))
#define ERR_CAST(p)		((void *)(p))
#define PTR_ERR(p)		((long)(p))
#define IS_ERR(p)		((unsigned long)(p) >= -4095UL)

/* If a test sets this, allocations fail. The symbol is weak, so that all files share it. */
__attribute__((weak)) bool unit_out_of_memory;

static inline void *unit_alloc(size_t n, size_t size)
{
	return unit_out_of_memory ? NULL : calloc(n, size);
}

#define kzalloc(size, gfp)		unit_alloc(1, size)
#define kcalloc(n, size, gfp)		unit_alloc(n, size)
#define kvcalloc(n, size, gfp)		unit_alloc(n, size)
#define kvzalloc(size, gfp)		unit_alloc(1, size)
#define kfree				free
#define kvfree				free
#define scnprintf			unit_scnprintf
#define vscnprintf			unit_vscnprintf
#define swap(a, b) do { typeof(a) was = (a); (a) = (b); (b) = was; } while (0)
#define sort(base, n, size, compare, swap) ((n) ? qsort(base, n, size, compare) : (void)0)

#define module_param(name, type, mode)
#define MODULE_PARM_DESC(name, text)

#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

typedef struct { long long value; } atomic64_t;
typedef struct { int none; } spinlock_t;
typedef struct { int none; } wait_queue_head_t;
struct hlist_node { int none; };
struct kref { int refs; };
struct mmu_notifier { int none; };
struct mutex { int none; };
struct rw_semaphore { int none; };
struct netlink_ext_ack { char text[80]; };	/* as long as a formatted sentence may be */
/* @room entries, some of them NULL; see linux/bitmap.h */
struct xarray {
	void **entry;
	unsigned long room;
};

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }
#define INIT_LIST_HEAD(head) ((head)->next = (head)->prev = (head))
#define list_empty(head) ((head)->next == (head))
#define list_is_last(entry, head) ((entry)->next == (head))
#define list_next_entry(p, member) container_of((p)->member.next, typeof(*(p)), member)
#define list_first_entry_or_null(head, type, member) \
	(list_empty(head) ? NULL : container_of((head)->next, type, member))
#define list_entry(p, type, member) container_of(p, type, member)
#define list_first_entry(head, type, member) container_of((head)->next, type, member)
#define list_entry_is_head(p, head, member) (&(p)->member == (head))
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

/* A stable sort, like the kernel's. */
static inline void list_sort(void *arg, struct list_head *head,
			     int (*compare)(void *arg, const struct list_head *a,
					    const struct list_head *b))
{
	struct list_head *entry, *next, *at;

	for (entry = head->next; entry != head; entry = next) {
		next = entry->next;
		for (at = entry->prev; at != head && compare(arg, at, entry) > 0; at = at->prev)
			;
		list_del_init(entry);
		list_add_tail(entry, at->next);
	}
}

static inline void atomic64_add(long long n, atomic64_t *counter)
{
	counter->value += n;
}

#define atomic64_read(counter) ((counter)->value)
#define atomic64_set(counter, n) ((counter)->value = (n))

static inline void kref_init(struct kref *ref)
{
	ref->refs = 1;
}

static inline void kref_get(struct kref *ref)
{
	ref->refs++;
}

static inline void kref_put(struct kref *ref, void (*release)(struct kref *ref))
{
	if (!--ref->refs)
		release(ref);
}

#define DEFINE_MUTEX(name) struct mutex name
#define mutex_init(lock) ((void)(lock))
#define DEFINE_SPINLOCK(name) spinlock_t name
#define spin_lock(lock) ((void)(lock))
#define spin_unlock(lock) ((void)(lock))
#define mutex_lock_nest_lock(lock, outer) mutex_lock(lock)

/* Number of mutexes that are locked now. */
__attribute__((weak)) unsigned int unit_nr_locked;

static inline void mutex_lock(struct mutex *lock)
{
	(void)lock;
	unit_nr_locked++;
}

/* If a test sets this, mutex_trylock() fails as if another thread held the lock. */
__attribute__((weak)) bool unit_locks_are_held;

#define mutex_trylock(lock)	(!unit_locks_are_held && (mutex_lock(lock), true))

static inline void mutex_unlock(struct mutex *lock)
{
	(void)lock;
	unit_nr_locked--;
}

static inline int unit_vscnprintf(char *buf, size_t size, const char *format, va_list args)
{
	int len = vsnprintf(buf, size, format, args);

	return !size ? 0 : len < (int)size ? len : (int)size - 1;
}

static inline int unit_scnprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = unit_vscnprintf(buf, size, format, args);
	va_end(args);
	return len;
}

/* The test defines these. unit_wait() returns true if the task is killed while it waits. */
extern u64 unit_now_ms;
extern int unit_nodes;
bool unit_wait(void);

#define ktime_get_ns()		(unit_now_ms * NSEC_PER_MSEC)
#define ktime_get_real_ns()	(1700000000ULL * 1000 * NSEC_PER_MSEC + ktime_get_ns())
#define jiffies			((unsigned long)unit_now_ms)
#define HZ			1000
#define msecs_to_jiffies(ms)	((unsigned long)(ms))
#define time_after(a, b)	((long)((b) - (a)) < 0)

#define NUMA_NO_NODE		(-1)
#define N_MEMORY		0
#define nr_node_ids		unit_nodes
#define num_node_state(state)	((unsigned int)unit_nodes)
typedef struct { unsigned long bits[1]; } nodemask_t;
/* Bit mask of nodes without memory. The symbol is weak, so that all files share it. */
__attribute__((weak)) unsigned long unit_offline;
#define node_states		((nodemask_t []){ { { (BIT(unit_nodes) - 1) & ~unit_offline } } })
#define node_isset(nid, mask)	((mask).bits[0] >> (nid) & 1)
#define node_state(nid, state)	node_isset(nid, node_states[state])
#define nodes_or(to, a, b)	((to).bits[0] = (a).bits[0] | (b).bits[0])
#define first_node(mask)	__builtin_ctzl((mask).bits[0])
#define for_each_node_state(nid, state) for ((nid) = 0; (nid) < unit_nodes; (nid)++)

#define init_waitqueue_head(wait)	((void)(wait))
#define wake_up(wait)			((void)(wait))
#define wait_event_killable(wait, condition)	\
	({					\
		int killed = 0;			\
						\
		while (!(condition) && !killed)	\
			killed = unit_wait();	\
		killed ? -EINTR : 0;		\
	})

/* Return: whether the task was killed. */
#define schedule_timeout_killable(timeout)	((void)(timeout), unit_wait())
/* To be called only when schedule_timeout_killable() has returned true. */
#define fatal_signal_pending(task)		true
#define task_tgid_nr(task)		17

/* Work runs only in flush_work(). */
struct work_struct {
	void (*fn)(struct work_struct *work);
	bool pending;
};

#define DECLARE_WORK(name, function)	struct work_struct name = { .fn = (function) }
#define schedule_work(work)		((work)->pending = true)

static inline void flush_work(struct work_struct *work)
{
	if (!work->pending)
		return;
	work->pending = false;
	work->fn(work);
}

/* A notifier chain has only one listener. */
struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long action, void *data);
};

struct blocking_notifier_head {
	struct notifier_block *nb;
};

#define BLOCKING_NOTIFIER_HEAD(name)	struct blocking_notifier_head name
#define blocking_notifier_chain_register(head, block)	((head)->nb = (block), 0)
#define blocking_notifier_chain_unregister(head, block)	((head)->nb = NULL)
#define blocking_notifier_call_chain(head, action, data) \
	((head)->nb ? (head)->nb->notifier_call((head)->nb, action, data) : 0)

/* Stands for all functions that write to the kernel log. The test defines unit_log(). */
__attribute__((format(printf, 1, 2)))
void unit_log(const char *format, ...);
#define pr_info				unit_log
#define pr_info_ratelimited		unit_log
#define pr_warn_ratelimited		unit_log
#define WARN_ON(condition)		assert(!(condition))
#define cond_resched()			((void)0)

/* The test defines unit_work_queued(), and runs delayed work when it is due. */
struct delayed_work {
	void (*fn)(struct work_struct *work);
	u64 due_ms;
	bool pending;
};

void unit_work_queued(struct delayed_work *work, u64 due_ms);

struct workqueue_struct { int none; };
#define system_wq		((struct workqueue_struct *)NULL)
#define DECLARE_DELAYED_WORK(name, function) struct delayed_work name = { .fn = (function) }
#define WQ_MEM_RECLAIM			0
#define alloc_ordered_workqueue(name, flags)	((struct workqueue_struct *)calloc(1, 1))
#define destroy_workqueue			free
#define delayed_work_pending(work)		((work)->pending)
#define cancel_delayed_work_sync(work)		((work)->pending = false)
#define mod_delayed_work(wq, work, delay)	unit_work_queued(work, unit_now_ms + (delay))
#define queue_delayed_work(wq, work, delay)	\
	((work)->pending ? (void)0 : unit_work_queued(work, unit_now_ms + (delay)))

static inline void flush_delayed_work(struct delayed_work *work)
{
	if (!work->pending)
		return;
	work->pending = false;
	work->fn(NULL);
}

struct address_space;

struct file {
	struct address_space *f_mapping;
};

struct vm_area_struct {
	struct file *vm_file;
};

#define get_file(file)		(file)

/* The counters of a host node, in pages; the test sets them. */
enum node_stat_item {
	NR_ACTIVE_FILE, NR_INACTIVE_FILE, NR_FILE_DIRTY, NR_WRITEBACK, NR_SLAB_RECLAIMABLE_B,
	NR_NODE_STATS,
};

enum zone_stat_item { NR_FREE_PAGES };

#define MAX_NR_ZONES 1

struct zone {
	u64 managed, free;
};

struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];
	s64 vm_stat[NR_NODE_STATS];
};

extern struct pglist_data unit_node_data[];
#define NODE_DATA(nid)			(&unit_node_data[nid])
#define zone_managed_pages(zone)	((zone)->managed)
#define zone_page_state(zone, item)	((zone)->free)
#define atomic_long_read(counter)	(*(counter))

/* Hugetlb pools. The test sets the page sizes, in any order, and the numbers of pages. */
#define HUGE_MAX_HSTATE 2
#define UNIT_NODES_MAX 8

struct hstate {
	u64 page;
	unsigned int nr_huge_pages_node[UNIT_NODES_MAX], free_huge_pages_node[UNIT_NODES_MAX];
};

extern struct hstate unit_hstate[HUGE_MAX_HSTATE];
extern unsigned int unit_nr_hstates;

#define super_block			hstate	/* a hstate is its hugetlbfs's superblock, too */
#define s_root				page
#define d_inode(root)			(root)
#define hstate_inode(root)		container_of(&(root), struct hstate, page)
#define huge_page_size(h)		((h)->page)
#define get_fs_type(name)		((void *)unit_hstate)
#define iterate_supers_type(type, fn, arg)			\
	do {							\
		for (unsigned int k = 0; k < unit_nr_hstates; k++)	\
			fn(&unit_hstate[k], arg);		\
		(void)(type);					\
	} while (0)

/* Tracepoints do nothing. */
#define TP_PROTO(args...)	args
#define TP_ARGS(args...)
#define TP_STRUCT__entry(args...)
#define TP_fast_assign(args...)
#define TP_printk(args...)
#define DECLARE_EVENT_CLASS(name, proto, rest...)
#define DEFINE_EVENT(class, name, proto, args) static inline void trace_##name(proto) {}
#define TRACE_EVENT(name, proto, rest...)			\
	static inline void trace_##name(proto) {}		\
	static inline bool trace_##name##_enabled(void) { return false; }
#define LINUX_VERSION_CODE	0
#define KERNEL_VERSION(a, b, c)	((a) << 16 | (b) << 8 | (c))

__printf(2, 3)
static inline void unit_set_err_msg(struct netlink_ext_ack *extack, const char *format, ...)
{
	va_list args;

	if (!extack)
		return;
	va_start(args, format);
	vsnprintf(extack->text, sizeof(extack->text), format, args);
	va_end(args);
}

#define NL_SET_ERR_MSG(extack, text)			unit_set_err_msg(extack, "%s", text)
#define NL_SET_ERR_MSG_FMT(extack, format, args...)	unit_set_err_msg(extack, format, ##args)

#endif

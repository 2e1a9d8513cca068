/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of dynmem.ko, system "dynmem": pages that move into and out of balloons, memory that
 * is released, and decisions. main.c instantiates the tracepoints. Sizes are in bytes unless the
 * field's name says pages.
 */
#ifndef _DYNMEM_TRACE_DECISION
#define _DYNMEM_TRACE_DECISION

#include <linux/types.h>

/**
 * struct dynmem_trace_decision - the decision for a vnode; bytes
 * @node: host node that the vnode is bound to, or NUMA_NO_NODE
 * @page: size of the host pages that the vnode's memory is in
 * @demand: as in struct dynmem_vnode
 * @desired: as in struct dynmem_vnode
 * @granted: as in struct dynmem_vnode
 * @target: as in struct dynmem_vnode
 * @resident: resident memory of the VM in pages of size @page on @node; 0 if the vnode is bound to
 *	no node
 * @buffer_cut: the part of the vnode's buffer that is cut, see struct dynmem_cut
 * @demand_cut: the part of the vnode's demand that is cut
 * @ahead: as in struct dynmem_cut
 * @why: enum dynmem_why
 *
 * An object lives on the stack of the caller, so no lock guards it.
 */
struct dynmem_trace_decision {
	int node;
	u64 page;
	u64 demand;
	u64 desired;
	u64 granted;
	u64 target;
	u64 resident;
	u64 buffer_cut;
	u64 demand_cut;
	u64 ahead;
	int why;
};

#endif

#undef TRACE_SYSTEM
#define TRACE_SYSTEM dynmem

#if !defined(_DYNMEM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DYNMEM_TRACE_H

#include <linux/tracepoint.h>

#include "compat.h"

DECLARE_EVENT_CLASS(dynmem_range,
	TP_PROTO(const char *vm, int vnode, u64 first, u64 pages, u64 accepted, int reason),
	TP_ARGS(vm, vnode, first, pages, accepted, reason),
	TP_STRUCT__entry(
		__string(vm, vm)
		__field(int, vnode)
		__field(u64, first)
		__field(u64, pages)
		__field(u64, accepted)
		__field(int, reason)
	),
	TP_fast_assign(
		dynmem_assign_str(vm, vm);
		__entry->vnode = vnode;
		__entry->first = first;
		__entry->pages = pages;
		__entry->accepted = accepted;
		__entry->reason = reason;
	),
	TP_printk("vm=%s vnode=%d first=%#llx pages=%llu accepted=%llu reason=%d",
		  __get_str(vm), __entry->vnode, __entry->first, __entry->pages,
		  __entry->accepted, __entry->reason)
);

/*
 * The guest gives @pages pages, from guest page @first on, to its balloon. The host has accepted
 * @accepted of these pages; @reason (enum virtio_dynmem_reason) says why the other pages were not
 * accepted.
 */
DEFINE_EVENT(dynmem_range, dynmem_inflate,
	TP_PROTO(const char *vm, int vnode, u64 first, u64 pages, u64 accepted, int reason),
	TP_ARGS(vm, vnode, first, pages, accepted, reason)
);

/* The guest takes pages out of its balloon. The arguments are those of dynmem_inflate. */
DEFINE_EVENT(dynmem_range, dynmem_deflate,
	TP_PROTO(const char *vm, int vnode, u64 first, u64 pages, u64 accepted, int reason),
	TP_ARGS(vm, vnode, first, pages, accepted, reason)
);

/*
 * Traced after a call that releases memory. @hva is the host address of the memory, @bytes the
 * amount to release, @released the amount that was released, and @err 0 or a negative error code.
 */
TRACE_EVENT(dynmem_release,
	TP_PROTO(const char *vm, unsigned long hva, u64 bytes, u64 released, int err),
	TP_ARGS(vm, hva, bytes, released, err),
	TP_STRUCT__entry(
		__string(vm, vm)
		__field(unsigned long, hva)
		__field(u64, bytes)
		__field(u64, released)
		__field(int, err)
	),
	TP_fast_assign(
		dynmem_assign_str(vm, vm);
		__entry->hva = hva;
		__entry->bytes = bytes;
		__entry->released = released;
		__entry->err = err;
	),
	TP_printk("vm=%s hva=%#lx bytes=%llu released=%llu err=%d", __get_str(vm), __entry->hva,
		  __entry->bytes, __entry->released, __entry->err)
);

/*
 * The decision for a vnode. Traced once a tick. While the vnode's grant differs from its target,
 * every decision is traced.
 */
TRACE_EVENT(dynmem_decision,
	TP_PROTO(const char *vm, int vnode, const struct dynmem_trace_decision *decision),
	TP_ARGS(vm, vnode, decision),
	TP_STRUCT__entry(
		__string(vm, vm)
		__field(int, vnode)
		__field(int, node)
		__field(u64, page)
		__field(u64, demand)
		__field(u64, desired)
		__field(u64, granted)
		__field(u64, target)
		__field(u64, resident)
		__field(u64, buffer_cut)
		__field(u64, demand_cut)
		__field(int, why)
		__field(u64, ahead)
	),
	TP_fast_assign(
		dynmem_assign_str(vm, vm);
		__entry->vnode = vnode;
		__entry->node = decision->node;
		__entry->page = decision->page;
		__entry->demand = decision->demand;
		__entry->desired = decision->desired;
		__entry->granted = decision->granted;
		__entry->target = decision->target;
		__entry->resident = decision->resident;
		__entry->buffer_cut = decision->buffer_cut;
		__entry->demand_cut = decision->demand_cut;
		__entry->why = decision->why;
		__entry->ahead = decision->ahead;
	),
	TP_printk("vm=%s vnode=%d node=%d page=%llu demand=%llu desired=%llu granted=%llu target=%llu resident=%llu why=%d buffer_cut=%llu demand_cut=%llu ahead=%llu",
		  __get_str(vm), __entry->vnode, __entry->node, __entry->page, __entry->demand,
		  __entry->desired, __entry->granted, __entry->target, __entry->resident,
		  __entry->why, __entry->buffer_cut, __entry->demand_cut, __entry->ahead)
);

#endif /* _DYNMEM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>

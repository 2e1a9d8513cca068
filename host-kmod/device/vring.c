// SPDX-License-Identifier: GPL-2.0
/*
 * vring: the device side of a split virtqueue in guest memory (virtio 1.2, section 2.7).
 */
#include <linux/virtio_ring.h>

#include "device/vring.h"
#include "memory/guestmem.h"

/*
 * Reads guest memory without page faults. When this function returns -EAGAIN, @ring->absent says
 * which memory the caller has to fault in. ring_write() does the same for writing.
 */
static int ring_read(struct dynmem_vring *ring, u64 gpa, void *buf, size_t len)
{
	int ret = dynmem_guestmem_read_nofault(ring->gm, gpa, buf, len);

	if (ret == -EAGAIN)
		ring->absent = (struct dynmem_absent) { .gpa = gpa, .len = len };
	return ret;
}

static int ring_write(struct dynmem_vring *ring, u64 gpa, const void *buf, size_t len)
{
	int ret = dynmem_guestmem_write_nofault(ring->gm, gpa, buf, len);

	if (ret == -EAGAIN)
		ring->absent = (struct dynmem_absent) { .gpa = gpa, .len = len, .write = true };
	return ret;
}

static int ring_read_le16(struct dynmem_vring *ring, u64 gpa, u16 *value)
{
	__le16 raw;
	int ret = ring_read(ring, gpa, &raw, sizeof(raw));

	if (!ret)
		*value = le16_to_cpu(raw);
	return ret;
}

static int ring_write_le16(struct dynmem_vring *ring, u64 gpa, u16 value)
{
	__le16 raw = cpu_to_le16(value);

	return ring_write(ring, gpa, &raw, sizeof(raw));
}

/*
 * Guest-physical addresses of fields of the available ring and of the used ring. Both rings begin
 * with flags and idx.
 */
static u64 avail_idx(const struct dynmem_vring *ring)
{
	return ring->avail + offsetof(struct vring_avail, idx);
}

static u64 avail_entry(const struct dynmem_vring *ring, u16 i)
{
	return ring->avail + offsetof(struct vring_avail, ring) + 2ULL * (i & (ring->num - 1));
}

static u64 used_event(const struct dynmem_vring *ring)
{
	return ring->avail + offsetof(struct vring_avail, ring) + 2ULL * ring->num;
}

static u64 used_idx(const struct dynmem_vring *ring)
{
	return ring->used + offsetof(struct vring_used, idx);
}

static u64 used_entry(const struct dynmem_vring *ring, u16 i)
{
	return ring->used + offsetof(struct vring_used, ring) +
	       sizeof(struct vring_used_elem) * (u64)(i & (ring->num - 1));
}

static u64 avail_event(const struct dynmem_vring *ring)
{
	return ring->used + offsetof(struct vring_used, ring) +
	       sizeof(struct vring_used_elem) * (u64)ring->num;
}

int dynmem_vring_start(struct dynmem_vring *ring)
{
	u16 idx;
	int ret = ring_read_le16(ring, used_idx(ring), &idx);

	if (ret)
		return ret;
	ring->next_avail = idx;
	ring->next_used = idx;
	ring->signalled = idx;
	return idx;
}

static int read_desc(struct dynmem_vring *ring, u64 table, u32 i, struct vring_desc *desc)
{
	return ring_read(ring, table + i * sizeof(*desc), desc, sizeof(*desc));
}

static int add_segment(struct dynmem_elem *elem, const struct vring_desc *desc)
{
	unsigned int n = elem->nr_out + elem->nr_in;
	u32 len = __virtio32_to_cpu(true, desc->len);

	if (n == DYNMEM_ELEM_SEGS)
		return -E2BIG;
	if (__virtio16_to_cpu(true, desc->flags) & VRING_DESC_F_WRITE) {
		elem->nr_in++;
		elem->in_len += len;
	} else {
		/* All readable segments come before the writable ones (virtio 1.2, 2.7.4.2). */
		if (elem->nr_in)
			return -EINVAL;
		elem->nr_out++;
		elem->out_len += len;
	}
	elem->seg[n].gpa = __virtio64_to_cpu(true, desc->addr);
	elem->seg[n].len = len;
	return 0;
}

/*
 * Reads the chain that begins at descriptor @i of @table, which has @num descriptors. A chain that
 * is longer than its table has a loop.
 */
static int walk_chain(struct dynmem_vring *ring, u64 table, u32 num, u32 i,
		      struct dynmem_elem *elem, bool may_indirect)
{
	struct vring_desc desc;
	u32 seen;
	u16 flags;
	int ret;

	for (seen = 0; seen < num; seen++) {
		if (i >= num)
			return -EINVAL;
		ret = read_desc(ring, table, i, &desc);
		if (ret)
			return ret;
		flags = __virtio16_to_cpu(true, desc.flags);

		if (flags & VRING_DESC_F_INDIRECT) {
			u32 len = __virtio32_to_cpu(true, desc.len);

			/*
			 * An indirect table ends the chain that refers to it, and must not refer to
			 * another indirect table (virtio 1.2, 2.7.5.3).
			 */
			if (!may_indirect || (flags & VRING_DESC_F_NEXT) ||
			    !len || len % sizeof(desc))
				return -EINVAL;
			return walk_chain(ring, __virtio64_to_cpu(true, desc.addr),
					  min_t(u32, len / sizeof(desc), DYNMEM_VRING_MAX), 0,
					  elem, false);
		}
		ret = add_segment(elem, &desc);
		if (ret)
			return ret;
		if (!(flags & VRING_DESC_F_NEXT))
			return 0;
		i = __virtio16_to_cpu(true, desc.next);
	}
	return -ELOOP;
}

int dynmem_vring_pop(struct dynmem_vring *ring, struct dynmem_elem *elem)
{
	u16 idx, head;
	int ret;

	ret = ring_read_le16(ring, avail_idx(ring), &idx);
	if (ret)
		return ret;
	if (idx == ring->next_avail)
		return 0;
	if ((u16)(idx - ring->next_avail) > ring->num)
		return -EINVAL;

	/* Read the index before the entry, since the driver writes the index after the entry. */
	smp_rmb();
	ret = ring_read_le16(ring, avail_entry(ring, ring->next_avail), &head);
	if (ret)
		return ret;

	elem->head = head;
	elem->nr_out = 0;
	elem->nr_in = 0;
	elem->out_len = 0;
	elem->in_len = 0;
	ret = walk_chain(ring, ring->desc, ring->num, head, elem, ring->indirect);
	if (ret)
		return ret;
	ring->next_avail++;
	return 1;
}

int dynmem_vring_push(struct dynmem_vring *ring, const struct dynmem_elem *elem, u32 written)
{
	struct vring_used_elem used = {
		.id = __cpu_to_virtio32(true, elem->head),
		.len = __cpu_to_virtio32(true, written),
	};
	int ret;

	ret = ring_write(ring, used_entry(ring, ring->next_used), &used, sizeof(used));
	if (ret)
		return ret;
	/* The entry and the answer must be visible before the index. */
	smp_wmb();
	ret = ring_write_le16(ring, used_idx(ring), ring->next_used + 1);
	if (ret)
		return ret;
	ring->next_used++;
	return 0;
}

int dynmem_vring_wants_interrupt(struct dynmem_vring *ring)
{
	u16 old = ring->signalled, value;
	int ret;

	/* The used index must be visible before the driver's event index or flags are read. */
	smp_mb();
	if (ring->event_idx) {
		ret = ring_read_le16(ring, used_event(ring), &value);
		if (ret)
			return ret;
		ring->signalled = ring->next_used;
		return vring_need_event(value, ring->next_used, old);
	}
	ret = ring_read_le16(ring, ring->avail, &value);
	return ret ?: !(value & VRING_AVAIL_F_NO_INTERRUPT);
}

int dynmem_vring_rearm(struct dynmem_vring *ring)
{
	u16 idx;
	int ret;

	/* Without an event index the driver kicks for each request. */
	if (!ring->event_idx)
		return 0;
	ret = ring_write_le16(ring, avail_event(ring), ring->next_avail);
	if (ret)
		return ret;
	/* The event index must be visible before the available index is read once more. */
	smp_mb();
	ret = ring_read_le16(ring, avail_idx(ring), &idx);
	return ret ?: idx != ring->next_avail;
}

/* Copies @len bytes at @offset of @nr segments to @buf, or from @buf if @write is true. */
static int copy_segs(struct dynmem_vring *ring, const struct dynmem_seg *seg, unsigned int nr,
		     u64 offset, void *buf, size_t len, bool write)
{
	for (; len && nr; seg++, nr--) {
		size_t n;
		int ret;

		if (offset >= seg->len) {
			offset -= seg->len;
			continue;
		}
		n = min_t(u64, len, seg->len - offset);
		ret = write ? ring_write(ring, seg->gpa + offset, buf, n) :
			      dynmem_guestmem_read(ring->gm, seg->gpa + offset, buf, n);
		if (ret)
			return ret;
		buf += n;
		len -= n;
		offset = 0;
	}
	return len ? -EINVAL : 0;
}

int dynmem_elem_read(struct dynmem_vring *ring, const struct dynmem_elem *elem, u64 offset,
		     void *buf, size_t len)
{
	return copy_segs(ring, elem->seg, elem->nr_out, offset, buf, len, false);
}

int dynmem_elem_write(struct dynmem_vring *ring, const struct dynmem_elem *elem, u64 offset,
		      const void *buf, size_t len)
{
	return copy_segs(ring, elem->seg + elem->nr_out, elem->nr_in, offset, (void *)buf, len,
			 true);
}

int dynmem_absent_fault_in(struct dynmem_guestmem *gm, const struct dynmem_absent *absent)
{
	return dynmem_guestmem_fault_in(gm, absent->gpa, absent->len, absent->write);
}

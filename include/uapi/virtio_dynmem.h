/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * The wire format between dynmem.ko (device, in the host) and dynmem_balloon.ko (driver, in the
 * guest): a virtio balloon device (ID 5) that also offers VIRTIO_BALLOON_F_DYNMEM.
 *
 * When that bit is negotiated the device has one request queue (and, if REPORTING is negotiated
 * too, the free page reporting queue behind it) instead of the inflate, deflate and statistics
 * queues. The driver sends one request a descriptor chain: a readable header and payload,
 * followed by writable space for an answer header and its payload. All is little endian.
 * Pages are 4 KiB guest pages whatever the guest's own page size; figures are bytes.
 *
 * An *epoch* lasts from one HELLO to the next. The device refuses a request of another epoch with
 * VIRTIO_DYNMEM_S_EPOCH, upon which the driver says HELLO again. A device reset alone does not
 * end an epoch: stopping and continuing a VM looks like a reset and must lose nothing. A driver
 * that goes on after a reset with the epoch it has resumes its session.
 *
 * The device says how large the balloon of each vnode shall be in config space, behind the fields
 * of the standard balloon, and raises a config interrupt; the same figures ride in the answers to
 * HELLO, REPORT and NEED. Config space is read in several accesses and no generation reaches the
 * driver through the VMM, so the driver reads @generation before and after the figures and starts
 * over when the two differ.
 */
#ifndef _UAPI_VIRTIO_DYNMEM_H
#define _UAPI_VIRTIO_DYNMEM_H

#include <linux/types.h>

#define VIRTIO_BALLOON_F_DYNMEM		60	/* feature bit, private to this project */

#define VIRTIO_DYNMEM_VERSION		1
#define VIRTIO_DYNMEM_PAGE_SHIFT	12
#define VIRTIO_DYNMEM_BLOCK_ORDER	9	/* a block is 2 MiB */
/*
 * Keeps config space within 256 bytes: VMMs show it in an I/O BAR too, and PCI has none larger. Of
 * a guest with more vnodes the rest has no balloon.
 */
#define VIRTIO_DYNMEM_MAX_VNODES	16
/* Ranges in one request. 4096 blocks are 8 GiB; the driver stays well below. */
#define VIRTIO_DYNMEM_MAX_RANGES	4096

#define VIRTIO_DYNMEM_VQ_REQUEST	0
#define VIRTIO_DYNMEM_VQ_REPORTING	1	/* exists only with VIRTIO_BALLOON_F_REPORTING */

/**
 * struct virtio_dynmem_targets - how large the balloon of each vnode shall be
 * @generation: changes with every change of the figures; read before and after them
 * @vnodes: how many of @balloon are valid, 0 before the first HELLO
 * @balloon: pages that the balloon of vnode i shall hold. The driver inflates towards a higher
 *	figure and may deflate down to a lower one: memory below it is granted, not just planned.
 */
struct virtio_dynmem_targets {
	__le32 generation;
	__le32 vnodes;
	__le64 balloon[VIRTIO_DYNMEM_MAX_VNODES];
};

/* Config space: the standard balloon's fields, then ours. The driver writes @actual alone. */
struct virtio_dynmem_config {
	__le32 num_pages;
	__le32 actual;
	__le32 free_page_hint_cmd_id;
	__le32 poison_val;
	struct virtio_dynmem_targets targets;
};

enum virtio_dynmem_type {
	VIRTIO_DYNMEM_HELLO = 1,	/* struct virtio_dynmem_hello -> targets */
	VIRTIO_DYNMEM_REPORT = 2,	/* struct virtio_dynmem_report -> targets */
	VIRTIO_DYNMEM_NEED = 3,		/* struct virtio_dynmem_need -> targets */
	VIRTIO_DYNMEM_INFLATE = 4,	/* ranges -> results */
	VIRTIO_DYNMEM_DEFLATE = 5,	/* ranges -> results */
	VIRTIO_DYNMEM_MOVE = 6,		/* pairs of ranges -> results */
};

/* Why a request was refused as a whole; it then had no effect. */
enum virtio_dynmem_status {
	VIRTIO_DYNMEM_S_OK = 0,
	VIRTIO_DYNMEM_S_MALFORMED = 1,	/* lengths or counts do not fit, no room to answer */
	VIRTIO_DYNMEM_S_VERSION = 2,	/* @version is not spoken; the answer carries one that is */
	VIRTIO_DYNMEM_S_EPOCH = 3,	/* say HELLO first */
	VIRTIO_DYNMEM_S_TYPE = 4,	/* unknown type */
	VIRTIO_DYNMEM_S_BUSY = 5,	/* the device cannot serve now, try again later */
};

/* Why (the rest of) a range was refused. */
enum virtio_dynmem_reason {
	VIRTIO_DYNMEM_R_NONE = 0,	/* nothing was refused; of INFLATE and DEFLATE fewer pages
					 * than asked for: it takes too long, ask for the rest again
					 */
	VIRTIO_DYNMEM_R_RANGE = 1,	/* empty, too long, or not the guest's RAM */
	VIRTIO_DYNMEM_R_TWICE = 2,	/* inflate: in the balloon already; deflate: not in it */
	VIRTIO_DYNMEM_R_BACKING = 3,	/* never released: ROM, a file, a device */
	VIRTIO_DYNMEM_R_PINNED = 4,	/* pinned for DMA or locked */
	VIRTIO_DYNMEM_R_ALIGN = 5,	/* the backing's pages are larger than the range */
	VIRTIO_DYNMEM_R_FAILED = 6,	/* the host tried and could not */
	VIRTIO_DYNMEM_R_GRANT = 7,	/* deflate: more than is granted now */
};

/**
 * struct virtio_dynmem_request - what each request begins with
 * @type: enum virtio_dynmem_type
 * @version: VIRTIO_DYNMEM_VERSION
 * @epoch: from the answer to HELLO; ignored in HELLO
 * @count: entries that follow the fixed payload (vnode figures or ranges)
 * @flags: VIRTIO_DYNMEM_F_*
 */
struct virtio_dynmem_request {
	__le16 type;
	__le16 version;
	__le32 epoch;
	__le32 count;
	__le32 flags;
};

/* INFLATE: the driver has held these pages since before this session: said after a HELLO. */
#define VIRTIO_DYNMEM_F_HELD		(1u << 0)
/*
 * DEFLATE: the driver is leaving and takes everything back, whatever is granted. That ends the
 * session but for more of the same: all other requests are refused until a HELLO, as those of
 * another epoch are.
 */
#define VIRTIO_DYNMEM_F_LEAVING		(1u << 1)

/**
 * struct virtio_dynmem_answer - what each answer begins with
 * @type: of the request
 * @status: enum virtio_dynmem_status
 * @version: that the device speaks
 * @epoch: of the session, 0 if there is none
 * @count: entries that follow: of struct virtio_dynmem_result after INFLATE, DEFLATE and
 *	MOVE; else 1 struct virtio_dynmem_targets, or 0
 */
struct virtio_dynmem_answer {
	__le16 type;
	__le16 status;
	__le16 version;
	__le16 reserved;
	__le32 epoch;
	__le32 count;
};

/**
 * struct virtio_dynmem_range - pages of one vnode; the payload of INFLATE, DEFLATE and MOVE
 * @first: guest page number (guest-physical address >> 12)
 * @pages: how many
 * @vnode: whose they are; in HELLO, the vnode that is described
 */
struct virtio_dynmem_range {
	__le64 first;
	__le32 pages;
	__le16 vnode;
	__le16 reserved;
};

/*
 * MOVE: the guest's kernel moves pages of the balloon elsewhere. Of each two ranges, of one length
 * (at most a block) and one vnode, the first comes into the balloon, and then the second goes out
 * of it: what the guest can touch does not grow, so nothing need be granted for that. If the second
 * is refused, so is the first. Both have the same result.
 */

/**
 * struct virtio_dynmem_result - the answer for the range with the same index
 * @pages: accepted, counted from the range's first page
 * @reason: enum virtio_dynmem_reason for the rest
 */
struct virtio_dynmem_result {
	__le32 pages;
	__le16 reason;
	__le16 reserved;
};

/**
 * struct virtio_dynmem_hello - a driver instance begins a session
 * @instance: random, chosen at probe; kept while the driver keeps its stock of ballooned pages
 *	over an unplug and replug of the device, so that the device knows it again
 * @held: pages the driver still holds and re-announces right after this with INFLATE requests
 *	that carry VIRTIO_DYNMEM_F_HELD; the first REPORT ends that
 * @vnodes: how many the guest has
 * @block_order: pages in a block are 1 << block_order
 *
 * Followed by @count struct virtio_dynmem_range: the guest-physical memory of each vnode.
 */
struct virtio_dynmem_hello {
	__u8 instance[16];
	__le64 held;
	__le16 vnodes;
	__le16 block_order;
	__le32 reserved;
};

/**
 * struct virtio_dynmem_vnode - one vnode's figures, in bytes; entry i is vnode i
 */
struct virtio_dynmem_vnode {
	__le64 total;		/* managed by the guest's allocator plus the balloon */
	__le64 free;
	__le64 reclaimable;	/* file cache and reclaimable kernel memory */
	__le64 ballooned;
	__le64 unavailable;	/* target minus ballooned that the driver could not find to give */
};

/**
 * struct virtio_dynmem_report - what the guest says of itself, every second and on a jump
 *
 * Bytes; the counters at the end count since the last report. Followed by @count struct
 * virtio_dynmem_vnode.
 */
struct virtio_dynmem_report {
	__le64 commit;		/* vm_memory_committed() */
	__le64 commit_limit;
	__le64 total;		/* MemTotal with the balloon added back */
	__le64 free;
	__le64 available;
	__le64 anon;
	__le64 shmem;
	__le64 file;
	__le64 swapped;
	__le64 kernel;		/* unreclaimable: slab, stacks, page tables, per-CPU, vmalloc */
	__le64 ballooned;
	__le64 swap_in;
	__le64 swap_out;
	__le64 refault;
	__le64 major_faults;	/* a number */
	__le64 stalls;		/* direct reclaim entered: a number */
	__le16 overcommit;	/* vm.overcommit_memory, 0xffff unknown */
	__le16 reserved;
	__le32 stalled;		/* microseconds in which some task had to reclaim memory */
};

/**
 * struct virtio_dynmem_need - the guest is about to kill or swap
 * @bytes: how much it lacks, and wants to have exposed on top of what it has
 * @vnode: where
 *
 * Answered at once with what is granted by then; what is granted thereafter the device tells by its
 * config interrupt. So the driver can say NEED before its kernel kills, hold the kernel up for a
 * second at most, and meanwhile report and move pages. The device counts @bytes as demand of the
 * vnode for 3 s, as far as it believes them: no further above what is resident than one step of
 * growth, 256 MiB or a quarter.
 */
struct virtio_dynmem_need {
	__le64 bytes;
	__le16 vnode;
	__le16 reserved[3];
};

#endif /* _UAPI_VIRTIO_DYNMEM_H */

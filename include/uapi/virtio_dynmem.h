/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * The wire format between dynmem.ko (device, in the host) and dynmem_balloon.ko (driver, in the
 * guest): a virtio balloon device (ID 5) that also offers VIRTIO_BALLOON_F_DYNMEM.
 *
 * When that bit is negotiated the device has one request queue (and, if REPORTING is negotiated
 * too, the free page reporting queue behind it) instead of the inflate, deflate and statistics
 * queues. The driver sends one request per descriptor chain: a readable header and payload,
 * followed by writable space for an answer header and its payload. All is little endian.
 * Pages are 4 KiB guest pages whatever the guest's own page size; figures in REPORT and NEED are
 * bytes.
 *
 * An *epoch* lasts from one HELLO to the next. The device refuses a request of another epoch with
 * VIRTIO_DYNMEM_S_EPOCH, upon which the driver says HELLO again. A device reset alone does not
 * end an epoch: stopping and continuing a VM looks like a reset and must lose nothing. A driver
 * that goes on after a reset with the epoch it has resumes its session.
 *
 * In config space, behind the fields of the standard balloon, the device shows its targets, how
 * large the balloon of each vnode shall be, and raises a config interrupt when they change. The
 * answers to HELLO, REPORT and NEED carry the same targets. Config space is read in several
 * accesses, and virtio's own config generation does not reach the driver through the VMM. So the
 * driver reads the targets' generation before and after them, and starts over if the two differ.
 */
#ifndef _UAPI_VIRTIO_DYNMEM_H
#define _UAPI_VIRTIO_DYNMEM_H

#include <linux/types.h>

#define VIRTIO_BALLOON_F_DYNMEM		60	/* feature bit, private to this project */

#define VIRTIO_DYNMEM_VERSION		1
#define VIRTIO_DYNMEM_PAGE_SHIFT	12
#define VIRTIO_DYNMEM_BLOCK_ORDER	9	/* a block is 2 MiB */
/*
 * Keeps config space within 256 bytes: VMMs also show it in an I/O BAR, which PCI limits to that.
 * Further vnodes of a guest have no balloon.
 */
#define VIRTIO_DYNMEM_MAX_VNODES	16
/* Ranges in one request. 4096 blocks are 8 GiB; the driver stays well below. */
#define VIRTIO_DYNMEM_MAX_RANGES	4096

#define VIRTIO_DYNMEM_VQ_REQUEST	0
#define VIRTIO_DYNMEM_VQ_REPORTING	1	/* exists only with VIRTIO_BALLOON_F_REPORTING */

/**
 * struct virtio_dynmem_targets - how large the balloon of each vnode shall be
 * @generation: changes with every change of the figures; read before and after them
 * @vnodes: how many entries of @balloon are valid, 0 before the first HELLO
 * @balloon: entry i: pages that the balloon of vnode i shall hold. If it holds fewer the driver
 *	inflates; if it holds more the driver may deflate to this, as the memory is granted, not
 *	just planned.
 */
struct virtio_dynmem_targets {
	__le32 generation;
	__le32 vnodes;
	__le64 balloon[VIRTIO_DYNMEM_MAX_VNODES];
};

/* Config space: the standard balloon's fields, then ours. A driver may write @actual only. */
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
	VIRTIO_DYNMEM_S_MALFORMED = 1,	/* wrong lengths or counts, or no space for the answer */
	VIRTIO_DYNMEM_S_VERSION = 2,	/* unknown version; the answer has the device's version */
	VIRTIO_DYNMEM_S_EPOCH = 3,	/* say HELLO first */
	VIRTIO_DYNMEM_S_TYPE = 4,	/* unknown type */
	VIRTIO_DYNMEM_S_BUSY = 5,	/* the device cannot serve now, try again later */
};

/* Why a range, or the rest of it, was refused. */
enum virtio_dynmem_reason {
	VIRTIO_DYNMEM_R_NONE = 0,	/* nothing was refused; if INFLATE or DEFLATE accepted fewer
					 * pages, the rest would take too long: ask for it again
					 */
	VIRTIO_DYNMEM_R_RANGE = 1,	/* empty, too long, or not the guest's RAM */
	VIRTIO_DYNMEM_R_TWICE = 2,	/* inflate: in the balloon already; deflate: not in it */
	VIRTIO_DYNMEM_R_BACKING = 3,	/* memory of a kind that is never released, such as ROM */
	VIRTIO_DYNMEM_R_PINNED = 4,	/* pinned for DMA or locked */
	VIRTIO_DYNMEM_R_ALIGN = 5,	/* the backing's pages are larger than the range */
	VIRTIO_DYNMEM_R_FAILED = 6,	/* the host tried to take or return it, and could not */
	VIRTIO_DYNMEM_R_GRANT = 7,	/* deflate: more than is granted now */
};

/**
 * struct virtio_dynmem_request - what each request begins with
 * @type: enum virtio_dynmem_type
 * @version: VIRTIO_DYNMEM_VERSION
 * @epoch: from the answer to HELLO; ignored in HELLO
 * @count: number of entries (vnode figures or ranges) that follow the fixed payload
 * @flags: VIRTIO_DYNMEM_F_*
 */
struct virtio_dynmem_request {
	__le16 type;
	__le16 version;
	__le32 epoch;
	__le32 count;
	__le32 flags;
};

/* INFLATE: announces pages that the stock held before HELLO. They are checked like any others. */
#define VIRTIO_DYNMEM_F_HELD		(1u << 0)
/*
 * DEFLATE: the driver is leaving and takes everything back, whatever is granted. From then on all
 * requests but further ones of this kind are refused with VIRTIO_DYNMEM_S_EPOCH, until a HELLO.
 */
#define VIRTIO_DYNMEM_F_LEAVING		(1u << 1)

/**
 * struct virtio_dynmem_answer - what each answer begins with
 * @type: type of the request
 * @status: enum virtio_dynmem_status
 * @version: protocol version that the device speaks
 * @epoch: epoch of the session, 0 if there is none
 * @count: number of entries that follow: after INFLATE, DEFLATE and MOVE struct
 *	virtio_dynmem_result; else one struct virtio_dynmem_targets, or none
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
 * @pages: number of pages
 * @vnode: vnode of the pages; in HELLO, the vnode that has this memory
 */
struct virtio_dynmem_range {
	__le64 first;
	__le32 pages;
	__le16 vnode;
	__le16 reserved;
};

/*
 * MOVE: the guest's kernel moves pages of the balloon elsewhere. Its ranges come in pairs of one
 * length (at most a block) and one vnode. The first of a pair goes into the balloon, and then the
 * second leaves it: what the guest can touch does not grow, so this needs no grant. If the second
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
 * @instance: random; chosen when a driver without a stock of ballooned pages starts, and kept as
 *	long as it keeps one, so that the host recognizes it after the device was replugged
 * @held: pages that the driver still holds. It announces them right after this, before its first
 *	REPORT, with INFLATE requests that carry VIRTIO_DYNMEM_F_HELD
 * @vnodes: number of vnodes of the guest
 * @block_order: pages in a block are 1 << block_order
 *
 * In the request struct virtio_dynmem_range entries follow, with the guest-physical memory of each
 * vnode.
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
	__le64 unavailable;	/* part of target - ballooned that the driver could not find */
};

/**
 * struct virtio_dynmem_report - the guest's figures, sent every second and when demand jumps
 *
 * In bytes unless a member says otherwise. @swap_in to @stalls and @stalled count since the last
 * report. One struct virtio_dynmem_vnode for each vnode follows in the request.
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
	__le64 kernel;		/* unreclaimable kernel memory, also that without a counter */
	__le64 ballooned;
	__le64 swap_in;
	__le64 swap_out;
	__le64 refault;
	__le64 major_faults;	/* number of major page faults */
	__le64 stalls;		/* number of times that tasks entered direct reclaim */
	__le16 overcommit;	/* vm.overcommit_memory, 0xffff unknown */
	__le16 reserved;
	__le32 stalled;		/* microseconds in which a program was in direct reclaim */
};

/**
 * struct virtio_dynmem_need - the guest is about to kill or swap
 * @bytes: memory that the guest lacks, and wants on top of what it may use now
 * @vnode: vnode in which it lacks memory
 *
 * Answered at once with the grants of that moment; the config interrupt announces later grants. So
 * the driver can send NEED before its kernel kills, make the kernel wait for a second at most, and
 * meanwhile report and move pages. The device counts @bytes as demand of the vnode for 3 s, but no
 * further than one step of growth above the VM's resident memory: 256 MiB or a quarter of that.
 */
struct virtio_dynmem_need {
	__le64 bytes;
	__le16 vnode;
	__le16 reserved[3];
};

#endif /* _UAPI_VIRTIO_DYNMEM_H */

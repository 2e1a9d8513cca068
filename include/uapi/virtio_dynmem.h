/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * The wire format between dynmem.ko (device, in the host) and dynmem_balloon.ko (driver, in the
 * guest): a virtio balloon device (ID 5) that also offers VIRTIO_BALLOON_F_DYNMEM.
 *
 * When that bit is negotiated the device has one request queue instead of the inflate, deflate and
 * statistics queues. If REPORTING is negotiated too, the queue of free page reporting comes next.
 * The driver sends one request per descriptor chain: a readable header and payload, followed by
 * writable space for an answer header and its payload. All fields are little endian. A page is a
 * 4 KiB guest page, whatever the guest's own page size is. Figures in REPORT and NEED are in bytes.
 *
 * An *epoch* lasts from one HELLO to the next. The device refuses a request of another epoch with
 * VIRTIO_DYNMEM_S_EPOCH, and the driver then sends HELLO again. A device reset does not end an
 * epoch: a VMM also resets the device when it stops and continues the VM, and the driver does not
 * notice that. A driver that goes on using its epoch after a reset resumes its session.
 *
 * The targets say how large the balloon of each vnode shall be. The device shows them in config
 * space, behind the fields of the standard balloon, and raises a config interrupt when they change.
 * The answers to HELLO, REPORT and NEED carry the same targets. The driver reads config space in
 * several accesses, and virtio's own config generation does not reach the driver through the VMM.
 * So the driver reads the generation of the targets before and after the targets, and starts over
 * if the two generations differ.
 */
#ifndef _UAPI_VIRTIO_DYNMEM_H
#define _UAPI_VIRTIO_DYNMEM_H

#include <linux/types.h>

#define VIRTIO_BALLOON_F_DYNMEM		60	/* feature bit, private to this project */

#define VIRTIO_DYNMEM_VERSION		1
#define VIRTIO_DYNMEM_PAGE_SHIFT	12
#define VIRTIO_DYNMEM_BLOCK_ORDER	9	/* a block is 2 MiB */
/*
 * This number keeps config space within 256 bytes: VMMs also show config space in an I/O BAR, and
 * PCI limits an I/O BAR to 256 bytes. If a guest has more vnodes, only the first 16 have a balloon.
 */
#define VIRTIO_DYNMEM_MAX_VNODES	16
/* The most ranges in one request: 4096 blocks are 8 GiB. dynmem_balloon sends fewer ranges. */
#define VIRTIO_DYNMEM_MAX_RANGES	4096

#define VIRTIO_DYNMEM_VQ_REQUEST	0
#define VIRTIO_DYNMEM_VQ_REPORTING	1	/* exists only with VIRTIO_BALLOON_F_REPORTING */

/**
 * struct virtio_dynmem_targets - how large the balloon of each vnode shall be
 * @generation: changes whenever another member changes. The driver reads it before and after the
 *	other members
 * @vnodes: number of valid entries of @balloon. Before HELLO the device does not know the driver's
 *	vnodes. It divides the guest's memory into vnodes of its own, and the entries are for those
 * @balloon: entry i: number of pages that the balloon of vnode i shall hold. If the balloon holds
 *	fewer pages, the driver inflates. If the balloon holds more pages, the driver may deflate
 *	down to this number, because the memory of these pages is granted and not just planned
 */
struct virtio_dynmem_targets {
	__le32 generation;
	__le32 vnodes;
	__le64 balloon[VIRTIO_DYNMEM_MAX_VNODES];
};

/* Config space: the standard balloon's fields, then @targets. A driver may write only @actual. */
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

/* Why a request was refused as a whole. A request that was refused had no effect. */
enum virtio_dynmem_status {
	VIRTIO_DYNMEM_S_OK = 0,
	VIRTIO_DYNMEM_S_MALFORMED = 1,	/* wrong lengths or counts, or no space for the answer */
	VIRTIO_DYNMEM_S_VERSION = 2,	/* unknown version; the answer has the right one */
	VIRTIO_DYNMEM_S_EPOCH = 3,	/* wrong epoch: the driver has to send HELLO first */
	VIRTIO_DYNMEM_S_TYPE = 4,	/* unknown type */
	VIRTIO_DYNMEM_S_BUSY = 5,	/* the device cannot serve the request now */
};

/* Why pages of a range were refused. */
enum virtio_dynmem_reason {
	VIRTIO_DYNMEM_R_NONE = 0,	/* nothing was refused. If INFLATE or DEFLATE accepted only
					 * a part of the range, the device ran out of time: the
					 * driver may send the rest in a new request
					 */
	VIRTIO_DYNMEM_R_RANGE = 1,	/* empty, too long, or not the guest's RAM */
	VIRTIO_DYNMEM_R_TWICE = 2,	/* inflate: in the balloon already; deflate: not in it */
	VIRTIO_DYNMEM_R_BACKING = 3,	/* memory of a kind that is never released, such as ROM */
	VIRTIO_DYNMEM_R_PINNED = 4,	/* pinned for DMA or locked */
	VIRTIO_DYNMEM_R_ALIGN = 5,	/* the range covers a page of the host only in part */
	VIRTIO_DYNMEM_R_FAILED = 6,	/* the host failed to release or to return the pages */
	VIRTIO_DYNMEM_R_GRANT = 7,	/* deflate: the grant does not allow that much memory */
};

/**
 * struct virtio_dynmem_request - the header of each request
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

/* INFLATE: the driver has held the pages since before HELLO. The device checks them as usual. */
#define VIRTIO_DYNMEM_F_HELD		(1u << 0)
/*
 * DEFLATE: the driver is leaving and takes back all its pages, whatever is granted. Until the next
 * HELLO the device answers VIRTIO_DYNMEM_S_EPOCH to every request that lacks this flag.
 */
#define VIRTIO_DYNMEM_F_LEAVING		(1u << 1)
/*
 * HELLO: memory that is plugged in from now on comes into the balloon before the guest can use it.
 * The driver then sends HELLO again, and announces that memory with the pages that it held before.
 * Until then the device counts the new memory as ballooned, and leaves it out of the targets.
 */
#define VIRTIO_DYNMEM_F_PLUG		(1u << 2)

/**
 * struct virtio_dynmem_answer - the header of each answer
 * @type: type of the request
 * @status: enum virtio_dynmem_status
 * @version: protocol version that the device supports
 * @epoch: epoch of the session, 0 if there is none
 * @count: number of entries that follow. Answers to INFLATE, DEFLATE and MOVE have entries of
 *	struct virtio_dynmem_result; other answers have one struct virtio_dynmem_targets, or no
 *	entry
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
 * MOVE: the guest's kernel needs pages of the balloon, and replaces them by other pages. The ranges
 * come in pairs. Both ranges of a pair have the same length (at most a block) and the same vnode.
 * The first range of a pair goes into the balloon, and then the second range leaves the balloon.
 * The guest can touch no more memory than before, so a grant is not needed. If the second range is
 * refused, the first one is refused, too. Both ranges have the same result.
 */

/**
 * struct virtio_dynmem_result - the answer for the range with the same index
 * @pages: number of pages accepted, from the first page of the range on
 * @reason: why the other pages were not accepted, enum virtio_dynmem_reason
 */
struct virtio_dynmem_result {
	__le32 pages;
	__le16 reason;
	__le16 reserved;
};

/**
 * struct virtio_dynmem_hello - a driver instance begins a session
 * @instance: a random number that the driver chooses when it starts without ballooned pages. The
 *	driver keeps this number while it has ballooned pages, so that the host recognizes the
 *	driver after the device was unplugged and plugged again
 * @held: number of pages that the driver still holds. It announces these pages right after HELLO,
 *	before its first REPORT, with INFLATE requests that carry VIRTIO_DYNMEM_F_HELD
 * @vnodes: number of vnodes of the guest
 * @block_order: pages in a block are 1 << block_order
 *
 * In the request, entries of struct virtio_dynmem_range follow, which say what guest-physical
 * memory each vnode has.
 *
 * If the same instance has sent HELLO before, its pages go on to count as ballooned until the first
 * REPORT. Then pages that it has not announced again leave the balloon.
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
	__le64 total;		/* memory of the vnode's page allocator, balloon included */
	__le64 free;
	__le64 reclaimable;	/* file cache and reclaimable kernel memory */
	__le64 ballooned;
	__le64 unavailable;	/* memory that the guest should give, but can't find */
};

/**
 * struct virtio_dynmem_report - the guest's figures, sent every second and when demand jumps
 *
 * Members are in bytes unless noted otherwise. @swap_in to @stalls and @stalled count since the
 * last report. One struct virtio_dynmem_vnode for each vnode follows in the request.
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
	__le64 kernel;		/* unreclaimable kernel memory, including uncounted memory */
	__le64 ballooned;
	__le64 swap_in;
	__le64 swap_out;
	__le64 refault;
	__le64 major_faults;	/* number of major page faults */
	__le64 stalls;		/* number of times that tasks entered direct reclaim */
	__le16 overcommit;	/* vm.overcommit_memory; 0xffff: unknown */
	__le16 reserved;
	__le32 stalled;		/* microseconds in which any task was in direct reclaim */
};

/**
 * virtio_dynmem_floor() - the available memory that the balloon must leave to the guest
 * @total: the guest's memory, as in its report, bytes
 *
 * The driver stops giving memory before the guest's available memory falls below this floor. While
 * the available memory is below the floor, the driver gives no memory, even if the targets require
 * it.
 *
 * Return: in bytes: 1/16 of @total below 1 GiB, 64 MiB from 1 GiB to 16 GiB, 1/256 of @total above
 */
static inline __u64 virtio_dynmem_floor(__u64 total)
{
	__u64 least = total >> 4 < 64 << 20 ? total >> 4 : 64 << 20;

	return total >> 8 > least ? total >> 8 : least;
}

/**
 * struct virtio_dynmem_need - the guest is about to kill or swap
 * @bytes: memory that the guest lacks, in addition to the memory that it may use now
 * @vnode: vnode in which the guest lacks memory
 *
 * The driver can send NEED before its kernel kills a process, and then let the kernel wait for a
 * second at most. The device answers at once with the grants of that moment, and announces later
 * grants by a config interrupt. So the driver can report and move pages while its kernel waits.
 *
 * For 3 s the host counts @bytes as additional demand of the vnode. The host assumes that a VM
 * needs at most its resident memory plus one step of growth, and limits @bytes accordingly. A step
 * is 256 MiB, or a quarter of the resident memory if that is more.
 */
struct virtio_dynmem_need {
	__le64 bytes;
	__le16 vnode;
	__le16 reserved[3];
};

#endif /* _UAPI_VIRTIO_DYNMEM_H */

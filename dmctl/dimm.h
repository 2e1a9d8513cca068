/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dimm: the memory that a QEMU was started with, and the DIMMs that were plugged into it. DIMMs
 * that dmctl plugs in, and the objects behind them, have ids that begin with "dynmem-".
 */
#ifndef DMCTL_DIMM_H
#define DMCTL_DIMM_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm.h"

#define DIMM_STEP	(128ULL << 20)	/* Linux brings memory online in pieces of this size */
#define DIMM_VNODES	16		/* the most vnodes of a guest, as in virtio_dynmem.h */
#define DIMM_MAX	256		/* QEMU has no more slots */

/**
 * struct backend - an object of QEMU that has memory for the guest
 * @id: its id
 * @size: bytes
 * @facts: what QEMU says of it, the answer to query-memdev
 */
struct backend {
	char id[64];
	uint64_t size;
	struct json_object *facts;
};

/**
 * struct dimm - a DIMM
 * @id: its id; "": it has none
 * @backend: id of the object that has its memory
 * @size: bytes
 */
struct dimm {
	char id[64];
	char backend[64];
	uint64_t size;
};

/**
 * struct dimms - the memory of a QEMU
 * @boot: the memory that QEMU was started with; entry i belongs to vnode i
 * @nr_boot: number of entries in @boot
 * @dimm: the DIMMs
 * @nr: number of entries in @dimm
 * @stray: objects of dmctl without a DIMM: dmctl was killed before it could plug the DIMM in
 * @nr_strays: number of entries in @stray
 * @memdevs: the object that the others lead into
 */
struct dimms {
	struct backend boot[DIMM_VNODES];
	size_t nr_boot;
	struct dimm dimm[DIMM_MAX];
	size_t nr;
	char stray[DIMM_MAX][64];
	size_t nr_strays;
	struct json_object *memdevs;
};

/* Reads the memory of a QEMU, to be freed by dimms_free() on success. @why: set on failure. */
bool dimms_read(struct vmm *vmm, struct dimms *dimms, char *why);
void dimms_free(struct dimms *dimms);

/* Boot memory and DIMMs together, bytes. */
uint64_t dimms_size(const struct dimms *dimms);

/* Removes the objects without a DIMM from QEMU. @why: set to a sentence on failure. */
bool dimms_tidy(struct vmm *vmm, const struct dimms *dimms, char *why);

/**
 * dimm_part() - the part of a size that goes to a vnode
 * @size: a multiple of DIMM_STEP
 * @before: boot memory of the vnodes before this one, bytes
 * @own: boot memory of this vnode
 * @all: boot memory of all vnodes
 *
 * Return: a multiple of DIMM_STEP. The parts of all vnodes add up to @size
 */
uint64_t dimm_part(uint64_t size, uint64_t before, uint64_t own, uint64_t all);

/* What a VM lacks up to its maximum, as a multiple of DIMM_STEP; bytes. */
uint64_t dimm_lack(uint64_t ram, uint64_t maximum);

/* The number in an id of dmctl's, as "dynmem-3" or "dynmem-mem-3"; -1: it is not dmctl's. */
int dimm_number(const char *id);

/**
 * dimm_add() - plug in a DIMM
 * @vmm: the QEMU
 * @like: memory of the vnode; the memory of the DIMM is of the same kind
 * @vnode: number of the vnode
 * @number: number for the ids
 * @size: bytes
 * @why: set to a sentence on failure; then QEMU is as before
 */
bool dimm_add(struct vmm *vmm, const struct backend *like, unsigned int vnode, int number,
	      uint64_t size, char *why);

/* Makes QEMU ask the guest to give a DIMM up. @why: set to a sentence on failure. */
bool dimm_request(struct vmm *vmm, const struct dimm *dimm, char *why);

/*
 * Return: what the guest last answered to such a request, a status of ACPI's _OST; 0: it agreed, or
 * QEMU does not say.
 */
int dimm_status(struct vmm *vmm, const struct dimm *dimm);

#define DIMM_IN_PROGRESS 0x84	/* status: the guest is trying */

/* Removes the memory behind a DIMM that has left the guest. @why: set on failure. */
bool dimm_remove(struct vmm *vmm, const struct dimm *dimm, char *why);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * swapfile: the files in which VMs are paged, one for each VM. A file exists only while its VM is
 * paged.
 */
#ifndef DMCTL_SWAPFILE_H
#define DMCTL_SWAPFILE_H

#include <stdbool.h>
#include <stdint.h>

#define SWAPFILE_DIR "/var/lib/dynmem/paging"

/* Whether the host has swap space that is not in SWAPFILE_DIR. */
bool swapfile_host_has_own(void);

/**
 * swapfile_add() - make the swap file of a VM, and let the kernel use it
 * @name: the VM
 * @bytes: size of the file
 * @why: set to a sentence on failure; then no file is left
 *
 * The kernel uses this file before other swap space. If the VM has a file that is in use, nothing
 * changes. A file that is not in use is made again.
 */
bool swapfile_add(const char *name, uint64_t bytes, char *why);

/*
 * Reads what is in the swap file of a VM back into memory, and removes the file. May take long.
 * @why: set to a sentence on failure; one may then try again.
 */
bool swapfile_remove(const char *name, char *why);

/* Calls @visit for each VM that has a file. */
void swapfile_each(void (*visit)(const char *name, void *arg), void *arg);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * paging: pages a VM to disk while the kernel says so (page_to). memory.high of the VMM's cgroup
 * makes the VM page out its own memory; memory.swap.max allows this, and memory.zswap.max limits
 * what of it is compressed in memory (zswap.h) instead of being written to disk. The values found
 * are written to NAME.paging (see runfile.h) before anything is changed, and stay there until all
 * is put back. So an agent may be killed at any step, and the next one goes on.
 */
#ifndef DMCTL_PAGING_H
#define DMCTL_PAGING_H

#include <stdbool.h>

#include "lookup.h"

/* Whether a VM is paged, or was paged and not all is put back yet. */
bool paging_is_under_way(const char *name);

/* Whether the VM is to be paged, and to other limits than it is paged now. */
bool paging_is_due(const struct vm_facts *vm);

/*
 * Begins to page a VM, or adapts its limits. Waits until the kernel has paged out what is above
 * them.
 * @why: set to a sentence on failure.
 */
void paging_do(const struct vm_facts *vm, char *why);

/*
 * Ends the paging of a VM: puts its limits back, reads what is on disk back, and removes the file.
 * May take long. @why: set to a sentence on failure; one may then try again.
 */
void paging_end(const struct vm_facts *vm, char *why);

/*
 * Calls @visit for each VM that is paged, and for each one that has a file although it is not
 * paged, as after a crash of the host.
 */
void paging_each(void (*visit)(const char *name, void *arg), void *arg);

#endif

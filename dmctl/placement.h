/* SPDX-License-Identifier: GPL-2.0 */
/*
 * placement: when the agent places a VM with "place auto": once it runs and floats, and again only
 * if debt of a node where the VM has memory lasts. When it was placed is kept in
 * NAME.place (see runfile.h), so that an agent that is killed does not move it twice.
 */
#ifndef DMCTL_PLACEMENT_H
#define DMCTL_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lookup.h"

/**
 * struct placement - what was seen of the nodes at earlier looks
 * @since: by number of the node: since when it has been in debt, monotonic milliseconds; 0: it
 *	is not
 */
struct placement {
	int64_t since[64];
};

/* Looks at the nodes. @why is set to a sentence if that fails. */
bool placement_look(struct placement *placement, char *why);

/* Whether the VM is to be placed now. */
bool placement_is_due(const struct placement *placement, const struct vm_facts *vm);

/* Places a VM. @why: set to a sentence if that fails, or if the VM is not bound to its node. */
void placement_do(const struct vm_facts *vm, char *why);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * placement: decides when the agent places a VM with "place auto". The agent places the VM some
 * seconds after its start, if the VM is bound to no node. The agent places the VM again only if a
 * node where the VM has memory stays in debt. NAME.place (see runfile.h) keeps the time of the last
 * try, so that a new agent does not repeat that try at once.
 */
#ifndef DMCTL_PLACEMENT_H
#define DMCTL_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lookup.h"

/**
 * struct placement - the nodes that are in debt, and when each debt began
 * @since: for each node, by its number: when its debt began, monotonic milliseconds; 0: the node is
 *	not in debt
 */
struct placement {
	int64_t since[64];
};

/* Looks up which nodes are in debt now. @why is set to a sentence on failure. */
bool placement_look(struct placement *placement, char *why);

/* Whether the VM is to be placed now. */
bool placement_is_due(const struct placement *placement, const struct vm_facts *vm);

/* Places a VM. @why: set to a sentence on failure, or if the VM was moved but is not bound. */
void placement_do(const struct vm_facts *vm, char *why);

#endif

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
 * struct placement - since when nodes have been in debt
 * @since: for each node, by its number: when it began to be in debt, monotonic milliseconds; 0: it
 *	is not in debt
 */
struct placement {
	int64_t since[64];
};

/* Looks up which nodes are in debt now. @why is set to a sentence if that fails. */
bool placement_look(struct placement *placement, char *why);

/* Whether the VM is to be placed now. */
bool placement_is_due(const struct placement *placement, const struct vm_facts *vm);

/* Places a VM. @why: set to a sentence if that fails, or if the VM was moved but not bound. */
void placement_do(const struct vm_facts *vm, char *why);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Computes the target of each VM exactly and slowly, from the text of the rules and not from the
 * code: in fractions, from one event to the next, over every subset of the nodes. test_oracle.c
 * compares policy/share.c with the results.
 */
#ifndef _UNIT_ORACLE_H
#define _UNIT_ORACLE_H

#include "policy/arith.h"

#define ORACLE_VMS 8
#define ORACLE_NODES 4
#define ORACLE_WHOLE 4

/* @n / @d. Amounts are small numbers of a large unit, so that fractions fit. */
struct fraction {
	__int128 n, d;
};

/* A VM; or a vnode, with @part / ORACLE_WHOLE of its VM's weight. @nodes: mask of allowed nodes. */
struct oracle_vm {
	unsigned int weight, part, nodes;
	unsigned int minimum, demand, desired;
	struct fraction target;
};

struct oracle {
	unsigned int nr_vms, nr_nodes;
	bool relative;
	unsigned int capacity[ORACLE_NODES];
	struct oracle_vm vm[ORACLE_VMS];
};

/* Computes the targets. Returns the amount by which minimums exceed capacity. */
unsigned int oracle_share(struct oracle *o);

#endif

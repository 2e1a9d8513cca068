/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Computes the target of each VM exactly, but slowly. test_oracle.c compares the results of
 * policy/share.c with these targets. The oracle follows the text of the rules
 * (Documentation/sharing.rst), not the code of share.c. It uses fractions, and looks at every
 * subset of the nodes. It raises all targets until a VM has reached its goal or a set of nodes is
 * used up, and then goes on with the other VMs.
 */
#ifndef _UNIT_ORACLE_H
#define _UNIT_ORACLE_H

#include "policy/arith.h"

#define ORACLE_VMS 8
#define ORACLE_NODES 4
#define ORACLE_WHOLE 4

/* The number @n / @d. Amounts are small numbers of a large unit, so @n and @d do not overflow. */
struct fraction {
	__int128 n, d;
};

/*
 * A VM, or a vnode that has @part / ORACLE_WHOLE of its VM's weight. @nodes is the bit set of the
 * nodes on which its memory may be.
 */
struct oracle_vm {
	unsigned int weight, part, nodes;
	unsigned int minimum, demand, desired, lend;
	struct fraction target;
};

struct oracle {
	unsigned int nr_vms, nr_nodes;
	bool relative;
	unsigned int capacity[ORACLE_NODES], unlent[ORACLE_NODES];
	struct oracle_vm vm[ORACLE_VMS];
};

/* Computes the targets. Returns the amount by which minimums exceed capacity. */
unsigned int oracle_share(struct oracle *o);

#endif

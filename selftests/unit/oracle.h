/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each VM should get, worked out exactly and slowly, from the words of the rules and not from
 * the code: fractions instead of rounding, one event after the other, every subset of the nodes.
 * test_oracle.c compares share.c with it.
 */
#ifndef _UNIT_ORACLE_H
#define _UNIT_ORACLE_H

#include "policy/arith.h"

#define ORACLE_VMS 8
#define ORACLE_NODES 4
#define ORACLE_WHOLE 4

/* Amounts are in units small enough that no numerator overflows; n / d. */
struct fraction {
	__int128 n, d;
};

/* Or a vnode with its part of the VM's weight, of ORACLE_WHOLE. */
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

/* Fills in the targets; returns by how much minimums exceed capacity where they do not fit. */
unsigned int oracle_share(struct oracle *o);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Computes what each VM should get, exactly and slowly, from the text of the rules and not from the
 * code: with fractions, one event after the other, and every subset of the nodes. test_oracle.c
 * compares policy/share.c with it.
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

/* Fills in the targets. Returns by how much the minimums exceed capacity. */
unsigned int oracle_share(struct oracle *o);

#endif

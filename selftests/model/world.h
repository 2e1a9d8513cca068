/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The size of the small world that ledger.pml describes and explore.c explores. Amounts are in
 * units of any size. spin reads this file, too, so it has macros only.
 */
#ifndef SLOTS
#define SLOTS		4	/* number of VMs */
#endif
#ifndef RUNNING
#define RUNNING		3	/* number of VMs that are up: the first; others start */
#endif
#ifndef FAULTS
#define FAULTS		1	/* the most kills and resets together */
#endif
#define CAPACITY	(SLOTS + 2)
#define RAM		2
#define STARTUP		1
#define MINIMUM		1
#define OVERHEAD	1	/* for the VMM of a VM that starts, until its memory is measured */

/*
 * Phases of a VM. ADMITTED, REFUSED: decided, but its VMM does not know it yet. KILLED: the ledger
 * does not know it yet.
 */
#define OFF		0
#define WAITING		1
#define ADMITTED	2
#define REFUSED		3
#define UP		4
#define KILLED		5

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The small world that ledger.pml describes and explore.c explores: amounts in units. Read by spin,
 * too: macros only.
 */
#ifndef SLOTS
#define SLOTS		4	/* VMs */
#endif
#ifndef RUNNING
#define RUNNING		3	/* the first of them are up, the others start */
#endif
#ifndef FAULTS
#define FAULTS		1	/* kills and resets, together */
#endif
#define CAPACITY	(SLOTS + 2)
#define RAM		2
#define STARTUP		1
#define MINIMUM		1
#define OVERHEAD	1	/* memory of the VMM of a VM that starts, until it is measured */

/* Phases of a VM. ADMITTED, REFUSED: its VMM does not know yet. KILLED: the ledger does not. */
#define OFF		0
#define WAITING		1
#define ADMITTED	2
#define REFUSED		3
#define UP		4
#define KILLED		5

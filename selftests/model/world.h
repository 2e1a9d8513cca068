/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The size of the small world that ledger.pml describes and explore.c explores. Amounts are in
 * units, whose size does not matter. spin reads this file, too, so the file has only macros.
 */
#ifndef SLOTS
#define SLOTS		4	/* number of VMs */
#endif
#ifndef RUNNING
#define RUNNING		3	/* VMs 0 to RUNNING - 1 are up at first; the others start */
#endif
#ifndef FAULTS
#define FAULTS		1	/* the most faults in a run: kills and resets together */
#endif
#define CAPACITY	(SLOTS + 2)
#define RAM		2
#define STARTUP		1
#define MINIMUM		1
#define OVERHEAD	1	/* for a VMM that starts, until the VMM's memory is measured */

/*
 * Phases of a VM. In ADMITTED and REFUSED its start is decided, but the VMM does not know it yet.
 * In KILLED the VMM is dead, but the ledger does not know it yet.
 */
#define OFF		0
#define WAITING		1
#define ADMITTED	2
#define REFUSED		3
#define UP		4
#define KILLED		5

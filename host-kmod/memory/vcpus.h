/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vcpus: whether a guest runs, by its virtual CPUs. A VMM that pauses its guest resets the devices,
 * as a guest does that unloads its driver: the device cannot tell the one from the other, KVM can.
 */
#ifndef _DYNMEM_VCPUS_H
#define _DYNMEM_VCPUS_H

#include <linux/types.h>

struct dynmem_guestmem;

enum dynmem_vcpus_state {
	DYNMEM_VCPUS_UNKNOWN,
	DYNMEM_VCPUS_RUN,
	DYNMEM_VCPUS_PAUSED,
};

/**
 * struct dynmem_vcpus - what was seen of a guest's virtual CPUs; zeroed to begin
 * @exits: of all of them together, at the last look
 * @looked: there has been one
 * @state: by the last two looks
 */
struct dynmem_vcpus {
	u64 exits;
	bool looked;
	enum dynmem_vcpus_state state;
};

/**
 * dynmem_vcpus_look() - see whether a guest runs
 * @gm: the guest
 * @vcpus: as of the last look, which was a second ago or so; renewed
 *
 * A guest is paused when none of its CPUs is in KVM, not even halted there, and none has left it
 * since the last look. A guest that has never run is not: its VMM is still at work.
 * Context: may sleep; waits for nobody.
 */
void dynmem_vcpus_look(struct dynmem_guestmem *gm, struct dynmem_vcpus *vcpus);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vcpus: sees by its virtual CPUs whether a guest runs. A VMM that pauses its guest resets the
 * devices, and so does a guest that unloads its driver. The device cannot tell one from the other;
 * the state of the virtual CPUs in KVM can.
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
 * struct dynmem_vcpus - state of a guest's virtual CPUs; zeroed before the first look
 * @exits: number of exits of all virtual CPUs, as of the last look
 * @looked: there has been a look
 * @state: whether the guest runs, by the last two looks
 *
 * Guarded as the struct that it is a part of.
 */
struct dynmem_vcpus {
	u64 exits;
	bool looked;
	enum dynmem_vcpus_state state;
};

/**
 * dynmem_vcpus_look() - see whether a guest runs
 * @gm: the guest
 * @vcpus: as of the last look, about a second ago; renewed
 *
 * A guest is paused when none of its virtual CPUs is in KVM, not even halted there, and none has
 * left it since the last look. A guest that has never run is not paused: its VMM still prepares it.
 *
 * Context: may sleep; does not wait for the VMM.
 */
void dynmem_vcpus_look(struct dynmem_guestmem *gm, struct dynmem_vcpus *vcpus);

#endif

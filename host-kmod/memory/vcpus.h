/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vcpus: finds out from a guest's virtual CPUs whether the guest runs. The device is reset when the
 * VMM pauses the guest, and also when the guest unloads its driver. The device cannot distinguish
 * these cases, but the state of the virtual CPUs in KVM differs.
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
 * @looked: dynmem_vcpus_look() has been called, so @exits is valid
 * @state: whether the guest runs, according to the last two looks
 *
 * Guarded like the struct that contains it.
 */
struct dynmem_vcpus {
	u64 exits;
	bool looked;
	enum dynmem_vcpus_state state;
};

/**
 * dynmem_vcpus_look() - see whether a guest runs
 * @gm: the guest
 * @vcpus: the state at the last look, about a second ago; renewed
 *
 * A guest is paused if none of its virtual CPUs is in KVM_RUN (a halted CPU normally stays there),
 * and if the number of exits has not changed since the last look. A guest that has never run is not
 * regarded as paused, since its VMM is still preparing it.
 *
 * Context: may sleep; does not wait for the VMM.
 */
void dynmem_vcpus_look(struct dynmem_guestmem *gm, struct dynmem_vcpus *vcpus);

#endif

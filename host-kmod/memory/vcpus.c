// SPDX-License-Identifier: GPL-2.0
/*
 * vcpus: sees whether a guest's virtual CPUs run.
 *
 * KVM holds a virtual CPU's mutex for as long as a thread of the VMM is in KVM_RUN, halted or not,
 * and counts each time the CPU leaves the guest. A CPU of a guest that runs may be out of KVM_RUN
 * at the moment of a look; its exits tell that it has been in there. A VMM that reads the registers
 * of a paused guest takes the mutex, too, but makes no exits. (A VMM that emulates interrupt
 * controllers itself, as QEMU does with kernel-irqchip=off, keeps halted CPUs out of KVM: there a
 * guest that sleeps for two looks is taken for a paused one.)
 */
#include <linux/kvm_host.h>
#include <linux/mutex.h>

#include "memory/guestmem.h"
#include "memory/vcpus.h"

void dynmem_vcpus_look(struct dynmem_guestmem *gm, struct dynmem_vcpus *vcpus)
{
	struct dynmem_hold hold;
	struct kvm_vcpu *vcpu;
	bool inside = false;
	u64 exits = 0;
	int i;

	if (!dynmem_guestmem_hold(gm, &hold))
		return;
	/* A virtual CPU that is in the array stays until its guest ends. */
	for (i = 0; (vcpu = kvm_get_vcpu(hold.kvm, i)); i++) {
		inside |= mutex_is_locked(&vcpu->mutex);
		exits += READ_ONCE(vcpu->stat.exits);
	}
	dynmem_guestmem_drop(&hold);

	if (!exits || !vcpus->looked)
		vcpus->state = DYNMEM_VCPUS_UNKNOWN;
	else if (exits != vcpus->exits || (inside && vcpus->state == DYNMEM_VCPUS_UNKNOWN))
		vcpus->state = DYNMEM_VCPUS_RUN;
	else if (!inside)
		vcpus->state = DYNMEM_VCPUS_PAUSED;
	vcpus->exits = exits;
	vcpus->looked = true;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Finds out whether a guest's virtual CPUs run.
 *
 * KVM holds the mutex of a virtual CPU while a thread of the VMM is in KVM_RUN for that CPU, even
 * while the CPU is halted. KVM also counts the exits of each CPU from the guest. A CPU of a running
 * guest may be out of KVM_RUN at the moment of a look. In that case the CPU's number of exits has
 * risen since the last look. A VMM that reads the registers of a paused guest takes the mutex, too,
 * but causes no exit.
 *
 * A VMM that emulates interrupt controllers itself, such as QEMU with kernel-irqchip=off, keeps
 * halted CPUs out of KVM_RUN. If all CPUs of its guest are halted during two looks, the guest is
 * taken for paused.
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
	/* A virtual CPU stays in the array until its guest ends. */
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

// SPDX-License-Identifier: GPL-2.0
/*
 * Creates a KVM VM, and keeps it until this program is killed. The VM has one CPU, which never
 * runs. When the first VM begins and when the last VM ends, the kernel patches its own code: the
 * static key preempt_notifier_key in schedule(), and in KVM the key for CPUs without a local APIC.
 * While the kernel patches, a breakpoint stands in the code. An emulated CPU can execute the
 * breakpoint even after the kernel has removed it, and then the host panics with "Oops: int3".
 * While this VM exists, no other VM is the first or the last one, so the kernel patches nothing.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
	int kvm = open("/dev/kvm", O_RDWR);
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);

	if (vm < 0 || ioctl(vm, KVM_CREATE_VCPU, 0) < 0) {
		perror("hold-kvm: /dev/kvm");
		return 1;
	}
	for (;;)
		pause();
}

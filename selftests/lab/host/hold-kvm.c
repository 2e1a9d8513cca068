// SPDX-License-Identifier: GPL-2.0
/*
 * Holds a KVM VM with one CPU, which never runs, until it is killed. The kernel patches its code
 * when the first VM begins and when the last one ends (the static key preempt_notifier_key, in
 * schedule(); in KVM that of the first CPU without a local APIC), by way of a breakpoint. An
 * emulated CPU can execute that breakpoint after it is gone, and the host panics with "Oops: int3".
 * While this VM exists nothing is patched.
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

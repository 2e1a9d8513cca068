// SPDX-License-Identifier: GPL-2.0
/* holders: names the VMs that hold the most memory. */
#include <linux/kernel.h>

#include "sharing/holders.h"
#include "sharing/types.h"
#include "vm/vm.h"

#define HOLDERS	3	/* the most VMs that are named */

int dynmem_holders_name(const struct dynmem_plan *plan, const struct dynmem_vm *but,
			u64 (*held)(const struct dynmem_vm *vm, const void *arg), const void *arg,
			char *text, size_t size)
{
	u64 below = U64_MAX;
	unsigned int i, n, last = 0;
	int len = 0;

	for (n = 0; n < HOLDERS; n++) {
		const struct dynmem_vm *most = NULL;
		unsigned int next = 0;
		u64 bytes = 0;

		for (i = 0; i < plan->nr_vms; i++) {
			u64 has = plan->vm[i] == but ? 0 : held(plan->vm[i], arg);

			if (has <= bytes || has > below || (has == below && i <= last))
				continue;
			most = plan->vm[i];
			bytes = has;
			next = i;
		}
		if (!most)
			break;
		len += scnprintf(text + len, size - len, "%s %s %lluM", n ? "," : "", most->name,
				 bytes >> 20);
		below = bytes;
		last = next;
	}
	return len;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * overcommit: checks the limit of Linux on address space, which a VMM meets before it attaches to
 * dynmem. With vm.overcommit_memory=0 a private mapping must not be larger than memory and swap
 * space together (__vm_enough_memory()), unless it is mapped without a reservation. With
 * vm.overcommit_memory=2 all mappings together must stay below CommitLimit, even if they are mapped
 * without a reservation.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "overcommit.h"
#include "units.h"

#define MODE_PATH "/proc/sys/vm/overcommit_memory"

static unsigned int read_mode(void)
{
	FILE *f = fopen(MODE_PATH, "r");
	unsigned int mode = 1;

	if (!f)
		return mode;
	if (fscanf(f, "%u", &mode) != 1)
		mode = 1;
	fclose(f);
	return mode;
}

/* Return: the sum of lines @one and @two of /proc/meminfo, in bytes; 0 if neither was found. */
static uint64_t read_meminfo(const char *one, const char *two)
{
	FILE *f = fopen("/proc/meminfo", "r");
	unsigned long long kib, sum = 0;
	char line[128], key[32];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%31[^:]: %llu", key, &kib) == 2 &&
		    (!strcmp(key, one) || !strcmp(key, two)))
			sum += kib << 10;
	if (f)
		fclose(f);
	return sum;
}

void overcommit_warn(uint64_t bytes)
{
	unsigned int mode = read_mode();
	uint64_t most = mode == 2 ? read_meminfo("CommitLimit", "") :
			mode == 0 ? read_meminfo("MemTotal", "SwapTotal") : 0;
	char size[16], limit[16];

	if (!most || bytes <= most)
		return;
	format_size(size, sizeof(size), bytes);
	format_size(limit, sizeof(limit), most);
	complain("warning: Linux refuses QEMU %s of anonymous memory here, as %s %s: %s", size,
		 mode == 2 ? "vm.overcommit_memory is 2 and CommitLimit" :
			     "memory and swap space are", limit,
		 mode == 2 ? "use shared memory, or another mode" :
			     "give its memory-backend-ram reserve=off");
}

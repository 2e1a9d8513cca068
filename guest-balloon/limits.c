// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the commit limit, the size of the swap space and the overcommit mode from files in /proc,
 * whose format is fixed; see limits.h. If /proc is not mounted these limits are unknown, and the
 * host does without them.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "limits.h"

#define TEXT_SIZE	4096

static bool read_text(const char *path, char *text)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	loff_t position = 0;
	ssize_t length;

	if (IS_ERR(file))
		return false;
	length = kernel_read(file, text, TEXT_SIZE - 1, &position);
	filp_close(file, NULL);
	if (length <= 0)
		return false;
	text[length] = 0;
	return true;
}

static u64 line_bytes(const char *text, const char *name)
{
	const char *line = strstr(text, name);
	u64 kib;

	if (!line || sscanf(line + strlen(name), " %llu kB", &kib) != 1)
		return 0;
	return kib << 10;
}

void dynmem_balloon_limits_read(struct dynmem_balloon_limits *limits)
{
	char *text = kmalloc(TEXT_SIZE, GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);

	/* Keep the old figures, which are better than none. */
	if (!text)
		return;
	memset(limits, 0, sizeof(*limits));
	limits->overcommit = DYNMEM_BALLOON_OVERCOMMIT_UNKNOWN;
	if (read_text("/proc/meminfo", text)) {
		limits->commit = line_bytes(text, "\nCommitLimit:");
		limits->swap = line_bytes(text, "\nSwapTotal:");
	}
	if (read_text("/proc/sys/vm/overcommit_memory", text) &&
	    sscanf(text, "%hu", &limits->overcommit) != 1)
		limits->overcommit = DYNMEM_BALLOON_OVERCOMMIT_UNKNOWN;
	kfree(text);
}

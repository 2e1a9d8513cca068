// SPDX-License-Identifier: GPL-2.0
/* qemu: the QEMU that is installed; see qemu.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "qemu.h"

bool qemu_version_parse(const char *line, struct qemu_version *version)
{
	const char *number = strstr(line, "version ");

	/* "QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)" */
	return !strncmp(line, "QEMU ", 5) && number &&
	       sscanf(number, "version %u.%u", &version->major, &version->minor) == 2;
}

bool qemu_version(struct qemu_version *version, const char **path)
{
	/* Debian's name, and that of Red Hat and its relatives. */
	static const char *const programs[] = { "qemu-system-x86_64", "/usr/libexec/qemu-kvm" };
	char command[128], line[256];
	bool known = false;
	FILE *out;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs) && !known; i++) {
		*path = programs[i];
		snprintf(command, sizeof(command), "%s --version 2>/dev/null </dev/null", *path);
		out = popen(command, "re");
		if (!out)
			return false;
		known = fgets(line, sizeof(line), out) && qemu_version_parse(line, version);
		pclose(out);
	}
	return known;
}

// SPDX-License-Identifier: GPL-2.0
/* version: prints the versions of dmctl, of the loaded module and of the netlink family. */
#include <stdio.h>
#include <unistd.h>

#include "../include/uapi/dynmem.h"
#include "../include/version.h"
#include "setting.h"
#include "version.h"

#define MODULE	"/sys/module/" DYNMEM_FAMILY_NAME

void version_print(void)
{
	char module[SETTING_SIZE] = "not loaded";

	if (!access(MODULE, F_OK) && !setting_read(MODULE "/version", module))
		snprintf(module, sizeof(module), "loaded, without a version");
	printf("dmctl %s\n", DYNMEM_VERSION);
	printf("module %s: %s\n", DYNMEM_FAMILY_NAME, module);
	printf("protocol: netlink family %s, version %d\n", DYNMEM_FAMILY_NAME,
	       DYNMEM_FAMILY_VERSION);
}

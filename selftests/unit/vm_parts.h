/* SPDX-License-Identifier: GPL-2.0 */
/* Plays the parts of a VM that vm/vm.c sets up and that the tests of the set of VMs do not use. */
#ifndef UNIT_VM_PARTS_H
#define UNIT_VM_PARTS_H

#include "vm/vm.h"

int dynmem_account_init(struct dynmem_account *acc)
{
	return 0;
}

void dynmem_account_free(struct dynmem_account *acc)
{
}

void dynmem_pageset_init(struct dynmem_pageset *set)
{
}

void dynmem_guestmem_init(struct dynmem_guestmem *gm)
{
}

void dynmem_releases_init(struct dynmem_releases *releases)
{
}

#endif

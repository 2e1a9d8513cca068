/* SPDX-License-Identifier: GPL-2.0 */
/* vm: the fields of a VM that `vm show` shows. */
#ifndef DMCTL_VM_H
#define DMCTL_VM_H

#include <stddef.h>

#include "output.h"

/*
 * Return: the fields of a VM, in the order in which they are shown. Sets @n to their number. Only
 * fields with amounts have attributes above DYNMEM_A_VM_MAX, which are not the kernel's.
 */
const struct field *vm_fields(size_t *n);

#endif

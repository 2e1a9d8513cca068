/* SPDX-License-Identifier: GPL-2.0 */
/* lifecycle: the states of a VM. */
#ifndef _DYNMEM_LIFECYCLE_H
#define _DYNMEM_LIFECYCLE_H

struct dynmem_vm_ops;

extern const struct dynmem_vm_ops dynmem_vm_ops;

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * config: the config space of a VM's device. vdpa.c lets the VMM read it; request.c copies the
 * targets from it into answers.
 */
#ifndef _DYNMEM_CONFIG_H
#define _DYNMEM_CONFIG_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "uapi/virtio_dynmem.h"

struct dynmem_vm;

/* @space is guarded by @lock, which is innermost. */
struct dynmem_config {
	spinlock_t lock;	/* guards @space */
	struct virtio_dynmem_config space;
};

void dynmem_config_init(struct dynmem_config *config);

/* Recomputes the targets from the VM's vnodes; true if something changed. VM's lock. */
bool dynmem_config_update(struct dynmem_config *config, const struct dynmem_vm *vm);

/* Copies @len bytes at @offset; beyond the end there are zeroes. */
void dynmem_config_read(struct dynmem_config *config, unsigned int offset, void *buf,
			unsigned int len);

/* Takes what the driver may write, @actual, out of a write of any part of config space. */
void dynmem_config_write(struct dynmem_config *config, unsigned int offset, const void *buf,
			 unsigned int len);

void dynmem_config_targets(struct dynmem_config *config, struct virtio_dynmem_targets *targets);

#endif

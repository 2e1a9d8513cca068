/* SPDX-License-Identifier: GPL-2.0 */
/* config: the config space of a VM's device. */
#ifndef _DYNMEM_CONFIG_H
#define _DYNMEM_CONFIG_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "uapi/virtio_dynmem.h"

struct dynmem_vm;

/**
 * struct dynmem_config - the config space of a device
 * @lock: guards @space; no other lock is taken while this one is held
 * @space: config space as the driver reads it
 */
struct dynmem_config {
	spinlock_t lock;	/* guards @space */
	struct virtio_dynmem_config space;
};

void dynmem_config_init(struct dynmem_config *config);

/**
 * dynmem_config_update() - recompute the targets from the VM's vnodes
 * @config: the config space
 * @vm: the VM; its lock is held
 *
 * Return: whether something changed
 */
bool dynmem_config_update(struct dynmem_config *config, const struct dynmem_vm *vm);

/* Copies @len bytes at @offset to @buf. Bytes beyond the end of config space are zero. */
void dynmem_config_read(struct dynmem_config *config, unsigned int offset, void *buf,
			unsigned int len);

/*
 * Carries out a write of @len bytes at @offset. Only the field @actual is changed, and only if the
 * write covers the whole field.
 */
void dynmem_config_write(struct dynmem_config *config, unsigned int offset, const void *buf,
			 unsigned int len);

/* Copies the present targets to @targets. */
void dynmem_config_targets(struct dynmem_config *config, struct virtio_dynmem_targets *targets);

#endif

// SPDX-License-Identifier: GPL-2.0
/* config: the config space of a VM's device. */
#include <linux/string.h>

#include "device/config.h"
#include "vm/vm.h"

void dynmem_config_init(struct dynmem_config *config)
{
	spin_lock_init(&config->lock);
}

bool dynmem_config_update(struct dynmem_config *config, const struct dynmem_vm *vm)
{
	struct virtio_dynmem_targets *t = &config->space.targets;
	bool changed;
	u64 all = 0;
	u32 i;

	spin_lock(&config->lock);
	changed = le32_to_cpu(t->vnodes) != vm->nr_vnodes;
	t->vnodes = cpu_to_le32(vm->nr_vnodes);
	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = &vm->vnode[i];
		u64 visible = min(dynmem_vnode_visible(v), v->ram);
		/* The guest does not hold awaited memory yet. It must not give other memory. */
		u64 pages = dynmem_above(v->ram - visible, v->awaited) >> VIRTIO_DYNMEM_PAGE_SHIFT;

		all += pages;
		if (le64_to_cpu(t->balloon[i]) != pages) {
			t->balloon[i] = cpu_to_le64(pages);
			changed = true;
		}
	}
	if (changed) {
		t->generation = cpu_to_le32(le32_to_cpu(t->generation) + 1);
		config->space.num_pages = cpu_to_le32(min_t(u64, all, U32_MAX));
	}
	spin_unlock(&config->lock);
	return changed;
}

void dynmem_config_read(struct dynmem_config *config, unsigned int offset, void *buf,
			unsigned int len)
{
	unsigned int n = 0;

	if (offset < sizeof(config->space)) {
		n = min_t(unsigned int, len, sizeof(config->space) - offset);
		spin_lock(&config->lock);
		memcpy(buf, (u8 *)&config->space + offset, n);
		spin_unlock(&config->lock);
	}
	memset(buf + n, 0, len - n);
}

void dynmem_config_write(struct dynmem_config *config, unsigned int offset, const void *buf,
			 unsigned int len)
{
	const unsigned int at = offsetof(struct virtio_dynmem_config, actual);

	/* VMMs write all of config space from a cache, in which only @actual is up to date. */
	if (offset > at || len < at - offset + sizeof(__le32))
		return;
	spin_lock(&config->lock);
	memcpy(&config->space.actual, buf + (at - offset), sizeof(__le32));
	spin_unlock(&config->lock);
}

void dynmem_config_targets(struct dynmem_config *config, struct virtio_dynmem_targets *targets)
{
	spin_lock(&config->lock);
	*targets = config->space.targets;
	spin_unlock(&config->lock);
}

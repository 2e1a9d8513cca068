/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Free page reporting: the kernel names blocks that are free, and keeps them so until the host has
 * released them; they are not part of the balloon. Only where the host offers it.
 */
#ifndef _DYNMEM_BALLOON_REPORTING_H
#define _DYNMEM_BALLOON_REPORTING_H

#include <linux/page_reporting.h>
#include <linux/types.h>

struct dynmem_balloon_channel;
struct virtio_device;

/**
 * struct dynmem_balloon_reporting - free page reporting through a device
 * @info: what the kernel knows of us
 * @channel: the way to the host
 * @on: registered
 */
struct dynmem_balloon_reporting {
	struct page_reporting_dev_info info;
	struct dynmem_balloon_channel *channel;
	bool on;
};

bool dynmem_balloon_reporting_possible(void);
void dynmem_balloon_reporting_start(struct dynmem_balloon_reporting *reporting,
				    struct dynmem_balloon_channel *channel);
void dynmem_balloon_reporting_stop(struct dynmem_balloon_reporting *reporting);

#endif

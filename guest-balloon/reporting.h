/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Free page reporting, if the host offers it: the kernel passes free blocks to this driver and
 * keeps them free until the host has released them. These blocks are not part of the balloon.
 */
#ifndef _DYNMEM_BALLOON_REPORTING_H
#define _DYNMEM_BALLOON_REPORTING_H

#include <linux/page_reporting.h>
#include <linux/types.h>

struct dynmem_balloon_channel;
struct virtio_device;

/**
 * struct dynmem_balloon_reporting - free page reporting through a device
 * @info: registered with the kernel
 * @channel: the channel to the host
 * @on: @info is registered
 *
 * No lock: a report uses only @info and @channel. This driver writes these only while reporting is
 * off.
 */
struct dynmem_balloon_reporting {
	struct page_reporting_dev_info info;
	struct dynmem_balloon_channel *channel;
	bool on;
};

/**
 * dynmem_balloon_reporting_possible - whether free pages may be released
 *
 * Return: false if the guest's kernel expects a poison pattern in free pages: after a release they
 * contain zeros.
 */
bool dynmem_balloon_reporting_possible(void);

/**
 * dynmem_balloon_reporting_start - start free page reporting, if it was negotiated
 * @reporting: must be off
 * @channel: the channel to the host; must stay open until dynmem_balloon_reporting_stop() has
 *	returned
 */
void dynmem_balloon_reporting_start(struct dynmem_balloon_reporting *reporting,
				    struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_reporting_stop - stop free page reporting
 * @reporting: may be on or off
 *
 * Context: sleeps until the host has answered a report that is under way, or the device has been
 * reset.
 */
void dynmem_balloon_reporting_stop(struct dynmem_balloon_reporting *reporting);

#endif

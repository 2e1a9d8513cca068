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

/**
 * dynmem_balloon_reporting_possible - whether the guest can bear that free pages are released
 *
 * Return: false if it looks for a pattern in them, as what was released is zero.
 */
bool dynmem_balloon_reporting_possible(void);

/**
 * dynmem_balloon_reporting_start - begin to report, if that was negotiated
 * @reporting: off
 * @channel: open until dynmem_balloon_reporting_stop()
 */
void dynmem_balloon_reporting_start(struct dynmem_balloon_reporting *reporting,
				    struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_reporting_stop - end it
 * @reporting: on or off
 *
 * Context: sleeps until the host has answered a report that is on its way, or the device is reset.
 */
void dynmem_balloon_reporting_stop(struct dynmem_balloon_reporting *reporting);

#endif

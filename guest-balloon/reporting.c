// SPDX-License-Identifier: GPL-2.0
/* Free page reporting; see reporting.h. */
#include <linux/mm.h>
#include <linux/virtio.h>

#include "../include/uapi/virtio_dynmem.h"
#include "channel.h"
#include "reporting.h"

/* Context: the kernel's page reporting work. The kernel may use the pages afterwards. */
static int report_free_pages(struct page_reporting_dev_info *info, struct scatterlist *pages,
			     unsigned int count)
{
	struct dynmem_balloon_reporting *reporting =
		container_of(info, struct dynmem_balloon_reporting, info);

	return dynmem_balloon_channel_report(reporting->channel, pages, count);
}

bool dynmem_balloon_reporting_possible(void)
{
	return !page_poisoning_enabled_static();
}

void dynmem_balloon_reporting_start(struct dynmem_balloon_reporting *reporting,
				    struct dynmem_balloon_channel *channel)
{
	int err;

	if (!channel->reporting)
		return;
	reporting->channel = channel;
	reporting->info = (struct page_reporting_dev_info) {
		.report = report_free_pages,
		.order = VIRTIO_DYNMEM_BLOCK_ORDER,
	};
	err = page_reporting_register(&reporting->info);
	if (err)
		pr_warn("free memory is not reported: the kernel refuses (%d)\n", err);
	reporting->on = !err;
}

void dynmem_balloon_reporting_stop(struct dynmem_balloon_reporting *reporting)
{
	if (reporting->on)
		page_reporting_unregister(&reporting->info);
	reporting->on = false;
}

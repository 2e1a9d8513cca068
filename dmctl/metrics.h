/* SPDX-License-Identifier: GPL-2.0 */
/* metrics: the figures of VMs, host and nodes as metrics. */
#ifndef DMCTL_METRICS_H
#define DMCTL_METRICS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * metrics_write() - write all metrics
 * @out: the file
 * @openmetrics: as OpenMetrics; false: in the text format of Prometheus
 * @vm_array: all VMs, as `dmctl -j vm show` prints them
 * @host: the host, as `dmctl -j host show` prints it
 * @node_array: all nodes, as `dmctl -j node show` prints them
 *
 * The metrics of VMs that run also appear under the names that windows_exporter gives the counters
 * of Hyper-V, with its labels, so that dashboards for Hyper-V show them.
 */
void metrics_write(FILE *out, bool openmetrics, struct json_object *vm_array,
		   struct json_object *host, struct json_object *node_array);

#endif

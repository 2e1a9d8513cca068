/* SPDX-License-Identifier: GPL-2.0 */
/*
 * figures: all figures of VMs, host and nodes as JSON: what `dmctl -j vm show`, `host show` and
 * `node show` print. @json is set to the JSON, which the caller must free, or to NULL on failure.
 * Return: the exit status; a failure has been printed.
 */
#ifndef DMCTL_FIGURES_H
#define DMCTL_FIGURES_H

#include <json-c/json.h>

int figures_vms(struct json_object **json);
int figures_host(struct json_object **json);
int figures_nodes(struct json_object **json);

#endif

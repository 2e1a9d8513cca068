/* SPDX-License-Identifier: GPL-2.0 */
/*
 * figures: all figures of VMs, host and nodes as JSON: what `dmctl -j vm show`, `host show` and
 * `node show` print. Return: the JSON, to be freed; NULL: the kernel refused, which has been
 * printed.
 */
#ifndef DMCTL_FIGURES_H
#define DMCTL_FIGURES_H

#include <json-c/json.h>

struct json_object *figures_vms(void);
struct json_object *figures_host(void);
struct json_object *figures_nodes(void);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * thp: the host's settings of huge pages, as far as they decide what a release costs and whether
 * what was released stays released.
 */
#ifndef DMCTL_THP_H
#define DMCTL_THP_H

struct json_object;

/* What is set badly, as an array in JSON; empty if all is well. */
struct json_object *thp_warnings_json(void);

/* The same for a person: what is wrong, and the line that mends it; nothing if all is well. */
void thp_warnings_print(void);

#endif

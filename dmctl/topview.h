/* SPDX-License-Identifier: GPL-2.0 */
/*
 * topview: what `dmctl top` shows: the rows of VMs, their order, and lines of text. Does no I/O.
 */
#ifndef DMCTL_TOPVIEW_H
#define DMCTL_TOPVIEW_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOPVIEW_SAMPLES	60	/* values of demand that are kept of a VM, one of each look */
#define TOPVIEW_WIDTH	80	/* least width of a line, in columns */
#define TOPVIEW_LINE	1024	/* bytes of a line of any width, with the NUL */
#define TOPVIEW_NAME	65	/* bytes of a VM's name, with the NUL */

enum topview_key {
	TOPVIEW_NAME_KEY, TOPVIEW_STATUS, TOPVIEW_DEMAND, TOPVIEW_ASSIGNED, TOPVIEW_RESIDENT,
	TOPVIEW_PRESSURE, TOPVIEW_KEYS
};

/* The words for the keys, and then NULL. */
extern const char *const topview_key_words[];

/**
 * struct topview_row - a VM
 * @name: its name
 * @status: its status; if it does not run, its state instead
 * @runs: it has a VMM
 * @demand: bytes
 * @assigned: bytes
 * @resident: bytes
 * @nodes: resident memory of each node, as text
 * @pressure: percent; -1: unknown
 * @sample: demand at the last looks, bytes; the oldest first
 * @nr_samples: number of entries in @sample
 */
struct topview_row {
	char name[TOPVIEW_NAME];
	char status[16];
	bool runs;
	int64_t demand;
	int64_t assigned;
	int64_t resident;
	char nodes[32];
	int64_t pressure;
	int64_t sample[TOPVIEW_SAMPLES];
	size_t nr_samples;
};

/**
 * struct topview - all that is shown
 * @row: the VMs, in the order in which they are shown
 * @nr_rows: number of entries in @row
 * @key: what they are sorted by
 * @reverse: in reverse order: the smallest figure first, or the last name
 * @utf8: lines may have characters that are not ASCII
 * @capacity: of all nodes and pools, bytes
 * @spare: bytes
 * @debt: bytes
 * @pressure: what /proc/pressure/memory says; ""
 */
struct topview {
	struct topview_row *row;
	size_t nr_rows;
	enum topview_key key;
	bool reverse;
	bool utf8;
	int64_t capacity;
	int64_t spare;
	int64_t debt;
	char pressure[64];
};

/**
 * topview_update() - take over new figures
 * @view: keeps samples of the VMs that are still there
 * @vms: what `dmctl -j vm show` prints
 * @nodes: what `dmctl -j node show` prints
 * @psi: content of /proc/pressure/memory, or ""
 */
void topview_update(struct topview *view, struct json_object *vms, struct json_object *nodes,
		    const char *psi);

/* Sorts the rows again, as after a change of @view->key. */
void topview_sort(struct topview *view);

/* Frees the rows. */
void topview_end(struct topview *view);

/*
 * Write lines for a screen with @columns columns, at least TOPVIEW_WIDTH. @line: TOPVIEW_LINE
 * bytes. A line is as wide as the screen, or less wide.
 */
void topview_host_line(const struct topview *view, char *line, size_t columns);
void topview_head_line(const struct topview *view, char *line, size_t columns);
void topview_row_line(const struct topview *view, size_t row, char *line, size_t columns);

#endif

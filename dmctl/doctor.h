/* SPDX-License-Identifier: GPL-2.0 */
/*
 * doctor: the command "doctor", which checks whether the host is set up for dynmem and its VMs, and
 * shows for each fault a line that mends it. The checks only read, and wait for no VMM.
 */
#ifndef DMCTL_DOCTOR_H
#define DMCTL_DOCTOR_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "lookup.h"
#include "why.h"

#define VHOST_VDPA "/sys/bus/vdpa/drivers/vhost_vdpa"	/* exists if it is built in, too */

/**
 * struct doctor - what all checks know, and what they have found
 * @loaded: dynmem is loaded
 * @present: dynmem can be reached
 * @usable: dynmem speaks dmctl's version of the protocol
 * @known: @vms and @nodes are known
 * @why: if they are not, why
 * @vms: all VMs
 * @nr_vms: number of entries in @vms
 * @nodes: all nodes and pools
 * @nr_nodes: number of entries in @nodes
 * @check: name of the present check
 * @asked: the user has asked for this check alone, so it is made even if no VM needs it
 * @bad: the present check has found a fault
 * @failed: a check has found a fault
 * @mend: a line that mends the last fault and has not been printed yet; or NULL
 * @line: the last line that doctor_line() has made; or NULL
 * @results: results for JSON; NULL: they are printed as text
 */
struct doctor {
	bool loaded;
	bool present;
	bool usable;
	bool known;
	char why[WHY_SIZE];
	struct vm_facts *vms;
	size_t nr_vms;
	struct node_facts *nodes;
	size_t nr_nodes;

	const char *check;
	bool asked;
	bool bad;
	bool failed;
	char *mend;
	char *line;
	struct json_object *results;
};

/**
 * doctor_run() - make checks, and print their results
 * @name: the check to make; NULL: all
 *
 * Return: EXIT_OK; EXIT_REFUSED: there is a fault
 */
int doctor_run(const char *name);

/**
 * doctor_bad() - report a fault
 * @d: the doctor
 * @mend: the line that mends it: a command for a shell of root, or what to do
 * @fmt: what is wrong
 */
__printf(3, 4)
void doctor_bad(struct doctor *d, const char *mend, const char *fmt, ...);

/*
 * These report that the check has found nothing wrong, or that it cannot be made and why. If the
 * check has reported a fault, they do nothing.
 */
__printf(2, 3)
void doctor_ok(struct doctor *d, const char *fmt, ...);
__printf(2, 3)
void doctor_skip(struct doctor *d, const char *fmt, ...);

/* Return: a line for doctor_bad(), valid until the next call. */
__printf(2, 3)
const char *doctor_line(struct doctor *d, const char *fmt, ...);

/*
 * Whether a word may stand between single quotes in a line for a shell. Others than root choose the
 * names of some cgroups.
 */
bool doctor_may_quote(const char *word);

/* Whether the VMs are known. If not, reports that the check cannot be made. */
bool doctor_knows_vms(struct doctor *d);

/* Whether libvirt runs the VM. */
bool doctor_is_domain(const struct vm_facts *vm);

/* The checks of the host: doctor_host.c. */
void doctor_module(struct doctor *d);
void doctor_version(struct doctor *d);
void doctor_depmod(struct doctor *d);
void doctor_vdpa(struct doctor *d);
void doctor_qemu(struct doctor *d);
void doctor_thp(struct doctor *d);
void doctor_ksm(struct doctor *d);

/* The checks of VMs' devices, and of what libvirt lets through: doctor_device.c, _libvirt.c. */
void doctor_device(struct doctor *d);
void doctor_libvirt(struct doctor *d);

/* The checks of the VMs' memory: doctor_vm.c. */
void doctor_memory(struct doctor *d);
void doctor_swap(struct doctor *d);
void doctor_balloon(struct doctor *d);
void doctor_cgroup(struct doctor *d);
void doctor_node(struct doctor *d);

#endif

// SPDX-License-Identifier: GPL-2.0
/* paging: pages a VM to disk while the kernel says so; see paging.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "json.h"
#include "paging.h"
#include "runfile.h"
#include "swapfile.h"
#include "why.h"
#include "zswap.h"

#define SLACK		(16ULL << 20)	/* bytes above page_to, since the VMM's own memory varies */
#define FILE_SLACK	(64ULL << 20)	/* bytes of the file beyond the missing startup memory */
#define STEP		(2ULL << 20)	/* limits do not follow a smaller rise of page_to */

/**
 * struct note - content of NAME.paging
 * @cgroup: the VMM's cgroup
 * @high: memory.high as it was found
 * @swap: memory.swap.max as it was found
 * @zswap: memory.zswap.max as it was found; "": the cgroup has no such file
 * @page_to: value of page_to to which the VM was last paged; 0: the limits are not set yet
 */
struct note {
	struct cgroup cgroup;
	char high[CGROUP_VALUE_SIZE];
	char swap[CGROUP_VALUE_SIZE];
	char zswap[CGROUP_VALUE_SIZE];
	uint64_t page_to;
};

/* Reads NAME.paging. Return: false if there is no such file. */
static bool note_read(const char *name, struct note *note)
{
	struct json_object *json = runfile_read(name, "paging");

	if (!json)
		return false;
	snprintf(note->cgroup.path, sizeof(note->cgroup.path), "%s", json_text(json, "cgroup"));
	note->cgroup.id = json_number(json, "id");
	snprintf(note->high, sizeof(note->high), "%s", json_text(json, "high"));
	snprintf(note->swap, sizeof(note->swap), "%s", json_text(json, "swap"));
	snprintf(note->zswap, sizeof(note->zswap), "%s", json_text(json, "zswap"));
	note->page_to = json_number(json, "page_to");
	json_object_put(json);
	return true;
}

static bool note_write(const char *name, const struct note *note, char *why)
{
	struct json_object *json = json_object_new_object();

	json_add_text(json, "cgroup", note->cgroup.path);
	json_add_number(json, "id", note->cgroup.id);
	json_add_text(json, "high", note->high);
	json_add_text(json, "swap", note->swap);
	json_add_text(json, "zswap", note->zswap);
	json_add_number(json, "page_to", note->page_to);
	return runfile_write(name, "paging", json, why);
}

bool paging_is_under_way(const char *name)
{
	return runfile_exists(name, "paging");
}

bool paging_is_due(const struct vm_facts *vm)
{
	struct note note;

	return vm->page_to && (!note_read(vm->name, &note) || !note.page_to ||
			       vm->page_to >= note.page_to + STEP);
}

static bool write_bytes(const struct cgroup *cgroup, const char *file, uint64_t bytes, char *why)
{
	char value[CGROUP_VALUE_SIZE];

	snprintf(value, sizeof(value), "%" PRIu64, bytes);
	return cgroup_write(cgroup, file, value, why);
}

/* Finds the VMM's cgroup and its limits, and writes them down. */
static bool note_begin(const struct vm_facts *vm, struct note *note, char *why)
{
	note->page_to = 0;
	note->zswap[0] = '\0';
	return cgroup_own(&note->cgroup, vm->pid, "memory.swap.max", why) &&
	       cgroup_read(&note->cgroup, "memory.high", note->high, why) &&
	       cgroup_read(&note->cgroup, "memory.swap.max", note->swap, why) &&
	       (!cgroup_has(&note->cgroup, ZSWAP_MAX) ||
		cgroup_read(&note->cgroup, ZSWAP_MAX, note->zswap, why)) &&
	       note_write(vm->name, note, why);
}

/* Bytes that may be on disk: missing startup memory, or what is resident beyond page_to. */
static uint64_t gap_of(const struct vm_facts *vm)
{
	uint64_t most = vm->startup < vm->ram ? vm->startup : vm->ram;

	if (most < vm->resident)
		most = vm->resident;
	return (most > vm->page_to ? most - vm->page_to : 0) + FILE_SLACK;
}

/*
 * Limits the cgroup to page_to and what the VMM has besides the guest's memory. Compressed pages
 * are a part of that, so they get a quarter of it at most. memory.high is written last: until then,
 * nothing is paged out.
 */
static bool set_limits(const struct vm_facts *vm, const struct note *note, char *why)
{
	char value[CGROUP_VALUE_SIZE];
	uint64_t current;

	if (!cgroup_read(&note->cgroup, "memory.current", value, why))
		return false;
	current = strtoull(value, NULL, 10);
	if (strcmp(note->swap, "max") &&
	    !write_bytes(&note->cgroup, "memory.swap.max", gap_of(vm), why))
		return false;
	if (*note->zswap && !zswap_bound(&note->cgroup, note->zswap, vm->page_to / 4, why))
		return false;
	return write_bytes(&note->cgroup, "memory.high",
			   vm->page_to + SLACK +
			   (current > vm->resident ? current - vm->resident : 0), why);
}

/* Whether the note is about the cgroup of the present VMM. */
static bool note_is_about(const struct note *note, const struct vm_facts *vm)
{
	char ignored[WHY_SIZE];
	struct cgroup now;

	return cgroup_own(&now, vm->pid, "memory.swap.max", ignored) &&
	       now.id == note->cgroup.id && !strcmp(now.path, note->cgroup.path);
}

void paging_do(const struct vm_facts *vm, char *why)
{
	struct note note;
	bool begun = note_read(vm->name, &note);

	if (begun && !note_is_about(&note, vm)) {
		paging_end(vm, why);
		if (*why)
			return;
		begun = false;
	}
	if (!begun && !note_begin(vm, &note, why))
		return;
	if (!swapfile_host_has_own() && !swapfile_add(vm->name, gap_of(vm), why)) {
		if (!note.page_to)
			runfile_remove(vm->name, "paging");
		return;
	}
	/* If the agent is killed before the last note, the next one sets the limits again. */
	if (!set_limits(vm, &note, why))
		return;
	note.page_to = vm->page_to;
	note_write(vm->name, &note, why);
}

void paging_end(const struct vm_facts *vm, char *why)
{
	struct cgroup cgroup;
	struct note note;
	bool noted = note_read(vm->name, &note), there;

	there = noted && cgroup_again(&cgroup, note.cgroup.path, note.cgroup.id);
	if (there && !cgroup_write(&cgroup, "memory.high", note.high, why))
		return;
	if (!swapfile_remove(vm->name, why))
		return;
	if (there && !cgroup_write(&cgroup, "memory.swap.max", note.swap, why))
		return;
	if (there && *note.zswap && !cgroup_write(&cgroup, ZSWAP_MAX, note.zswap, why))
		return;
	runfile_remove(vm->name, "paging");
}

struct visitor {
	void (*visit)(const char *name, void *arg);
	void *arg;
};

/* Calls @visit for a file whose VM has no note. */
static void visit_file(const char *name, void *arg)
{
	struct visitor *visitor = arg;

	if (!paging_is_under_way(name))
		visitor->visit(name, visitor->arg);
}

void paging_each(void (*visit)(const char *name, void *arg), void *arg)
{
	struct visitor visitor = { visit, arg };

	runfile_each("paging", visit, arg);
	swapfile_each(visit_file, &visitor);
}

// SPDX-License-Identifier: GPL-2.0
/* dimm: the memory of a QEMU and the DIMMs in it; see dimm.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dimm.h"
#include "json.h"
#include "why.h"

#define OBJECTS		"/objects/"	/* path of objects with an id */
#define OWN		"dynmem-"
#define OWN_BACKEND	"dynmem-mem-"

/* ---- arithmetic */

uint64_t dimm_part(uint64_t size, uint64_t before, uint64_t own, uint64_t all)
{
	uint64_t steps = size / DIMM_STEP, from, to;

	if (!all)
		return 0;
	/* In MiB the products stay below 2^64. */
	all >>= 20;
	from = steps * (before >> 20) / all;
	to = steps * ((before + own) >> 20) / all;
	return (to - from) * DIMM_STEP;
}

uint64_t dimm_lack(uint64_t ram, uint64_t maximum)
{
	/*
	 * RAM differs from the size on QEMU's command line by some MiB: it has holes, and video
	 * memory counts, too. So the lack is rounded to the nearest step.
	 */
	if (ram >= maximum)
		return 0;
	return (maximum - ram + DIMM_STEP / 2) / DIMM_STEP * DIMM_STEP;
}

int dimm_number(const char *id)
{
	const char *digits;
	int number, end = 0;

	if (strncmp(id, OWN, strlen(OWN)))
		return -1;
	digits = id + (strncmp(id, OWN_BACKEND, strlen(OWN_BACKEND)) ? strlen(OWN) :
								      strlen(OWN_BACKEND));
	if (sscanf(digits, "%9d%n", &number, &end) != 1 || digits[end] || number < 0)
		return -1;
	return number;
}

/* ---- what QEMU has */

static struct json_object *ask_array(struct vmm *vmm, const char *command, char *why)
{
	struct json_object *list = vmm_execute(vmm, command, NULL, why);

	if (!list || json_object_is_type(list, json_type_array))
		return list;
	json_object_put(list);
	why_set(why, "QEMU's answer to %s is not an array", command);
	return NULL;
}

static bool copy_id(char id[64], const char *text)
{
	return snprintf(id, 64, "%s", text) < 64;
}

static bool read_dimms(struct vmm *vmm, struct dimms *dimms, char *why)
{
	struct json_object *list = ask_array(vmm, "query-memory-devices", why), *data;
	size_t i, n = list ? json_object_array_length(list) : 0;

	for (i = 0; i < n && dimms->nr < DIMM_MAX; i++) {
		struct dimm *dimm = &dimms->dimm[dimms->nr];
		struct json_object *entry = json_object_array_get_idx(list, i);
		const char *backend;

		if (strcmp(json_text(entry, "type"), "dimm") ||
		    !json_object_object_get_ex(entry, "data", &data))
			continue;
		backend = json_text(data, "memdev");
		if (!strncmp(backend, OBJECTS, strlen(OBJECTS)))
			backend += strlen(OBJECTS);
		dimm->size = json_number(data, "size");
		if (copy_id(dimm->id, json_text(data, "id")) && copy_id(dimm->backend, backend))
			dimms->nr++;
	}
	json_object_put(list);
	return list;
}

static bool is_of_dimm(const struct dimms *dimms, const char *id)
{
	size_t i;

	for (i = 0; i < dimms->nr; i++)
		if (!strcmp(dimms->dimm[i].backend, id))
			return true;
	return false;
}

static int backend_compare(const void *left, const void *right)
{
	return strverscmp(((const struct backend *)left)->id, ((const struct backend *)right)->id);
}

/*
 * QEMU does not say which object has the memory of which vnode. The ids of these objects are in the
 * order of the vnodes, in what libvirt writes and in what people write.
 */
static bool read_backends(struct vmm *vmm, struct dimms *dimms, char *why)
{
	size_t i, n;

	dimms->memdevs = ask_array(vmm, "query-memdev", why);
	if (!dimms->memdevs)
		return false;
	n = json_object_array_length(dimms->memdevs);
	for (i = 0; i < n; i++) {
		struct json_object *facts = json_object_array_get_idx(dimms->memdevs, i);
		const char *id = json_text(facts, "id");
		struct backend *backend = &dimms->boot[dimms->nr_boot];

		if (is_of_dimm(dimms, id))
			continue;
		if (dimm_number(id) >= 0) {
			if (dimms->nr_strays < DIMM_MAX &&
			    copy_id(dimms->stray[dimms->nr_strays], id))
				dimms->nr_strays++;
			continue;
		}
		if (dimms->nr_boot == DIMM_VNODES || !copy_id(backend->id, id))
			return refuse(why,
				      "%s's QEMU has too many memory backends, or one with too long an id: there may be %d, with ids of up to 63 characters",
				      vmm->name, DIMM_VNODES);
		backend->size = json_number(facts, "size");
		backend->facts = facts;
		dimms->nr_boot++;
	}
	qsort(dimms->boot, dimms->nr_boot, sizeof(*dimms->boot), backend_compare);
	return true;
}

bool dimms_read(struct vmm *vmm, struct dimms *dimms, char *why)
{
	*dimms = (struct dimms){ };
	if (read_dimms(vmm, dimms, why) && read_backends(vmm, dimms, why))
		return true;
	dimms_free(dimms);
	return false;
}

void dimms_free(struct dimms *dimms)
{
	json_object_put(dimms->memdevs);
	dimms->memdevs = NULL;
}

/* ---- changes */

/* Carries out a command with the argument "id". */
static bool run_with_id(struct vmm *vmm, const char *command, const char *id, char *why)
{
	struct json_object *arguments = json_object_new_object(), *result;

	json_add_text(arguments, "id", id);
	result = vmm_execute(vmm, command, arguments, why);
	json_object_put(result);
	return result;
}

uint64_t dimms_size(const struct dimms *dimms)
{
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < dimms->nr_boot; i++)
		all += dimms->boot[i].size;
	for (i = 0; i < dimms->nr; i++)
		all += dimms->dimm[i].size;
	return all;
}

bool dimms_tidy(struct vmm *vmm, const struct dimms *dimms, char *why)
{
	size_t i;

	for (i = 0; i < dimms->nr_strays; i++)
		if (!run_with_id(vmm, "object-del", dimms->stray[i], why))
			return false;
	return true;
}

/* Return: a property of an object; NULL: it has none. */
static struct json_object *object_get(struct vmm *vmm, const char *id, const char *property)
{
	struct json_object *arguments = json_object_new_object();
	char path[128], why[WHY_SIZE];

	snprintf(path, sizeof(path), OBJECTS "%s", id);
	json_add_text(arguments, "path", path);
	json_add_text(arguments, "property", property);
	return vmm_execute(vmm, "qom-get", arguments, why);
}

/* Copies a property of an object to the arguments for a new one, if the object has it. */
static void copy_property(struct vmm *vmm, struct json_object *arguments, const char *id,
			  const char *property)
{
	struct json_object *value = object_get(vmm, id, property);

	if (value)
		json_object_object_add(arguments, property, value);
}

static void copy_member(struct json_object *arguments, struct json_object *facts, const char *key)
{
	struct json_object *value;

	if (json_object_object_get_ex(facts, key, &value))
		json_object_object_add(arguments, key, json_object_get(value));
}

/* Adds properties that only some types have. Memory in one file can't be had twice. */
static bool copy_type(struct vmm *vmm, struct json_object *arguments, const char *id, char *why)
{
	struct json_object *type = object_get(vmm, id, "type");
	const char *name = json_object_is_type(type, json_type_string) ?
			   json_object_get_string(type) : "";
	bool known = true;
	struct stat st;

	json_add_text(arguments, "qom-type", name);
	if (!strcmp(name, "memory-backend-file")) {
		copy_property(vmm, arguments, id, "mem-path");
		copy_property(vmm, arguments, id, "align");
		if (stat(json_text(arguments, "mem-path"), &st) || !S_ISDIR(st.st_mode))
			known = refuse(why,
				       "the memory of %s is in the file %s, which has no room for more; give QEMU a directory (mem-path=/dev/shm)",
				       vmm->name, json_text(arguments, "mem-path"));
	} else if (!strcmp(name, "memory-backend-memfd")) {
		copy_property(vmm, arguments, id, "hugetlb");
		copy_property(vmm, arguments, id, "hugetlbsize");
		copy_property(vmm, arguments, id, "seal");
	} else if (strcmp(name, "memory-backend-ram")) {
		known = refuse(why,
			       "memory of %s's kind (%s) can't be plugged in: start its QEMU with memory-backend-ram, -memfd or -file",
			       vmm->name, *name ? name : "unknown");
	}
	json_object_put(type);
	return known;
}

static bool add_backend(struct vmm *vmm, const struct backend *like, const char *id, uint64_t size,
			char *why)
{
	struct json_object *arguments = json_object_new_object(), *result;

	json_add_text(arguments, "id", id);
	json_add_number(arguments, "size", size);
	copy_member(arguments, like->facts, "share");
	copy_member(arguments, like->facts, "merge");
	copy_member(arguments, like->facts, "dump");
	if (strcmp(json_text(like->facts, "policy"), "default")) {
		copy_member(arguments, like->facts, "policy");
		copy_member(arguments, like->facts, "host-nodes");
	}
	if (!copy_type(vmm, arguments, like->id, why)) {
		json_object_put(arguments);
		return false;
	}
	result = vmm_execute(vmm, "object-add", arguments, why);
	json_object_put(result);
	return result;
}

bool dimm_add(struct vmm *vmm, const struct backend *like, unsigned int vnode, int number,
	      uint64_t size, char *why)
{
	struct json_object *arguments, *result;
	char id[64], backend[64], said[WHY_SIZE];

	snprintf(id, sizeof(id), OWN "%d", number);
	snprintf(backend, sizeof(backend), OWN_BACKEND "%d", number);
	if (!add_backend(vmm, like, backend, size, why))
		return false;
	arguments = json_object_new_object();
	json_add_text(arguments, "driver", "pc-dimm");
	json_add_text(arguments, "id", id);
	json_add_text(arguments, "memdev", backend);
	json_add_number(arguments, "node", vnode);
	result = vmm_execute(vmm, "device_add", arguments, said);
	json_object_put(result);
	if (result)
		return true;
	run_with_id(vmm, "object-del", backend, why);
	if (strstr(said, "maxmem") || strstr(said, "slots"))
		return refuse(why,
			      "%s's QEMU has no room for another DIMM: start it with -m SIZE,slots=N,maxmem=SIZE (%s)",
			      vmm->name, said);
	return refuse(why, "%s", said);
}

bool dimm_request(struct vmm *vmm, const struct dimm *dimm, char *why)
{
	return run_with_id(vmm, "device_del", dimm->id, why) ||
	       strstr(why, "in the process of unplug");
}

int dimm_status(struct vmm *vmm, const struct dimm *dimm)
{
	char why[WHY_SIZE];
	struct json_object *list = ask_array(vmm, "query-acpi-ospm-status", why);
	size_t i, n = list ? json_object_array_length(list) : 0;
	int status = 0;

	for (i = 0; i < n; i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (!strcmp(json_text(entry, "device"), dimm->id))
			status = json_number(entry, "status");
	}
	json_object_put(list);
	return status;
}

bool dimm_remove(struct vmm *vmm, const struct dimm *dimm, char *why)
{
	return run_with_id(vmm, "object-del", dimm->backend, why);
}

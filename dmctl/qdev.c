// SPDX-License-Identifier: GPL-2.0
/* qdev: the device of a VM as its QEMU has it; see qdev.h. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "qdev.h"
#include "why.h"

#define DEVICE_TYPE	"vhost-vdpa-device"
#define LINKS		"/dev/dynmem/"	/* where udev makes a link for each VM */

/* Parents, in QEMU's object tree, of the devices with an id and of those without one. */
static const char *const peripherals[] = { "/machine/peripheral", "/machine/peripheral-anon" };

/* ---- QEMU's object tree */

/* Return: a value of QEMU's object tree; NULL if there is none. */
static struct json_object *qom_ask(struct vmm *vmm, const char *command, const char *path,
				   const char *property, char *why)
{
	struct json_object *arguments = json_object_new_object();

	json_add_text(arguments, "path", path);
	if (property)
		json_add_text(arguments, "property", property);
	return vmm_execute(vmm, command, arguments, why);
}

/* Copies a string property to @text. Return: false if there is none, or if it is too long. */
static bool qom_text(struct vmm *vmm, const char *path, const char *property, char *text,
		     size_t size, char *why)
{
	struct json_object *value = qom_ask(vmm, "qom-get", path, property, why);
	bool fits = false;

	if (json_object_is_type(value, json_type_string)) {
		fits = (size_t)json_object_get_string_len(value) < size;
		snprintf(text, size, "%s", json_object_get_string(value));
	}
	json_object_put(value);
	return fits;
}

/* Copies a text. Return: false if it is too long. */
static bool copy_all(char *to, size_t size, const char *text)
{
	return snprintf(to, size, "%s", text) < (int)size;
}

/* The members of an entry of qom-list. */
static const char *entry_name(struct json_object *list, size_t i)
{
	return json_text(json_object_array_get_idx(list, i), "name");
}

static const char *entry_type(struct json_object *list, size_t i)
{
	return json_text(json_object_array_get_idx(list, i), "type");
}

/* Return: the children and properties of an object, an array; NULL: it is not there. */
static struct json_object *qom_list(struct vmm *vmm, const char *path, char *why)
{
	struct json_object *list = qom_ask(vmm, "qom-list", path, NULL, why);

	if (!list || json_object_is_type(list, json_type_array))
		return list;
	json_object_put(list);
	why_set(why, "QEMU's answer to qom-list is not an array");
	return NULL;
}

/* ---- the device */

/*
 * Whether a path, which comes from the VMM, is /dev/@device or a link of udev to it. Other paths
 * are not followed: they may lead to a file system that never answers.
 */
static bool same_device(const char *path, const char *device)
{
	char target[PATH_MAX];
	const char *slash;
	ssize_t len;

	if (!strncmp(path, "/dev/", 5) && !strcmp(path + 5, device))
		return true;
	if (strncmp(path, LINKS, strlen(LINKS)) || strchr(path + strlen(LINKS), '/'))
		return false;
	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	slash = strrchr(target, '/');
	return slash && !strcmp(slash + 1, device);
}

/* Reads where the device at @qdev->path is plugged in. */
static bool qdev_read(struct vmm *vmm, struct qdev *qdev, char *why)
{
	struct json_object *addr;
	char bus[256];
	int64_t devfn;
	char *slash;

	if (!qom_text(vmm, qdev->path, "parent_bus", bus, sizeof(bus), why))
		return refuse(why, "QEMU does not say on which bus %s is", qdev->path);
	slash = strrchr(bus, '/');
	if (!copy_all(qdev->bus, sizeof(qdev->bus), slash ? slash + 1 : bus))
		return refuse(why, "the name of the bus of %s is too long", qdev->path);
	qdev->addr[0] = '\0';
	/* Devices that are not on a PCI bus have no address. */
	addr = qom_ask(vmm, "qom-get", qdev->path, "addr", why);
	devfn = json_object_is_type(addr, json_type_int) ? json_object_get_int64(addr) : -1;
	json_object_put(addr);
	if (devfn >= 0 && devfn <= 0xff)
		snprintf(qdev->addr, sizeof(qdev->addr), "%x.%x", (unsigned int)devfn >> 3,
			 (unsigned int)devfn & 7);
	return true;
}

/* Looks at entry @i of the devices at @parent. Return: whether this one uses /dev/@device. */
static bool qdev_matches(struct vmm *vmm, struct qdev *qdev, const char *parent,
			 struct json_object *list, size_t i, const char *device, char *why)
{
	const char *type = entry_type(list, i);
	size_t len = strlen(type);

	if (strncmp(type, "child<" DEVICE_TYPE, strlen("child<" DEVICE_TYPE)) ||
	    len - strlen("child<>") >= sizeof(qdev->driver) ||
	    snprintf(qdev->path, sizeof(qdev->path), "%s/%s", parent, entry_name(list, i)) >=
	    (int)sizeof(qdev->path))
		return false;
	snprintf(qdev->id, sizeof(qdev->id), "%s",
		 parent == peripherals[0] ? entry_name(list, i) : "");
	snprintf(qdev->driver, sizeof(qdev->driver), "%.*s", (int)(len - strlen("child<>")),
		 type + strlen("child<"));
	return qom_text(vmm, qdev->path, "vhostdev", qdev->vhostdev, sizeof(qdev->vhostdev),
			why) && same_device(qdev->vhostdev, device);
}

bool qdev_find(struct vmm *vmm, struct qdev *qdev, const char *device, char *why)
{
	struct json_object *list;
	bool found = false;
	size_t i, k, n;

	for (k = 0; k < 2 && !found; k++) {
		list = qom_list(vmm, peripherals[k], why);
		if (!list)
			return false;
		n = json_object_array_length(list);
		for (i = 0; i < n && !found; i++)
			found = qdev_matches(vmm, qdev, peripherals[k], list, i, device, why);
		json_object_put(list);
	}
	if (!found)
		return refuse(why, "%s's VMM (pid %d) has no " DEVICE_TYPE " with /dev/%s",
			      vmm->name, vmm->pid, device);
	return qdev_read(vmm, qdev, why);
}

int qdev_is_there(struct vmm *vmm, const struct qdev *qdev, char *why)
{
	size_t len = strrchr(qdev->path, '/') - qdev->path, i, n;
	struct json_object *list;
	char parent[256];
	int there = 0;

	snprintf(parent, sizeof(parent), "%.*s", (int)len, qdev->path);
	list = qom_list(vmm, parent, why);
	if (!list)
		return -1;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++)
		there |= !strcmp(entry_name(list, i), qdev->path + len + 1);
	json_object_put(list);
	return there;
}

bool qdev_unplug(struct vmm *vmm, const struct qdev *qdev, char *why)
{
	struct json_object *arguments = json_object_new_object(), *result;

	json_add_text(arguments, "id", qdev->path);
	result = vmm_execute(vmm, "device_del", arguments, why);
	json_object_put(result);
	return result || strstr(why, "in the process of unplug");
}

/* ---- ports */

static bool is_port(const char *type)
{
	return !strcmp(type, "child<pcie-root-port>") || !strcmp(type, "child<ioh3420>") ||
	       !strcmp(type, "child<xio3130-downstream>");
}

/* Whether nothing is plugged into a port. Writes the name of the port's bus to @bus. */
static bool port_is_empty(struct vmm *vmm, const char *port, char *bus, size_t size, char *why)
{
	struct json_object *list = qom_list(vmm, port, why), *plugged;
	bool empty = false;
	size_t i, k, n, m;
	char path[512];

	n = list ? json_object_array_length(list) : 0;
	for (i = 0; i < n; i++) {
		if (strcmp(entry_type(list, i), "child<PCIE>"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", port, entry_name(list, i));
		plugged = qom_list(vmm, path, why);
		m = plugged ? json_object_array_length(plugged) : 0;
		empty = plugged;
		for (k = 0; k < m && empty; k++)
			empty = strncmp(entry_name(plugged, k), "child[", strlen("child[")) != 0;
		json_object_put(plugged);
		snprintf(bus, size, "%s", entry_name(list, i));
		break;
	}
	json_object_put(list);
	return empty;
}

bool qdev_find_port(struct vmm *vmm, struct qdev *qdev, char *why)
{
	struct json_object *list;
	bool found = false;
	char path[256];
	size_t i, k, n;

	*qdev = (struct qdev){ .driver = DEVICE_TYPE "-pci" };
	for (k = 0; k < 2 && !found; k++) {
		list = qom_list(vmm, peripherals[k], why);
		n = list ? json_object_array_length(list) : 0;
		for (i = 0; i < n && !found; i++) {
			if (!is_port(entry_type(list, i)))
				continue;
			snprintf(path, sizeof(path), "%s/%s", peripherals[k], entry_name(list, i));
			found = port_is_empty(vmm, path, qdev->bus, sizeof(qdev->bus), why);
		}
		json_object_put(list);
	}
	if (!found)
		why_set(why,
			"%s's QEMU has no empty PCIe port for the device: start it with -device pcie-root-port,id=ID,chassis=N",
			vmm->name);
	return found;
}

/* QEMU accepts an empty string as a value, so arguments that are not known must be left out. */
static void add_known(struct json_object *arguments, const char *key, const char *text)
{
	if (*text)
		json_add_text(arguments, key, text);
}

bool qdev_plug(struct vmm *vmm, const struct qdev *qdev, const char *device, char *why)
{
	struct json_object *arguments = json_object_new_object(), *result;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/dev/%s", device);
	add_known(arguments, "driver", qdev->driver);
	add_known(arguments, "id", qdev->id);
	add_known(arguments, "bus", qdev->bus);
	add_known(arguments, "addr", qdev->addr);
	/* The number in @device may be a new one: use the old path only if it leads to @device. */
	json_add_text(arguments, "vhostdev",
		      same_device(qdev->vhostdev, device) ? qdev->vhostdev : path);
	result = vmm_execute(vmm, "device_add", arguments, why);
	json_object_put(result);
	return result;
}

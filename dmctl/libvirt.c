// SPDX-License-Identifier: GPL-2.0
/*
 * libvirt: the object "libvirt": changes what keeps libvirt's QEMU from the devices of VMs. That is
 * a list in a file of libvirt's package; all else is in files of dynmem's own packages.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "deviceacl.h"
#include "doctor.h"
#include "program.h"
#include "qemuconf.h"
#include "why.h"

#define DEVICES		256	/* devices that are allowed by default */
#define DEVICES_MAX	4096

/* What reads qemu.conf when it starts: libvirt's one daemon, or that for QEMU. */
static const char *const daemons[] = { "libvirtd", "virtqemud" };

static int restart_daemons(void)
{
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(daemons); i++) {
		const char *const active[] = { "systemctl", "is-active", daemons[i], NULL };
		const char *const restart[] = { "systemctl", "restart", daemons[i], NULL };

		if (program_run(active, true))
			continue;
		ret = program_run(restart, false);
		if (!ret)
			continue;
		complain("%s is as it should be, but '%s %s %s' has failed", QEMUCONF,
			 restart[0], restart[1], restart[2]);
		return EXIT_REFUSED;
	}
	return EXIT_OK;
}

/* Return: an exit status. @text: the content of qemu.conf; freed, as is @changed. */
static int change(char *text, char *changed)
{
	char why[WHY_SIZE];
	int ret = EXIT_REFUSED;

	if (!changed)
		complain("%s in %s is no list: correct it", DEVICEACL, QEMUCONF);
	else if (strcmp(text, changed) && !qemuconf_write(changed, why))
		complain("%s", why);
	else
		/* Even if nothing has changed: a daemon looks for hooks when it starts only. */
		ret = restart_daemons();
	free(text);
	free(changed);
	return ret;
}

/* Return: the content of qemu.conf, for free(). Exits with a message if it cannot be read. */
static char *read_conf(void)
{
	char *text = qemuconf_read();
	int err = errno;

	if (text)
		return text;
	if (err == ENOENT)
		complain("there is no %s: install libvirt first", QEMUCONF);
	else
		complain("cannot read %s: %s", QEMUCONF, strerror(err));
	exit(err == EACCES ? EXIT_DENIED : EXIT_REFUSED);
}

/* Ends the command if there are more words than it takes. */
static void need_end(char **argv)
{
	if (*argv)
		die_usage("libvirt: unexpected argument '%s'", *argv);
}

static int libvirt_enable(char **argv)
{
	uint32_t nr = DEVICES;
	char *text;

	if (*argv && !strcmp(*argv, "devices")) {
		nr = need_number(argv[0], argv[1]);
		argv += 2;
	}
	need_end(argv);
	if (!nr || nr > DEVICES_MAX)
		die_usage("devices %u: the number is 1 to %u", nr, DEVICES_MAX);
	text = read_conf();
	return change(text, deviceacl_add(text, nr));
}

static int libvirt_disable(char **argv)
{
	char *text;

	need_end(argv);
	text = read_conf();
	return change(text, deviceacl_remove(text));
}

static int libvirt_status(char **argv)
{
	need_end(argv);
	return doctor_run("libvirt");
}

int cmd_libvirt(char **argv)
{
	static const char *const words[] = {
		"status", "enable", "disable", NULL
	};
	static const command_fn fns[] = {
		libvirt_status, libvirt_enable, libvirt_disable
	};

	return *argv ? fns[find_word("command", *argv, words)](argv + 1) : libvirt_status(argv);
}

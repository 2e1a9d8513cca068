/* SPDX-License-Identifier: GPL-2.0 */
/* setting: settings of the host's kernel in sysfs, and warnings about harmful ones. */
#ifndef DMCTL_SETTING_H
#define DMCTL_SETTING_H

#include <stdbool.h>

#define SETTING_SIZE	64	/* bytes of a value, with the NUL */

/**
 * typedef setting_warn_fn - is called for each harmful setting
 * @what: name of the setting
 * @value: its value
 * @harm: what that value does
 * @mend: a command that sets a good value
 * @arg: passed on by the function that checks the settings
 */
typedef void (*setting_warn_fn)(const char *what, const char *value, const char *harm,
				const char *mend, void *arg);

/* Reads a setting: the word in brackets, or else the line. Return: false if it can't be read. */
bool setting_read(const char *path, char value[SETTING_SIZE]);

#endif

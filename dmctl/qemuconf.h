/* SPDX-License-Identifier: GPL-2.0 */
/* qemuconf: libvirt's settings for QEMU, /etc/libvirt/qemu.conf. */
#ifndef DMCTL_QEMUCONF_H
#define DMCTL_QEMUCONF_H

#include <stdbool.h>

#define QEMUCONF "/etc/libvirt/qemu.conf"

/**
 * qemuconf_get() - read a setting
 * @text: content of the file: lines KEY = VALUE, where VALUE is a string in quotes, a number, or a
 *	list [ VALUE, ... ] that may be several lines long. A # begins a comment
 * @key: the setting. If it is there more than once, the first one counts, as for libvirt
 * @visit: called for the value, or for each value of the list; or NULL
 * @arg: for @visit
 *
 * Return: whether the file has the setting
 */
bool qemuconf_get(const char *text, const char *key, void (*visit)(const char *value, void *arg),
		  void *arg);

/*
 * Return: the value of a setting, which is the rest of @text from its first character on; NULL:
 * there is no such setting. See qemuconf_get().
 */
const char *qemuconf_find(const char *text, const char *key);

/* Whether @value is in the list @key, or is the value of the setting @key. */
bool qemuconf_has(const char *text, const char *key, const char *value);

/* Return: the content of the file, for free(); NULL: there is none, or it cannot be read. */
char *qemuconf_read(void);

/* Replaces the file. A program that is killed leaves the old one. @why: set on failure. */
bool qemuconf_write(const char *text, char *why);

#endif

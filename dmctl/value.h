/* SPDX-License-Identifier: GPL-2.0 */
/* value: the value of a setting, as a word of a command line and as a netlink attribute. */
#ifndef DMCTL_VALUE_H
#define DMCTL_VALUE_H

#include <netlink/msg.h>
#include <stdint.h>

#include "output.h"

#define VALUE_SIZE 32	/* bytes of a value as a word, with the NUL */

/**
 * value_put() - add a setting to a request
 * @msg: the request
 * @f: the setting; any kind but KIND_TEXT, KIND_COUNT, KIND_SECONDS, KIND_TIME and
 *	KIND_FLAG
 * @keyword: the setting's word
 * @value: the value as a word. If it is wrong or missing (NULL), ends the command by die_usage()
 *
 * Return: the bytes of a setting that is a size; otherwise 0
 */
uint64_t value_put(struct nl_msg *msg, const struct field *f, const char *keyword,
		   const char *value);

/* Writes the value of @f, from @attrs, to @buf in the form that value_put() reads. Return: @buf. */
char *value_word(char buf[VALUE_SIZE], const struct field *f, struct nlattr **attrs);

#endif

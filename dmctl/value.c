// SPDX-License-Identifier: GPL-2.0
/* value: reads and writes the value of a setting; see value.h. */
#include <stdio.h>

#include "command.h"
#include "netlink.h"
#include "units.h"
#include "value.h"

static const char *const switch_words[] = { "off", "on", NULL };

uint64_t value_put(struct nl_msg *msg, const struct field *f, const char *keyword,
		   const char *value)
{
	uint64_t bytes = 0;

	value = need_value(keyword, value);
	switch (f->kind) {
	case KIND_BYTES:
		bytes = need_size(keyword, value);
		request_put_u64(msg, f->attr, bytes);
		break;
	case KIND_NUMBER:
	case KIND_PERCENT:
		request_put_u32(msg, f->attr, need_number(keyword, value));
		break;
	case KIND_WORD:
		request_put_u32(msg, f->attr, find_word(keyword, value, f->words));
		break;
	case KIND_SWITCH:
		request_put_u8(msg, f->attr, find_word(keyword, value, switch_words));
		break;
	case KIND_TEXT:
	case KIND_COUNT:
	case KIND_SECONDS:
	case KIND_TIME:
	case KIND_FLAG:
		break;
	}
	return bytes;
}

char *value_word(char buf[VALUE_SIZE], const struct field *f, struct nlattr **attrs)
{
	char text[FIELD_TEXT_SIZE];

	if (f->kind == KIND_BYTES)
		format_size_exact(buf, VALUE_SIZE, nla_get_u64(attrs[f->attr]));
	else if (f->kind == KIND_PERCENT)
		snprintf(buf, VALUE_SIZE, "%u", nla_get_u32(attrs[f->attr]));
	else
		snprintf(buf, VALUE_SIZE, "%.*s", VALUE_SIZE - 1, field_text(text, f, attrs));
	return buf;
}

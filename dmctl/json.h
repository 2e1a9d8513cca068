/* SPDX-License-Identifier: GPL-2.0 */
/* json: reads and adds members of JSON objects. A member that is read may have any type. */
#ifndef DMCTL_JSON_H
#define DMCTL_JSON_H

#include <json-c/json.h>
#include <stdint.h>

/* The member @key of @object; "" if there is none, or if it is no string. */
static inline const char *json_text(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (json_object_object_get_ex(object, key, &value) &&
	    json_object_is_type(value, json_type_string))
		return json_object_get_string(value);
	return "";
}

/* The member @key of @object; 0 if there is none, or if it is no whole number. */
static inline int64_t json_number(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (json_object_object_get_ex(object, key, &value) &&
	    json_object_is_type(value, json_type_int))
		return json_object_get_int64(value);
	return 0;
}

static inline void json_add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

static inline void json_add_number(struct json_object *object, const char *key, int64_t number)
{
	json_object_object_add(object, key, json_object_new_int64(number));
}

#endif

// SPDX-License-Identifier: GPL-2.0
/* http: reads one HTTP request; see http.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http.h"

static const char blanks[] = " \t";

bool http_complete(const char *text, size_t len)
{
	return memmem(text, len, "\r\n\r\n", 4) || memmem(text, len, "\n\n", 2);
}

/* Ends @text before the first of @ends. Return: the text behind it, or NULL if there is none. */
static char *cut(char *text, const char *ends)
{
	size_t len = strcspn(text, ends);

	if (!text[len])
		return NULL;
	text[len] = '\0';
	return text + len + 1;
}

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, blanks);
	len = strlen(text);
	while (len && strchr(blanks, text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* The quality of a media range, from 0 to 1000, by its parameters, which are separated by ';'. */
static unsigned int quality(char *parameters)
{
	char *next;
	double q;

	for (; parameters; parameters = next) {
		next = cut(parameters, ";");
		parameters = trim(parameters);
		if (strncasecmp(parameters, "q=", 2))
			continue;
		q = strtod(parameters + 2, NULL);
		return q >= 1 ? 1000 : q > 0 ? (unsigned int)(q * 1000) : 0;
	}
	return 1000;
}

/* The best qualities that a client has named for the two formats. */
struct accepted {
	unsigned int openmetrics;
	unsigned int text;
};

/*
 * Reads a header "Accept". Ranges such as text and any type mean Prometheus' own format, so that a
 * browser and curl get it.
 */
static void read_accept(char *ranges, struct accepted *accepted)
{
	char *next, *parameters;
	unsigned int *best, q;

	for (; ranges; ranges = next) {
		next = cut(ranges, ",");
		parameters = cut(ranges, ";");
		ranges = trim(ranges);
		if (!strcasecmp(ranges, "application/openmetrics-text"))
			best = &accepted->openmetrics;
		else if (!strcasecmp(ranges, "text/plain") || !strcasecmp(ranges, "text/*") ||
			 !strcmp(ranges, "*/*"))
			best = &accepted->text;
		else
			continue;
		q = quality(parameters);
		if (q > *best)
			*best = q;
	}
}

/* Reads the first line: method, target, version. Return: the status. */
static unsigned int read_request_line(char *line, struct http_request *request)
{
	char *target = cut(line, " "), *version = target ? cut(target, " ") : NULL;

	if (!version || strncmp(version, "HTTP/1.", 7))
		return 400;
	request->head = !strcmp(line, "HEAD");
	if (!request->head && strcmp(line, "GET"))
		return 405;
	cut(target, "?");
	return strcmp(target, "/metrics") ? 404 : 200;
}

void http_read(char *text, size_t len, struct http_request *request)
{
	struct accepted accepted = { };
	char *line = text, *next, *value;

	*request = (struct http_request){ .status = 400 };
	if (strlen(text) != len || !http_complete(text, len))
		return;
	next = cut(line, "\n");
	line[strcspn(line, "\r")] = '\0';
	request->status = read_request_line(line, request);
	for (line = next; line && *line && *line != '\r'; line = next) {
		next = cut(line, "\n");
		line[strcspn(line, "\r")] = '\0';
		value = cut(line, ":");
		if (value && !strcasecmp(line, "Accept"))
			read_accept(value, &accepted);
	}
	request->openmetrics = accepted.openmetrics && accepted.openmetrics >= accepted.text;
}

const char *http_reason(unsigned int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 503:
		return "Service Unavailable";
	default:
		return "Bad Request";
	}
}

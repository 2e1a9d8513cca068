/* SPDX-License-Identifier: GPL-2.0 */
/* http: reads one HTTP request, as a program that collects metrics sends it. Does no I/O. */
#ifndef DMCTL_HTTP_H
#define DMCTL_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_REQUEST_MAX 8192	/* bytes of a request, without a body */

/**
 * struct http_request - a request, and the answer to it
 * @status: the status of the answer: 200, or an error
 * @head: the answer has no body
 * @openmetrics: the body is to be OpenMetrics, and not the text format of Prometheus
 */
struct http_request {
	unsigned int status;
	bool head;
	bool openmetrics;
};

/* Whether @text has all lines of a request, up to an empty line. @len: bytes of @text */
bool http_complete(const char *text, size_t len);

/*
 * Reads a request. @text: the request, with a NUL behind @len bytes; changed. @request: the result.
 * A request for anything but /metrics gets an error.
 */
void http_read(char *text, size_t len, struct http_request *request);

/* The reason phrase of a status that http_read() has set, or of 503. */
const char *http_reason(unsigned int status);

#endif

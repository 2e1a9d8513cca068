// SPDX-License-Identifier: GPL-2.0
/*
 * scrape: the command "metrics", which prints all figures once, for a program that collects them.
 * With --http it answers a request: systemd starts it for each connection, with the connection as
 * standard input and output.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "figures.h"
#include "http.h"
#include "metrics.h"
#include "netlink.h"
#include "why.h"

#define REQUEST_SECONDS 5	/* time for a client to send its request */

/* Reads the figures once, and writes them. Return: the exit status; a failure has been printed. */
static int scrape(FILE *out, bool openmetrics)
{
	struct json_object *vms = NULL, *host = NULL, *nodes = NULL;
	int ret = figures_vms(&vms) ?: figures_host(&host) ?: figures_nodes(&nodes);

	if (ret == EXIT_OK)
		metrics_write(out, openmetrics, vms, host, nodes);
	json_object_put(vms);
	json_object_put(host);
	json_object_put(nodes);
	return ret;
}

/* Reads the request from standard input, as far as it comes in time. Return: its length. */
static size_t receive(char text[HTTP_REQUEST_MAX + 1])
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t end = clock_end(REQUEST_SECONDS);
	size_t len = 0;
	ssize_t got;

	while (len < HTTP_REQUEST_MAX && !http_complete(text, len)) {
		if (poll(&in, 1, clock_left(end)) <= 0)
			break;
		got = read(STDIN_FILENO, text + len, HTTP_REQUEST_MAX - len);
		if (got <= 0)
			break;
		len += got;
	}
	text[len] = '\0';
	return len;
}

static void answer(const struct http_request *request, const char *body, size_t len)
{
	const char *type = request->status != 200 ? "text/plain" :
			   request->openmetrics ? "application/openmetrics-text; version=1.0.0" :
						  "text/plain; version=0.0.4";

	printf("HTTP/1.1 %u %s\r\n", request->status, http_reason(request->status));
	printf("Content-Type: %s; charset=utf-8\r\n", type);
	printf("Content-Length: %zu\r\n", len);
	if (request->status == 405)
		printf("Allow: GET, HEAD\r\n");
	printf("Connection: close\r\n\r\n");
	if (!request->head)
		fwrite(body, 1, len, stdout);
}

/* Writes the body of the answer to @out. Sets the status to 503 if the figures cannot be read. */
static void write_body(FILE *out, struct http_request *request)
{
	char why[WHY_SIZE];

	if (request->status != 200) {
		fprintf(out, "%s: only GET /metrics is answered\n", http_reason(request->status));
	} else if (!netlink_usable(why)) {
		complain("%s", why);
		fprintf(out, "%s\n", why);
		request->status = 503;
	} else if (scrape(out, request->openmetrics) != EXIT_OK) {
		fputs("no figures: the log of dynmem-metrics has the reason\n", out);
		request->status = 503;
	}
}

static int serve(void)
{
	char text[HTTP_REQUEST_MAX + 1];
	struct http_request request;
	char *body = NULL;
	size_t len = 0;
	FILE *out;

	http_read(text, receive(text), &request);
	out = open_memstream(&body, &len);
	if (!out)
		die_no_memory();
	write_body(out, &request);
	if (fclose(out))
		die_no_memory();
	answer(&request, body, len);
	free(body);
	return request.status == 503 ? EXIT_REFUSED : EXIT_OK;
}

int cmd_metrics(char **argv)
{
	bool http = *argv && !strcmp(*argv, "--http");
	bool openmetrics = *argv && !strcmp(*argv, "--openmetrics");

	argv += http || openmetrics;
	if (*argv)
		die_usage("metrics: unexpected argument '%s'", *argv);
	return http ? serve() : scrape(stdout, openmetrics);
}

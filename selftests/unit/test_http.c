// SPDX-License-Identifier: GPL-2.0
/* Requests as Prometheus, curl, browsers and broken clients send them. */
#include "unit.h"

#include "dmctl/http.h"

#define OPENMETRICS "application/openmetrics-text"
#define TEXT "text/plain;version=0.0.4"

static struct http_request request;

/* Reads @text. Return: the status of the answer. */
static unsigned int read_text(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);	/* the sanitizer finds reads beyond its end */

	memcpy(copy, text, len + 1);
	http_read(copy, len, &request);
	free(copy);
	return request.status;
}

static bool is_openmetrics(const char *accept)
{
	char text[512];

	snprintf(text, sizeof(text), "GET /metrics HTTP/1.1\r\nHost: a\r\n%s%s\r\n\r\n",
		 accept ? "Accept: " : "X: y", accept ?: "");
	assert_int_equal(read_text(text), 200);
	return request.openmetrics;
}

static void what_is_asked_for(void **state)
{
	assert_int_equal(read_text("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
	assert_false(request.head);
	assert_int_equal(read_text("GET /metrics?name=web HTTP/1.0\n\n"), 200);
	assert_int_equal(read_text("HEAD /metrics HTTP/1.1\r\n\r\n"), 200);
	assert_true(request.head);
	assert_int_equal(read_text("GET / HTTP/1.1\r\n\r\n"), 404);
	assert_int_equal(read_text("GET /metricsx HTTP/1.1\r\n\r\n"), 404);
	assert_int_equal(read_text("POST /metrics HTTP/1.1\r\n\r\n"), 405);
}

static void what_is_no_request(void **state)
{
	static const char *const texts[] = {
		"", "\r\n\r\n", "\n\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n",
		"GET /metrics HTTP/2\r\n\r\n", "GET /metrics HTTP/1.1\r\nHost: a\r\n",
		"\x16\x03\x01\x02\n\n", ": : :\n\n",
	};
	char nul[] = "GET /metrics HTTP/1.1\r\nHost: \0a\r\n\r\n";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (read_text(texts[i]) != 400)
			fail_msg("\"%s\" is answered with %u", texts[i], request.status);
	http_read(nul, sizeof(nul) - 1, &request);
	assert_int_equal(request.status, 400);
}

static void the_format_is_the_one_that_is_preferred(void **state)
{
	assert_false(is_openmetrics(NULL));
	assert_false(is_openmetrics(""));
	assert_false(is_openmetrics("*/*"));
	assert_false(is_openmetrics("text/html,application/xhtml+xml,*/*;q=0.8"));
	assert_true(is_openmetrics("application/openmetrics-text"));
	/* Prometheus 2.42 and 3.0 */
	assert_true(is_openmetrics(OPENMETRICS ";version=1.0.0," OPENMETRICS
				   ";version=0.0.1;q=0.75," TEXT ";q=0.5,*/*;q=0.1"));
	assert_true(is_openmetrics(OPENMETRICS ";version=1.0.0;escaping=allow-utf-8;q=0.6,"
				   TEXT ";q=0.4,*/*;q=0.2"));
	assert_false(is_openmetrics("text/plain, application/openmetrics-text ; q=0.3"));
	assert_false(is_openmetrics("application/openmetrics-text;q=0"));
	assert_false(is_openmetrics("application/openmetrics-textual, ;;, ,q=1"));
	assert_true(is_openmetrics("APPLICATION/OpenMetrics-Text;Q=1.0"));
	/* A header that is repeated, in lower case */
	assert_int_equal(read_text("GET /metrics HTTP/1.1\r\naccept: text/plain;q=0.1\r\naccept:"
				   OPENMETRICS "\r\n\r\n"), 200);
	assert_true(request.openmetrics);
}

/* Any text is read without harm, and only a whole request is answered with 200. */
static void random_texts(void **state)
{
	static const char *const parts[] = {
		"GET", "HEAD", " ", " /metrics", " HTTP/1.1", "\r", "\n", "\r\n", "\r\n\r\n",
		"Accept", ":", ";", "q=", ",", "*/*", OPENMETRICS, "0.5", "=", "?", "\t",
	};
	u64 rng = 1;
	char text[1024];
	unsigned int n, i;
	size_t len;

	for (n = 0; n < 20000; n++) {
		unsigned int words = rng_below(&rng, 30);

		for (i = 0, len = 0, text[0] = '\0'; i < words; i++)
			len += snprintf(text + len, sizeof(text) - len, "%s",
					parts[rng_below(&rng, ARRAY_SIZE(parts))]);
		if (read_text(text) == 200)
			assert_true(http_complete(text, len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_for),
		cmocka_unit_test(what_is_no_request),
		cmocka_unit_test(the_format_is_the_one_that_is_preferred),
		cmocka_unit_test(random_texts),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}

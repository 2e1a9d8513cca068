// SPDX-License-Identifier: GPL-2.0
/* top: the command "top", which shows all VMs again and again. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "figures.h"
#include "glyph.h"
#include "netlink.h"
#include "output.h"
#include "screen.h"
#include "topview.h"

#define DELAY_S		2	/* seconds between two looks by default */
#define DELAY_MAX_S	3600

static int status;	/* exit status of the last look */

static void read_psi(char *text, size_t size)
{
	int fd = open("/proc/pressure/memory", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, text, size - 1);

	text[len > 0 ? len : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static bool look(struct topview *view)
{
	struct json_object *vms = NULL, *nodes = NULL;
	char psi[256];

	/* figures_vms() would exit with a message that the screen hides. */
	if (!netlink_present()) {
		status = EXIT_UNREACHED;
		return false;
	}
	status = figures_vms(&vms) ?: figures_nodes(&nodes);
	if (status == EXIT_OK) {
		read_psi(psi, sizeof(psi));
		topview_update(view, vms, nodes, psi);
	}
	json_object_put(vms);
	json_object_put(nodes);
	return status == EXIT_OK;
}

/* Prints @count looks as text; 0: one after the other, until the reader has enough. */
static void print_looks(struct topview *view, uint32_t count, uint32_t delay)
{
	char line[TOPVIEW_LINE];
	uint32_t done;
	size_t i;

	for (done = 0; !count || done < count; done++) {
		if (done)
			clock_sleep(delay * 1000);
		if (!look(view))
			return;
		topview_host_line(view, line, TOPVIEW_WIDTH);
		printf("%s%s\n", done ? "\n" : "", line);
		topview_head_line(view, line, TOPVIEW_WIDTH);
		puts(line);
		for (i = 0; i < view->nr_rows; i++) {
			topview_row_line(view, i, line, TOPVIEW_WIDTH);
			puts(line);
		}
		if (fflush(stdout))
			return;
	}
}

static uint32_t need_seconds(const char *option, const char *value)
{
	uint32_t seconds = need_number(option, value);

	if (!seconds || seconds > DELAY_MAX_S)
		die_usage("top %s %u: the seconds are 1 to %u", option, seconds, DELAY_MAX_S);
	return seconds;
}

int cmd_top(char **argv)
{
	struct topview view = { .key = TOPVIEW_DEMAND };
	uint32_t count = 0, delay = DELAY_S;
	bool text = !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO);

	if (options.json)
		die_usage("top prints no JSON: use 'dmctl -j vm show'");
	for (; *argv; argv += 2) {
		if (!strcmp(*argv, "-n")) {
			text = true;
			count = need_number("-n", argv[1]);
		} else if (!strcmp(*argv, "-d")) {
			delay = need_seconds("-d", argv[1]);
		} else if (!strcmp(*argv, "--sort")) {
			view.key = find_word("field", need_value("--sort", argv[1]),
					     topview_key_words);
		} else {
			die_usage("top: unexpected argument '%s'", *argv);
		}
	}
	view.utf8 = glyph_begin();
	if (text || !screen_run(&view, delay * 1000, look))
		print_looks(&view, count, delay);
	topview_end(&view);
	if (status == EXIT_UNREACHED)
		complain("dynmem cannot be reached: load it with 'modprobe dynmem'");
	return status;
}

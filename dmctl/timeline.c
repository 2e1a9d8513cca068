// SPDX-License-Identifier: GPL-2.0
/* timeline: shows the last hour of a VM; see timeline.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "chart.h"
#include "glyph.h"
#include "histfile.h"
#include "json.h"
#include "lookup.h"
#include "output.h"
#include "plot.h"
#include "svg.h"
#include "timeline.h"
#include "why.h"

#define NO_AGENT "no agent runs: 'systemctl enable --now dynmem-agent'"

static struct json_object *sample_json(const struct sample *sample)
{
	struct json_object *json = json_object_new_object();
	size_t i;

	json_add_number(json, "time", sample->time);
	for (i = 0; i < HISTORY_FIGURES; i++)
		json_object_object_add(json, history_names[i],
				       sample->figure[i] == HISTORY_UNKNOWN ? NULL :
				       json_object_new_uint64(sample->figure[i]));
	return json;
}

static void timeline_json(const char *name, const struct history *history)
{
	struct json_object *json = json_object_new_object(), *samples = json_object_new_array();
	size_t i;

	for (i = 0; i < HISTORY_SLOTS; i++)
		if (history->slot[i].time)
			json_object_array_add(samples, sample_json(&history->slot[i]));
	json_add_text(json, "name", name);
	json_add_number(json, "interval", HISTORY_STEP);
	json_object_object_add(json, "samples", samples);
	print_json(json);
}

static int timeline_svg(const char *path, const struct chart *chart)
{
	FILE *out;

	if (!strcmp(path, "-")) {
		svg_write(stdout, chart);
		return EXIT_OK;
	}
	out = fopen(path, "we");
	if (out) {
		bool failed;

		svg_write(out, chart);
		failed = fflush(out) || ferror(out);
		if (!fclose(out) && !failed)
			return EXIT_OK;
	}
	complain("cannot write %s: %s", path, strerror(errno));
	return EXIT_REFUSED;
}

static void timeline_plot(const struct chart *chart)
{
	struct winsize size = { };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		size.ws_col = PLOT_WIDTH;
	plot_write(stdout, chart, size.ws_col, glyph_begin());
}

/* Complains that there are no samples, and says what brings some. */
static int timeline_empty(const struct vm_facts *vm)
{
	if (!agent_runs())
		complain("%s has no samples of the last hour, since " NO_AGENT, vm->name);
	else if (!vm_is_attached(vm))
		complain("%s has no samples of the last hour: it has not run; start its QEMU",
			 vm->name);
	else
		complain("%s has no samples yet: the agent takes one every %d s; try again then",
			 vm->name, HISTORY_STEP);
	return EXIT_REFUSED;
}

int timeline_show(const char *name, const char *svg)
{
	struct history history;
	char why[WHY_SIZE];
	struct chart chart;
	struct vm_facts vm;
	int ret = lookup_need(name, &vm);

	if (ret != EXIT_OK)
		return ret;
	if (!histfile_read(name, histfile_device(vm.device), time(NULL), &history, why)) {
		complain("%s", why);
		return EXIT_REFUSED;
	}
	if (history_is_empty(&history))
		return timeline_empty(&vm);
	if (!agent_runs())
		complain("warning: there are no new samples, since " NO_AGENT);
	if (options.json) {
		timeline_json(name, &history);
		return EXIT_OK;
	}
	chart_begin(&chart, name, &history);
	if (svg)
		return timeline_svg(svg, &chart);
	timeline_plot(&chart);
	return EXIT_OK;
}

// SPDX-License-Identifier: GPL-2.0
/* metrics: the figures of VMs, host and nodes as metrics; see metrics.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../include/uapi/dynmem.h"
#include "../include/version.h"
#include "command.h"
#include "exposition.h"
#include "json.h"
#include "metrics.h"
#include "states.h"

#define HYPERV	"windows_hyperv_dynamic_memory_"
#define PAGE	4096	/* bytes of a page in the counters of a VM */

/* How the number in a figure becomes the value of a metric. */
enum scale {
	AS_IS,
	PERCENT,		/* the metric is a ratio */
	PAGES,			/* the metric is in bytes */
};

/**
 * struct metric - a metric that has one sample for each object
 * @name: name of the metric; names of counters end with "_total"
 * @key: key of the figure in the object; keys of nested objects are joined by a dot
 * @scale: see above
 * @help: one sentence
 */
struct metric {
	const char *name;
	const char *key;
	enum scale scale;
	const char *help;
};

static const struct metric vm_metrics[] = {
	{ "dynmem_vm_startup_bytes", "startup", AS_IS, "Setting: memory that the VM starts with." },
	{ "dynmem_vm_minimum_bytes", "minimum", AS_IS,
	  "Setting: memory that the VM always keeps." },
	{ "dynmem_vm_maximum_bytes", "maximum", AS_IS, "Setting: the most that the VM can have." },
	{ "dynmem_vm_buffer_ratio", "buffer", PERCENT, "Setting: memory on top of demand." },
	{ "dynmem_vm_weight", "weight", AS_IS, "Setting: priority in a shortage, up to 10000." },
	{ "dynmem_vm_dynamic", "dynamic", AS_IS, "Setting: 1 if memory follows demand." },
	{ "dynmem_vm_demand_bytes", "demand", AS_IS, "What the guest needs, without buffer." },
	{ "dynmem_vm_commit_bytes", "commit", AS_IS, "Commit charge of the guest." },
	{ "dynmem_vm_desired_bytes", "desired", AS_IS, "Demand and buffer, within the settings." },
	{ "dynmem_vm_assigned_bytes", "assigned", AS_IS, "Memory that the VM may use now." },
	{ "dynmem_vm_target_bytes", "target", AS_IS, "What assigned memory moves towards." },
	{ "dynmem_vm_pressure_ratio", "pressure", PERCENT, "Demand divided by assigned memory." },
	{ "dynmem_vm_pressure_minimum_ratio", "pressure_minimum", PERCENT,
	  "The least pressure in the last one to two minutes." },
	{ "dynmem_vm_pressure_maximum_ratio", "pressure_maximum", PERCENT,
	  "The greatest pressure in the last one to two minutes." },
	{ "dynmem_vm_pressure_average_ratio", "pressure_average", PERCENT,
	  "The average pressure in the last one to two minutes." },
	{ "dynmem_vm_available_bytes", "available", AS_IS,
	  "What the guest could use yet, as it says." },
	{ "dynmem_vm_resident_bytes", "resident", AS_IS, "What the host holds for the VM." },
	{ "dynmem_vm_ballooned_bytes", "ballooned", AS_IS, "What the guest has given." },
	{ "dynmem_vm_exposed_bytes", "exposed", AS_IS, "What the guest could touch." },
	{ "dynmem_vm_charge_bytes", "charge", AS_IS, "What the VM is charged for." },
	{ "dynmem_vm_ram_bytes", "ram", AS_IS, "RAM that the VMM was started with." },
	{ "dynmem_vm_missing_bytes", "missing", AS_IS, "Startup memory that the VM lacks." },
	{ "dynmem_vm_foreign_bytes", "foreign", AS_IS, "What others have taken from the guest." },
	{ "dynmem_vm_pinned_bytes", "pinned", AS_IS, "Resident memory that cannot be released." },
	{ "dynmem_vm_retouched_bytes", "retouched", AS_IS,
	  "Ballooned memory that is resident again." },
	{ "dynmem_vm_shared_bytes", "shared", AS_IS, "Memory in pages that KSM has merged." },
	{ "dynmem_vm_saved_bytes", "saved", AS_IS, "Memory that KSM saves the host." },
	{ "dynmem_vm_paged_bytes", "paged", AS_IS, "Memory of the VM in swap space." },
	{ "dynmem_vm_compressed_bytes", "compressed", AS_IS,
	  "Compressed size of the paged memory that zswap keeps." },
	{ "dynmem_vm_compressed_from_bytes", "compressed_from", AS_IS,
	  "Size of that memory before it was compressed." },
	{ "dynmem_vm_page_to_bytes", "page_to", AS_IS,
	  "What may stay resident while the VM is paged to disk." },
	{ "dynmem_vm_unavailable_bytes", "unavailable", AS_IS,
	  "What the guest says it cannot give." },
	{ "dynmem_vm_backoff_seconds", "backoff", AS_IS, "Time in which nothing is taken lazily." },
	{ "dynmem_vm_lent_bytes", "lent", AS_IS, "The part of assigned memory that is lent." },
	{ "dynmem_vm_cache_bytes", "cache", AS_IS, "Memory for files that are read again." },
	{ "dynmem_vm_reread_bytes_per_second", "reread", AS_IS,
	  "What the guest reads back from files." },
	{ "dynmem_vm_limit_bytes", "limit", AS_IS, "What memory cgroups leave for the guest." },
	{ "dynmem_vm_added_bytes_total", "counters.added", AS_IS,
	  "By how much assigned memory has risen since the VMM attached." },
	{ "dynmem_vm_removed_bytes_total", "counters.removed", AS_IS,
	  "By how much assigned memory has fallen since the VMM attached." },
	{ "dynmem_vm_add_operations_total", "counters.add_operations", AS_IS,
	  "How often assigned memory has risen." },
	{ "dynmem_vm_remove_operations_total", "counters.remove_operations", AS_IS,
	  "How often assigned memory has fallen." },
	{ "dynmem_vm_inflated_bytes_total", "counters.inflated", PAGES,
	  "Memory that went into the balloon." },
	{ "dynmem_vm_deflated_bytes_total", "counters.deflated", PAGES,
	  "Memory that came out of the balloon." },
	{ "dynmem_vm_free_reported_bytes_total", "counters.free_reported", PAGES,
	  "Memory that was reported as free and released." },
	{ "dynmem_vm_lost_bytes_total", "counters.lost", PAGES,
	  "Memory that was pinned while it was released." },
	{ "dynmem_vm_retouched_found_bytes_total", "counters.retouched", PAGES,
	  "Ballooned memory that was found resident again." },
	{ "dynmem_vm_reclaimed_bytes_total", "counters.reclaimed", PAGES,
	  "Retouched memory that was released again." },
	{ "dynmem_vm_kicks_total", "counters.kicks", AS_IS, "Notifications by the guest." },
	{ "dynmem_vm_interrupts_total", "counters.interrupts", AS_IS,
	  "Interrupts sent to the guest." },
	{ "dynmem_vm_requests_total", "counters.requests", AS_IS, "Requests of the guest." },
	{ "dynmem_vm_reports_total", "counters.reports", AS_IS, "Reports of the guest." },
	{ "dynmem_vm_release_calls_total", "counters.release_calls", AS_IS,
	  "Calls to release memory." },
	{ "dynmem_vm_mismatched_total", "counters.mismatched", AS_IS,
	  "Requests of a driver that speaks another version of the protocol." },
	{ "dynmem_vm_malformed_total", "counters.malformed", AS_IS, "Malformed requests." },
	{ "dynmem_vm_ring_errors_total", "counters.ring_errors", AS_IS, "Malformed rings." },
	{ "dynmem_vm_resets_total", "counters.resets", AS_IS, "Resets of the device." },
	{ "dynmem_vm_needs_total", "counters.needs", AS_IS,
	  "Messages of a guest that was about to kill or to swap." },
};

static const char *const refusals[] = {
	"range", "twice", "backing", "pinned", "align", "failed", "grant"
};

/* A metric of VMs that has a sample for each word. The sample of the current word is 1. */
static const struct state {
	const char *name;
	const char *key;
	const char *const *words;
	const char *help;
} states[] = {
	{ "dynmem_vm_state", "state", vm_state_words, "State of the VM." },
	{ "dynmem_vm_status", "status", status_words, "Whether the VM has what it needs." },
	{ "dynmem_vm_driver", "driver", vm_driver_words, "Driver of the guest." },
	{ "dynmem_vm_reaction", "reaction", reaction_words, "How the guest follows its target." },
};

static const struct metric vm_node_metrics[] = {
	{ "dynmem_vm_node_resident_bytes", "resident", AS_IS,
	  "What the host holds for the VM there." },
	{ "dynmem_vm_node_assigned_bytes", "assigned", AS_IS, "What the VM is granted there." },
	{ "dynmem_vm_node_target_bytes", "target", AS_IS, "What that moves towards." },
	{ "dynmem_vm_node_ballooned_bytes", "ballooned", AS_IS, "What the guest has given there." },
};

static const struct metric host_metrics[] = {
	{ "dynmem_startable_bytes", "startable", AS_IS,
	  "Ordinary memory for further VMs: spare, or beyond the demand of VMs." },
	{ "dynmem_failover_bytes", "failover", AS_IS, "Setting: memory that stays startable." },
	{ "dynmem_starts_refused_total", "refused", AS_IS, "Starts that were refused." },
	{ "dynmem_events_total", "sequence", AS_IS, "Events since the module was loaded." },
	{ "dynmem_vms", "vms", AS_IS, "Number of VMs that are defined." },
	{ "dynmem_vms_running", "running", AS_IS, "Number of VMs to which a VMM has attached." },
	{ "dynmem_lent_bytes", "lent", AS_IS, "Memory that is lent to VMs." },
	{ "dynmem_headroom_bytes", "headroom", AS_IS, "Memory that is not to be lent." },
};

static const struct metric node_metrics[] = {
	{ "dynmem_node_present_bytes", "present", AS_IS, "Memory of the node." },
	{ "dynmem_node_free_bytes", "free", AS_IS, "Free memory." },
	{ "dynmem_node_used_bytes", "used", AS_IS, "What the host itself uses and cannot drop." },
	{ "dynmem_node_reserve_bytes", "reserve", AS_IS, "What is kept for the host." },
	{ "dynmem_node_capacity_bytes", "capacity", AS_IS, "What there is for VMs." },
	{ "dynmem_node_resident_bytes", "resident", AS_IS, "What the host holds for VMs." },
	{ "dynmem_node_assigned_bytes", "assigned", AS_IS, "What VMs are granted." },
	{ "dynmem_node_charge_bytes", "charge", AS_IS, "What VMs are charged for." },
	{ "dynmem_node_promised_bytes", "promised", AS_IS, "What is on its way to VMs." },
	{ "dynmem_node_overhead_bytes", "overhead", AS_IS, "What VMMs need for themselves." },
	{ "dynmem_node_spare_bytes", "spare", AS_IS, "What is left." },
	{ "dynmem_node_debt_bytes", "debt", AS_IS, "Charge and overhead above capacity." },
	{ "dynmem_node_at_risk_bytes", "at_risk", AS_IS,
	  "What guests could touch beyond assigned." },
	{ "dynmem_node_minimums_bytes", "minimums", AS_IS, "Minimums of all admitted VMs." },
	{ "dynmem_node_overdrawn", "overdrawn", AS_IS, "1 if the minimums do not fit." },
};

/*
 * The names of windows_exporter's collector hyperv. Its program says "added_total", its
 * documentation "added_bytes_total", so both are here.
 */
static const struct metric hyperv_metrics[] = {
	{ HYPERV "vm_physical_bytes", "assigned", AS_IS, "Physical Memory." },
	{ HYPERV "vm_guest_visible_physical_memory_bytes", "ram", AS_IS,
	  "Guest Visible Physical Memory." },
	{ HYPERV "vm_guest_available_bytes", "available", AS_IS, "Guest Available Memory." },
	{ HYPERV "vm_pressure_current_ratio", "pressure", PERCENT, "Current Pressure." },
	{ HYPERV "vm_pressure_minimum_ratio", "pressure_minimum", PERCENT, "Minimum Pressure." },
	{ HYPERV "vm_pressure_maximum_ratio", "pressure_maximum", PERCENT, "Maximum Pressure." },
	{ HYPERV "vm_added_total", "counters.added", AS_IS, "Added Memory." },
	{ HYPERV "vm_added_bytes_total", "counters.added", AS_IS, "Added Memory." },
	{ HYPERV "vm_removed_bytes_total", "counters.removed", AS_IS, "Removed Memory." },
	{ HYPERV "vm_add_operations_total", "counters.add_operations", AS_IS,
	  "Memory Add Operations." },
	{ HYPERV "vm_remove_operations_total", "counters.remove_operations", AS_IS,
	  "Memory Remove Operations." },
};

#define LABELS_MAX 4
#define NUMBER_SIZE 32

/* An object whose figures are written, with its labels. */
struct object {
	struct json_object *figures;
	struct label label[LABELS_MAX];
	char text[LABELS_MAX][NUMBER_SIZE];	/* for labels that are numbers */
	size_t labels;
};

/* The objects of one kind. */
struct objects {
	struct object *object;
	size_t n;
};

static struct json_object *member(struct json_object *object, const char *key)
{
	const char *dot = strchr(key, '.');
	struct json_object *value = NULL;
	char outer[16];

	if (dot) {
		snprintf(outer, sizeof(outer), "%.*s", (int)(dot - key), key);
		object = member(object, outer);
		key = dot + 1;
	}
	json_object_object_get_ex(object, key, &value);
	return value;
}

/* Writes @figure as the value of a sample. Return: false if the figure is unknown (null). */
static bool value_of(char value[NUMBER_SIZE], struct json_object *figure, enum scale scale)
{
	uint64_t number;

	if (!figure)
		return false;
	/* Of a boolean this is 0 or 1. */
	number = json_object_get_uint64(figure);
	if (scale == PERCENT)
		snprintf(value, NUMBER_SIZE, "%" PRIu64 ".%02" PRIu64, number / 100, number % 100);
	else
		snprintf(value, NUMBER_SIZE, "%" PRIu64, scale == PAGES ? number * PAGE : number);
	return true;
}

static enum metric_type type_of(const char *name)
{
	size_t len = strlen(name);

	return len > 6 && !strcmp(name + len - 6, "_total") ? METRIC_COUNTER : METRIC_GAUGE;
}

/* Writes families with a sample for each object of which the figure is known. */
static void put_metrics(const struct exposition *e, const struct metric *metric, size_t n,
			const struct objects *objects)
{
	char value[NUMBER_SIZE];
	size_t i, k;

	for (i = 0; i < n; i++) {
		exposition_family(e, metric[i].name, type_of(metric[i].name), metric[i].help);
		for (k = 0; k < objects->n; k++) {
			const struct object *object = &objects->object[k];

			if (value_of(value, member(object->figures, metric[i].key),
				     metric[i].scale))
				exposition_sample(e, metric[i].name, object->label,
						  object->labels, value);
		}
	}
}

/* Writes a sample with one more label than the object has. */
static void put_labelled(const struct exposition *e, const char *name, struct object *object,
			 const char *label, const char *word, const char *value)
{
	object->label[object->labels] = (struct label){ label, word };
	exposition_sample(e, name, object->label, object->labels + 1, value);
}

static void put_states(const struct exposition *e, struct objects *vms)
{
	size_t i, k, word;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		exposition_family(e, states[i].name, METRIC_GAUGE, states[i].help);
		for (k = 0; k < vms->n; k++) {
			const char *now = json_text(vms->object[k].figures, states[i].key);

			for (word = 0; states[i].words[word]; word++)
				put_labelled(e, states[i].name, &vms->object[k], states[i].key,
					     states[i].words[word],
					     strcmp(now, states[i].words[word]) ? "0" : "1");
		}
	}
}

static void put_refusals(const struct exposition *e, struct objects *vms)
{
	char key[64], value[NUMBER_SIZE];
	size_t i, k;

	exposition_family(e, "dynmem_vm_refused_bytes_total", METRIC_COUNTER,
			  "Memory that the guest asked to move, and that was not moved.");
	for (k = 0; k < vms->n; k++)
		for (i = 0; i < ARRAY_SIZE(refusals); i++) {
			snprintf(key, sizeof(key), "counters.refused_%s", refusals[i]);
			if (value_of(value, member(vms->object[k].figures, key), PAGES))
				put_labelled(e, "dynmem_vm_refused_bytes_total", &vms->object[k],
					     "reason", refusals[i], value);
		}
}

static void put_debt_causes(const struct exposition *e, struct objects *nodes)
{
	char value[NUMBER_SIZE];
	size_t k;

	exposition_family(e, "dynmem_node_debt_cause_bytes", METRIC_GAUGE, "Debt by its cause.");
	for (k = 0; k < nodes->n; k++) {
		struct json_object *causes = member(nodes->object[k].figures, "debt_by");

		if (!causes)
			continue;
		json_object_object_foreach(causes, cause, bytes)
			if (value_of(value, bytes, AS_IS))
				put_labelled(e, "dynmem_node_debt_cause_bytes", &nodes->object[k],
					     "cause", cause, value);
	}
}

static void put_info(const struct exposition *e, struct json_object *host)
{
	const struct label labels[] = {
		{ "module", json_text(host, "version") }, { "dmctl", DYNMEM_VERSION },
	};

	exposition_family(e, "dynmem_info", METRIC_INFO, "Versions.");
	exposition_sample(e, "dynmem_info", labels, ARRAY_SIZE(labels), "1");
}

static void put_warnings(const struct exposition *e, struct json_object *host)
{
	struct json_object *warnings = member(host, "warnings");
	char value[NUMBER_SIZE];

	exposition_family(e, "dynmem_warnings", METRIC_GAUGE,
			  "Settings of the host that do harm; dmctl host show names them.");
	snprintf(value, sizeof(value), "%zu", warnings ? json_object_array_length(warnings) : 0);
	exposition_sample(e, "dynmem_warnings", NULL, 0, value);
}

static void put_hyperv_balancer(const struct exposition *e, const struct objects *vms,
				struct json_object *host)
{
	const struct label label = { "balancer", "System Balancer" };
	uint64_t demand = 0, assigned = 0;
	char value[NUMBER_SIZE];
	size_t k;

	for (k = 0; k < vms->n; k++) {
		demand += json_number(vms->object[k].figures, "demand");
		assigned += json_number(vms->object[k].figures, "assigned");
	}
	exposition_family(e, HYPERV "balancer_average_pressure_ratio", METRIC_GAUGE,
			  "Average Pressure.");
	snprintf(value, sizeof(value), "%.4f", assigned ? (double)demand / assigned : 0);
	exposition_sample(e, HYPERV "balancer_average_pressure_ratio", &label, 1, value);
	exposition_family(e, HYPERV "balancer_available_memory_bytes", METRIC_GAUGE,
			  "Available Memory.");
	if (value_of(value, member(host, "spare"), AS_IS))
		exposition_sample(e, HYPERV "balancer_available_memory_bytes", &label, 1, value);
}

/* Appends an object. It gets the labels of @outer, if that is not NULL. */
static struct object *objects_add(struct objects *objects, struct json_object *figures,
				  const struct object *outer)
{
	struct object *object = &objects->object[objects->n++];

	object->figures = figures;
	object->labels = outer ? outer->labels : 0;
	if (outer)
		memcpy(object->label, outer->label, sizeof(object->label));
	return object;
}

static void add_label(struct object *object, const char *name, const char *value)
{
	object->label[object->labels++] = (struct label){ name, value };
}

/* Adds the labels that tell nodes apart: the number of the node, and its page size in bytes. */
static void add_node_labels(struct object *object)
{
	static const char *const keys[] = { "node", "page" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		char *text = object->text[object->labels];

		snprintf(text, NUMBER_SIZE, "%" PRIi64, json_number(object->figures, keys[i]));
		add_label(object, keys[i], text);
	}
}

/* Return: room for @n objects; the caller must free @object. */
static struct objects objects_new(size_t n)
{
	struct objects objects = { .object = calloc(n + 1, sizeof(struct object)) };

	if (!objects.object)
		die_no_memory();
	return objects;
}

/* Gathers VMs. @running: only those to which a VMM has attached. */
static struct objects vms_of(struct json_object *array, bool running)
{
	size_t n = json_object_array_length(array), i;
	struct objects vms = objects_new(n);

	for (i = 0; i < n; i++) {
		struct json_object *vm = json_object_array_get_idx(array, i);

		if (!running || strcmp(json_text(vm, "state"), vm_state_words[0]))
			add_label(objects_add(&vms, vm, NULL), "vm", json_text(vm, "name"));
	}
	return vms;
}

/* Gathers nodes. @outer: the VM whose nodes they are; or NULL, for nodes of the host. */
static void add_nodes(struct objects *nodes, struct json_object *array, const struct object *outer)
{
	size_t i;

	for (i = 0; i < json_object_array_length(array); i++)
		add_node_labels(objects_add(nodes, json_object_array_get_idx(array, i), outer));
}

static struct objects vm_nodes_of(const struct objects *vms)
{
	struct objects nodes;
	size_t i, n = 0;

	for (i = 0; i < vms->n; i++)
		n += json_object_array_length(member(vms->object[i].figures, "nodes"));
	nodes = objects_new(n);
	for (i = 0; i < vms->n; i++)
		add_nodes(&nodes, member(vms->object[i].figures, "nodes"), &vms->object[i]);
	return nodes;
}

void metrics_write(FILE *out, bool openmetrics, struct json_object *vm_array,
		   struct json_object *host, struct json_object *node_array)
{
	const struct exposition e = { .out = out, .openmetrics = openmetrics };
	struct object host_object = { .figures = host };
	const struct objects host_objects = { .object = &host_object, .n = 1 };
	struct objects vms = vms_of(vm_array, false), running = vms_of(vm_array, true);
	struct objects vm_nodes = vm_nodes_of(&vms);
	struct objects nodes = objects_new(json_object_array_length(node_array));

	add_nodes(&nodes, node_array, NULL);
	put_info(&e, host);
	put_metrics(&e, host_metrics, ARRAY_SIZE(host_metrics), &host_objects);
	put_warnings(&e, host);
	put_metrics(&e, node_metrics, ARRAY_SIZE(node_metrics), &nodes);
	put_debt_causes(&e, &nodes);
	put_states(&e, &vms);
	put_metrics(&e, vm_metrics, ARRAY_SIZE(vm_metrics), &vms);
	put_refusals(&e, &vms);
	put_metrics(&e, vm_node_metrics, ARRAY_SIZE(vm_node_metrics), &vm_nodes);
	put_metrics(&e, hyperv_metrics, ARRAY_SIZE(hyperv_metrics), &running);
	put_hyperv_balancer(&e, &running, host);
	exposition_end(&e);
	free(vms.object);
	free(running.object);
	free(vm_nodes.object);
	free(nodes.object);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The nodes' counters in Prometheus' text format, in its base units: seconds.
 * Queues and processes are left out: each would be a time series of its own.
 */
#include <inttypes.h>
#include <string.h>

#include "views.h"

static const char * const counter_help[] = {
	[TOP_CHECKS] = "Samples taken by the timer",
	[TOP_EVENTS] = "Checks caused by an event of amdkfd",
	[TOP_DOORBELLS] = "Checks caused by an armed doorbell",
	[TOP_INVERSIONS] = "Checks that found an LC queue waiting behind BE",
	[TOP_PREEMPTIONS] = "Batches of BE queues that were preempted",
	[TOP_RESUMES] = "Batches that were resumed",
	[TOP_QUEUES_PREEMPTED] = "Active queues in the preempted batches",
	[TOP_QUEUES_RESUMED] = "Queues that the resumed batches made active",
	[TOP_ROTATIONS] = "Batches that handed slots from queue to queue",
	[TOP_QUEUES_THROTTLED] = "Queues that were left or put without a slot",
	[TOP_DEACTIVATIONS] = "Queues that gave up their slot because they were idle",
	[TOP_WAKEUPS] = "Queues that got their slot back",
	[TOP_FALSE_IDLES] = "Deactivations undone because waves were found",
	[TOP_GUARDS] = "Times that BE was resumed because LC made no progress without it",
	[TOP_STARVATIONS] = "Times that BE was resumed because it had waited too long",
	[TOP_FAILURES] = "Submissions that amdkfd refused",
	[TOP_WAITS_WON] = "Times that LC waited for BE and got on by itself",
	[TOP_WAITS_LOST] = "Times that LC waited for BE and BE was preempted after all",
	[TOP_BARRIERS] = "Barrier packets at which LC waited and BE was left alone",
	[TOP_PREEMPT_NS] = "Time from the submission of preempting batches to their acknowledgment",
	[TOP_RESUME_NS] = "Time from the submission of resuming batches to their acknowledgment",
	[TOP_BE_HELD_NS] = "Time for which BE was held off",
	[TOP_GUARD_NS] = "Time for which BE was held off in vain, before a guard",
};

static void labels(FILE *out, const struct top_node *node)
{
	fprintf(out, "node=\"%u\",gpu_id=\"%" PRIu64 "\"", node->id, node->gpu_id);
}

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP gpreempt_%s %s.\n# TYPE gpreempt_%s %s\n", name, help, name, type);
}

/* "be_held_ns" is gpreempt_be_held_seconds_total, "checks" gpreempt_checks_total. */
static void show_counter(FILE *out, const struct top_snapshot *snapshot, enum top_counter counter)
{
	const char *file = model_counter_name(counter);
	size_t len = strlen(file);
	bool ns = len > 3 && !strcmp(file + len - 3, "_ns");
	char name[64];

	snprintf(name, sizeof(name), "%.*s%s_total", (int)(ns ? len - 3 : len), file,
		 ns ? "_seconds" : "");
	head(out, name, "counter", counter_help[counter]);
	for (size_t i = 0; i < snapshot->num_nodes; i++) {
		const struct top_node *node = &snapshot->nodes[i];
		uint64_t value = node->counter[counter];

		if (value == TOP_ABSENT)
			continue;
		fprintf(out, "gpreempt_%s{", name);
		labels(out, node);
		if (ns)
			fprintf(out, "} %" PRIu64 ".%09" PRIu64 "\n", value / 1000000000,
				value % 1000000000);
		else
			fprintf(out, "} %" PRIu64 "\n", value);
	}
}

static void show_gauge(FILE *out, const struct top_snapshot *snapshot, const char *name,
		       const char *help, size_t offset)
{
	head(out, name, "gauge", help);
	for (size_t i = 0; i < snapshot->num_nodes; i++) {
		const struct top_node *node = &snapshot->nodes[i];
		uint64_t value;

		memcpy(&value, (const char *)node + offset, sizeof(value));
		if (value == TOP_ABSENT)
			continue;
		fprintf(out, "gpreempt_%s{", name);
		labels(out, node);
		fprintf(out, "} %" PRIu64 "\n", value);
	}
}

#define GAUGE(_name, _help) \
	show_gauge(out, snapshot, #_name, _help, offsetof(struct top_node, _name))

/* An error has its reason in a label of its own, so that "error" can be asked for. */
static void show_state(FILE *out, const struct top_snapshot *snapshot)
{
	static const char * const states[] = { "off", "idle", "preempted", "held", "error" };

	head(out, "enabled", "gauge", "1 if the node's scheduler is on");
	for (size_t i = 0; i < snapshot->num_nodes; i++) {
		fputs("gpreempt_enabled{", out);
		labels(out, &snapshot->nodes[i]);
		fprintf(out, "} %d\n", snapshot->nodes[i].enabled);
	}
	head(out, "state", "gauge", "1 for the state that the node's scheduler is in");
	for (size_t i = 0; i < snapshot->num_nodes; i++) {
		const char *state = snapshot->nodes[i].state;
		size_t len = strcspn(state, ":");

		for (size_t j = 0; j < sizeof(states) / sizeof(states[0]); j++) {
			bool is = strlen(states[j]) == len && !strncmp(states[j], state, len);

			fputs("gpreempt_state{", out);
			labels(out, &snapshot->nodes[i]);
			fprintf(out, ",state=\"%s\"} %d\n", states[j], is);
		}
	}
}

static void show_quantile(FILE *out, const struct top_node *node, const char *stage,
			  const char *quantile, uint64_t us)
{
	if (us == TOP_ABSENT)
		return;
	fputs("gpreempt_stage_seconds{", out);
	labels(out, node);
	fprintf(out, ",stage=\"%s\",quantile=\"%s\"} %" PRIu64 ".%06" PRIu64 "\n", stage, quantile,
		us / 1000000, us % 1000000);
}

static void show_stage(FILE *out, const struct top_node *node, enum top_stage_id id)
{
	const struct top_stage *stage = &node->stage[id];
	const char *name = model_stage_name(id);

	if (stage->count == TOP_ABSENT || stage->total_ns == TOP_ABSENT)
		return;
	show_quantile(out, node, name, "0.5", stage->p50_us);
	show_quantile(out, node, name, "0.99", stage->p99_us);
	show_quantile(out, node, name, "1", stage->max_us);
	fputs("gpreempt_stage_seconds_sum{", out);
	labels(out, node);
	fprintf(out, ",stage=\"%s\"} %" PRIu64 ".%09" PRIu64 "\n", name,
		stage->total_ns / 1000000000, stage->total_ns % 1000000000);
	fputs("gpreempt_stage_seconds_count{", out);
	labels(out, node);
	fprintf(out, ",stage=\"%s\"} %" PRIu64 "\n", name, stage->count);
}

/**
 * prometheus_report - print all of the nodes' counters
 * @out: where to
 * @snapshot: what to print
 */
void prometheus_report(FILE *out, const struct top_snapshot *snapshot)
{
	show_state(out, snapshot);
	GAUGE(hqd_total, "Slots for compute queues");
	GAUGE(hqd_active, "Slots in use, an estimate");
	GAUGE(hqd_free, "Slots not in use");
	GAUGE(hqd_lc_reserved, "Slots that BE can not have");
	GAUGE(hqd_be_max, "BE queues that may have a slot at once, 0 is any number");
	GAUGE(cu_lc_reserved, "Compute units that BE can not have now");
	for (int i = 0; i < TOP_COUNTERS; i++)
		show_counter(out, snapshot, i);
	head(out, "stage_seconds", "summary",
	     "How long each stage of a preemption took, and how long LC waited");
	for (size_t i = 0; i < snapshot->num_nodes; i++) {
		for (int id = 0; id < TOP_STAGES; id++)
			show_stage(out, &snapshot->nodes[i], id);
	}
}

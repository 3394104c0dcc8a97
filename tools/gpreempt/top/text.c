// SPDX-License-Identifier: GPL-2.0
/*
 * A report as plain text: three tables, each with one line of headings, in
 * words separated by blanks. The screen shows the same.
 */
#include <inttypes.h>

#include "rates.h"
#include "views.h"

static void number(FILE *out, int width, uint64_t value)
{
	if (value == TOP_ABSENT)
		fprintf(out, " %*s", width, "-");
	else
		fprintf(out, " %*" PRIu64, width, value);
}

static void real(FILE *out, int width, double value)
{
	if (value < 0)
		fprintf(out, " %*s", width, "-");
	else
		fprintf(out, " %*.1f", width, value);
}

static void seconds(FILE *out, int width, uint64_t ns)
{
	if (ns == TOP_ABSENT)
		fprintf(out, " %*s", width, "-");
	else
		fprintf(out, " %*.3f", width, (double)ns / 1e9);
}

/* ---- nodes ----------------------------------------------------------- */

/* What the table shows of the counters, apart from be_held_ns */
static const struct {
	const char *heading;
	enum top_counter counter;
} rates[] = {
	{ "PREEMPT/S", TOP_PREEMPTIONS },
	{ "RESUME/S", TOP_RESUMES },
	{ "ROTATE/S", TOP_ROTATIONS },
	{ "GUARD/S", TOP_GUARDS },
	{ "STARVE/S", TOP_STARVATIONS },
	{ "FAIL/S", TOP_FAILURES },
	{ "CHECK/S", TOP_CHECKS },
	{ "BELL/S", TOP_DOORBELLS },
};

#define RATES	(sizeof(rates) / sizeof(rates[0]))

static void show_node(FILE *out, const struct top_node *before, const struct top_node *after,
		      double s)
{
	fprintf(out, "%4u", after->id);
	number(out, 7, after->gpu_id);
	fprintf(out, " %-10s", after->state);
	number(out, 5, after->hqd_total);
	number(out, 4, after->hqd_active);
	number(out, 4, after->hqd_free);
	number(out, 5, after->hqd_lc_reserved);
	number(out, 5, after->hqd_be_max);
	real(out, 5, before ? rates_percent(before->counter[TOP_BE_HELD_NS],
					    after->counter[TOP_BE_HELD_NS], s) : -1);
	for (size_t i = 0; i < RATES; i++)
		real(out, 9, before ? rates_per_second(before->counter[rates[i].counter],
						       after->counter[rates[i].counter], s) : -1);
	fputc('\n', out);
}

static void show_nodes(FILE *out, const struct top_snapshot *before,
		       const struct top_snapshot *after, double s)
{
	fprintf(out, "%4s %7s %-10s %5s %4s %4s %5s %5s %5s", "NODE", "GPU_ID", "STATE",
		"SLOTS", "USED", "FREE", "LCRES", "BEMAX", "HELD%");
	for (size_t i = 0; i < RATES; i++)
		fprintf(out, " %9s", rates[i].heading);
	fputc('\n', out);
	for (size_t i = 0; i < after->num_nodes; i++)
		show_node(out, rates_node(before, after->nodes[i].gpu_id), &after->nodes[i], s);
}

/* ---- stages ---------------------------------------------------------- */

static void show_stage(FILE *out, const struct top_node *before, const struct top_node *after,
		       enum top_stage_id id, double s)
{
	const struct top_stage *now = &after->stage[id];
	struct top_stage between;

	if (now->count == TOP_ABSENT)
		return;

	rates_stage(&between, before ? &before->stage[id] : NULL, now);
	fprintf(out, "%4u %-11s", after->id, model_stage_name(id));
	real(out, 9, before ? rates_per_second(before->stage[id].count, now->count, s) : -1);
	number(out, 9, between.count);
	real(out, 10, between.count ? (double)between.total_ns / 1e3 / (double)between.count : -1);
	number(out, 11, now->p50_us);
	number(out, 11, now->p99_us);
	number(out, 11, now->max_us);
	fputc('\n', out);
}

static void show_stages(FILE *out, const struct top_snapshot *before,
			const struct top_snapshot *after, double s)
{
	fprintf(out, "\n%4s %-11s %9s %9s %10s %11s %11s %11s\n", "NODE", "STAGE", "PER_S",
		"COUNT", "MEAN_US", "EVER_P50_US", "EVER_P99_US", "EVER_MAX_US");
	for (size_t i = 0; i < after->num_nodes; i++) {
		const struct top_node *node = &after->nodes[i];

		for (int id = 0; id < TOP_STAGES; id++)
			show_stage(out, rates_node(before, node->gpu_id), node, id, s);
	}
}

/* ---- queues ---------------------------------------------------------- */

static void show_queue(FILE *out, const struct top_snapshot *before,
		       const struct top_snapshot *after, const struct top_queue *queue, double s)
{
	const struct top_node *node = rates_node(after, queue->gpu_id);
	const struct top_queue *old = rates_queue(before, queue);

	if (node)
		fprintf(out, "%4u", node->id);
	else
		fprintf(out, "%4s", "-");
	fprintf(out, " %7d %4u %-6s %-8s %-20s", queue->pid, queue->qid, queue->class,
		queue->state, queue->reason);
	seconds(out, 10, queue->active_ns);
	seconds(out, 10, queue->off_ns);
	real(out, 5, old ? rates_percent(old->off_ns, queue->off_ns, s) : -1);
	real(out, 9, old ? rates_per_second(old->preemptions, queue->preemptions, s) : -1);
	fprintf(out, " %s\n", queue->comm);
}

/* The name comes last: there may be blanks in it. */
static void show_queues(FILE *out, const struct top_snapshot *before,
			const struct top_snapshot *after, double s)
{
	fprintf(out, "\n%4s %7s %4s %-6s %-8s %-20s %10s %10s %5s %9s %s\n", "NODE", "PID",
		"QID", "CLASS", "STATE", "REASON", "SERVED_S", "OFF_S", "OFF%", "PREEMPT/S",
		"COMMAND");
	for (size_t i = 0; i < after->num_queues; i++)
		show_queue(out, before, after, &after->queues[i], s);
}

/**
 * text_report - print a report
 * @out: where to
 * @before: an earlier snapshot, to which rates and means refer; all zero if there
 *	is none: no rates then, and means of everything up to now
 * @after: what to show
 */
void text_report(FILE *out, const struct top_snapshot *before,
		 const struct top_snapshot *after)
{
	double s = rates_seconds(before, after);

	show_nodes(out, before, after, s);
	show_stages(out, before, after, s);
	show_queues(out, before, after, s);
}

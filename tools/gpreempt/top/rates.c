// SPDX-License-Identifier: GPL-2.0
/*
 * What changed between two snapshots.
 */
#include "rates.h"

/**
 * rates_seconds - time between two snapshots
 * @before: the first; all zero if there is none
 * @after: the second
 *
 * Return: seconds, or -1 if there is no time between them.
 */
double rates_seconds(const struct top_snapshot *before, const struct top_snapshot *after)
{
	if (!before->time_ns || after->time_ns <= before->time_ns)
		return -1;
	return (double)(after->time_ns - before->time_ns) / 1e9;
}

/* Topology numbers change when a device comes or goes, GPU ids do not. */
const struct top_node *rates_node(const struct top_snapshot *snapshot, uint64_t gpu_id)
{
	for (size_t i = 0; i < snapshot->num_nodes; i++) {
		if (snapshot->nodes[i].gpu_id == gpu_id)
			return &snapshot->nodes[i];
	}
	return NULL;
}

const struct top_queue *rates_queue(const struct top_snapshot *snapshot,
				    const struct top_queue *queue)
{
	for (size_t i = 0; i < snapshot->num_queues; i++) {
		const struct top_queue *other = &snapshot->queues[i];

		if (other->pid == queue->pid && other->qid == queue->qid &&
		    other->gpu_id == queue->gpu_id)
			return other;
	}
	return NULL;
}

/* A counter that went back began again: the driver was loaded anew. */
static uint64_t difference(uint64_t before, uint64_t after)
{
	return after >= before ? after - before : after;
}

/**
 * rates_per_second - how fast a counter went
 * @before: its value, or TOP_ABSENT
 * @after: its value later, or TOP_ABSENT
 * @seconds: between the two
 *
 * Return: the rate, or -1.
 */
double rates_per_second(uint64_t before, uint64_t after, double seconds)
{
	if (before == TOP_ABSENT || after == TOP_ABSENT || seconds <= 0)
		return -1;
	return (double)difference(before, after) / seconds;
}

/**
 * rates_percent - which part of the time a total of ns counted
 * @before: the total in ns, or TOP_ABSENT
 * @after: the total later
 * @seconds: between the two
 *
 * Some totals are counted when what they count has ended, so that one may be
 * more than the time between: then it is all of it.
 *
 * Return: percent, or -1.
 */
double rates_percent(uint64_t before, uint64_t after, double seconds)
{
	double percent = rates_per_second(before, after, seconds) / 1e7;

	if (percent < 0)
		return -1;
	return percent < 100 ? percent : 100;
}

/**
 * rates_stage - what came between two snapshots of a stage
 * @between: filled in; its percentiles and maximum are those of @after, which knows
 *	no others
 * @before: NULL for everything up to now
 * @after: later
 */
void rates_stage(struct top_stage *between, const struct top_stage *before,
		 const struct top_stage *after)
{
	*between = *after;
	if (!before || before->count > after->count)
		return;

	between->count -= before->count;
	between->total_ns -= before->total_ns;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * A snapshot of what gpreempt shows in sysfs: nodes, and the queues of all
 * processes.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model.h"

static const char * const counter_names[] = {
	[TOP_CHECKS] = "checks",
	[TOP_EVENTS] = "events",
	[TOP_DOORBELLS] = "doorbells",
	[TOP_INVERSIONS] = "inversions",
	[TOP_PREEMPTIONS] = "preemptions",
	[TOP_RESUMES] = "resumes",
	[TOP_QUEUES_PREEMPTED] = "queues_preempted",
	[TOP_QUEUES_RESUMED] = "queues_resumed",
	[TOP_ROTATIONS] = "rotations",
	[TOP_QUEUES_THROTTLED] = "queues_throttled",
	[TOP_DEACTIVATIONS] = "deactivations",
	[TOP_WAKEUPS] = "wakeups",
	[TOP_FALSE_IDLES] = "false_idles",
	[TOP_GUARDS] = "guards",
	[TOP_STARVATIONS] = "starvations",
	[TOP_FAILURES] = "failures",
	[TOP_WAITS_WON] = "waits_won",
	[TOP_WAITS_LOST] = "waits_lost",
	[TOP_BARRIERS] = "barriers",
	[TOP_PREEMPT_NS] = "preempt_ns",
	[TOP_RESUME_NS] = "resume_ns",
	[TOP_BE_HELD_NS] = "be_held_ns",
	[TOP_GUARD_NS] = "guard_ns",
};

static const char * const stage_names[] = {
	[TOP_DETECT] = "detect",
	[TOP_DECIDE] = "decide",
	[TOP_SUBMIT] = "submit",
	[TOP_ACKNOWLEDGE] = "acknowledge",
	[TOP_PROGRESS] = "progress",
	[TOP_RESUME] = "resume",
	[TOP_WAIT] = "wait",
};

const char *model_counter_name(enum top_counter counter)
{
	return counter_names[counter];
}

const char *model_stage_name(enum top_stage_id stage)
{
	return stage_names[stage];
}

/* ---- nodes ----------------------------------------------------------- */

static uint64_t read_stage_value(const char *stats, const char *name, const char *value)
{
	char file[48];

	snprintf(file, sizeof(file), "%s_%s", name, value);
	return files_u64(stats, file);
}

static void read_stage(struct top_stage *stage, const char *stats, const char *name)
{
	stage->count = read_stage_value(stats, name, "count");
	stage->total_ns = read_stage_value(stats, name, "ns");
	stage->p50_us = read_stage_value(stats, name, "p50_us");
	stage->p99_us = read_stage_value(stats, name, "p99_us");
	stage->max_us = read_stage_value(stats, name, "max_us");
}

/* Returns false if the node has no scheduler: it is a CPU, or not for us. */
static bool read_node(struct top_node *node, const char *nodes, unsigned int id)
{
	char dir[PATH_MAX], knobs[PATH_MAX], stats[PATH_MAX];

	files_path(dir, "%s/%u", nodes, id);
	files_path(knobs, "%s/gpreempt", dir);
	files_path(stats, "%s/stats", knobs);

	memset(node, 0, sizeof(*node));
	node->id = id;
	if (!files_line(node->state, sizeof(node->state), knobs, "state"))
		return false;

	node->gpu_id = files_u64(dir, "gpu_id");
	node->enabled = files_u64(knobs, "enable") == 1;
	node->hqd_total = files_u64(knobs, "hqd_total");
	node->hqd_active = files_u64(knobs, "hqd_active");
	node->hqd_free = files_u64(knobs, "hqd_free");
	node->hqd_lc_reserved = files_u64(knobs, "hqd_lc_reserved");
	node->hqd_be_max = files_u64(knobs, "hqd_be_max");
	node->cu_lc_reserved = files_u64(stats, "cu_lc_reserved");
	for (int i = 0; i < TOP_COUNTERS; i++)
		node->counter[i] = files_u64(stats, counter_names[i]);
	for (int i = 0; i < TOP_STAGES; i++)
		read_stage(&node->stage[i], stats, stage_names[i]);
	return true;
}

static int read_nodes(struct top_snapshot *snapshot, const char *sysfs)
{
	char nodes[PATH_MAX];
	unsigned int *ids;
	size_t num;
	int ret = 0;

	files_path(nodes, "%s/class/kfd/kfd/topology/nodes", sysfs);
	ids = files_numbers(nodes, &num);
	if (!num)
		return 0;

	snapshot->nodes = calloc(num, sizeof(*snapshot->nodes));
	if (!snapshot->nodes)
		ret = -ENOMEM;
	for (size_t i = 0; i < num && !ret; i++) {
		if (read_node(&snapshot->nodes[snapshot->num_nodes], nodes, ids[i]))
			snapshot->num_nodes++;
	}
	free(ids);
	return ret;
}

/* ---- queues ---------------------------------------------------------- */

/* "idle lazy" is a queue that is off, for these reasons. */
static void split_state(struct top_queue *queue, const char *line)
{
	size_t len = strcspn(line, " ");
	const char *rest = line + len;

	if (!strncmp(line, "active", len) || !strncmp(line, "inactive", len)) {
		snprintf(queue->state, sizeof(queue->state), "%.*s", (int)len, line);
		rest += strspn(rest, " ");
	} else {
		snprintf(queue->state, sizeof(queue->state), "off");
		rest = line;
	}
	snprintf(queue->reason, sizeof(queue->reason), "%s", *rest ? rest : "-");
	for (char *c = queue->reason; *c; c++) {
		if (*c == ' ')
			*c = '+';
	}
}

/* Returns false if gpreempt has nothing to do with the queue, or it is gone. */
static bool read_queue(struct top_queue *queue, const char *queues, unsigned int qid)
{
	char dir[PATH_MAX], knobs[PATH_MAX], stats[PATH_MAX], line[64];

	files_path(dir, "%s/%u", queues, qid);
	files_path(knobs, "%s/gpreempt", dir);
	files_path(stats, "%s/stats", knobs);

	memset(queue, 0, sizeof(*queue));
	queue->qid = qid;
	if (!files_line(line, sizeof(line), knobs, "state"))
		return false;

	split_state(queue, line);
	files_line(queue->class, sizeof(queue->class), knobs, "effective_class");
	queue->gpu_id = files_u64(dir, "gpuid");
	queue->preemptions = files_u64(stats, "preemptions");
	queue->active_ns = files_u64(stats, "active_ns");
	queue->off_ns = files_u64(stats, "off_ns");
	return true;
}

static int read_process(struct top_snapshot *snapshot, const char *sysfs, unsigned int pid)
{
	char dir[PATH_MAX], proc[PATH_MAX], comm[sizeof(snapshot->queues->comm)];
	struct top_queue *grown;
	unsigned int *qids;
	size_t num;

	files_path(dir, "%s/class/kfd/kfd/proc/%u/queues", sysfs, pid);
	qids = files_numbers(dir, &num);
	if (!num)
		return 0;

	grown = realloc(snapshot->queues, (snapshot->num_queues + num) * sizeof(*grown));
	if (!grown) {
		free(qids);
		return -ENOMEM;
	}
	snapshot->queues = grown;

	files_path(proc, "%s/../proc/%u", sysfs, pid);
	if (!files_line(comm, sizeof(comm), proc, "comm"))
		snprintf(comm, sizeof(comm), "?");
	for (size_t i = 0; i < num; i++) {
		struct top_queue *queue = &snapshot->queues[snapshot->num_queues];

		if (!read_queue(queue, dir, qids[i]))
			continue;
		queue->pid = (pid_t)pid;
		memcpy(queue->comm, comm, sizeof(comm));
		snapshot->num_queues++;
	}
	free(qids);
	return 0;
}

/**
 * model_read_queues - add the queues of all processes to a snapshot
 * @snapshot: without any yet
 * @sysfs: where sysfs is
 *
 * Each of their files takes the lock under which the driver preempts: not for
 * who doesn't want to see them.
 *
 * Return: 0 or -ENOMEM.
 */
int model_read_queues(struct top_snapshot *snapshot, const char *sysfs)
{
	char dir[PATH_MAX];
	unsigned int *pids;
	size_t num;
	int ret = 0;

	files_path(dir, "%s/class/kfd/kfd/proc", sysfs);
	pids = files_numbers(dir, &num);
	for (size_t i = 0; i < num && !ret; i++)
		ret = read_process(snapshot, sysfs, pids[i]);
	free(pids);
	return ret;
}

/* ---- nodes, and the time ----------------------------------------------- */

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* When a tree was recorded stands in its copy of /proc/uptime: seconds. */
static uint64_t recorded_ns(const char *sysfs)
{
	char proc[PATH_MAX], line[64];

	files_path(proc, "%s/../proc", sysfs);
	if (!files_line(line, sizeof(line), proc, "uptime"))
		return 0;
	return (uint64_t)(strtod(line, NULL) * 1e9);
}

/**
 * model_read - read the nodes
 * @snapshot: filled in; to be freed with model_free(), also after an error
 * @sysfs: where sysfs is; ../proc beside it is procfs
 * @recorded: it is a copy, with its own time
 *
 * Return: 0 or -ENOMEM.
 */
int model_read(struct top_snapshot *snapshot, const char *sysfs, bool recorded)
{
	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->time_ns = recorded ? recorded_ns(sysfs) : clock_ns();
	return read_nodes(snapshot, sysfs);
}

void model_free(struct top_snapshot *snapshot)
{
	free(snapshot->nodes);
	free(snapshot->queues);
	memset(snapshot, 0, sizeof(*snapshot));
}

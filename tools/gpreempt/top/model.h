/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOP_MODEL_H
#define TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "files.h"

/* Counters of a node: the names of their files follow from these, see model.c */
enum top_counter {
	TOP_CHECKS,
	TOP_EVENTS,
	TOP_DOORBELLS,
	TOP_INVERSIONS,
	TOP_PREEMPTIONS,
	TOP_RESUMES,
	TOP_QUEUES_PREEMPTED,
	TOP_QUEUES_RESUMED,
	TOP_ROTATIONS,
	TOP_QUEUES_THROTTLED,
	TOP_DEACTIVATIONS,
	TOP_WAKEUPS,
	TOP_FALSE_IDLES,
	TOP_GUARDS,
	TOP_STARVATIONS,
	TOP_FAILURES,
	TOP_WAITS_WON,
	TOP_WAITS_LOST,
	TOP_BARRIERS,
	TOP_PREEMPT_NS,
	TOP_RESUME_NS,
	TOP_BE_HELD_NS,
	TOP_GUARD_NS,
	TOP_COUNTERS,
};

enum top_stage_id {
	TOP_DETECT,
	TOP_DECIDE,
	TOP_SUBMIT,
	TOP_ACKNOWLEDGE,
	TOP_PROGRESS,
	TOP_RESUME,
	TOP_WAIT,
	TOP_STAGES,
};

/* Percentiles and maximum are of all since the driver was loaded. */
struct top_stage {
	uint64_t count;
	uint64_t total_ns;
	uint64_t p50_us;
	uint64_t p99_us;
	uint64_t max_us;
};

struct top_node {
	unsigned int id;	/* of the topology */
	uint64_t gpu_id;
	bool enabled;
	char state[48];
	uint64_t hqd_total;
	uint64_t hqd_active;
	uint64_t hqd_free;
	uint64_t hqd_lc_reserved;
	uint64_t hqd_be_max;
	uint64_t cu_lc_reserved;	/* in force, not what was asked for */
	uint64_t counter[TOP_COUNTERS];
	struct top_stage stage[TOP_STAGES];
};

struct top_queue {
	pid_t pid;
	char comm[24];
	unsigned int qid;
	uint64_t gpu_id;
	char class[12];
	char state[64];		/* active, inactive or off */
	char reason[64];	/* why it is off, or what else there is to say */
	uint64_t preemptions;
	uint64_t active_ns;
	uint64_t off_ns;
};

/* What the files said at one time; all zero is none */
struct top_snapshot {
	uint64_t time_ns;	/* of the machine, since it was booted */
	struct top_node *nodes;
	size_t num_nodes;
	struct top_queue *queues;
	size_t num_queues;
};

int model_read(struct top_snapshot *snapshot, const char *sysfs, bool recorded);
int model_read_queues(struct top_snapshot *snapshot, const char *sysfs);
void model_free(struct top_snapshot *snapshot);
const char *model_counter_name(enum top_counter counter);
const char *model_stage_name(enum top_stage_id stage);

#endif

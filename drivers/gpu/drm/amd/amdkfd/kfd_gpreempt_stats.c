// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the directory nodes/<n>/gpreempt/stats.
 */
#include "kfd_gpreempt_sysfs.h"
#include "kfd_priv.h"

static ssize_t show_u64(struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_attribute *attr, char *buf)
{
	unsigned long flags;
	u64 value;

	raw_spin_lock_irqsave(&gp->lock, flags);
	value = *(u64 *)((void *)gp + attr->offset);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	return sysfs_emit(buf, "%llu\n", value);
}

/* A line for each bucket that has something in it: "<below_us> <count>" */
static ssize_t show_histogram(struct kfd_gpreempt *gp,
			      const struct kfd_gpreempt_attribute *attr,
			      char *buf)
{
	struct kfd_gpreempt_latency latency;
	unsigned long flags;
	unsigned int i;
	int len = 0;

	raw_spin_lock_irqsave(&gp->lock, flags);
	latency = *(struct kfd_gpreempt_latency *)((void *)gp + attr->offset);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	for (i = 0; i < KFD_GPREEMPT_LATENCY_BUCKETS - 1; i++) {
		if (latency.bucket[i])
			len += sysfs_emit_at(buf, len, "%lu %llu\n", BIT(i),
					     latency.bucket[i]);
	}
	if (latency.bucket[i])
		len += sysfs_emit_at(buf, len, "inf %llu\n",
				     latency.bucket[i]);
	return len;
}

#define FILE_AT(_name, _show, _member)					\
	{								\
		.attr = { .name = (_name), .mode = 0444 },		\
		.show = (_show),					\
		.offset = offsetof(struct kfd_gpreempt, _member),	\
	}

#define STAT(_name)	FILE_AT(#_name, show_u64, stats._name)

static const struct kfd_gpreempt_attribute stats[] = {
	STAT(checks),
	STAT(events),
	STAT(doorbells),
	STAT(inversions),
	STAT(preemptions),
	STAT(resumes),
	STAT(queues_preempted),
	STAT(queues_resumed),
	STAT(rotations),
	STAT(queues_throttled),
	STAT(deactivations),
	STAT(wakeups),
	STAT(false_idles),
	STAT(guards),
	STAT(starvations),
	STAT(failures),
	STAT(preempt_ns),
	STAT(be_held_ns),
	STAT(guard_ns),
};

/* None may be forgotten; resume_ns is that of the stage. */
static_assert(ARRAY_SIZE(stats) ==
	      sizeof(struct kfd_gpreempt_stats) / sizeof(u64) - 1);

#define STAGE_FILES	4

/* _name is what kfd_gpreempt_stage_name() says. */
#define STAGE(_name, _stage)						\
	{								\
		FILE_AT(_name "_count", show_u64,			\
			latency[_stage].count),				\
		FILE_AT(_name "_ns", show_u64,				\
			latency[_stage].total_ns),			\
		FILE_AT(_name "_max_ns", show_u64,			\
			latency[_stage].max_ns),			\
		FILE_AT(_name "_histogram", show_histogram,		\
			latency[_stage]),				\
	}

static const struct kfd_gpreempt_attribute stages[][STAGE_FILES] = {
	STAGE("detect", KFD_GPREEMPT_STAGE_DETECT),
	STAGE("decide", KFD_GPREEMPT_STAGE_DECIDE),
	STAGE("submit", KFD_GPREEMPT_STAGE_SUBMIT),
	STAGE("acknowledge", KFD_GPREEMPT_STAGE_ACKNOWLEDGE),
	STAGE("progress", KFD_GPREEMPT_STAGE_PROGRESS),
	STAGE("resume", KFD_GPREEMPT_STAGE_RESUME),
};

static_assert(ARRAY_SIZE(stages) == KFD_GPREEMPT_STAGES);

/**
 * kfd_gpreempt_stats_create_files() - create the files of all counters
 * @kobj: the scheduler's directory, with KFD_GPREEMPT_STATS_DIR in it
 *
 * Context: process, may sleep.
 *
 * Return: 0 or a negative errno; files may have been created then.
 */
int kfd_gpreempt_stats_create_files(struct kobject *kobj)
{
	unsigned int i, j;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(stats) && !ret; i++)
		ret = sysfs_add_file_to_group(kobj, &stats[i].attr,
					      KFD_GPREEMPT_STATS_DIR);
	for (i = 0; i < ARRAY_SIZE(stages); i++) {
		for (j = 0; j < STAGE_FILES && !ret; j++)
			ret = sysfs_add_file_to_group(kobj, &stages[i][j].attr,
						      KFD_GPREEMPT_STATS_DIR);
	}
	return ret;
}

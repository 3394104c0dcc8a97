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

/* Of one moment: the lock that samples are counted under is held all the while. */
static ssize_t show_percentile(struct kfd_gpreempt *gp,
			       const struct kfd_gpreempt_attribute *attr,
			       char *buf, u32 percent)
{
	const struct kfd_gpreempt_latency *latency = (void *)gp + attr->offset;
	unsigned long flags;
	u64 us;

	raw_spin_lock_irqsave(&gp->lock, flags);
	us = kfd_gpreempt_latency_percentile_us(latency, percent);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	return sysfs_emit(buf, "%llu\n", us);
}

static ssize_t show_p50(struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_attribute *attr, char *buf)
{
	return show_percentile(gp, attr, buf, 50);
}

static ssize_t show_p99(struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_attribute *attr, char *buf)
{
	return show_percentile(gp, attr, buf, 99);
}

static ssize_t show_max(struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_attribute *attr, char *buf)
{
	return show_percentile(gp, attr, buf, 100);
}

#define FILE_AT(_name, _show, _member)					\
	{								\
		.attr = { .name = (_name), .mode = 0444 },		\
		.show = (_show),					\
		.offset = offsetof(struct kfd_gpreempt, _member),	\
	}

#define STAT(_name)	FILE_AT(#_name, show_u64, stats._name)

static const struct kfd_gpreempt_attribute cus_reserved =
	FILE_AT("cu_lc_reserved", show_u64, cus.reserved);

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
	STAT(waits_won),
	STAT(waits_lost),
	STAT(barriers),
	STAT(preempt_ns),
	STAT(be_held_ns),
	STAT(guard_ns),
};

/* None may be forgotten; resume_ns is that of the stage. */
static_assert(ARRAY_SIZE(stats) ==
	      sizeof(struct kfd_gpreempt_stats) / sizeof(u64) - 1);

#define STAGE_FILES	5

/* _name is what kfd_gpreempt_stage_name() says. */
#define STAGE(_name, _stage)						\
	{								\
		FILE_AT(_name "_count", show_u64,			\
			latency[_stage].count),				\
		FILE_AT(_name "_ns", show_u64,				\
			latency[_stage].total_ns),			\
		FILE_AT(_name "_p50_us", show_p50, latency[_stage]),	\
		FILE_AT(_name "_p99_us", show_p99, latency[_stage]),	\
		FILE_AT(_name "_max_us", show_max, latency[_stage]),	\
	}

static const struct kfd_gpreempt_attribute stages[][STAGE_FILES] = {
	STAGE("detect", KFD_GPREEMPT_STAGE_DETECT),
	STAGE("decide", KFD_GPREEMPT_STAGE_DECIDE),
	STAGE("submit", KFD_GPREEMPT_STAGE_SUBMIT),
	STAGE("acknowledge", KFD_GPREEMPT_STAGE_ACKNOWLEDGE),
	STAGE("progress", KFD_GPREEMPT_STAGE_PROGRESS),
	STAGE("resume", KFD_GPREEMPT_STAGE_RESUME),
	STAGE("wait", KFD_GPREEMPT_STAGE_WAIT),
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
	int ret = sysfs_add_file_to_group(kobj, &cus_reserved.attr,
					  KFD_GPREEMPT_STATS_DIR);

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

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: what the files of a process and of a queue say and take.
 *
 * Anybody may read these files, so no reader takes the dqm lock: who reads them
 * all the time must not hold up the worker.
 *
 * A write, unlike one to nodes/<n>/gpreempt, takes it. It may: removing the
 * files waits for their users, and amdkfd removes them where a queue or a
 * process is freed, under the process' lock at most, which nests outside the
 * dqm lock. Never is that done under a dqm lock, or under anything that is
 * taken under one.
 */
#include <linux/kstrtox.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_procfs.h"
#include "kfd_priv.h"

static u64 stat_at(const struct kfd_gpreempt_queue_stats *stats, size_t offset)
{
	return *(const u64 *)((const void *)stats + offset);
}

/* ---- queues ---------------------------------------------------------- */

static ssize_t show_queue_stat(struct queue *q,
			       const struct procfs_attribute *attr, char *buf)
{
	struct kfd_gpreempt_queue_stats stats;

	kfd_gpreempt_read_stats(q, &stats);
	return sysfs_emit(buf, "%llu\n", stat_at(&stats, attr->offset));
}

static ssize_t show_queue_class(struct queue *q,
				const struct procfs_attribute *attr, char *buf)
{
	return kfd_gpreempt_class_show(buf,
				       READ_ONCE(q->gpreempt.class_override));
}

/* The worker puts a queue into its class soon after a change. */
static ssize_t show_effective_class(struct queue *q,
				    const struct procfs_attribute *attr,
				    char *buf)
{
	enum kfd_gpreempt_class class = READ_ONCE(q->gpreempt.class);

	return sysfs_emit(buf, "%s\n", kfd_gpreempt_class_name(class));
}

static int store_queue_class(struct queue *q, const char *buf)
{
	enum kfd_gpreempt_class class;
	int ret;

	ret = kfd_gpreempt_class_parse(buf, &class);
	if (!ret)
		kfd_gpreempt_set_class(q, class);
	return ret;
}

static ssize_t show_queue_policy(struct queue *q,
				 const struct procfs_attribute *attr, char *buf)
{
	return kfd_gpreempt_policy_show(buf, READ_ONCE(q->gpreempt.policy));
}

static int store_queue_policy(struct queue *q, const char *buf)
{
	u32 policy;
	int ret;

	ret = kfd_gpreempt_policy_parse(buf, &policy);
	if (!ret)
		kfd_gpreempt_set_policy(q, policy);
	return ret;
}

static ssize_t show_lc_interval(struct queue *q,
				const struct procfs_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(q->gpreempt.lc_interval_us));
}

static int store_lc_interval(struct queue *q, const char *buf)
{
	u32 interval_us;
	int ret;

	ret = kstrtou32(buf, 0, &interval_us);
	if (ret)
		return ret;
	if (interval_us && (interval_us < KFD_GPREEMPT_INTERVAL_MIN_US ||
			    interval_us > KFD_GPREEMPT_INTERVAL_MAX_US))
		return -EINVAL;

	kfd_gpreempt_set_lc_interval(q, interval_us);
	return 0;
}

static ssize_t show_queue_state(struct queue *q,
				const struct procfs_attribute *attr, char *buf)
{
	int len = kfd_gpreempt_queue_state_name(q, ' ', buf, PAGE_SIZE);

	return len + sysfs_emit_at(buf, len, "\n");
}

/* Copied, so that the timer is held up no longer than that takes. */
static void read_wait(struct queue *q, struct kfd_gpreempt_latency *wait)
{
	struct kfd_gpreempt *gp = q->device->gpreempt;
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	*wait = q->gpreempt.wait;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

static ssize_t show_wait_number(struct queue *q,
				const struct procfs_attribute *attr, char *buf)
{
	struct kfd_gpreempt_latency wait;

	read_wait(q, &wait);
	return sysfs_emit(buf, "%llu\n", *(u64 *)((void *)&wait + attr->offset));
}

static ssize_t show_wait_percentile(struct queue *q,
				    const struct procfs_attribute *attr,
				    char *buf)
{
	struct kfd_gpreempt_latency wait;

	read_wait(q, &wait);
	return sysfs_emit(buf, "%llu\n",
			  kfd_gpreempt_latency_percentile_us(&wait,
							     attr->percent));
}

static ssize_t show_preempted_for(struct queue *q,
				  const struct procfs_attribute *attr,
				  char *buf)
{
	struct kfd_gpreempt *gp = q->device->gpreempt;
	struct kfd_gpreempt_name lc;
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	lc = q->gpreempt.preempted_for;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return lc.pid ? sysfs_emit(buf, "%d %u\n", lc.pid, lc.queue_id) :
			sysfs_emit(buf, "none\n");
}

/* ---- processes ------------------------------------------------------- */

/**
 * kfd_gpreempt_procfs_device() - a device of a process that has a scheduler
 * @p: the process
 *
 * Context: any; the caller keeps the process.
 *
 * Return: the first such device, or NULL.
 */
struct kfd_process_device *
kfd_gpreempt_procfs_device(const struct kfd_process *p)
{
	unsigned int i;

	for (i = 0; i < p->n_pdds; i++) {
		if (p->pdds[i]->dev->gpreempt)
			return p->pdds[i];
	}
	return NULL;
}

/**
 * kfd_gpreempt_procfs_add_stats() - add what was done with a queue to a sum
 * @sum: the sum
 * @stats: of the queue
 *
 * Context: any.
 */
void kfd_gpreempt_procfs_add_stats(struct kfd_gpreempt_queue_stats *sum,
				   const struct kfd_gpreempt_queue_stats *stats)
{
	sum->preemptions += stats->preemptions;
	sum->resumes += stats->resumes;
	sum->rotations += stats->rotations;
	sum->deactivations += stats->deactivations;
	sum->wakeups += stats->wakeups;
	sum->guards += stats->guards;
	sum->off_ns += stats->off_ns;
	sum->active_ns += stats->active_ns;
}

static ssize_t show_process_stat(struct procfs_dir *dir,
				 const struct procfs_attribute *attr,
				 char *buf)
{
	struct kfd_gpreempt_queue_stats sum, stats;
	struct procfs_dir *queue;

	mutex_lock(&dir->lock);
	sum = dir->gone;
	list_for_each_entry(queue, &dir->queues, node) {
		kfd_gpreempt_read_stats(queue->queue, &stats);
		kfd_gpreempt_procfs_add_stats(&sum, &stats);
	}
	mutex_unlock(&dir->lock);

	return sysfs_emit(buf, "%llu\n", stat_at(&sum, attr->offset));
}

/* A process has one class on all of its nodes. */
static ssize_t show_process_class(struct procfs_dir *dir,
				  const struct procfs_attribute *attr,
				  char *buf)
{
	struct kfd_process_device *pdd = kfd_gpreempt_procfs_device(dir->process);

	if (!pdd)
		return -ENODEV;

	return kfd_gpreempt_class_show(buf,
				       READ_ONCE(pdd->gpreempt.class_override));
}

static int store_process_class(struct kfd_process *p, const char *buf)
{
	enum kfd_gpreempt_class class;
	int ret;

	ret = kfd_gpreempt_class_parse(buf, &class);
	if (ret)
		return ret;
	if (!kfd_gpreempt_procfs_device(p))
		return -ENODEV;

	kfd_gpreempt_set_process_class(p, class);
	return 0;
}

/* ---- the files --------------------------------------------------------- */

#define FILE_OF_BOTH(_name, _mode, _show_queue, _store_queue,		\
		     _show_process, _store_process)			\
	{								\
		.attr = { .name = (_name), .mode = (_mode) },		\
		.show_queue = (_show_queue),				\
		.store_queue = (_store_queue),				\
		.show_process = (_show_process),			\
		.store_process = (_store_process),			\
	}

#define FILE_OF_QUEUE(_name, _mode, _show, _store)			\
	FILE_OF_BOTH(_name, _mode, _show, _store, NULL, NULL)

static const struct procfs_attribute files[] = {
	FILE_OF_BOTH("class", 0644, show_queue_class, store_queue_class,
		     show_process_class, store_process_class),
	FILE_OF_QUEUE("effective_class", 0444, show_effective_class, NULL),
	FILE_OF_QUEUE("policy", 0644, show_queue_policy, store_queue_policy),
	FILE_OF_QUEUE("lc_interval_us", 0644, show_lc_interval,
		      store_lc_interval),
	FILE_OF_QUEUE("state", 0444, show_queue_state, NULL),
	FILE_OF_QUEUE("preempted_for", 0444, show_preempted_for, NULL),
};

#define STAT(_name)							\
	{								\
		.attr = { .name = #_name, .mode = 0444 },		\
		.show_queue = show_queue_stat,				\
		.show_process = show_process_stat,			\
		.offset = offsetof(struct kfd_gpreempt_queue_stats,	\
				   _name),				\
	}

static const struct procfs_attribute stats_files[] = {
	STAT(preemptions),
	STAT(resumes),
	STAT(rotations),
	STAT(deactivations),
	STAT(wakeups),
	STAT(guards),
	STAT(off_ns),
	STAT(active_ns),
};

/* None may be forgotten, here and in kfd_gpreempt_procfs_add_stats(). */
static_assert(ARRAY_SIZE(stats_files) ==
	      sizeof(struct kfd_gpreempt_queue_stats) / sizeof(u64));

#define WAIT_NUMBER(_name, _member)					\
	{								\
		.attr = { .name = (_name), .mode = 0444 },		\
		.show_queue = show_wait_number,				\
		.offset = offsetof(struct kfd_gpreempt_latency,		\
				   _member),				\
	}

#define WAIT_PERCENTILE(_name, _percent)				\
	{								\
		.attr = { .name = (_name), .mode = 0444 },		\
		.show_queue = show_wait_percentile,			\
		.percent = (_percent),					\
	}

/* Of a queue only: what the longest wait of a process was its queues say. */
static const struct procfs_attribute wait_files[] = {
	WAIT_NUMBER("wait_count", count),
	WAIT_NUMBER("wait_ns", total_ns),
	WAIT_PERCENTILE("wait_p50_us", 50),
	WAIT_PERCENTILE("wait_p99_us", 99),
	WAIT_PERCENTILE("wait_max_us", 100),
};

/**
 * kfd_gpreempt_procfs_create_files() - fill a directory
 * @kobj: the directory, with one for statistics in it
 * @of_queue: it is that of a queue, not of a process
 *
 * Context: process, may sleep.
 *
 * Return: 0 or a negative errno; what was created goes with the directory.
 */
int kfd_gpreempt_procfs_create_files(struct kobject *kobj, bool of_queue)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(files) && !ret; i++) {
		if (of_queue || files[i].show_process)
			ret = sysfs_create_file(kobj, &files[i].attr);
	}
	for (i = 0; i < ARRAY_SIZE(stats_files) && !ret; i++)
		ret = sysfs_add_file_to_group(kobj, &stats_files[i].attr,
					      PROCFS_STATS_DIR);
	for (i = 0; i < ARRAY_SIZE(wait_files) && of_queue && !ret; i++)
		ret = sysfs_add_file_to_group(kobj, &wait_files[i].attr,
					      PROCFS_STATS_DIR);
	return ret;
}


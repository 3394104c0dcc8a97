/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: the directories of a process and of a queue, and what is in them.
 */
#ifndef KFD_GPREEMPT_PROCFS_H_INCLUDED
#define KFD_GPREEMPT_PROCFS_H_INCLUDED

#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>

#include "kfd_gpreempt_priv.h"

/* In each of the two */
#define PROCFS_STATS_DIR	"stats"

/**
 * struct procfs_dir - the directory of a process or of a queue
 *
 * @kobj: the directory
 * @process: whose; outlives the directory's files
 * @queue: whose, and outlives them too; NULL for that of a process
 * @node: of a queue: entry in @queues of its process
 * @lock: of a process: protects @queues and @gone
 * @queues: of a process: the directories of its queues
 * @gone: of a process: sum over the queues that are no more, so that no
 *	counter runs back
 */
struct procfs_dir {
	struct kobject kobj;
	struct kfd_process *process;
	struct queue *queue;
	struct list_head node;
	struct mutex lock;	/* of @queues and @gone */
	struct list_head queues;
	struct kfd_gpreempt_queue_stats gone;
};

/**
 * struct procfs_attribute - one file of a process, of a queue, or of both
 *
 * @attr: name and mode
 * @show_queue: a queue's value, and a newline
 * @store_queue: take it; 0 or a negative errno. NULL: read-only
 * @show_process: a process' value, and a newline
 * @store_process: take it; 0 or a negative errno. NULL: read-only
 * @offset: of what it shows, in &struct kfd_gpreempt_queue_stats or in &struct
 *	kfd_gpreempt_latency
 * @percent: of how many waits it shows the longest
 */
struct procfs_attribute {
	struct attribute attr;
	ssize_t (*show_queue)(struct queue *q,
			      const struct procfs_attribute *attr, char *buf);
	int (*store_queue)(struct queue *q, const char *buf);
	ssize_t (*show_process)(struct procfs_dir *dir,
				const struct procfs_attribute *attr,
				char *buf);
	int (*store_process)(struct kfd_process *p, const char *buf);
	size_t offset;
	u32 percent;
};

struct kfd_process_device *
kfd_gpreempt_procfs_device(const struct kfd_process *p);
void kfd_gpreempt_procfs_add_stats(struct kfd_gpreempt_queue_stats *sum,
				   const struct kfd_gpreempt_queue_stats *stats);
int kfd_gpreempt_procfs_create_files(struct kobject *kobj, bool of_queue);

#endif

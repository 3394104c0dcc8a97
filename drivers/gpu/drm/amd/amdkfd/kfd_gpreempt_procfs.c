// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the directories proc/<pid>/gpreempt and
 * proc/<pid>/queues/<qid>/gpreempt.
 *
 * amdkfd's own kinds of directories there can only be read, so these are
 * children with a kind of their own. The values are in struct
 * kfd_gpreempt_queue and struct kfd_gpreempt_process.
 *
 * Anybody may read these files, so no reader takes the dqm lock: who reads them
 * all the time must not hold up the worker.
 *
 * A write, unlike one to nodes/<n>/gpreempt, takes it. It may: removing the
 * files waits for their users, and amdkfd removes them where a queue or a
 * process is freed, under the process' lock at most, which nests outside the
 * dqm lock. Never is that done under a dqm lock, or under anything that is
 * taken under one.
 *
 * A node outlives the processes that use it: each of them holds the DRM device
 * open until it is freed, after its directories.
 */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_names.h"
#include "kfd_priv.h"

#define STATS_DIR	"stats"

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
 * @offset: of what it shows, in &struct kfd_gpreempt_queue_stats
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
};

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

static ssize_t show_queue_state(struct queue *q,
				const struct procfs_attribute *attr, char *buf)
{
	int len = kfd_gpreempt_queue_state_name(q, ' ', buf, PAGE_SIZE);

	return len + sysfs_emit_at(buf, len, "\n");
}

/* ---- processes ------------------------------------------------------- */

/* A process' device whose node has a scheduler, or NULL */
static struct kfd_process_device *scheduled_device(struct kfd_process *p)
{
	unsigned int i;

	for (i = 0; i < p->n_pdds; i++) {
		if (p->pdds[i]->dev->gpreempt)
			return p->pdds[i];
	}
	return NULL;
}

static void add_stats(struct kfd_gpreempt_queue_stats *sum,
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
		add_stats(&sum, &stats);
	}
	mutex_unlock(&dir->lock);

	return sysfs_emit(buf, "%llu\n", stat_at(&sum, attr->offset));
}

/* A process has one class on all of its nodes. */
static ssize_t show_process_class(struct procfs_dir *dir,
				  const struct procfs_attribute *attr,
				  char *buf)
{
	struct kfd_process_device *pdd = scheduled_device(dir->process);

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
	if (!scheduled_device(p))
		return -ENODEV;

	kfd_gpreempt_set_process_class(p, class);
	return 0;
}

/* ---- files and directories ------------------------------------------- */

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
	FILE_OF_QUEUE("state", 0444, show_queue_state, NULL),
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

/* None may be forgotten, here and in add_stats(). */
static_assert(ARRAY_SIZE(stats_files) ==
	      sizeof(struct kfd_gpreempt_queue_stats) / sizeof(u64));

static struct attribute *no_attrs[] = { NULL };

static const struct attribute_group stats_group = {
	.name = STATS_DIR,
	.attrs = no_attrs,
};

static const struct attribute_group *dir_groups[] = { &stats_group, NULL };

static int create_files(struct kobject *kobj, bool of_queue)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(files) && !ret; i++) {
		if (of_queue || files[i].show_process)
			ret = sysfs_create_file(kobj, &files[i].attr);
	}
	for (i = 0; i < ARRAY_SIZE(stats_files) && !ret; i++)
		ret = sysfs_add_file_to_group(kobj, &stats_files[i].attr,
					      STATS_DIR);
	return ret;
}

static struct procfs_dir *dir_of(struct kobject *kobj)
{
	return container_of(kobj, struct procfs_dir, kobj);
}

static const struct procfs_attribute *file_of(const struct attribute *attr)
{
	return container_of(attr, struct procfs_attribute, attr);
}

static ssize_t dir_show(struct kobject *kobj, struct attribute *attr,
			char *buf)
{
	const struct procfs_attribute *file = file_of(attr);
	struct procfs_dir *dir = dir_of(kobj);

	if (!dir->queue)
		return file->show_process(dir, file, buf);
	if (!dir->queue->device->gpreempt)
		return -ENODEV;
	return file->show_queue(dir->queue, file, buf);
}

static ssize_t dir_store(struct kobject *kobj, struct attribute *attr,
			 const char *buf, size_t count)
{
	const struct procfs_attribute *file = file_of(attr);
	struct procfs_dir *dir = dir_of(kobj);

	/* Whoever can write a process' file can write its queues'. */
	if (!file->store_queue)
		return -EACCES;
	if (!dir->queue)
		return file->store_process(dir->process, buf) ?: count;
	if (!dir->queue->device->gpreempt)
		return -ENODEV;
	return file->store_queue(dir->queue, buf) ?: count;
}

static const struct sysfs_ops dir_ops = {
	.show = dir_show,
	.store = dir_store,
};

static void dir_release(struct kobject *kobj)
{
	struct procfs_dir *dir = dir_of(kobj);

	mutex_destroy(&dir->lock);
	kfree(dir);
}

static const struct kobj_type dir_type = {
	.release = dir_release,
	.sysfs_ops = &dir_ops,
	.default_groups = dir_groups,
};

/* Returns NULL, and reports it, if there is not the memory for everything. */
static struct procfs_dir *create_dir(struct kfd_process *p, struct queue *q)
{
	struct procfs_dir *dir = kzalloc(sizeof(*dir), GFP_KERNEL);

	if (!dir)
		return NULL;

	dir->process = p;
	dir->queue = q;
	mutex_init(&dir->lock);
	INIT_LIST_HEAD(&dir->queues);
	if (kobject_init_and_add(&dir->kobj, &dir_type,
				 q ? &q->kobj : p->kobj, "gpreempt") ||
	    create_files(&dir->kobj, q)) {
		pr_warn_ratelimited("no gpreempt files in sysfs for process %d\n",
				    p->lead_thread->pid);
		kobject_put(&dir->kobj);
		return NULL;
	}
	return dir;
}

/* ---- coming and going ------------------------------------------------ */

/**
 * kfd_gpreempt_procfs_add_process() - create proc/<pid>/gpreempt
 * @p: the process, with its own directory in place and no queue yet
 *
 * If none of its nodes has a scheduler there is no directory. Failing leaves
 * the process without it, and is reported.
 *
 * Context: process, may sleep; no dqm lock.
 */
void kfd_gpreempt_procfs_add_process(struct kfd_process *p)
{
	struct procfs_dir *dir;

	if (!scheduled_device(p))
		return;

	dir = create_dir(p, NULL);
	if (dir)
		p->kobj_gpreempt = &dir->kobj;
}

/**
 * kfd_gpreempt_procfs_remove_process() - remove proc/<pid>/gpreempt
 * @p: the process, without queues; it may have no such directory
 *
 * Waits until nobody uses a file of it.
 *
 * Context: process, may sleep; no dqm lock.
 */
void kfd_gpreempt_procfs_remove_process(struct kfd_process *p)
{
	if (!p->kobj_gpreempt)
		return;

	kobject_del(p->kobj_gpreempt);
	kobject_put(p->kobj_gpreempt);
	p->kobj_gpreempt = NULL;
}

static struct procfs_dir *process_dir_of(const struct queue *q)
{
	struct kobject *kobj = q->process->kobj_gpreempt;

	return kobj ? dir_of(kobj) : NULL;
}

/**
 * kfd_gpreempt_procfs_add_queue() - create proc/<pid>/queues/<qid>/gpreempt
 * @q: the queue, with amdkfd's own directory in place; only compute queues of
 *	a node with a scheduler get one
 *
 * Failing leaves the queue without it, and is reported.
 *
 * Context: process, may sleep; the process' lock held, no dqm lock.
 */
void kfd_gpreempt_procfs_add_queue(struct queue *q)
{
	struct procfs_dir *process = process_dir_of(q);
	struct procfs_dir *dir;

	if (!process || !q->device->gpreempt ||
	    q->properties.type != KFD_QUEUE_TYPE_COMPUTE)
		return;

	dir = create_dir(q->process, q);
	if (!dir)
		return;

	mutex_lock(&process->lock);
	list_add_tail(&dir->node, &process->queues);
	mutex_unlock(&process->lock);
	q->gpreempt.kobj = &dir->kobj;
}

/**
 * kfd_gpreempt_procfs_remove_queue() - remove proc/<pid>/queues/<qid>/gpreempt
 * @q: the queue, about to be freed; it may have no such directory
 *
 * Waits until nobody uses a file of it, or the queue in a sum.
 *
 * Context: process, may sleep; no dqm lock.
 */
void kfd_gpreempt_procfs_remove_queue(struct queue *q)
{
	struct procfs_dir *process = process_dir_of(q);
	struct kfd_gpreempt_queue_stats stats;
	struct procfs_dir *dir;

	if (!q->gpreempt.kobj)
		return;

	dir = dir_of(q->gpreempt.kobj);
	kobject_del(&dir->kobj);

	mutex_lock(&process->lock);
	kfd_gpreempt_read_stats(q, &stats);
	add_stats(&process->gone, &stats);
	list_del(&dir->node);
	mutex_unlock(&process->lock);

	kobject_put(&dir->kobj);
	q->gpreempt.kobj = NULL;
}

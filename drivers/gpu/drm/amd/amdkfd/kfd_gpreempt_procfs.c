// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the directories proc/<pid>/gpreempt and
 * proc/<pid>/queues/<qid>/gpreempt.
 *
 * amdkfd's own kinds of directories there can only be read, so these are
 * children with a kind of their own. The values are in struct
 * kfd_gpreempt_queue and struct kfd_gpreempt_process.
 *
 * Unlike those of nodes/<n>/gpreempt, these files take the dqm lock. They may:
 * removing them waits for their users, and amdkfd removes them where a queue
 * or a process is freed, under the process' lock at most, which nests outside
 * the dqm lock. Never is that done under a dqm lock, or under anything that is
 * taken under one.
 *
 * A node outlives the processes that use it: each of them holds the DRM device
 * open until it is freed, after its directories.
 */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_names.h"
#include "kfd_priv.h"

#define STATS_DIR	"stats"

/**
 * struct process_dir - proc/<pid>/gpreempt
 *
 * @kobj: the directory
 * @process: whose; outlives the directory's files
 * @lock: protects @queues and @gone; outside the dqm lock
 * @queues: the directories of the process' queues
 * @gone: sum over the queues that are no more, so that no counter runs back
 */
struct process_dir {
	struct kobject kobj;
	struct kfd_process *process;
	struct mutex lock;
	struct list_head queues;
	struct kfd_gpreempt_queue_stats gone;
};

/**
 * struct queue_dir - proc/<pid>/queues/<qid>/gpreempt
 *
 * @kobj: the directory
 * @queue: whose; outlives the directory's files
 * @node: in &process_dir.queues
 */
struct queue_dir {
	struct kobject kobj;
	struct queue *queue;
	struct list_head node;
};

struct process_attribute {
	struct attribute attr;
	ssize_t (*show)(struct process_dir *dir,
			const struct process_attribute *attr, char *buf);
	int (*store)(struct kfd_process *p, const char *buf);
	size_t offset;
};

struct queue_attribute {
	struct attribute attr;
	ssize_t (*show)(struct queue *q, const struct queue_attribute *attr,
			char *buf);
	int (*store)(struct queue *q, const char *buf);
	size_t offset;
};

static struct attribute *no_attrs[] = { NULL };

static const struct attribute_group stats_group = {
	.name = STATS_DIR,
	.attrs = no_attrs,
};

static const struct attribute_group *dir_groups[] = { &stats_group, NULL };

/* All counters, for a table of files with show function @_show */
#define STAT(_show, _name)						\
	{								\
		.attr = { .name = #_name, .mode = 0444 },		\
		.show = (_show),					\
		.offset = offsetof(struct kfd_gpreempt_queue_stats,	\
				   _name),				\
	}

#define STATS(_show)							\
	STAT(_show, preemptions), STAT(_show, resumes),			\
	STAT(_show, rotations), STAT(_show, deactivations),		\
	STAT(_show, wakeups), STAT(_show, guards),			\
	STAT(_show, off_ns), STAT(_show, active_ns)

static u64 stat_at(const struct kfd_gpreempt_queue_stats *stats, size_t offset)
{
	return *(const u64 *)((const void *)stats + offset);
}

/* ---- queues ---------------------------------------------------------- */

/* A queue's counters, up to now */
static struct kfd_gpreempt_queue_stats queue_stats(struct queue *q)
{
	struct device_queue_manager *dqm = q->device->dqm;
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	struct kfd_gpreempt_queue_stats stats;

	dqm_lock(dqm);
	if (gq->tracked)
		kfd_gpreempt_account(q->device->gpreempt);
	stats = gq->stats;
	if (gq->off)
		stats.off_ns += ktime_get_ns() - gq->off_since_ns;
	dqm_unlock(dqm);

	return stats;
}

static ssize_t show_queue_stat(struct queue *q,
			       const struct queue_attribute *attr, char *buf)
{
	struct kfd_gpreempt_queue_stats stats = queue_stats(q);

	return sysfs_emit(buf, "%llu\n", stat_at(&stats, attr->offset));
}

static ssize_t show_queue_class(struct queue *q,
				const struct queue_attribute *attr, char *buf)
{
	enum kfd_gpreempt_class class;

	dqm_lock(q->device->dqm);
	class = q->gpreempt.class_override;
	dqm_unlock(q->device->dqm);

	return kfd_gpreempt_class_show(buf, class);
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
				 const struct queue_attribute *attr, char *buf)
{
	u32 policy;

	dqm_lock(q->device->dqm);
	policy = q->gpreempt.policy;
	dqm_unlock(q->device->dqm);

	return kfd_gpreempt_policy_show(buf, policy);
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
				const struct queue_attribute *attr, char *buf)
{
	int len;

	dqm_lock(q->device->dqm);
	len = kfd_gpreempt_queue_state_name(q, ' ', buf, PAGE_SIZE);
	dqm_unlock(q->device->dqm);

	return len + sysfs_emit_at(buf, len, "\n");
}

static const struct queue_attribute queue_files[] = {
	{
		.attr = { .name = "class", .mode = 0644 },
		.show = show_queue_class,
		.store = store_queue_class,
	},
	{
		.attr = { .name = "policy", .mode = 0644 },
		.show = show_queue_policy,
		.store = store_queue_policy,
	},
	{
		.attr = { .name = "state", .mode = 0444 },
		.show = show_queue_state,
	},
};

static const struct queue_attribute queue_stats_files[] = {
	STATS(show_queue_stat)
};

static ssize_t queue_dir_show(struct kobject *kobj, struct attribute *attr,
			      char *buf)
{
	struct queue_dir *dir = container_of(kobj, struct queue_dir, kobj);
	const struct queue_attribute *qattr =
		container_of(attr, struct queue_attribute, attr);

	if (!dir->queue->device->gpreempt)
		return -ENODEV;
	return qattr->show(dir->queue, qattr, buf);
}

static ssize_t queue_dir_store(struct kobject *kobj, struct attribute *attr,
			       const char *buf, size_t count)
{
	struct queue_dir *dir = container_of(kobj, struct queue_dir, kobj);
	const struct queue_attribute *qattr =
		container_of(attr, struct queue_attribute, attr);

	if (!qattr->store)
		return -EACCES;
	if (!dir->queue->device->gpreempt)
		return -ENODEV;
	return qattr->store(dir->queue, buf) ?: count;
}

static const struct sysfs_ops queue_dir_ops = {
	.show = queue_dir_show,
	.store = queue_dir_store,
};

static void queue_dir_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct queue_dir, kobj));
}

static const struct kobj_type queue_dir_type = {
	.release = queue_dir_release,
	.sysfs_ops = &queue_dir_ops,
	.default_groups = dir_groups,
};

static int create_queue_files(struct kobject *kobj)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(queue_files) && !ret; i++)
		ret = sysfs_create_file(kobj, &queue_files[i].attr);
	for (i = 0; i < ARRAY_SIZE(queue_stats_files) && !ret; i++)
		ret = sysfs_add_file_to_group(kobj, &queue_stats_files[i].attr,
					      STATS_DIR);
	return ret;
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

static ssize_t show_process_stat(struct process_dir *dir,
				 const struct process_attribute *attr,
				 char *buf)
{
	struct kfd_gpreempt_queue_stats sum, stats;
	struct queue_dir *queue;

	mutex_lock(&dir->lock);
	sum = dir->gone;
	list_for_each_entry(queue, &dir->queues, node) {
		stats = queue_stats(queue->queue);
		add_stats(&sum, &stats);
	}
	mutex_unlock(&dir->lock);

	return sysfs_emit(buf, "%llu\n", stat_at(&sum, attr->offset));
}

/* A process has one class on all of its nodes. */
static ssize_t show_process_class(struct process_dir *dir,
				  const struct process_attribute *attr,
				  char *buf)
{
	struct kfd_process_device *pdd = scheduled_device(dir->process);
	enum kfd_gpreempt_class class;

	if (!pdd)
		return -ENODEV;

	dqm_lock(pdd->dev->dqm);
	class = pdd->gpreempt.class_override;
	dqm_unlock(pdd->dev->dqm);

	return kfd_gpreempt_class_show(buf, class);
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

static const struct process_attribute process_class = {
	.attr = { .name = "class", .mode = 0644 },
	.show = show_process_class,
	.store = store_process_class,
};

static const struct process_attribute process_stats_files[] = {
	STATS(show_process_stat)
};

static ssize_t process_dir_show(struct kobject *kobj, struct attribute *attr,
				char *buf)
{
	const struct process_attribute *pattr =
		container_of(attr, struct process_attribute, attr);

	return pattr->show(container_of(kobj, struct process_dir, kobj), pattr,
			   buf);
}

static ssize_t process_dir_store(struct kobject *kobj, struct attribute *attr,
				 const char *buf, size_t count)
{
	struct process_dir *dir = container_of(kobj, struct process_dir, kobj);
	const struct process_attribute *pattr =
		container_of(attr, struct process_attribute, attr);

	if (!pattr->store)
		return -EACCES;
	return pattr->store(dir->process, buf) ?: count;
}

static const struct sysfs_ops process_dir_ops = {
	.show = process_dir_show,
	.store = process_dir_store,
};

static void process_dir_release(struct kobject *kobj)
{
	struct process_dir *dir = container_of(kobj, struct process_dir, kobj);

	mutex_destroy(&dir->lock);
	kfree(dir);
}

static const struct kobj_type process_dir_type = {
	.release = process_dir_release,
	.sysfs_ops = &process_dir_ops,
	.default_groups = dir_groups,
};

static int create_process_files(struct kobject *kobj)
{
	unsigned int i;
	int ret;

	ret = sysfs_create_file(kobj, &process_class.attr);
	for (i = 0; i < ARRAY_SIZE(process_stats_files) && !ret; i++)
		ret = sysfs_add_file_to_group(kobj,
					      &process_stats_files[i].attr,
					      STATS_DIR);
	return ret;
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
	struct process_dir *dir;

	if (!scheduled_device(p))
		return;

	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return;

	dir->process = p;
	mutex_init(&dir->lock);
	INIT_LIST_HEAD(&dir->queues);
	if (kobject_init_and_add(&dir->kobj, &process_dir_type, p->kobj,
				 "gpreempt") ||
	    create_process_files(&dir->kobj)) {
		pr_warn("no gpreempt files for process %d\n",
			p->lead_thread->pid);
		kobject_put(&dir->kobj);
		return;
	}
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

static struct process_dir *process_dir_of(const struct queue *q)
{
	struct kobject *kobj = q->process->kobj_gpreempt;

	return kobj ? container_of(kobj, struct process_dir, kobj) : NULL;
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
	struct process_dir *process = process_dir_of(q);
	struct queue_dir *dir;

	if (!process || !q->device->gpreempt ||
	    q->properties.type != KFD_QUEUE_TYPE_COMPUTE)
		return;

	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return;

	dir->queue = q;
	if (kobject_init_and_add(&dir->kobj, &queue_dir_type, &q->kobj,
				 "gpreempt") ||
	    create_queue_files(&dir->kobj)) {
		pr_warn("no gpreempt files for queue %u of process %d\n",
			q->properties.queue_id, q->process->lead_thread->pid);
		kobject_put(&dir->kobj);
		return;
	}

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
	struct process_dir *process = process_dir_of(q);
	struct kfd_gpreempt_queue_stats stats;
	struct queue_dir *dir;

	if (!q->gpreempt.kobj)
		return;

	dir = container_of(q->gpreempt.kobj, struct queue_dir, kobj);
	kobject_del(&dir->kobj);

	mutex_lock(&process->lock);
	stats = queue_stats(q);
	add_stats(&process->gone, &stats);
	list_del(&dir->node);
	mutex_unlock(&process->lock);

	kobject_put(&dir->kobj);
	q->gpreempt.kobj = NULL;
}

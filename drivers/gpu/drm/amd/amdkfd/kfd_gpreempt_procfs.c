// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the directories proc/<pid>/gpreempt and
 * proc/<pid>/queues/<qid>/gpreempt.
 *
 * amdkfd's own kinds of directories there can only be read, so these are
 * children with a kind of their own. The values are in struct
 * kfd_gpreempt_queue and struct kfd_gpreempt_process.
 *
 * A node outlives the processes that use it: each of them holds the DRM device
 * open until it is freed, after its directories.
 */
#include <linux/slab.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_procfs.h"
#include "kfd_priv.h"

static struct attribute *no_attrs[] = { NULL };

static const struct attribute_group stats_group = {
	.name = PROCFS_STATS_DIR,
	.attrs = no_attrs,
};

static const struct attribute_group *dir_groups[] = { &stats_group, NULL };

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
	    kfd_gpreempt_procfs_create_files(&dir->kobj, q)) {
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

	if (!kfd_gpreempt_procfs_device(p))
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
	kfd_gpreempt_procfs_add_stats(&process->gone, &stats);
	list_del(&dir->node);
	mutex_unlock(&process->lock);

	kobject_put(&dir->kobj);
	q->gpreempt.kobj = NULL;
}

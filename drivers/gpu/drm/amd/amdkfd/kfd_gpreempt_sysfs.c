// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the directory nodes/<n>/gpreempt.
 *
 * amdkfd tears down and rebuilds the whole topology tree whenever a device
 * comes or goes, so the directory holds no state: the values live in struct
 * kfd_gpreempt.
 */
#include <linux/kstrtox.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"
#include "kfd_topology.h"

/* One directory; goes when its last file is closed. */
struct gpreempt_dir {
	struct kobject kobj;
	struct kfd_gpreempt *gp;
};

struct gpreempt_attribute {
	struct attribute attr;
	ssize_t (*show)(struct kfd_gpreempt *gp,
			const struct gpreempt_attribute *attr, char *buf);
	int (*store)(struct kfd_gpreempt *gp,
		     const struct gpreempt_attribute *attr, u32 value);
	size_t offset;
	u32 min;
	u32 max;
};

/*
 * Creating and removing directories: the topology lock does not cover the
 * removal of a node's scheduler. Nests inside the topology lock.
 */
static DEFINE_MUTEX(dir_mutex);

/* ---- knobs ----------------------------------------------------------- */

static u32 *knob(struct kfd_gpreempt_knobs *knobs, size_t offset)
{
	return (void *)knobs + offset;
}

static ssize_t show_knob(struct kfd_gpreempt *gp,
			 const struct gpreempt_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n",
			  READ_ONCE(*knob(&gp->knobs, attr->offset)));
}

static ssize_t show_default(struct kfd_gpreempt *gp,
			    const struct gpreempt_attribute *attr, char *buf)
{
	struct kfd_gpreempt_knobs knobs = *kfd_gpreempt_default_knobs();

	return sysfs_emit(buf, "%u\n", *knob(&knobs, attr->offset));
}

static ssize_t show_min(struct kfd_gpreempt *gp,
			const struct gpreempt_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", attr->min);
}

static ssize_t show_max(struct kfd_gpreempt *gp,
			const struct gpreempt_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", attr->max);
}

static int store_knob(struct kfd_gpreempt *gp,
		      const struct gpreempt_attribute *attr, u32 value)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	WRITE_ONCE(*knob(&gp->knobs, attr->offset), value);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	/* A longer period must not delay what was due under the old one. */
	kfd_gpreempt_monitor_kick(gp);
	return 0;
}

static int store_lc_priority_min(struct kfd_gpreempt *gp,
				 const struct gpreempt_attribute *attr,
				 u32 value)
{
	store_knob(gp, attr, value);
	kfd_gpreempt_reclassify(gp);
	return 0;
}

#define KNOB_FILE(_file, _mode, _show, _store, _knob, _min, _max)	\
	{								\
		.attr = { .name = _file, .mode = (_mode) },		\
		.show = (_show),					\
		.store = (_store),					\
		.offset = offsetof(struct kfd_gpreempt_knobs, _knob),	\
		.min = (_min),						\
		.max = (_max),						\
	}

/* A knob is four files; the last one goes to the directory .defaults. */
#define KNOB_FILES	4
#define KNOB_DEFAULT	3

#define KNOB(_knob, _store, _min, _max)					\
	{								\
		KNOB_FILE(#_knob, 0644, show_knob, _store, _knob,	\
			  _min, _max),					\
		KNOB_FILE(#_knob "_min", 0444, show_min, NULL, _knob,	\
			  _min, _max),					\
		KNOB_FILE(#_knob "_max", 0444, show_max, NULL, _knob,	\
			  _min, _max),					\
		KNOB_FILE(#_knob, 0444, show_default, NULL, _knob,	\
			  _min, _max),					\
	}

/*
 * Below 50 us the timer would be most of what a CPU does; lc_priority_min 0
 * would make every queue latency-critical.
 */
static const struct gpreempt_attribute knobs[][KNOB_FILES] = {
	KNOB(monitor_interval_us, store_knob, 50, 10000000),
	KNOB(lc_interval_us, store_knob, 50, 10000000),
	KNOB(lc_priority_min, store_lc_priority_min, 1, 15),
	KNOB(confirm_us, store_knob, 0, 10000000),
	KNOB(resume_delay_us, store_knob, 0, 10000000),
};

/* ---- enable and state ------------------------------------------------ */

static ssize_t show_enable(struct kfd_gpreempt *gp,
			   const struct gpreempt_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(gp->enabled));
}

static int store_enable(struct kfd_gpreempt *gp,
			const struct gpreempt_attribute *attr, u32 value)
{
	return value ? kfd_gpreempt_enable(gp) : kfd_gpreempt_disable(gp);
}

/* kfd_gpreempt_init() leaves every node off. */
static ssize_t show_enable_default(struct kfd_gpreempt *gp,
				   const struct gpreempt_attribute *attr,
				   char *buf)
{
	return sysfs_emit(buf, "0\n");
}

static ssize_t show_state(struct kfd_gpreempt *gp,
			  const struct gpreempt_attribute *attr, char *buf)
{
	enum kfd_gpreempt_exit exit;
	bool enabled, held;
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	enabled = gp->enabled;
	held = gp->held;
	exit = gp->exit;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (held)
		return sysfs_emit(buf, "preempted\n");
	if (enabled)
		return sysfs_emit(buf, "idle\n");

	if (exit != KFD_GPREEMPT_EXIT_NONE)
		return sysfs_emit(buf, "error:%s\n",
				  kfd_gpreempt_exit_name(exit));
	return sysfs_emit(buf, "off\n");
}

static const struct gpreempt_attribute controls[] = {
	{
		.attr = { .name = "enable", .mode = 0644 },
		.show = show_enable,
		.store = store_enable,
		.max = 1,
	},
	{
		.attr = { .name = "state", .mode = 0444 },
		.show = show_state,
	},
};

static const struct gpreempt_attribute enable_default = {
	.attr = { .name = "enable", .mode = 0444 },
	.show = show_enable_default,
};

/* ---- stats ----------------------------------------------------------- */

static ssize_t show_stat(struct kfd_gpreempt *gp,
			 const struct gpreempt_attribute *attr, char *buf)
{
	unsigned long flags;
	u64 value;

	raw_spin_lock_irqsave(&gp->lock, flags);
	value = *(u64 *)((void *)&gp->stats + attr->offset);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	return sysfs_emit(buf, "%llu\n", value);
}

#define STAT(_name)							\
	{								\
		.attr = { .name = #_name, .mode = 0444 },		\
		.show = show_stat,					\
		.offset = offsetof(struct kfd_gpreempt_stats, _name),	\
	}

static const struct gpreempt_attribute stats[] = {
	STAT(checks),
	STAT(inversions),
	STAT(preemptions),
	STAT(resumes),
	STAT(queues_preempted),
	STAT(queues_resumed),
	STAT(failures),
	STAT(preempt_ns),
	STAT(resume_ns),
	STAT(be_held_ns),
};

/* ---- the directory --------------------------------------------------- */

static struct attribute *no_attrs[] = { NULL };

static const struct attribute_group defaults_group = {
	.name = ".defaults",
	.attrs = no_attrs,
};

static const struct attribute_group stats_group = {
	.name = "stats",
	.attrs = no_attrs,
};

static const struct attribute_group *gpreempt_groups[] = {
	&defaults_group,
	&stats_group,
	NULL
};

static int create_files(struct kobject *kobj)
{
	unsigned int i, j;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(controls) && !ret; i++)
		ret = sysfs_create_file(kobj, &controls[i].attr);

	if (!ret)
		ret = sysfs_add_file_to_group(kobj, &enable_default.attr,
					      defaults_group.name);

	for (i = 0; i < ARRAY_SIZE(knobs) && !ret; i++) {
		for (j = 0; j < KNOB_DEFAULT && !ret; j++)
			ret = sysfs_create_file(kobj, &knobs[i][j].attr);
		if (!ret)
			ret = sysfs_add_file_to_group(kobj,
						      &knobs[i][KNOB_DEFAULT].attr,
						      defaults_group.name);
	}

	for (i = 0; i < ARRAY_SIZE(stats) && !ret; i++)
		ret = sysfs_add_file_to_group(kobj, &stats[i].attr,
					      stats_group.name);

	return ret;
}

static ssize_t gpreempt_show(struct kobject *kobj, struct attribute *attr,
			     char *buf)
{
	struct gpreempt_dir *dir = container_of(kobj, struct gpreempt_dir,
						kobj);
	const struct gpreempt_attribute *gattr =
		container_of(attr, struct gpreempt_attribute, attr);

	return gattr->show(dir->gp, gattr, buf);
}

static ssize_t gpreempt_store(struct kobject *kobj, struct attribute *attr,
			      const char *buf, size_t count)
{
	struct gpreempt_dir *dir = container_of(kobj, struct gpreempt_dir,
						kobj);
	const struct gpreempt_attribute *gattr =
		container_of(attr, struct gpreempt_attribute, attr);
	u32 value;
	int ret;

	if (!gattr->store)
		return -EACCES;

	if (kstrtou32(buf, 0, &value) ||
	    value < gattr->min || value > gattr->max)
		return -EINVAL;

	mutex_lock(&dir->gp->control);
	ret = gattr->store(dir->gp, gattr, value);
	mutex_unlock(&dir->gp->control);

	return ret ?: count;
}

static const struct sysfs_ops gpreempt_sysfs_ops = {
	.show = gpreempt_show,
	.store = gpreempt_store,
};

static void gpreempt_dir_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct gpreempt_dir, kobj));
}

static const struct kobj_type gpreempt_dir_type = {
	.release = gpreempt_dir_release,
	.sysfs_ops = &gpreempt_sysfs_ops,
	.default_groups = gpreempt_groups,
};

static void remove_dir(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&dir_mutex);

	if (!gp->kobj)
		return;

	/* Waits for writers; none of them takes a lock that we hold. */
	kobject_del(gp->kobj);
	kobject_put(gp->kobj);
	gp->kobj = NULL;
}

/**
 * kfd_gpreempt_sysfs_add() - create the directory of a topology node
 * @dev: the node, with its own directory in place
 *
 * Failing leaves the node without the directory, and is reported.
 *
 * Context: process; topology lock held for writing.
 */
void kfd_gpreempt_sysfs_add(struct kfd_topology_device *dev)
{
	struct kfd_gpreempt *gp;
	struct gpreempt_dir *dir;

	if (!dev->gpu)
		return;

	mutex_lock(&dir_mutex);
	gp = dev->gpu->gpreempt;
	if (!gp || gp->detached || gp->kobj)
		goto unlock;

	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		goto unlock;

	dir->gp = gp;
	if (kobject_init_and_add(&dir->kobj, &gpreempt_dir_type,
				 dev->kobj_node, "gpreempt") ||
	    create_files(&dir->kobj)) {
		dev_warn(dev->gpu->adev->dev, "no gpreempt files in sysfs\n");
		kobject_put(&dir->kobj);
		goto unlock;
	}
	gp->kobj = &dir->kobj;
unlock:
	mutex_unlock(&dir_mutex);
}

/**
 * kfd_gpreempt_sysfs_remove() - remove the directory of a topology node
 * @dev: the node
 *
 * Context: process; topology lock held for writing.
 */
void kfd_gpreempt_sysfs_remove(struct kfd_topology_device *dev)
{
	if (!dev->gpu)
		return;

	mutex_lock(&dir_mutex);
	if (dev->gpu->gpreempt)
		remove_dir(dev->gpu->gpreempt);
	mutex_unlock(&dir_mutex);
}

/**
 * kfd_gpreempt_sysfs_detach() - no more access to a scheduler through sysfs
 * @gp: the scheduler, about to be destroyed
 *
 * Context: process, may sleep; not under @gp's locks.
 */
void kfd_gpreempt_sysfs_detach(struct kfd_gpreempt *gp)
{
	mutex_lock(&dir_mutex);
	gp->detached = true;
	remove_dir(gp);
	mutex_unlock(&dir_mutex);
}

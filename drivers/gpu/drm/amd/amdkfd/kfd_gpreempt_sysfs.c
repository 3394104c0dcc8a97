// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the directory nodes/<n>/gpreempt.
 *
 * amdkfd tears down and rebuilds the whole topology tree whenever a device
 * comes or goes, so the directory holds no state: the values live in struct
 * kfd_gpreempt.
 */
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kfd_gpreempt_sysfs.h"
#include "kfd_priv.h"
#include "kfd_topology.h"

#define STATE_FILE	"state"

/* One directory; goes when its last file is closed. */
struct gpreempt_dir {
	struct kobject kobj;
	struct kfd_gpreempt *gp;
};

/*
 * Creating and removing directories: the topology lock does not cover the
 * removal of a node's scheduler. Nests inside the topology lock.
 */
static DEFINE_MUTEX(dir_mutex);

/* ---- enable, state and slots ----------------------------------------- */

static ssize_t show_enable(struct kfd_gpreempt *gp,
			   const struct kfd_gpreempt_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(gp->power.enabled));
}

static int store_enable(struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_attribute *attr,
			const char *buf)
{
	u32 value;

	if (kstrtou32(buf, 0, &value) || value > 1)
		return -EINVAL;
	return value ? kfd_gpreempt_enable(gp) : kfd_gpreempt_disable(gp);
}

/* kfd_gpreempt_init() leaves every node off. */
static ssize_t show_enable_default(struct kfd_gpreempt *gp,
				   const struct kfd_gpreempt_attribute *attr,
				   char *buf)
{
	return sysfs_emit(buf, "0\n");
}

static ssize_t show_state(struct kfd_gpreempt *gp,
			  const struct kfd_gpreempt_attribute *attr, char *buf)
{
	int len = kfd_gpreempt_state_name(gp, buf, PAGE_SIZE);

	return len + sysfs_emit_at(buf, len, "\n");
}

static ssize_t show_hqd_total(struct kfd_gpreempt *gp,
			      const struct kfd_gpreempt_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%u\n", gp->hqd_total);
}

static ssize_t show_hqd_active(struct kfd_gpreempt *gp,
			       const struct kfd_gpreempt_attribute *attr,
			       char *buf)
{
	return sysfs_emit(buf, "%u\n", kfd_gpreempt_hqd_active(gp));
}

/* The hardware scheduler may have more queues than slots. */
static ssize_t show_hqd_free(struct kfd_gpreempt *gp,
			     const struct kfd_gpreempt_attribute *attr,
			     char *buf)
{
	u32 active = kfd_gpreempt_hqd_active(gp);

	return sysfs_emit(buf, "%u\n",
			  gp->hqd_total - min(active, gp->hqd_total));
}

#define CONTROL(_name, _mode, _show, _store)				\
	{								\
		.attr = { .name = (_name), .mode = (_mode) },		\
		.show = (_show),					\
		.store = (_store),					\
	}

static const struct kfd_gpreempt_attribute controls[] = {
	CONTROL("enable", 0644, show_enable, store_enable),
	CONTROL(STATE_FILE, 0444, show_state, NULL),
	CONTROL("hqd_total", 0444, show_hqd_total, NULL),
	CONTROL("hqd_active", 0444, show_hqd_active, NULL),
	CONTROL("hqd_free", 0444, show_hqd_free, NULL),
};

static const struct kfd_gpreempt_attribute enable_default =
	CONTROL("enable", 0444, show_enable_default, NULL);

/* ---- the directory --------------------------------------------------- */

static struct attribute *no_attrs[] = { NULL };

static const struct attribute_group defaults_group = {
	.name = KFD_GPREEMPT_DEFAULTS_DIR,
	.attrs = no_attrs,
};

static const struct attribute_group stats_group = {
	.name = KFD_GPREEMPT_STATS_DIR,
	.attrs = no_attrs,
};

static const struct attribute_group tuning_group = {
	.name = KFD_GPREEMPT_TUNING_DIR,
	.attrs = no_attrs,
};

static const struct attribute_group *gpreempt_groups[] = {
	&defaults_group,
	&tuning_group,
	&stats_group,
	NULL
};

static int create_files(struct kfd_gpreempt *gp, struct kobject *kobj)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(controls) && !ret; i++)
		ret = sysfs_create_file(kobj, &controls[i].attr);
	if (!ret)
		ret = sysfs_add_file_to_group(kobj, &enable_default.attr,
					      KFD_GPREEMPT_DEFAULTS_DIR);
	if (!ret)
		ret = kfd_gpreempt_knobs_create_files(gp, kobj);
	if (!ret)
		ret = kfd_gpreempt_stats_create_files(kobj);
	return ret;
}

static ssize_t gpreempt_show(struct kobject *kobj, struct attribute *attr,
			     char *buf)
{
	struct gpreempt_dir *dir = container_of(kobj, struct gpreempt_dir,
						kobj);
	const struct kfd_gpreempt_attribute *gattr =
		container_of(attr, struct kfd_gpreempt_attribute, attr);

	return gattr->show(dir->gp, gattr, buf);
}

static ssize_t gpreempt_store(struct kobject *kobj, struct attribute *attr,
			      const char *buf, size_t count)
{
	struct gpreempt_dir *dir = container_of(kobj, struct gpreempt_dir,
						kobj);
	const struct kfd_gpreempt_attribute *gattr =
		container_of(attr, struct kfd_gpreempt_attribute, attr);
	int ret;

	if (!gattr->store)
		return -EACCES;

	mutex_lock(&dir->gp->control);
	ret = gattr->store(dir->gp, gattr, buf);
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

	if (!gp->files.kobj)
		return;

	kfd_gpreempt_notify_file(gp, NULL);
	/* Waits for writers; none of them takes a lock that we hold. */
	kobject_del(gp->files.kobj);
	kobject_put(gp->files.kobj);
	gp->files.kobj = NULL;
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
	if (!gp || gp->files.detached || gp->files.kobj)
		goto unlock;

	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		goto unlock;

	dir->gp = gp;
	if (kobject_init_and_add(&dir->kobj, &gpreempt_dir_type,
				 dev->kobj_node, "gpreempt") ||
	    create_files(gp, &dir->kobj)) {
		dev_warn(dev->gpu->adev->dev, "no gpreempt files in sysfs\n");
		kobject_put(&dir->kobj);
		goto unlock;
	}
	gp->files.kobj = &dir->kobj;
	kfd_gpreempt_notify_file(gp, sysfs_get_dirent(dir->kobj.sd, STATE_FILE));
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
	gp->files.detached = true;
	remove_dir(gp);
	mutex_unlock(&dir_mutex);
}

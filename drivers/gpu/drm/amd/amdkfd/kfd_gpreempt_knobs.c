// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the knobs of a node: default values, ranges, and their files.
 *
 * A knob is the four files <knob>, <knob>_min, <knob>_max and
 * .defaults/<knob>; all of them follow from its line in the table below.
 */
#include <linux/bitops.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_sysfs.h"
#include "kfd_priv.h"

#define MAX_US		10000000

/* A turn costs a preemption and a resume: tens of us. */
#define MIN_QUANTUM_US	100

/* Who wants idle queues to go away may think of hours. */
#define MAX_IDLE_US	3600000000U

#define MAX_PRIORITY	15

/* ---- what depends on the node ---------------------------------------- */

static bool has_grace_period(const struct kfd_gpreempt *gp)
{
	const struct kfd_node *node = gp->dqm->dev;

	return gp->dqm->sched_policy != KFD_SCHED_POLICY_NO_HWS &&
	       !node->kfd->shared_resources.enable_mes &&
	       node->kfd2kgd->build_grace_period_packet_info;
}

/* The register's field for it: where its bits are is what amdgpu makes of ~0 */
static u32 grace_mask(const struct kfd_gpreempt *gp)
{
	struct kfd_node *node = gp->dqm->dev;
	u32 reg, mask = 0;

	node->kfd2kgd->build_grace_period_packet_info(node->adev, 0, U32_MAX,
						      &reg, &mask);
	return mask;
}

static u32 grace_max(const struct kfd_gpreempt *gp)
{
	u32 mask = grace_mask(gp);

	return mask ? mask >> __ffs(mask) : 0;
}

/* What the driver has in the register; it sets that until the dqm runs. */
static u32 grace_default(const struct kfd_gpreempt *gp)
{
	u32 mask = grace_mask(gp);

	return mask ? (READ_ONCE(gp->dqm->wait_times) & mask) >> __ffs(mask) :
		      0;
}

/*
 * Where the hardware can't say which queues have waves nobody can tell whether LC
 * that waits starves BE by its priority alone; nor whether an LC queue that gets on
 * has needed to have BE held: one with compute units of its own would be doubted for
 * ever.
 */
static u32 auto_if_waves_are_known(const struct kfd_gpreempt *gp)
{
	return gp->dqm->dev->kfd2kgd->get_cu_occupancy ?
		KFD_GPREEMPT_KNOB_AUTO : 0;
}

static u32 hqd_lc_reserved_default(const struct kfd_gpreempt *gp)
{
	return gp->hqd_total / 10;
}

static u32 hqd_lc_reserved_max(const struct kfd_gpreempt *gp)
{
	return max(gp->hqd_total, 1U) - 1;
}

/* 0 would turn the admission off. */
static u32 hqd_be_max_default(const struct kfd_gpreempt *gp)
{
	return max(gp->hqd_total * 8 / 10, min(gp->hqd_total, 1U));
}

static u32 hqd_be_max_max(const struct kfd_gpreempt *gp)
{
	return gp->hqd_total;
}

static u32 cu_lc_most(const struct kfd_gpreempt *gp)
{
	u32 cus = kfd_gpreempt_cus(gp);

	return cus - min(cus, kfd_gpreempt_cumask_unit(gp));
}

static u32 cu_lc_max_default(const struct kfd_gpreempt *gp)
{
	return cu_lc_most(gp) / 2;
}

/* ---- what a change does, besides waking the monitor ------------------ */

static void place_again(struct kfd_gpreempt *gp)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->due.place = true;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

static u32 *knob_in(struct kfd_gpreempt_knobs *knobs,
		    const struct kfd_gpreempt_knob *knob)
{
	return (void *)knobs + knob->offset;
}

static void set_knob(struct kfd_gpreempt *gp,
		     const struct kfd_gpreempt_knob *knob, u32 value)
{
	unsigned long flags;

	lockdep_assert_held(&gp->control);

	raw_spin_lock_irqsave(&gp->lock, flags);
	WRITE_ONCE(*knob_in(&gp->knobs, knob), value);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (knob->changed)
		knob->changed(gp);
	/* A longer period must not delay what was due under the old one. */
	kfd_gpreempt_timer_kick(gp);
}

/* ---- numbers --------------------------------------------------------- */

static u32 knob_max(const struct kfd_gpreempt *gp,
		    const struct kfd_gpreempt_knob *knob)
{
	return knob->max_of ? knob->max_of(gp) : knob->max;
}

static ssize_t show_value(const struct kfd_gpreempt_knob *knob, u32 value,
			  char *buf)
{
	if (knob->automatic && value == KFD_GPREEMPT_KNOB_AUTO)
		return sysfs_emit(buf, "auto\n");

	return sysfs_emit(buf, "%u\n", value);
}

static ssize_t show_knob(struct kfd_gpreempt *gp,
			 const struct kfd_gpreempt_attribute *attr, char *buf)
{
	return show_value(&attr->knob,
			  READ_ONCE(*knob_in(&gp->knobs, &attr->knob)), buf);
}

static ssize_t show_default(struct kfd_gpreempt *gp,
			    const struct kfd_gpreempt_attribute *attr,
			    char *buf)
{
	return show_value(&attr->knob,
			  *knob_in(&gp->default_knobs, &attr->knob), buf);
}

static ssize_t show_min(struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", attr->knob.min);
}

static ssize_t show_max(struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", knob_max(gp, &attr->knob));
}

static int parse_knob(struct kfd_gpreempt *gp,
		      const struct kfd_gpreempt_knob *knob, const char *buf,
		      u32 *value)
{
	if (knob->automatic && sysfs_streq(buf, "auto")) {
		*value = KFD_GPREEMPT_KNOB_AUTO;
		return 0;
	}
	if (kstrtou32(buf, 0, value) || *value < knob->min ||
	    *value > knob_max(gp, knob))
		return -EINVAL;
	return 0;
}

static int store_knob(struct kfd_gpreempt *gp,
		      const struct kfd_gpreempt_attribute *attr,
		      const char *buf)
{
	u32 value;
	int ret;

	ret = parse_knob(gp, &attr->knob, buf, &value);
	if (!ret)
		set_knob(gp, &attr->knob, value);
	return ret;
}

/* ---- the grace period: that of the driver need not be set ------------ */

static ssize_t show_grace(struct kfd_gpreempt *gp,
			  const struct kfd_gpreempt_attribute *attr, char *buf)
{
	u32 value = READ_ONCE(gp->knobs.grace_period_kclk);

	if (value == KFD_GPREEMPT_GRACE_DEFAULT)
		value = grace_default(gp);
	return show_value(&attr->knob, value, buf);
}

/* What the register holds anyway need not be written with every preemption. */
static int store_grace(struct kfd_gpreempt *gp,
		       const struct kfd_gpreempt_attribute *attr,
		       const char *buf)
{
	u32 value;
	int ret;

	ret = parse_knob(gp, &attr->knob, buf, &value);
	if (ret)
		return ret;
	if (value == grace_default(gp))
		value = KFD_GPREEMPT_GRACE_DEFAULT;
	set_knob(gp, &attr->knob, value);
	return 0;
}

/* ---- triggers: a set of words ---------------------------------------- */

static ssize_t show_triggers(struct kfd_gpreempt *gp,
			     const struct kfd_gpreempt_attribute *attr,
			     char *buf)
{
	return kfd_gpreempt_triggers_show(buf, READ_ONCE(gp->knobs.triggers));
}

static ssize_t show_triggers_default(struct kfd_gpreempt *gp,
				     const struct kfd_gpreempt_attribute *attr,
				     char *buf)
{
	return kfd_gpreempt_triggers_show_default(buf,
						  gp->default_knobs.triggers);
}

static int store_triggers(struct kfd_gpreempt *gp,
			  const struct kfd_gpreempt_attribute *attr,
			  const char *buf)
{
	u32 triggers;
	int ret;

	ret = kfd_gpreempt_triggers_parse(buf, &triggers);
	if (!ret)
		set_knob(gp, &attr->knob, triggers);
	return ret;
}

/* ---- the table ------------------------------------------------------- */

enum knob_file {
	KNOB_VALUE,
	KNOB_MIN,
	KNOB_MAX,
	KNOB_DEFAULT,
	KNOB_FILES,
};

#define KNOB_FILE(_knob, _file, _mode, _show, _store, ...)		\
	{								\
		.attr = { .name = (_file), .mode = (_mode) },		\
		.show = (_show),					\
		.store = (_store),					\
		.knob = {						\
			.offset = offsetof(struct kfd_gpreempt_knobs,	\
					   _knob),			\
			__VA_ARGS__					\
		},							\
	}

#define KNOB_AS(_knob, _show, _store, _default, ...)			\
	{								\
		[KNOB_VALUE] = KNOB_FILE(_knob, #_knob, 0644, _show,	\
					 _store, __VA_ARGS__),		\
		[KNOB_MIN] = KNOB_FILE(_knob, #_knob "_min", 0444,	\
				       show_min, NULL, __VA_ARGS__),	\
		[KNOB_MAX] = KNOB_FILE(_knob, #_knob "_max", 0444,	\
				       show_max, NULL, __VA_ARGS__),	\
		[KNOB_DEFAULT] = KNOB_FILE(_knob, #_knob, 0444,		\
					   _default, NULL,		\
					   __VA_ARGS__),		\
	}

#define KNOB(_knob, ...)						\
	KNOB_AS(_knob, show_knob, store_knob, show_default, __VA_ARGS__)

/* A set has no smallest and no largest value. */
#define KNOB_SET(_knob, _show, _store, _default, ...)			\
	{								\
		[KNOB_VALUE] = KNOB_FILE(_knob, #_knob, 0644, _show,	\
					 _store, __VA_ARGS__),		\
		[KNOB_DEFAULT] = KNOB_FILE(_knob, #_knob, 0444,		\
					   _default, NULL,		\
					   __VA_ARGS__),		\
	}

/*
 * lc_priority_min 0 would make every queue latency-critical. What a class is, what
 * it is sure to get and when BE has waited for too long is the operator's to say.
 */
static const struct kfd_gpreempt_attribute knobs[][KNOB_FILES] = {
	KNOB(lc_priority_min, .initial = 11, .min = 1, .max = MAX_PRIORITY,
	     .changed = kfd_gpreempt_reclassify),
	KNOB(be_priority_max, .initial = 10, .min = 0, .max = MAX_PRIORITY,
	     .changed = kfd_gpreempt_reclassify),
	KNOB(lc_graded, .initial = 0, .max = 1),
	KNOB(hqd_lc_reserved, .initial_of = hqd_lc_reserved_default,
	     .max_of = hqd_lc_reserved_max, .changed = place_again),
	KNOB(hqd_be_max, .initial_of = hqd_be_max_default,
	     .max_of = hqd_be_max_max, .changed = place_again),
	KNOB(cu_lc_reserved, .initial_of = auto_if_waves_are_known,
	     .max_of = cu_lc_most, .automatic = true,
	     .changed = place_again),
	KNOB(be_max_wait_us, .initial = 100000, .max = MAX_US),
	KNOB(be_quantum_us,
	     .initial = 10000, .min = MIN_QUANTUM_US, .max = MAX_US),

	KNOB_SET(triggers, show_triggers, store_triggers,
		 show_triggers_default, .initial = KFD_GPREEMPT_TRIGGER_ALL,
		 .tunes = true),
	KNOB(monitor_interval_us, .initial = 5000, .min = KFD_GPREEMPT_INTERVAL_MIN_US,
	     .max = KFD_GPREEMPT_INTERVAL_MAX_US, .tunes = true),
	KNOB(lc_interval_us, .initial = 1000, .min = KFD_GPREEMPT_INTERVAL_MIN_US,
	     .max = KFD_GPREEMPT_INTERVAL_MAX_US, .tunes = true),
	KNOB(confirm_us, .initial_of = auto_if_waves_are_known, .max = MAX_US,
	     .tunes = true, .automatic = true),
	KNOB(resume_delay_us, .initial = 50, .max = MAX_US, .tunes = true),
	KNOB_AS(grace_period_kclk, show_grace, store_grace, show_default,
		.initial = KFD_GPREEMPT_KNOB_AUTO, .max_of = grace_max,
		.automatic = true, .exists = has_grace_period, .tunes = true),
	KNOB(be_min_runtime_us, .initial = 0, .max = MAX_US, .tunes = true),
	KNOB(lc_progress_timeout_us, .initial = 20000, .max = MAX_US,
	     .tunes = true),
	KNOB(cu_lc_max, .initial_of = cu_lc_max_default, .max_of = cu_lc_most,
	     .tunes = true),
	KNOB(lazy_activation, .initial = 0, .max = 1, .changed = place_again,
	     .tunes = true),
	KNOB(auto_deactivate_us, .initial = 0, .max = MAX_IDLE_US,
	     .changed = place_again, .tunes = true),
};

/**
 * kfd_gpreempt_knobs_init() - give every knob its default value
 * @gp: the scheduler, with its dqm and its number of slots
 *
 * Context: process, before anybody else knows @gp.
 */
void kfd_gpreempt_knobs_init(struct kfd_gpreempt *gp)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		const struct kfd_gpreempt_knob *knob =
			&knobs[i][KNOB_VALUE].knob;

		*knob_in(&gp->default_knobs, knob) =
			knob->initial_of ? knob->initial_of(gp) : knob->initial;
	}
	gp->knobs = gp->default_knobs;
}

static int create_knob(struct kobject *kobj,
		       const struct kfd_gpreempt_attribute *files)
{
	const char *dir = files->knob.tunes ? KFD_GPREEMPT_TUNING_DIR : NULL;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < KNOB_DEFAULT && !ret; i++) {
		if (!files[i].attr.name)
			continue;
		ret = dir ? sysfs_add_file_to_group(kobj, &files[i].attr, dir) :
			    sysfs_create_file(kobj, &files[i].attr);
	}
	if (!ret)
		ret = sysfs_add_file_to_group(kobj, &files[KNOB_DEFAULT].attr,
					      KFD_GPREEMPT_DEFAULTS_DIR);
	return ret;
}

/**
 * kfd_gpreempt_knobs_create_files() - create the files of all knobs
 * @gp: the scheduler
 * @kobj: its directory, with KFD_GPREEMPT_DEFAULTS_DIR and
 *	KFD_GPREEMPT_TUNING_DIR in it
 *
 * Context: process, may sleep.
 *
 * Return: 0 or a negative errno; files may have been created then.
 */
int kfd_gpreempt_knobs_create_files(struct kfd_gpreempt *gp,
				    struct kobject *kobj)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(knobs) && !ret; i++) {
		if (!knobs[i]->knob.exists || knobs[i]->knob.exists(gp))
			ret = create_knob(kobj, knobs[i]);
	}
	return ret;
}

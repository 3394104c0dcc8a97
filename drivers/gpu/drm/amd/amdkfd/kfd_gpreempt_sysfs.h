/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: what the files that make up nodes/<n>/gpreempt share.
 */
#ifndef KFD_GPREEMPT_SYSFS_H_INCLUDED
#define KFD_GPREEMPT_SYSFS_H_INCLUDED

#include <linux/sysfs.h>

#include "kfd_gpreempt_priv.h"

#define KFD_GPREEMPT_DEFAULTS_DIR	".defaults"
#define KFD_GPREEMPT_TUNING_DIR		"tuning"
#define KFD_GPREEMPT_STATS_DIR		"stats"

/**
 * struct kfd_gpreempt_knob - one knob: what it may be, and what it does
 *
 * @offset: of the value in &struct kfd_gpreempt_knobs
 * @initial: the default
 * @min: smallest value
 * @max: largest value
 * @initial_of: the default, where that depends on the node, or NULL
 * @max_of: the largest value, where that depends on the node, or NULL
 * @tunes: who only operates a node need not know it: it is in
 *	KFD_GPREEMPT_TUNING_DIR
 * @automatic: "auto" is a value, too: KFD_GPREEMPT_KNOB_AUTO
 * @exists: whether the node has the knob; NULL: every node has
 * @changed: called after a change with &kfd_gpreempt.control held, or NULL
 */
struct kfd_gpreempt_knob {
	size_t offset;
	u32 initial;
	u32 min;
	u32 max;
	u32 (*initial_of)(const struct kfd_gpreempt *gp);
	u32 (*max_of)(const struct kfd_gpreempt *gp);
	bool tunes;
	bool automatic;
	bool (*exists)(const struct kfd_gpreempt *gp);
	void (*changed)(struct kfd_gpreempt *gp);
};

/**
 * struct kfd_gpreempt_attribute - one file
 *
 * @attr: name and mode
 * @show: write the value and a newline to a page; number of characters, or a
 *	negative errno
 * @store: take a value; 0 or a negative errno. Called with
 *	&kfd_gpreempt.control held. NULL: read-only
 * @offset: of what it shows, in &struct kfd_gpreempt, if it is no knob's
 * @knob: the knob that this is a file of
 */
struct kfd_gpreempt_attribute {
	struct attribute attr;
	ssize_t (*show)(struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_attribute *attr, char *buf);
	int (*store)(struct kfd_gpreempt *gp,
		     const struct kfd_gpreempt_attribute *attr,
		     const char *buf);
	union {
		size_t offset;
		struct kfd_gpreempt_knob knob;
	};
};

int kfd_gpreempt_knobs_create_files(struct kfd_gpreempt *gp,
				    struct kobject *kobj);
int kfd_gpreempt_stats_create_files(struct kobject *kobj);

#endif

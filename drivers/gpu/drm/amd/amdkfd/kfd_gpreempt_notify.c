// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: telling who polls the file "state" of a change.
 */
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "kfd_gpreempt_priv.h"

/**
 * kfd_gpreempt_notify_file() - the file "state" comes, or goes
 * @gp: the node's scheduler
 * @file: a reference, which is taken over; NULL: there is no file
 *
 * Who tells of changes must not have to wait for the locks under which files come
 * and go: under them others wait for writers, who may wait for the worker.
 *
 * Context: process, may sleep.
 */
void kfd_gpreempt_notify_file(struct kfd_gpreempt *gp,
			      struct kernfs_node *file)
{
	spin_lock(&gp->files.state_lock);
	swap(gp->files.state_file, file);
	spin_unlock(&gp->files.state_lock);

	sysfs_put(file);
}

/**
 * kfd_gpreempt_notify() - the contents of "state" may have changed
 * @gp: the scheduler
 *
 * Wakes who polls the file, if it now says something else than last time.
 *
 * Context: process; no dqm lock, and not &kfd_gpreempt.lock.
 */
void kfd_gpreempt_notify(struct kfd_gpreempt *gp)
{
	char state[sizeof(gp->files.state_told)];

	spin_lock(&gp->files.state_lock);
	kfd_gpreempt_state_name(gp, state, sizeof(state));
	if (strcmp(state, gp->files.state_told)) {
		strscpy(gp->files.state_told, state);
		if (gp->files.state_file)
			sysfs_notify_dirent(gp->files.state_file);
	}
	spin_unlock(&gp->files.state_lock);
}

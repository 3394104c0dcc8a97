// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: turning the scheduler of a node on and off, and telling who polls
 * the file "state".
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_gpreempt_trace.h"
#include "kfd_priv.h"

/*
 * How long disabling waits for the queues to come back, before -EBUSY. Longer
 * than the 2.1 s that amdgpu has for an answer of MES: where that hangs no queue
 * is off any more after the first one.
 */
#define SETTLE_TIMEOUT	msecs_to_jiffies(3000)

/**
 * kfd_gpreempt_running() - is the scheduler at work?
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held for the answer to last.
 *
 * Return: true if it is turned on and its dqm is running.
 */
bool kfd_gpreempt_running(const struct kfd_gpreempt *gp)
{
	return READ_ONCE(gp->power.enabled) && READ_ONCE(gp->power.started);
}

/**
 * kfd_gpreempt_in_charge() - is it the scheduler that says which queues are off?
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 *
 * Return: true while it is running, and while its dqm is halted: it decides
 * nothing new then, but what it has decided still holds.
 */
bool kfd_gpreempt_in_charge(const struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);

	return gp->power.enabled &&
	       (gp->power.started || gp->power.halted_since_ns);
}

static void set_enabled(struct kfd_gpreempt *gp, bool enabled,
			enum kfd_gpreempt_exit exit)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	WRITE_ONCE(gp->power.enabled, enabled);
	gp->power.exit = exit;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_enable() - start the scheduler of a node
 * @gp: the scheduler; it may be on already, or off with an exit reason
 *
 * Context: process, may sleep; &kfd_gpreempt.control held.
 *
 * Return: 0, or a negative errno if the worker can't be created.
 */
int kfd_gpreempt_enable(struct kfd_gpreempt *gp)
{
	unsigned long flags;
	int ret;

	lockdep_assert_held(&gp->control);

	ret = kfd_gpreempt_worker_create(gp);
	if (ret)
		return ret;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->due.reclassify = true;
	gp->due.place = true;
	gp->arming.quiet = false;
	gp->debt = (struct kfd_gpreempt_debt) { .since_ns = ktime_get_ns() };
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	set_enabled(gp, true, KFD_GPREEMPT_EXIT_NONE);
	kfd_gpreempt_worker_wake(gp);
	return 0;
}

/* Queues that have to share HQDs can't do so without us. */
static bool is_needed(struct kfd_gpreempt *gp)
{
	return gp->mechanism->slot && READ_ONCE(gp->tracked) > gp->hqd_total;
}

/* Who disables waits for a run of the worker that knew of it. */
static void set_settling(struct kfd_gpreempt *gp, bool settling)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	WRITE_ONCE(gp->power.settling, settling);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_settle() - the worker has run, and knew whether the scheduler is on
 * @gp: the node's scheduler
 * @off: it was off, and every queue that could be put back is
 *
 * Wakes who has turned it off.
 *
 * Context: process; &kfd_gpreempt.lock not held.
 */
void kfd_gpreempt_settle(struct kfd_gpreempt *gp, bool off)
{
	if (off)
		set_settling(gp, false);
	wake_up_all(&gp->power.settled);
}

/**
 * kfd_gpreempt_switch_off() - no check decides anything any more
 * @gp: the scheduler
 *
 * Queues that are off stay so.
 *
 * Context: process; &kfd_gpreempt.control held.
 */
void kfd_gpreempt_switch_off(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->control);

	set_enabled(gp, false, KFD_GPREEMPT_EXIT_NONE);
	kfd_gpreempt_timer_cancel(gp);
}

/**
 * kfd_gpreempt_disable() - stop the scheduler of a node, and resume its queues
 * @gp: the scheduler, on or off
 *
 * Context: process, may sleep; &kfd_gpreempt.control held.
 *
 * Return: 0 when no queue is off any more; -EBUSY with nothing changed if
 * there are more queues than HQDs and no hardware scheduler; -EBUSY also if
 * the dqm is so busy that this has to wait: it happens without further ado.
 */
int kfd_gpreempt_disable(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->control);

	if (READ_ONCE(gp->power.enabled) && is_needed(gp))
		return -EBUSY;

	kfd_gpreempt_switch_off(gp);
	if (!gp->thread.worker)
		return 0;

	set_settling(gp, true);
	kfd_gpreempt_worker_wake(gp);
	return wait_event_timeout(gp->power.settled,
				  !READ_ONCE(gp->power.settling) &&
				  !READ_ONCE(gp->count.off),
				  SETTLE_TIMEOUT) ? 0 : -EBUSY;
}

/**
 * kfd_gpreempt_exit() - the scheduler of a node turns itself off
 * @gp: the scheduler; holds no queue
 * @reason: shown in the file "state" until the next enable
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_exit(struct kfd_gpreempt *gp, enum kfd_gpreempt_exit reason)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);

	set_enabled(gp, false, reason);
	kfd_gpreempt_timer_cancel(gp);
	trace_kfd_gpreempt_exit(gp->dqm->dev->id, reason);
	dev_warn_ratelimited(gp->dqm->dev->adev->dev,
			     "gpreempt turned itself off: %s\n",
			     kfd_gpreempt_exit_name(reason));
}

/* ---- who polls "state" -------------------------------------------------- */

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

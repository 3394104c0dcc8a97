// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: preemptive priority scheduling of a node's compute queues.
 *
 * From a doorbell to a preemption: the monitor's timer finds an LC queue
 * waiting (monitor_timer()), wakes the worker (gpreempt_work()), which looks
 * again under the dqm lock and submits a runlist without the BE queues
 * (kfd_gpreempt_preempt_be()).
 */
#include <linux/sched.h>
#include <linux/slab.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_gpreempt_trace.h"
#include "kfd_priv.h"

/* How long disabling waits for the queues to come back, before -EBUSY. */
#define SETTLE_TIMEOUT	msecs_to_jiffies(2000)

static const struct kfd_gpreempt_knobs default_knobs = {
	.monitor_interval_us = 5000,
	.lc_interval_us = 1000,
	.lc_priority_min = 11,
	.confirm_us = 0,
	.resume_delay_us = 50,
};

/**
 * kfd_gpreempt_default_knobs() - what every node starts with
 *
 * Return: the defaults, constant.
 */
const struct kfd_gpreempt_knobs *kfd_gpreempt_default_knobs(void)
{
	return &default_knobs;
}

/* ---- the worker ------------------------------------------------------ */

static struct kfd_gpreempt_decision check(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_decision decision;
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	decision = kfd_gpreempt_check(gp);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return decision;
}

static void act(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_decision decision = check(gp);

	/* What is done changes the state, and with it the next check's time. */
	switch (decision.action) {
	case KFD_GPREEMPT_PREEMPT:
		kfd_gpreempt_preempt_be(gp);
		decision = check(gp);
		break;
	case KFD_GPREEMPT_RESUME:
		kfd_gpreempt_resume_be(gp);
		decision = check(gp);
		break;
	case KFD_GPREEMPT_NOTHING:
		break;
	}

	kfd_gpreempt_monitor_arm(gp, decision.next_ns);
}

static void gpreempt_work(struct kthread_work *work)
{
	struct kfd_gpreempt *gp = container_of(work, struct kfd_gpreempt, work);

	dqm_lock(gp->dqm);
	if (gp->started) {
		kfd_gpreempt_apply_priorities(gp);
		if (READ_ONCE(gp->enabled))
			act(gp);
		else if (gp->held)
			kfd_gpreempt_resume_be(gp);
	}
	dqm_unlock(gp->dqm);

	wake_up_all(&gp->settled);
}

/* ---- on and off ------------------------------------------------------ */

static void set_enabled(struct kfd_gpreempt *gp, bool enabled,
			enum kfd_gpreempt_exit exit)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	WRITE_ONCE(gp->enabled, enabled);
	gp->exit = exit;
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
	struct kthread_worker *worker;

	lockdep_assert_held(&gp->control);

	if (!gp->worker) {
		worker = kthread_create_worker(0, "gpreempt/%u",
					       gp->dqm->dev->id);
		if (IS_ERR(worker))
			return PTR_ERR(worker);
		sched_set_fifo_low(worker->task);
		gp->worker = worker;
	}

	set_enabled(gp, true, KFD_GPREEMPT_EXIT_NONE);
	kthread_queue_work(gp->worker, &gp->work);
	kfd_gpreempt_monitor_kick(gp);
	return 0;
}

/**
 * kfd_gpreempt_disable() - stop the scheduler of a node, and resume its queues
 * @gp: the scheduler, on or off
 *
 * Context: process, may sleep; &kfd_gpreempt.control held.
 *
 * Return: 0 when no queue is held any more; -EBUSY if the dqm is so busy that
 * this has to wait: it happens without further ado.
 */
int kfd_gpreempt_disable(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->control);

	set_enabled(gp, false, KFD_GPREEMPT_EXIT_NONE);
	kfd_gpreempt_monitor_cancel(gp);

	if (!gp->worker)
		return 0;

	kthread_queue_work(gp->worker, &gp->work);
	return wait_event_timeout(gp->settled, !READ_ONCE(gp->held),
				  SETTLE_TIMEOUT) ? 0 : -EBUSY;
}

/**
 * kfd_gpreempt_exit_name() - what the file "state" calls an exit reason
 * @exit: the reason
 *
 * Return: a word, or an empty string for KFD_GPREEMPT_EXIT_NONE.
 */
const char *kfd_gpreempt_exit_name(enum kfd_gpreempt_exit exit)
{
	switch (exit) {
	case KFD_GPREEMPT_EXIT_HWS_HANG:
		return "hws-hang";
	case KFD_GPREEMPT_EXIT_MAP_FAILED:
		return "map-failed";
	case KFD_GPREEMPT_EXIT_NONE:
		break;
	}
	return "";
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
	kfd_gpreempt_monitor_cancel(gp);
	trace_kfd_gpreempt_exit(gp->dqm->dev->id, reason);
	dev_warn_ratelimited(gp->dqm->dev->adev->dev,
			     "gpreempt turned itself off: %s\n",
			     kfd_gpreempt_exit_name(reason));
}

/**
 * kfd_gpreempt_start() - the dqm has started, for the first time or again
 * @dqm: the device queue manager
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_start(struct device_queue_manager *dqm)
{
	struct kfd_gpreempt *gp = dqm->dev->gpreempt;
	unsigned long flags;

	lockdep_assert_held(&dqm->lock_hidden);

	if (!gp)
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->started = true;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	kfd_gpreempt_monitor_kick(gp);
}

/**
 * kfd_gpreempt_stop() - the dqm is being stopped: suspend, reset or removal
 * @dqm: the device queue manager
 *
 * Lets go of every held queue, so that whatever starts the dqm again maps
 * them.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_stop(struct device_queue_manager *dqm)
{
	struct kfd_gpreempt *gp = dqm->dev->gpreempt;
	unsigned long flags;

	lockdep_assert_held(&dqm->lock_hidden);

	if (!gp)
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->started = false;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	kfd_gpreempt_monitor_cancel(gp);
	kfd_gpreempt_release_be(gp);
	wake_up_all(&gp->settled);
}

static bool is_supported(const struct device_queue_manager *dqm)
{
	return dqm->sched_policy != KFD_SCHED_POLICY_NO_HWS &&
	       !dqm->dev->kfd->shared_resources.enable_mes;
}

/**
 * kfd_gpreempt_init() - create the scheduler of a node, turned off
 * @dqm: the node's device queue manager, initialised and not started
 *
 * If there is no memory, or the node schedules in a way that gpreempt doesn't
 * support, the node works without it.
 *
 * Context: process, may sleep.
 */
void kfd_gpreempt_init(struct device_queue_manager *dqm)
{
	struct kfd_gpreempt *gp;

	if (!is_supported(dqm))
		return;

	gp = kzalloc(sizeof(*gp), GFP_KERNEL);
	if (!gp)
		return;

	gp->dqm = dqm;
	gp->knobs = default_knobs;
	mutex_init(&gp->control);
	raw_spin_lock_init(&gp->lock);
	INIT_LIST_HEAD(&gp->lc);
	INIT_LIST_HEAD(&gp->be);
	init_waitqueue_head(&gp->settled);
	kthread_init_work(&gp->work, gpreempt_work);
	kfd_gpreempt_monitor_init(gp);
	dqm->dev->gpreempt = gp;
}

/**
 * kfd_gpreempt_fini() - destroy the scheduler of a node
 * @dqm: the node's device queue manager, about to be stopped for good
 *
 * Context: process, may sleep; no locks held.
 */
void kfd_gpreempt_fini(struct device_queue_manager *dqm)
{
	struct kfd_gpreempt *gp = dqm->dev->gpreempt;

	if (!gp)
		return;

	kfd_gpreempt_sysfs_detach(gp);

	mutex_lock(&gp->control);
	set_enabled(gp, false, KFD_GPREEMPT_EXIT_NONE);
	kfd_gpreempt_monitor_cancel(gp);
	if (gp->worker)
		kthread_destroy_worker(gp->worker);
	mutex_unlock(&gp->control);

	dqm_lock(dqm);
	kfd_gpreempt_release_be(gp);
	dqm->dev->gpreempt = NULL;
	dqm_unlock(dqm);

	mutex_destroy(&gp->control);
	kfree(gp);
}

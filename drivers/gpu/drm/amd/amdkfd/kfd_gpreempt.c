// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: preemptive priority scheduling of a node's compute queues.
 *
 * From a doorbell to a preemption: an armed doorbell (kfd_gpreempt_rung()) or
 * the timer (monitor_timer()) wakes the worker (gpreempt_work()), which looks
 * again under the dqm lock and puts a batch together (kfd_gpreempt_act()), and
 * that is submitted (kfd_gpreempt_batch_commit()).
 */
#include <linux/slab.h>

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

/* ---- the worker ------------------------------------------------------ */

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
	return READ_ONCE(gp->enabled) && READ_ONCE(gp->started);
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

	return gp->enabled && (gp->started || gp->halted_since_ns);
}

static void arm_doorbells(struct kfd_gpreempt *gp, struct list_head *wanted,
			  bool quiet)
{
	if (list_empty(wanted) && !quiet)
		return;

	kfd_gpreempt_doorbells_arm(wanted);

	dqm_lock(gp->dqm);
	kfd_gpreempt_arm_end(gp, quiet);
	dqm_unlock(gp->dqm);
}

/* Who disables waits for a run of the worker that knew of it. */
static void set_settling(struct kfd_gpreempt *gp, bool settling)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	WRITE_ONCE(gp->settling, settling);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

static void gpreempt_work(struct kthread_work *work)
{
	struct kfd_gpreempt *gp = container_of(work, struct kfd_gpreempt, work);
	LIST_HEAD(wanted);
	bool quiet = false;
	bool running;

	kfd_gpreempt_arm_run_begin(gp);
	dqm_lock(gp->dqm);
	running = kfd_gpreempt_running(gp);
	if (running) {
		kfd_gpreempt_act(gp);
		if (kfd_gpreempt_running(gp))
			quiet = kfd_gpreempt_arm_begin(gp, &wanted);
	} else if (gp->started) {
		kfd_gpreempt_let_all_go(gp);
	}
	dqm_unlock(gp->dqm);

	arm_doorbells(gp, &wanted, quiet);
	kfd_gpreempt_sysfs_notify(gp);
	if (!running)
		set_settling(gp, false);
	wake_up_all(&gp->settled);
	kfd_gpreempt_arm_run_end(gp);
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
	unsigned long flags;
	int ret;

	lockdep_assert_held(&gp->control);

	ret = kfd_gpreempt_worker_create(gp);
	if (ret)
		return ret;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->reclassify = true;
	gp->place_due = true;
	gp->quiet = false;
	gp->debt = (struct kfd_gpreempt_debt) { .since_ns = ktime_get_ns() };
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	set_enabled(gp, true, KFD_GPREEMPT_EXIT_NONE);
	kthread_queue_work(gp->worker, &gp->work);
	return 0;
}

/* Queues that have to share HQDs can't do so without us. */
static bool is_needed(struct kfd_gpreempt *gp)
{
	return gp->mechanism->slot && READ_ONCE(gp->tracked) > gp->hqd_total;
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

	if (READ_ONCE(gp->enabled) && is_needed(gp))
		return -EBUSY;

	set_enabled(gp, false, KFD_GPREEMPT_EXIT_NONE);
	kfd_gpreempt_monitor_cancel(gp);

	if (!gp->worker)
		return 0;

	set_settling(gp, true);
	kthread_queue_work(gp->worker, &gp->work);
	return wait_event_timeout(gp->settled, !READ_ONCE(gp->settling) &&
				  !READ_ONCE(gp->off_queues),
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
	kfd_gpreempt_monitor_cancel(gp);
	trace_kfd_gpreempt_exit(gp->dqm->dev->id, reason);
	dev_warn_ratelimited(gp->dqm->dev->adev->dev,
			     "gpreempt turned itself off: %s\n",
			     kfd_gpreempt_exit_name(reason));
}

/* ---- with the dqm, while there is one --------------------------------- */

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
	gp->started = !gp->halted_since_ns;
	gp->place_due = true;
	gp->quiet = false;
	if (gp->worker)
		kthread_queue_work(gp->worker, &gp->work);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_start_nocpsch() - a dqm without a hardware scheduler has started
 * @dqm: the device queue manager
 *
 * Context: process; takes the dqm lock, which such a dqm starts without.
 */
void kfd_gpreempt_start_nocpsch(struct device_queue_manager *dqm)
{
	dqm_lock(dqm);
	kfd_gpreempt_start(dqm);
	dqm_unlock(dqm);
}

/**
 * kfd_gpreempt_stop() - the dqm is being stopped: suspend, reset or removal
 * @dqm: the device queue manager
 *
 * Lets go of every queue that is off, so that whatever starts the dqm again
 * maps them.
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
	gp->quiet = false;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	kfd_gpreempt_monitor_cancel(gp);
	kfd_gpreempt_release_all(gp);
	kfd_gpreempt_set_held(gp, false);
	wake_up_all(&gp->settled);
}

/* ---- coming and going with the dqm ------------------------------------ */

/* Without SOC15's doorbells and CWSR there is little to schedule with. */
static const struct kfd_gpreempt_mechanism *
mechanism_of(const struct device_queue_manager *dqm)
{
	if (!KFD_IS_SOC15(dqm->dev))
		return NULL;
	if (dqm->sched_policy == KFD_SCHED_POLICY_NO_HWS)
		return &kfd_gpreempt_nohws;
	if (dqm->dev->kfd->shared_resources.enable_mes)
		return &kfd_gpreempt_mes;
	return &kfd_gpreempt_cpsch;
}

static void free_scheduler(struct kfd_gpreempt *gp)
{
	mutex_destroy(&gp->control);
	kfd_gpreempt_hqd_fini(gp);
	kfree(gp->occupancy);
	kfree(gp);
}

/**
 * kfd_gpreempt_setup() - give a scheduler its locks, lists, timer and slots
 * @gp: zeroed
 * @dqm: the node's device queue manager
 * @mechanism: how its queues go off and on
 *
 * Its knobs are all 0 then.
 *
 * Context: process, may sleep. kfd_gpreempt_hqd_fini() undoes it.
 */
void kfd_gpreempt_setup(struct kfd_gpreempt *gp,
			struct device_queue_manager *dqm,
			const struct kfd_gpreempt_mechanism *mechanism)
{
	gp->dqm = dqm;
	gp->mechanism = mechanism;
	mutex_init(&gp->control);
	raw_spin_lock_init(&gp->lock);
	spin_lock_init(&gp->state_lock);
	INIT_LIST_HEAD(&gp->lc);
	INIT_LIST_HEAD(&gp->be);
	INIT_LIST_HEAD(&gp->system);
	init_waitqueue_head(&gp->settled);
	kthread_init_work(&gp->work, gpreempt_work);
	kfd_gpreempt_worker_init(gp);
	kfd_gpreempt_monitor_init(gp);
	kfd_gpreempt_hqd_init(gp);
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

	if (!mechanism_of(dqm))
		return;

	gp = kzalloc(sizeof(*gp), GFP_KERNEL);
	if (!gp)
		return;

	kfd_gpreempt_setup(gp, dqm, mechanism_of(dqm));
	kfd_gpreempt_knobs_init(gp);
	if (kfd_gpreempt_occupancy_init(gp)) {
		free_scheduler(gp);
		return;
	}
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

	kfd_gpreempt_debugfs_remove(gp);
	kfd_gpreempt_sysfs_detach(gp);

	mutex_lock(&gp->control);
	set_enabled(gp, false, KFD_GPREEMPT_EXIT_NONE);
	kfd_gpreempt_monitor_cancel(gp);
	kfd_gpreempt_worker_destroy(gp);
	mutex_unlock(&gp->control);

	dqm_lock(dqm);
	kfd_gpreempt_release_all(gp);
	kfd_gpreempt_set_held(gp, false);
	spin_lock_irq(&dqm->dev->interrupt_lock);
	dqm->dev->gpreempt = NULL;
	spin_unlock_irq(&dqm->dev->interrupt_lock);
	dqm_unlock(dqm);

	kfd_gpreempt_doorbells_detach(gp);
	free_scheduler(gp);
}

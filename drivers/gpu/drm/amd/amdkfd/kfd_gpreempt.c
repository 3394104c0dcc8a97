// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: preemptive priority scheduling of a node's compute queues.
 *
 * From a doorbell to a preemption: an armed doorbell faults (doorbell_fault()),
 * which lets the timer look now (kfd_gpreempt_woken(), monitor_timer()); that
 * wakes the worker (kfd_gpreempt_work()), which looks again under the dqm lock and
 * puts a batch together (kfd_gpreempt_act()), and that is submitted
 * (kfd_gpreempt_batch_commit(), submit_runlist()).
 */
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_gpreempt_trace.h"
#include "kfd_priv.h"

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
	gp->power.started = !gp->power.halted_since_ns;
	gp->due.place = true;
	gp->arming.quiet = false;
	kfd_gpreempt_worker_wake(gp);
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
	gp->power.started = false;
	gp->arming.quiet = false;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	kfd_gpreempt_timer_cancel(gp);
	kfd_gpreempt_release(gp);
	kfd_gpreempt_settle(gp, false);
}

/* ---- while the dqm is halted ------------------------------------------- */

/*
 * amdgpu halts it for a while so that graphics has the GPU to itself
 * (enforce_isolation). No queue is mapped then, but amdkfd goes on to count
 * queues as active or not, and submissions succeed without doing anything. So
 * nothing may be decided, and no time that passes may count for or against
 * anybody; what is off stays off.
 */

/*
 * A time from which something is measured, as if there had been no halt. It may
 * have begun while the dqm was halted.
 */
static void postpone(u64 *since_ns, u64 halted_ns, u64 now_ns)
{
	if (*since_ns)
		*since_ns = min(*since_ns + halted_ns, now_ns);
}

static void postpone_all(struct kfd_gpreempt *gp, u64 halted_ns, u64 now_ns)
{
	struct queue *q;

	lockdep_assert_held(&gp->lock);

	postpone(&gp->hold.since_ns, halted_ns, now_ns);
	postpone(&gp->hold.resumed_ns, halted_ns, now_ns);
	postpone(&gp->debt.since_ns, halted_ns, now_ns);
	postpone(&gp->service.accounted_ns, halted_ns, now_ns);
	postpone(&gp->seen.idle_since_ns, halted_ns, now_ns);
	postpone(&gp->inversion.detected_ns, halted_ns, now_ns);
	postpone(&gp->inversion.progress_from_ns, halted_ns, now_ns);
	list_for_each_entry(q, &gp->lc, gpreempt.node)
		postpone(&q->gpreempt.watch.stuck_since_ns, halted_ns, now_ns);
}

/**
 * kfd_gpreempt_halt() - the dqm has been halted: no queue is mapped any more
 * @dqm: the device queue manager
 *
 * Nothing is decided until kfd_gpreempt_unhalt().
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_halt(struct device_queue_manager *dqm)
{
	struct kfd_gpreempt *gp = dqm->dev->gpreempt;
	unsigned long flags;

	lockdep_assert_held(&dqm->lock_hidden);

	if (!gp || gp->power.halted_since_ns)
		return;

	kfd_gpreempt_account(gp);
	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->power.started = false;
	gp->power.halted_since_ns = ktime_get_ns();
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	kfd_gpreempt_timer_cancel(gp);
	kfd_gpreempt_halt_clocks(gp);
}

/**
 * kfd_gpreempt_unhalt() - the dqm is halted no more, and about to map its queues
 * @dqm: the device queue manager
 *
 * Nobody has waited meanwhile, neither LC nor BE.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_unhalt(struct device_queue_manager *dqm)
{
	struct kfd_gpreempt *gp = dqm->dev->gpreempt;
	unsigned long flags;
	u64 now_ns;

	lockdep_assert_held(&dqm->lock_hidden);

	if (!gp || !gp->power.halted_since_ns)
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	now_ns = ktime_get_ns();
	postpone_all(gp, now_ns - gp->power.halted_since_ns, now_ns);
	gp->power.halted_since_ns = 0;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	kfd_gpreempt_unhalt_clocks(gp);
	kfd_gpreempt_start(dqm);
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
	kfree(gp->occupancy.queues);
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
	gp->woken = kfd_gpreempt_woken;
	mutex_init(&gp->control);
	raw_spin_lock_init(&gp->lock);
	spin_lock_init(&gp->files.state_lock);
	INIT_LIST_HEAD(&gp->lc);
	INIT_LIST_HEAD(&gp->be);
	INIT_LIST_HEAD(&gp->system);
	init_waitqueue_head(&gp->power.settled);
	kthread_init_work(&gp->thread.work, kfd_gpreempt_work);
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
	kfd_gpreempt_switch_off(gp);
	kfd_gpreempt_worker_destroy(gp);
	mutex_unlock(&gp->control);

	dqm_lock(dqm);
	kfd_gpreempt_release(gp);
	spin_lock_irq(&dqm->dev->interrupt_lock);
	dqm->dev->gpreempt = NULL;
	spin_unlock_irq(&dqm->dev->interrupt_lock);
	dqm_unlock(dqm);

	kfd_gpreempt_doorbells_detach(gp);
	free_scheduler(gp);
}

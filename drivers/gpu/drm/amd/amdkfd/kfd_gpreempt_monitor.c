// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: when to look.
 *
 * The timer only samples the LC queues and asks the policy; what is to be done
 * is decided again by the worker, under the dqm lock, with a new sample.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_gpreempt_trace.h"
#include "kfd_priv.h"

/* Bounds the time with interrupts off, whatever the number of LC queues. */
static void sample_lc(struct kfd_gpreempt *gp, struct kfd_gpreempt_view *view)
{
	struct kfd_gpreempt_watch *watch;
	struct queue *q;
	bool pending;
	u64 rptr;

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (!q->gpreempt.rptr)
			continue;

		view->lc_tracked++;
		watch = &q->gpreempt.watch;
		if (!READ_ONCE(q->properties.is_active)) {
			watch->pending = false;
			continue;
		}

		view->lc_active++;
		pending = kfd_gpreempt_ring_pending(q, &rptr);
		kfd_gpreempt_watch_sample(watch, rptr, pending, view->now_ns);
		if (!pending)
			continue;

		view->lc_pending++;
		view->lc_stuck_ns = max(view->lc_stuck_ns,
					view->now_ns - watch->stuck_since_ns);
	}
}

/**
 * kfd_gpreempt_check() - sample the node and ask the policy
 * @gp: the node's scheduler
 *
 * Context: any; &kfd_gpreempt.lock held. The number of active BE queues is
 * exact under the dqm lock and an estimate without it.
 *
 * Return: what the policy wants.
 */
struct kfd_gpreempt_decision kfd_gpreempt_check(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_view view = {
		.now_ns = ktime_get_ns(),
		.be_held = gp->held,
		.be_tracked = gp->be_tracked,
	};
	u32 active = READ_ONCE(gp->dqm->active_cp_queue_count);

	lockdep_assert_held(&gp->lock);

	sample_lc(gp, &view);
	if (view.lc_pending)
		gp->lc_idle_since_ns = view.now_ns;
	view.lc_idle_ns = view.now_ns - gp->lc_idle_since_ns;
	view.be_active = active > view.lc_active ? active - view.lc_active : 0;

	return kfd_gpreempt_decide(&gp->knobs, &view);
}

static void arm_locked(struct kfd_gpreempt *gp, u64 delay_ns)
{
	lockdep_assert_held(&gp->lock);

	if (gp->enabled && gp->started && delay_ns)
		hrtimer_start(&gp->timer, ns_to_ktime(delay_ns),
			      HRTIMER_MODE_REL_HARD);
}

static enum hrtimer_restart monitor_timer(struct hrtimer *timer)
{
	struct kfd_gpreempt *gp = container_of(timer, struct kfd_gpreempt,
					       timer);
	struct kfd_gpreempt_decision decision;
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);

	gp->stats.checks++;
	decision = kfd_gpreempt_check(gp);
	if (decision.action == KFD_GPREEMPT_PREEMPT) {
		gp->stats.inversions++;
		trace_kfd_gpreempt_inversion(gp->dqm->dev->id, gp->seq + 1);
	}
	if (decision.action != KFD_GPREEMPT_NOTHING)
		kthread_queue_work(gp->worker, &gp->work);
	arm_locked(gp, decision.next_ns);

	raw_spin_unlock_irqrestore(&gp->lock, flags);

	/* Armed by hand, because the worker may do so at the same time. */
	return HRTIMER_NORESTART;
}

/**
 * kfd_gpreempt_monitor_arm() - let the next check happen after a delay
 * @gp: the node's scheduler
 * @delay_ns: delay in ns; 0: not before something else arms the timer
 *
 * Replaces the time of a check that is already due. Does nothing while the
 * scheduler is off or the dqm is stopped.
 *
 * Context: any.
 */
void kfd_gpreempt_monitor_arm(struct kfd_gpreempt *gp, u64 delay_ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	arm_locked(gp, delay_ns);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_monitor_kick() - check now
 * @gp: the node's scheduler
 *
 * Context: any.
 */
void kfd_gpreempt_monitor_kick(struct kfd_gpreempt *gp)
{
	kfd_gpreempt_monitor_arm(gp, 1);
}

/**
 * kfd_gpreempt_monitor_cancel() - stop the timer and wait for a running check
 * @gp: the node's scheduler, with @enabled or @started already false
 *
 * Context: process; not under &kfd_gpreempt.lock.
 */
void kfd_gpreempt_monitor_cancel(struct kfd_gpreempt *gp)
{
	hrtimer_cancel(&gp->timer);
}

/**
 * kfd_gpreempt_monitor_init() - prepare the timer
 * @gp: the node's scheduler, being initialised
 */
void kfd_gpreempt_monitor_init(struct kfd_gpreempt *gp)
{
	hrtimer_init(&gp->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	gp->timer.function = monitor_timer;
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the timer of a node's scheduler.
 */
#include <linux/hrtimer.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/**
 * kfd_gpreempt_timer_set() - let the next check happen after a delay
 * @gp: the node's scheduler
 * @delay_ns: delay in ns; 0: not before something else sets the timer
 *
 * Replaces the time of a check that is already due. Does nothing while the
 * scheduler is off or the dqm is stopped.
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_timer_set(struct kfd_gpreempt *gp, u64 delay_ns)
{
	lockdep_assert_held(&gp->lock);

	if (gp->power.enabled && gp->power.started && delay_ns)
		hrtimer_start(&gp->timer, ns_to_ktime(delay_ns),
			      HRTIMER_MODE_REL_HARD);
}

/**
 * kfd_gpreempt_timer_arm() - the same, for who does not hold the lock
 * @gp: the node's scheduler
 * @delay_ns: delay in ns, or 0
 *
 * Context: any.
 */
void kfd_gpreempt_timer_arm(struct kfd_gpreempt *gp, u64 delay_ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	kfd_gpreempt_timer_set(gp, delay_ns);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_timer_within() - let a check happen after a delay at the latest
 * @gp: the node's scheduler
 * @delay_ns: delay in ns, not 0
 *
 * Context: any.
 */
void kfd_gpreempt_timer_within(struct kfd_gpreempt *gp, u64 delay_ns)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	if (!hrtimer_is_queued(&gp->timer) ||
	    ktime_to_ns(hrtimer_get_remaining(&gp->timer)) > (s64)delay_ns)
		kfd_gpreempt_timer_set(gp, delay_ns);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_timer_kick() - check now
 * @gp: the node's scheduler
 *
 * Context: any.
 */
void kfd_gpreempt_timer_kick(struct kfd_gpreempt *gp)
{
	kfd_gpreempt_timer_arm(gp, 1);
}

/**
 * kfd_gpreempt_timer_cancel() - stop the timer and wait for a running check
 * @gp: the node's scheduler, with @enabled or @started already false
 *
 * Context: process; not under &kfd_gpreempt.lock.
 */
void kfd_gpreempt_timer_cancel(struct kfd_gpreempt *gp)
{
	hrtimer_cancel(&gp->timer);
}

/**
 * kfd_gpreempt_timer_init() - prepare the timer
 * @gp: the node's scheduler, being initialised
 * @check: what it does, in hard interrupt context
 */
void kfd_gpreempt_timer_init(struct kfd_gpreempt *gp,
			     enum hrtimer_restart (*check)(struct hrtimer *))
{
	hrtimer_init(&gp->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	gp->timer.function = check;
}

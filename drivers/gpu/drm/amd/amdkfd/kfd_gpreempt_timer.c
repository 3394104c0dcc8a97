// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: when a node's scheduler looks next: its timer, and who asks the
 * worker to look at everything again.
 */
#include <linux/hrtimer.h>
#include <linux/minmax.h>
#include <linux/timekeeping.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/*
 * A process may ask for a look so often at once, and once in so long on average.
 * What it asks for beyond that is done together, when it may ask again.
 */
#define ASK_BURST	32
#define ASK_INTERVAL_NS	(3 * NSEC_PER_MSEC)

/* ---- the timer ---------------------------------------------------------- */

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

/* ---- asking ------------------------------------------------------------- */

/* For the worker, when it runs next; @gp->lock held. */
static void place_again(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->lock);

	gp->due.place = true;
	if (gp->power.enabled || gp->count.off)
		kfd_gpreempt_worker_wake(gp);
}

/**
 * kfd_gpreempt_look_again() - let the worker look at everything again
 * @gp: the node's scheduler
 *
 * Context: any.
 */
void kfd_gpreempt_look_again(struct kfd_gpreempt *gp)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->arming.quiet = false;
	gp->verify.be_clear_until_ns = 0;
	place_again(gp);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/* Return: ns until the process may ask again; 0: it may now, and has. */
static u64 pay_for_asking(struct kfd_gpreempt_process *process, u64 now_ns)
{
	u64 credit_ns = ASK_BURST * ASK_INTERVAL_NS;

	if (now_ns > credit_ns)
		process->asked_ns = max(process->asked_ns, now_ns - credit_ns);
	if (process->asked_ns + ASK_INTERVAL_NS > now_ns)
		return process->asked_ns + ASK_INTERVAL_NS - now_ns;

	process->asked_ns += ASK_INTERVAL_NS;
	return 0;
}

/**
 * kfd_gpreempt_look_for() - the same, for what a program can do in a loop
 * @gp: the node's scheduler
 * @q: a queue of the process that has done it
 *
 * Context: any; nothing locked but the dqm.
 */
void kfd_gpreempt_look_for(struct kfd_gpreempt *gp, const struct queue *q)
{
	u64 now_ns = ktime_get_ns();
	unsigned long flags;
	u64 wait_ns;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->arming.quiet = false;
	gp->verify.be_clear_until_ns = 0;
	wait_ns = pay_for_asking(&q->gpreempt.pdd->gpreempt, now_ns);
	if (!wait_ns)
		place_again(gp);
	else if (!gp->due.place_at_ns)
		gp->due.place_at_ns = now_ns + wait_ns;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (wait_ns)
		kfd_gpreempt_timer_within(gp, wait_ns);
}

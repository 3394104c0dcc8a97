// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: while the queue manager is halted.
 *
 * amdgpu halts it for a while so that graphics has the GPU to itself
 * (enforce_isolation). No queue is mapped then, but amdkfd goes on to count
 * queues as active or not, and submissions succeed without doing anything. So
 * nothing may be decided, and no time that passes may count for or against
 * anybody; what is off stays off.
 */
#include <linux/minmax.h>
#include <linux/timekeeping.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

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

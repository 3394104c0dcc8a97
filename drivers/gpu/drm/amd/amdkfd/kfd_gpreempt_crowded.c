// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: BE that gets no compute units although it is mapped.
 *
 * LC's workgroups are launched first by the priority of its queues. While LC waits
 * for BE rather than have it preempted, it may so leave it nothing at all. That is
 * waiting as being held is, and is made up for in the same way.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* The hardware is asked so often while BE may wait for be_max_wait_us. */
#define LOOKS		8

/* And asking takes a part of the time of no more than one in so many. */
#define ASK_SHARE	256

/* ---- when to look -------------------------------------------------------- */

/* LC has done something since, or is about to. */
static bool lc_is_busy(const struct kfd_gpreempt *gp)
{
	return gp->seen.pending || gp->seen.progress != gp->crowded.progress;
}

/**
 * kfd_gpreempt_crowded_due() - is it time to ask the hardware again?
 * @gp: the node's scheduler
 * @now_ns: now
 *
 * Context: any; &kfd_gpreempt.lock held.
 *
 * Return: true if kfd_gpreempt_crowded_update() should be called.
 */
bool kfd_gpreempt_crowded_due(struct kfd_gpreempt *gp, u64 now_ns)
{
	if (!gp->occupancy.queues || !gp->knobs.be_max_wait_us ||
	    gp->hold.held || now_ns < gp->crowded.at_ns)
		return false;

	if (gp->crowded.out)
		return true;

	return gp->count.be_active && lc_is_busy(gp) &&
	       !kfd_gpreempt_sample_be_empty(gp);
}

/**
 * kfd_gpreempt_crowded_look_ns() - when to look whether BE still gets nothing
 * @gp: the node's scheduler
 * @now_ns: now
 *
 * Context: any; &kfd_gpreempt.lock held.
 *
 * Return: ns from now; 0: not for that.
 */
u64 kfd_gpreempt_crowded_look_ns(const struct kfd_gpreempt *gp, u64 now_ns)
{
	if (!gp->crowded.out || gp->hold.held)
		return 0;

	return now_ns < gp->crowded.at_ns ? gp->crowded.at_ns - now_ns : 1;
}

/* ---- what is seen -------------------------------------------------------- */

/* With what the hardware has just said */
static bool gets_nothing(struct kfd_gpreempt *gp)
{
	struct queue *q;
	bool wants = false;

	/* Else a compute unit is empty: it waits for something else. */
	if (kfd_gpreempt_occupancy_waves(gp) < kfd_gpreempt_cus(gp))
		return false;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (!q->properties.is_active)
			continue;
		if (kfd_gpreempt_occupancy_of(gp, q))
			return false;
		wants |= kfd_gpreempt_is_watchable(q) &&
			 kfd_gpreempt_ring_pending(q);
	}
	return wants;
}

/**
 * kfd_gpreempt_crowded_update() - does BE get any compute units?
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_crowded_update(struct kfd_gpreempt *gp)
{
	bool out = false, was_out;
	unsigned long flags;
	u64 gap_ns;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	raw_spin_lock_irqsave(&gp->lock, flags);
	was_out = gp->crowded.out;
	if (!kfd_gpreempt_crowded_due(gp, ktime_get_ns())) {
		raw_spin_unlock_irqrestore(&gp->lock, flags);
		return;
	}
	gp->crowded.progress = gp->seen.progress;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (kfd_gpreempt_occupancy_read(gp))
		out = gets_nothing(gp);
	/* Those that have the compute units are to blame. */
	if (out)
		kfd_gpreempt_seen_running(gp);
	else if (was_out)
		kfd_gpreempt_seen_forget_running(gp);

	gap_ns = max((u64)READ_ONCE(gp->knobs.be_max_wait_us) * NSEC_PER_USEC /
		     LOOKS, ASK_SHARE * gp->occupancy.ask_cost_ns);
	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->crowded.out = out;
	gp->crowded.at_ns = ktime_get_ns() + gap_ns;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_crowded_end() - BE is held, or has just been given compute units
 * @gp: the node's scheduler
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_crowded_end(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->lock);

	gp->crowded.out = false;
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: what was decided from rings is checked with the hardware.
 *
 * A ring tells what was launched, not what runs, and that a queue waits, not for
 * what. Which queues have waves only registers say, and reading them takes some
 * tens of us for each XCC: it is done when a decision depends on it, by the
 * worker, and not again at once. Where the hardware can't say, the rings decide.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_seen.h"
#include "kfd_gpreempt_trace.h"
#include "kfd_priv.h"

/* What was asked and said "wait" is asked again after this time, and later. */
#define ASK_MIN_NS	(25 * NSEC_PER_USEC)

/* Asking takes a part of the time of no more than one in so many. */
#define ASK_SHARE	16

/* What has run for long is asked less often: it ends so much of that too late. */
#define RUN_SHARE	4

static u64 ask_gap_ns(struct kfd_gpreempt *gp, u64 gap_ns)
{
	u64 most_ns = (u64)READ_ONCE(gp->knobs.lc_interval_us) * NSEC_PER_USEC;

	return max3(min(gap_ns, most_ns), (u64)ASK_MIN_NS,
		    ASK_SHARE * gp->occupancy.ask_cost_ns);
}

/* ---- is the LC work done? ---------------------------------------------- */

/* A read pointer moves when a kernel is launched, not when it ends. */
static bool is_drained(struct kfd_gpreempt *gp, bool asked)
{
	unsigned long flags;
	u64 now_ns, gap_ns;

	if (!asked || !kfd_gpreempt_seen_running(gp))
		return true;

	raw_spin_lock_irqsave(&gp->lock, flags);
	now_ns = ktime_get_ns();
	gap_ns = ask_gap_ns(gp, (now_ns - gp->seen.idle_since_ns) / RUN_SHARE);
	gp->verify.lc_runs_until_ns = now_ns + gap_ns;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return false;
}

/* ---- does an LC queue wait for compute units? -------------------------- */

/* Return: true if it does, as far as its next packet says. */
static bool waits_for_cus(struct kfd_gpreempt *gp, struct queue *q)
{
	u64 rptr = READ_ONCE(q->gpreempt.watch.rptr);
	bool waits;

	/* Whatever LC waits for, it is believed. */
	if (!READ_ONCE(gp->knobs.lc_progress_timeout_us))
		return true;

	waits = kfd_gpreempt_waits_at_barrier(q, rptr);
	return kfd_gpreempt_seen_barrier(gp, q, rptr, waits);
}

/* For so many that wait at once it is found out, in the order of the list. */
#define PACKETS_MAX	8

static bool does_any_wait_for_cus(struct kfd_gpreempt *gp)
{
	u32 left = PACKETS_MAX;
	struct queue *q;

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (!(READ_ONCE(q->gpreempt.seen) & SEEN_PENDING))
			continue;
		if (!left-- || waits_for_cus(gp, q))
			return true;
	}
	return READ_ONCE(gp->seen.pending);
}

/* Decides by the last sample; the timer may take the next one at any time. */
static bool is_overdue(struct kfd_gpreempt *gp, struct queue *q)
{
	struct kfd_gpreempt_watch *watch = &q->gpreempt.watch;
	unsigned long flags;
	bool overdue;

	raw_spin_lock_irqsave(&gp->lock, flags);
	overdue = watch->pending && !watch->blocked &&
		  kfd_gpreempt_watch_overdue(&gp->knobs, watch,
					     gp->occupancy.queues,
					     gp->hold.since_ns, ktime_get_ns());
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return overdue;
}

/*
 * It has waves: a kernel that is being launched. Or others have so many that
 * there may be no room for its own: with fewer waves than compute units one of
 * these is empty.
 */
static bool may_wait_for_cus(struct kfd_gpreempt *gp, const struct queue *q)
{
	return kfd_gpreempt_occupancy_of(gp, q) ||
	       kfd_gpreempt_occupancy_waves(gp) >= kfd_gpreempt_cus(gp);
}

static void ask_again(struct kfd_gpreempt *gp, struct queue *q)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	kfd_gpreempt_watch_asked(&q->gpreempt.watch, gp->occupancy.ask_cost_ns,
				 ktime_get_ns());
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

static void block(struct kfd_gpreempt *gp, struct queue *q)
{
	unsigned long flags;
	u64 now_ns, stuck_ns;

	raw_spin_lock_irqsave(&gp->lock, flags);
	now_ns = ktime_get_ns();
	stuck_ns = now_ns - q->gpreempt.watch.stuck_since_ns;
	kfd_gpreempt_seen_block(gp, q, now_ns);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	kfd_gpreempt_count(&q->gpreempt.stats.guards);
	trace_kfd_gpreempt_guard(q->device->id, gp->hold.seq,
				 q->process->lead_thread->pid,
				 q->properties.queue_id, stuck_ns);
}

/* BE stays held for the others, if there are any, and while kernels of LC run. */
static bool is_blocked(struct kfd_gpreempt *gp)
{
	bool can_ask = kfd_gpreempt_occupancy_read(gp);
	struct queue *q;
	u32 blocked = 0;

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (!kfd_gpreempt_is_watchable(q) || !is_overdue(gp, q))
			continue;
		/* Behind a kernel of its own that runs, whatever that is */
		if (!(can_ask && kfd_gpreempt_occupancy_of(gp, q)) &&
		    !waits_for_cus(gp, q)) {
			blocked++;
			continue;
		}
		if (can_ask && may_wait_for_cus(gp, q)) {
			ask_again(gp, q);
			continue;
		}
		block(gp, q);
		blocked++;
	}
	return blocked && !READ_ONCE(gp->seen.pending) && is_drained(gp, can_ask);
}

/* ---- is BE in the way? ------------------------------------------------- */

/*
 * An empty ring and no waves: such a queue takes nothing from anybody. Only its ring
 * is known before the hardware is asked, and where it can't say any may have waves.
 */
enum asked { NOT_YET, IN_VAIN, ANSWERED };

static bool is_in_the_way(const struct kfd_gpreempt *gp, struct queue *q,
			  enum asked asked)
{
	if (asked == IN_VAIN || !kfd_gpreempt_is_watchable(q) ||
	    kfd_gpreempt_ring_pending(q))
		return true;

	return asked == ANSWERED && kfd_gpreempt_occupancy_of(gp, q);
}

static bool is_be_in_the_way(struct kfd_gpreempt *gp, enum asked asked)
{
	struct queue *q;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (q->properties.is_active && kfd_gpreempt_is_preemptible(q) &&
		    is_in_the_way(gp, q, asked))
			return true;
	}
	return false;
}

static bool is_lower_lc_in_the_way(struct kfd_gpreempt *gp, enum asked asked)
{
	struct queue *q;

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (q->properties.is_active && kfd_gpreempt_is_lowerable(q) &&
		    q->properties.priority < READ_ONCE(gp->inversion.grade) &&
		    is_in_the_way(gp, q, asked))
			return true;
	}
	return false;
}

static bool is_any_in_the_way(struct kfd_gpreempt *gp)
{
	enum asked asked;

	if (is_be_in_the_way(gp, NOT_YET))
		return true;

	asked = kfd_gpreempt_occupancy_read(gp) ? ANSWERED : IN_VAIN;
	return is_be_in_the_way(gp, asked) || is_lower_lc_in_the_way(gp, asked);
}

static void count_inversion(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_name lc;
	unsigned long flags;
	u64 stuck_ns;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->verify.be_clear_gap_ns = 0;
	gp->stats.inversions++;
	kfd_gpreempt_mix_preempted(gp);
	lc = gp->inversion.waiting;
	stuck_ns = gp->inversion.stuck_ns;
	kfd_gpreempt_latency_add(&gp->latency[KFD_GPREEMPT_STAGE_DETECT],
				 stuck_ns);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	trace_kfd_gpreempt_inversion(gp->dqm->dev->id, gp->hold.seq + 1, &lc,
				     stuck_ns);
}

static bool is_inverted(struct kfd_gpreempt *gp)
{
	unsigned long flags;
	u64 gap_ns;

	if (!does_any_wait_for_cus(gp))
		return false;

	if (is_any_in_the_way(gp)) {
		kfd_gpreempt_arm_inverted(gp);
		count_inversion(gp);
		return true;
	}

	raw_spin_lock_irqsave(&gp->lock, flags);
	gap_ns = ask_gap_ns(gp, 2 * gp->verify.be_clear_gap_ns);
	gp->verify.be_clear_gap_ns = gap_ns;
	gp->verify.be_clear_until_ns = ktime_get_ns() + gap_ns;
	gp->inversion.detected_ns = 0;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return false;
}

/**
 * kfd_gpreempt_verify() - does the hardware bear out what the rings say?
 * @gp: the node's scheduler
 * @decision: what the policy wants
 *
 * Context: process; dqm lock held.
 *
 * Return: false if nothing is to be done after all. The policy is told why, and
 * when asked again says when to look next.
 */
bool kfd_gpreempt_verify(struct kfd_gpreempt *gp,
			 const struct kfd_gpreempt_decision *decision)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);

	switch (decision->cause) {
	case KFD_GPREEMPT_CAUSE_INVERSION:
		return is_inverted(gp);
	case KFD_GPREEMPT_CAUSE_BLOCKED:
		return is_blocked(gp);
	case KFD_GPREEMPT_CAUSE_DRAINED:
		return !decision->ask ||
		       is_drained(gp, kfd_gpreempt_occupancy_read(gp));
	default:
		return true;
	}
}

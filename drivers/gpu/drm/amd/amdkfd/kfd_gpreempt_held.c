// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: BE is off for LC's sake: since when, and what it loses by that.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/**
 * kfd_gpreempt_set_grade() - which LC queues are BE from now on
 * @gp: the node's scheduler
 * @grade: those of a lower priority; 0: none
 *
 * Until they are classified again all are what they were.
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_set_grade(struct kfd_gpreempt *gp, u32 grade)
{
	lockdep_assert_held(&gp->lock);

	if (gp->hold.grade == grade)
		return;

	gp->hold.grade = grade;
	gp->due.reclassify = true;
}

/* ---- what it loses ------------------------------------------------------- */

/*
 * Where waves run to their end before a queue is off, one whose ring is empty has
 * lost nothing. Where they are saved it may have been in the middle of work.
 */
static bool loses_by_it(struct kfd_gpreempt *gp)
{
	struct queue *q;

	if (kfd_gpreempt_saves_waves(gp))
		return true;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (!kfd_gpreempt_is_watchable(q) || kfd_gpreempt_ring_pending(q))
			return true;
	}
	return false;
}

/* In which it can't begin anything new, or runs nothing at all */
static u64 switch_ns(const struct kfd_gpreempt *gp)
{
	return kfd_gpreempt_saves_waves(gp) ? kfd_gpreempt_restore_ns(gp) :
					      gp->hold.save_ns;
}

/**
 * kfd_gpreempt_lost_ns() - for how long BE has not run because of preemptions
 * @gp: the node's scheduler
 * @now_ns: now
 *
 * Context: any; &kfd_gpreempt.lock held.
 *
 * Return: ns, in sum, restoring included.
 */
u64 kfd_gpreempt_lost_ns(const struct kfd_gpreempt *gp, u64 now_ns)
{
	lockdep_assert_held(&gp->lock);

	return gp->hold.lost_ns + (gp->hold.held && gp->hold.loses ?
				   now_ns - gp->hold.since_ns : 0);
}

/* ---- it begins, and ends ------------------------------------------------- */

/**
 * kfd_gpreempt_set_taking() - BE is taken off from now on, or is not
 * @gp: the node's scheduler
 * @taking: which of the two
 * @now_ns: now
 *
 * Where its waves run to their end it is known afterwards what BE had of that.
 *
 * Context: process; dqm lock and &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_set_taking(struct kfd_gpreempt *gp, bool taking, u64 now_ns)
{
	bool saves = kfd_gpreempt_saves_waves(gp);

	lockdep_assert_held(&gp->lock);

	gp->hold.taking = taking && saves;
	kfd_gpreempt_debt_update(&gp->debt, &gp->knobs,
				 gp->hold.taking || gp->debt.held, now_ns);
	gp->hold.drains = taking && !saves;
	if (gp->hold.drains)
		gp->debt.restore_ns = U64_MAX;
}

/* What did not count while waves ran to their end was waiting if BE has more to do. */
static void end_taking(struct kfd_gpreempt *gp, bool loses)
{
	gp->hold.taking = false;
	if (!gp->hold.drains)
		return;

	if (loses)
		gp->debt.waited_ns += U64_MAX - gp->debt.restore_ns;
	gp->debt.restore_ns = 0;
	gp->hold.drains = false;
}

static void begin(struct kfd_gpreempt *gp, bool loses, u64 now_ns)
{
	gp->hold.since_ns = now_ns;
	gp->hold.loses = loses;
}

static void end(struct kfd_gpreempt *gp, u64 now_ns)
{
	u64 held_ns = now_ns - gp->hold.since_ns;

	gp->stats.be_held_ns += held_ns;
	gp->hold.resumed_ns = now_ns;
	gp->inversion.progress_from_ns = 0;
	if (gp->hold.loses)
		gp->hold.lost_ns += held_ns + switch_ns(gp);
	gp->debt.restore_ns = kfd_gpreempt_restore_ns(gp);
}

/**
 * kfd_gpreempt_set_held() - note that BE is held off, or is not any more
 * @gp: the node's scheduler
 * @held: which of the two
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_set_held(struct kfd_gpreempt *gp, bool held)
{
	bool loses = held && loses_by_it(gp);
	u64 now_ns = ktime_get_ns();
	unsigned long flags;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	raw_spin_lock_irqsave(&gp->lock, flags);
	kfd_gpreempt_debt_update(&gp->debt, &gp->knobs, held, now_ns);
	end_taking(gp, loses);
	if (held && !gp->hold.held)
		begin(gp, loses, now_ns);
	else if (!held && gp->hold.held)
		end(gp, now_ns);
	kfd_gpreempt_crowded_end(gp);
	if (!held)
		kfd_gpreempt_set_grade(gp, 0);
	gp->verify.lc_runs_until_ns = 0;
	WRITE_ONCE(gp->hold.held, held);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (!held)
		kfd_gpreempt_seen_forget_running(gp);
}

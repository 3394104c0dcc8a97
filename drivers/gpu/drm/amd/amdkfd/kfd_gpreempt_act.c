// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: what the worker does.
 *
 * It looks again at what the timer saw, and all that is due becomes one batch.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_plan.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_gpreempt_trace.h"
#include "kfd_priv.h"

/* When something is still to be done after a batch: not at once, or for ever. */
#define RETRY_NS	(50 * NSEC_PER_USEC)

/* And after a failure: what ends it, a reset or memory, takes its time. */
#define FAILED_RETRY_NS	(10 * NSEC_PER_MSEC)

/**
 * kfd_gpreempt_commit() - make the changes that were put together
 * @gp: the node's scheduler
 * @batch: as for kfd_gpreempt_batch_commit()
 *
 * After a failure BE is not held any more, and the scheduler may have turned
 * itself off.
 *
 * Context: process; dqm lock held. Waits for waves to be saved.
 *
 * Return: 0 or a negative errno.
 */
int kfd_gpreempt_commit(struct kfd_gpreempt *gp,
			struct kfd_gpreempt_batch *batch)
{
	int ret;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	kfd_gpreempt_spin_begin(gp);
	ret = kfd_gpreempt_batch_commit(gp, batch);
	kfd_gpreempt_spin_end(gp);
	kfd_gpreempt_recount(gp);
	kfd_gpreempt_mix_update(gp);
	if (!ret)
		return 0;

	if (batch->exit != KFD_GPREEMPT_EXIT_NONE)
		kfd_gpreempt_exit(gp, batch->exit);
	kfd_gpreempt_set_held(gp, false);
	return ret;
}

/**
 * kfd_gpreempt_release() - let go of every queue without a submission
 * @gp: the node's scheduler
 *
 * As kfd_gpreempt_release_all(), of which it takes note.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_release(struct kfd_gpreempt *gp)
{
	kfd_gpreempt_release_all(gp);
	kfd_gpreempt_cus_release(gp);
	kfd_gpreempt_recount(gp);
	kfd_gpreempt_set_held(gp, false);
}

/* ---- what to change ---------------------------------------------------- */

static void choose_grade(struct kfd_gpreempt *gp,
			 const struct kfd_gpreempt_decision *decision)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	if (decision->action == KFD_GPREEMPT_PREEMPT)
		kfd_gpreempt_set_grade(gp, max(gp->hold.grade, gp->inversion.grade));
	else if (decision->action == KFD_GPREEMPT_RESUME || !gp->hold.held)
		kfd_gpreempt_set_grade(gp, 0);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

static void mark(struct kfd_gpreempt *gp,
		 const struct kfd_gpreempt_decision *decision)
{
	struct kfd_gpreempt_plan plan =
		kfd_gpreempt_plan(decision, gp->hold.held, gp->due.place);

	if (plan.preempt)
		gp->hold.seq++;
	kfd_gpreempt_carry_out(gp, &plan);
}

/* ---- and what has changed ---------------------------------------------- */

/*
 * What was known when the batch was decided upon. Once it is under way, the timer
 * may see the inversion go, and another one come.
 */
struct decided {
	u64 now_ns;
	u64 detected_ns;
};

static void add_stage(struct kfd_gpreempt *gp, enum kfd_gpreempt_stage stage,
		      u64 ns)
{
	kfd_gpreempt_latency_add(&gp->latency[stage], ns);
}

static void note_preempted(struct kfd_gpreempt *gp,
			   const struct kfd_gpreempt_batch *batch,
			   const struct decided *decided)
{
	u64 now_ns = ktime_get_ns();

	lockdep_assert_held(&gp->lock);

	gp->stats.preemptions++;
	gp->stats.queues_preempted += batch->off;
	gp->stats.preempt_ns += batch->duration_ns;
	gp->hold.save_ns = batch->duration_ns;
	if (decided->detected_ns)
		add_stage(gp, KFD_GPREEMPT_STAGE_DECIDE,
			  decided->now_ns - decided->detected_ns);
	add_stage(gp, KFD_GPREEMPT_STAGE_SUBMIT,
		  now_ns - batch->duration_ns - decided->now_ns);
	add_stage(gp, KFD_GPREEMPT_STAGE_ACKNOWLEDGE, batch->duration_ns);
	gp->inversion.began_ns = decided->detected_ns ?: decided->now_ns;
	gp->inversion.detected_ns = 0;
	gp->inversion.progress_from_ns = now_ns;
}

static void note_resumed(struct kfd_gpreempt *gp,
			 const struct kfd_gpreempt_batch *batch)
{
	lockdep_assert_held(&gp->lock);

	gp->stats.resumes++;
	gp->stats.queues_resumed += batch->on;
	gp->stats.resume_ns += batch->duration_ns;
	add_stage(gp, KFD_GPREEMPT_STAGE_RESUME, batch->duration_ns);
}

static void count_cause(struct kfd_gpreempt *gp, enum kfd_gpreempt_cause cause)
{
	lockdep_assert_held(&gp->lock);

	switch (cause) {
	case KFD_GPREEMPT_CAUSE_STARVED:
		gp->stats.starvations++;
		break;
	case KFD_GPREEMPT_CAUSE_BLOCKED:
		gp->stats.guards++;
		gp->stats.guard_ns += ktime_get_ns() - gp->hold.since_ns;
		break;
	default:
		break;
	}
}

static void note(struct kfd_gpreempt *gp,
		 const struct kfd_gpreempt_decision *decision,
		 const struct kfd_gpreempt_batch *batch,
		 const struct decided *decided)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	if (decision->action == KFD_GPREEMPT_PREEMPT && batch->off)
		note_preempted(gp, batch, decided);
	else if (decision->action == KFD_GPREEMPT_RESUME && batch->on)
		note_resumed(gp, batch);
	else if (decision->action == KFD_GPREEMPT_ROTATE &&
		 (batch->off || batch->on))
		gp->stats.rotations++;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (decision->action == KFD_GPREEMPT_PREEMPT)
		kfd_gpreempt_set_held(gp, true);
	else if (decision->action == KFD_GPREEMPT_RESUME)
		kfd_gpreempt_set_held(gp, false);
}

static enum kfd_gpreempt_cause
cause_of(struct kfd_gpreempt *gp, const struct kfd_gpreempt_decision *decision)
{
	if (decision->cause != KFD_GPREEMPT_CAUSE_NONE)
		return decision->cause;
	if (gp->count.in_debt && !gp->debt.owed)
		return KFD_GPREEMPT_CAUSE_REPAID;
	if (gp->due.reclassify)
		return KFD_GPREEMPT_CAUSE_CLASS;
	return gp->due.place ? KFD_GPREEMPT_CAUSE_SLOTS :
			       KFD_GPREEMPT_CAUSE_IDLE;
}

static int make_batch(struct kfd_gpreempt *gp,
		      const struct kfd_gpreempt_decision *decision)
{
	struct kfd_gpreempt_batch batch = { .cause = cause_of(gp, decision) };
	struct decided decided;
	unsigned long flags;
	int ret;

	kfd_gpreempt_batch_begin(gp);
	kfd_gpreempt_account(gp);
	choose_grade(gp, decision);
	kfd_gpreempt_apply_classes(gp);
	kfd_gpreempt_wake(gp);

	raw_spin_lock_irqsave(&gp->lock, flags);
	decided.now_ns = ktime_get_ns();
	decided.detected_ns = gp->inversion.detected_ns;
	gp->due.scan = false;
	kfd_gpreempt_set_taking(gp, decision->action == KFD_GPREEMPT_PREEMPT,
				decided.now_ns);
	count_cause(gp, batch.cause);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (batch.cause == KFD_GPREEMPT_CAUSE_STARVED)
		kfd_gpreempt_call_debt(gp);
	mark(gp, decision);
	kfd_gpreempt_mark_debts(gp);
	kfd_gpreempt_deactivate(gp);

	ret = kfd_gpreempt_commit(gp, &batch);
	if (!ret)
		note(gp, decision, &batch, &decided);
	return ret;
}

static void undo_false_idle(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_batch batch = { .cause = KFD_GPREEMPT_CAUSE_IDLE };

	kfd_gpreempt_batch_begin(gp);
	if (kfd_gpreempt_wake_false_idle(gp))
		kfd_gpreempt_commit(gp, &batch);
}

/*
 * Masks take effect when queues are mapped: those that are mapped now come off for
 * a moment. Others, such as those that LC holds off, lose nothing by it.
 */
static int change_cu_masks(struct kfd_gpreempt *gp, bool *changed)
{
	struct kfd_gpreempt_batch batch = { .cause = KFD_GPREEMPT_CAUSE_CUS };
	int ret;

	kfd_gpreempt_batch_begin(gp);
	*changed = kfd_gpreempt_cus_mark(gp);
	if (!*changed)
		return 0;

	ret = kfd_gpreempt_commit(gp, &batch);
	if (ret)
		return ret;

	kfd_gpreempt_cus_write(gp);
	return kfd_gpreempt_commit(gp, &batch);
}

/*
 * Who falls asleep and who wakes up is found out by looking at all BE queues, and
 * each change of slots is a runlist. Where nobody but BE waits for it the worker
 * spends one part in so many of its time on that. BE waits no longer than this for it.
 */
#define CHORES_SHARE	32
#define CHORES_MAX_NS	(10ULL * NSEC_PER_MSEC)

static bool has_chores(struct kfd_gpreempt *gp, u64 now_ns)
{
	unsigned long flags;
	bool due;

	raw_spin_lock_irqsave(&gp->lock, flags);
	due = gp->due.reclassify || gp->due.place || gp->seen.asleep_pending ||
	      kfd_gpreempt_debts_due(gp);
	if (!due && now_ns >= gp->due.chores_ns)
		due = gp->due.scan || gp->count.asleep_be ||
		      gp->count.asleep_deaf || gp->count.slots_short ||
		      gp->knobs.auto_deactivate_us;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return due;
}

static void note_chores(struct kfd_gpreempt *gp, u64 began_ns)
{
	unsigned long flags;
	u64 now_ns;

	raw_spin_lock_irqsave(&gp->lock, flags);
	now_ns = ktime_get_ns();
	gp->due.chores_ns = now_ns + min(CHORES_SHARE * (now_ns - began_ns),
					 CHORES_MAX_NS);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_act() - check again, and do what is to be done
 * @gp: the node's scheduler, running
 *
 * Context: process; dqm lock held. Waits for waves to be saved.
 */
void kfd_gpreempt_act(struct kfd_gpreempt *gp)
{
	const struct kfd_gpreempt_decision nothing = {};
	struct kfd_gpreempt_decision decision;
	u64 retry_ns = RETRY_NS;
	u32 asleep = gp->count.asleep;
	u64 began_ns = ktime_get_ns();
	bool due, masks;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	gp->runlist.thins = true;
	kfd_gpreempt_recount(gp);
	kfd_gpreempt_mix_update(gp);
	kfd_gpreempt_hear_rings(gp);
	kfd_gpreempt_crowded_update(gp);
	decision = kfd_gpreempt_check(gp);
	due = decision.action != KFD_GPREEMPT_NOTHING;
	if (due && !kfd_gpreempt_verify(gp, &decision))
		decision = nothing;
	if (decision.action != KFD_GPREEMPT_NOTHING ||
	    has_chores(gp, began_ns)) {
		if (make_batch(gp, &decision))
			retry_ns = FAILED_RETRY_NS;
		if (gp->count.asleep > asleep)
			undo_false_idle(gp);
		note_chores(gp, began_ns);
		due = true;
	}
	kfd_gpreempt_cus_decide(gp);
	if (change_cu_masks(gp, &masks))
		retry_ns = FAILED_RETRY_NS;
	if (due || masks)
		decision = kfd_gpreempt_check(gp);

	kfd_gpreempt_timer_arm(gp, decision.action != KFD_GPREEMPT_NOTHING ?
				     retry_ns : decision.next_ns);
}

/*
 * The scheduler is off: put every queue back that it has taken off. Without a
 * hardware scheduler a queue stays off while there is no HQD for it.
 */
static void let_all_go(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_batch batch = { .cause = KFD_GPREEMPT_CAUSE_OFF };
	struct list_head *list;
	struct queue *q;
	bool masks;
	int i;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	gp->runlist.thins = false;
	kfd_gpreempt_recount(gp);
	kfd_gpreempt_cus_none(gp);
	change_cu_masks(gp, &masks);
	if (!gp->count.off && !gp->hold.held && !gp->runlist.unmapped)
		return;

	kfd_gpreempt_batch_begin(gp);
	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node)
			q->gpreempt.next_off = 0;
	}
	if (!kfd_gpreempt_commit(gp, &batch) && batch.on) {
		raw_spin_lock_irq(&gp->lock);
		note_resumed(gp, &batch);
		raw_spin_unlock_irq(&gp->lock);
	}
	kfd_gpreempt_set_held(gp, false);
}

/* ---- the worker ------------------------------------------------------ */

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

/**
 * kfd_gpreempt_work() - what the worker does when it is woken
 * @work: of the node's scheduler
 *
 * Context: the node's worker.
 */
void kfd_gpreempt_work(struct kthread_work *work)
{
	struct kfd_gpreempt *gp = container_of(work, struct kfd_gpreempt,
					       thread.work);
	LIST_HEAD(wanted);
	bool quiet = false;
	bool running;

	kfd_gpreempt_worker_run_begin(gp);
	dqm_lock(gp->dqm);
	running = kfd_gpreempt_running(gp);
	if (running) {
		kfd_gpreempt_act(gp);
		if (kfd_gpreempt_running(gp))
			quiet = kfd_gpreempt_arm_begin(gp, &wanted);
	} else if (gp->power.started) {
		let_all_go(gp);
	}
	dqm_unlock(gp->dqm);

	arm_doorbells(gp, &wanted, quiet);
	kfd_gpreempt_notify(gp);
	kfd_gpreempt_settle(gp, !running);
	kfd_gpreempt_worker_run_end(gp);
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: LC queues step back while their process owes BE a quantum.
 *
 * Beside mapped LC queues BE gets what they leave, which may be nothing: they
 * are first at the compute units by their priority. So they are off for the
 * quantum, and those of other processes are not.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* Who pays is looked at again when BE has waited for so much longer. */
#define LOOK_SHARE	16

/* Each LC process once */
static bool is_first_of_process(struct kfd_gpreempt *gp, struct queue *q)
{
	struct kfd_gpreempt_process *process = &q->gpreempt.pdd->gpreempt;

	if (process->debt_round == gp->repay.round)
		return false;

	process->debt_round = gp->repay.round;
	return true;
}

/**
 * kfd_gpreempt_call_debt() - BE has waited for too long: who made it wait?
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_call_debt(struct kfd_gpreempt *gp)
{
	u64 ns, caused_ns = 0;
	unsigned long flags;
	u32 processes = 0;
	struct queue *q;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	gp->repay.round++;
	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (!is_first_of_process(gp, q))
			continue;
		raw_spin_lock_irqsave(&gp->lock, flags);
		ns = kfd_gpreempt_blame_ns(&q->gpreempt.pdd->gpreempt.blame,
					   &gp->debt);
		raw_spin_unlock_irqrestore(&gp->lock, flags);
		caused_ns += ns;
		processes += !!ns;
	}

	raw_spin_lock_irqsave(&gp->lock, flags);
	kfd_gpreempt_debt_call(&gp->debt, caused_ns, processes);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_pays() - must an LC queue be off for BE's sake?
 * @gp: the node's scheduler
 * @q: a queue
 *
 * Context: process; dqm lock held.
 *
 * Return: true while its process owes BE a quantum, unless the queue may not be
 * taken off.
 */
bool kfd_gpreempt_pays(struct kfd_gpreempt *gp, const struct queue *q)
{
	const struct kfd_gpreempt_queue *gq = &q->gpreempt;
	unsigned long flags;
	bool pays;

	if (gq->class != KFD_GPREEMPT_LC || gq->refuses ||
	    !(gq->policy & KFD_GPREEMPT_PREEMPTIBLE))
		return false;

	raw_spin_lock_irqsave(&gp->lock, flags);
	pays = kfd_gpreempt_blame_pays(&gq->pdd->gpreempt.blame, &gp->debt,
				       &gp->knobs);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return pays;
}

/**
 * kfd_gpreempt_debts_due() - has it changed who pays, or may it have?
 * @gp: the node's scheduler
 *
 * Context: any; &kfd_gpreempt.lock held.
 *
 * Return: true if kfd_gpreempt_mark_debts() should be called.
 */
bool kfd_gpreempt_debts_due(const struct kfd_gpreempt *gp)
{
	u64 wait_ns = (u64)gp->knobs.be_max_wait_us * NSEC_PER_USEC;

	if (!gp->debt.owed)
		return gp->count.in_debt;

	return gp->debt.waited_ns - gp->repay.marked_ns >= wait_ns / LOOK_SHARE;
}

/**
 * kfd_gpreempt_mark_debts() - let those step back who pay, and nobody else
 * @gp: the node's scheduler
 *
 * Puts the result into the batch under way.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_mark_debts(struct kfd_gpreempt *gp)
{
	unsigned long flags;
	struct queue *q;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!gp->debt.owed && !gp->count.in_debt)
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->repay.marked_ns = gp->debt.waited_ns;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (kfd_gpreempt_pays(gp, q))
			q->gpreempt.next_off |= KFD_GPREEMPT_OFF_DEBT;
		else
			q->gpreempt.next_off &= ~KFD_GPREEMPT_OFF_DEBT;
	}
}

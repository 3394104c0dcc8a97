// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt policy: which queues are off, and why, by what was decided.
 */
#include "kfd_gpreempt_plan.h"

/**
 * kfd_gpreempt_plan() - what a decision means for the queues
 * @decision: what is to be done
 * @held: BE has made way, as yet
 * @place: slots are to be handed out anew, whatever was decided
 *
 * Where nobody is held a queue that is off for LC's sake is one that was not known
 * yet when the others came back: it comes back as well.
 *
 * Return: the plan.
 */
struct kfd_gpreempt_plan
kfd_gpreempt_plan(const struct kfd_gpreempt_decision *decision, bool held,
		  bool place)
{
	bool preempt = decision->action == KFD_GPREEMPT_PREEMPT;
	bool resume = decision->action == KFD_GPREEMPT_RESUME;

	return (struct kfd_gpreempt_plan){
		.preempt = preempt,
		.resume = resume || (!preempt && !held),
		.place = place || resume ||
			 decision->action == KFD_GPREEMPT_ROTATE,
	};
}

/* LC queues wait for a slot only if all are with queues that keep theirs. */
static u32 place_off(const struct kfd_gpreempt_standing *queue)
{
	if (queue->be && !queue->candidate)
		return queue->off;

	return queue->be && !queue->admitted ?
		queue->off | KFD_GPREEMPT_OFF_THROTTLED :
		queue->off & ~KFD_GPREEMPT_OFF_THROTTLED;
}

/**
 * kfd_gpreempt_plan_off() - why a queue is off from now on
 * @plan: the node's
 * @queue: the queue
 *
 * The other reasons than LC's need and a missing slot stay as they are.
 *
 * Return: set of KFD_GPREEMPT_OFF_*; empty: it is not.
 */
u32 kfd_gpreempt_plan_off(const struct kfd_gpreempt_plan *plan,
			  const struct kfd_gpreempt_standing *queue)
{
	struct kfd_gpreempt_standing next = *queue;

	if (plan->preempt && queue->preemptible)
		next.off |= KFD_GPREEMPT_OFF_INVERSION;
	if (!plan->place)
		return next.off;
	if (plan->resume || !queue->preemptible)
		next.off &= ~KFD_GPREEMPT_OFF_INVERSION;

	return place_off(&next);
}

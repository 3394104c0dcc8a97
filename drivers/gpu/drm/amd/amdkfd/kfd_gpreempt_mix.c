// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: which BE processes are active, and whether waiting pays beside them.
 *
 * What is learned belongs to all that were active then, and is remembered with
 * each: those that come together another time begin with that.
 */
#include <linux/hash.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_gpreempt_trace.h"
#include "kfd_priv.h"

/* ---- who is in it ------------------------------------------------------- */

static bool is_in(const struct queue *q)
{
	return q->properties.is_active && kfd_gpreempt_is_preemptible(q);
}

/* The same as long as the same queues are active, most likely; 0: none is. */
static u32 mix_id(struct kfd_gpreempt *gp)
{
	struct queue *q;
	u32 id = 0;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (is_in(q))
			id += hash_ptr(q->gpreempt.pdd, 31) + 1;
	}
	return id;
}

static void remember(struct kfd_gpreempt *gp,
		     const struct kfd_gpreempt_waits *waits)
{
	struct queue *q;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (q->gpreempt.pdd->gpreempt.mix_id == gp->mix.id)
			q->gpreempt.pdd->gpreempt.waits = *waits;
	}
}

static void recall(struct kfd_gpreempt *gp, u32 id,
		   struct kfd_gpreempt_waits *waits)
{
	struct kfd_gpreempt_process *process;
	struct queue *q;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (!is_in(q))
			continue;
		process = &q->gpreempt.pdd->gpreempt;
		process->mix_id = id;
		kfd_gpreempt_wait_join(waits, &process->waits);
	}
}

/**
 * kfd_gpreempt_mix_update() - other BE queues may be active than before
 * @gp: the node's scheduler
 *
 * When none is, because they are held, they will be again.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_mix_update(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_waits waits;
	unsigned long flags;
	u32 id;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	id = mix_id(gp);
	if (!id || id == gp->mix.id)
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	waits = gp->mix.waits;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	remember(gp, &waits);
	waits = (struct kfd_gpreempt_waits) {};
	recall(gp, id, &waits);
	gp->mix.id = id;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->mix.waits = waits;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/* ---- what is learned ---------------------------------------------------- */

/**
 * kfd_gpreempt_mix_cost_ns() - what a preemption costs
 * @gp: the node's scheduler
 *
 * Context: any; &kfd_gpreempt.lock held.
 *
 * Return: ns: LC's wait, and what it takes to restore BE's waves.
 */
u64 kfd_gpreempt_mix_cost_ns(const struct kfd_gpreempt *gp)
{
	return kfd_gpreempt_wait_cost_ns(gp->mix.lc_cost_ns,
					 kfd_gpreempt_restore_ns(gp));
}

/**
 * kfd_gpreempt_mix_wait_ns() - for how long LC waits before BE is preempted
 * @gp: the node's scheduler
 *
 * Context: any; &kfd_gpreempt.lock held.
 *
 * Return: ns since it was first seen to wait.
 */
u64 kfd_gpreempt_mix_wait_ns(const struct kfd_gpreempt *gp)
{
	return kfd_gpreempt_wait_ns(&gp->mix.waits,
				    kfd_gpreempt_mix_cost_ns(gp));
}

/**
 * kfd_gpreempt_mix_forget() - what was learned of waits holds no more
 * @gp: the node's scheduler
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_mix_forget(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->lock);

	gp->mix.waits = (struct kfd_gpreempt_waits) {};
}

static bool is_learning(const struct kfd_gpreempt *gp)
{
	return gp->knobs.confirm_us == KFD_GPREEMPT_KNOB_AUTO &&
	       !gp->hold.held;
}

/**
 * kfd_gpreempt_mix_progress() - an LC queue had work beside BE, and is empty
 * @gp: the node's scheduler
 * @waited_ns: for how long BE has held it up
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_mix_progress(struct kfd_gpreempt *gp, u64 waited_ns)
{
	u64 cost_ns = kfd_gpreempt_mix_cost_ns(gp);

	lockdep_assert_held(&gp->lock);

	if (!is_learning(gp) || !gp->count.be_active ||
	    waited_ns > max(kfd_gpreempt_mix_wait_ns(gp), cost_ns))
		return;

	kfd_gpreempt_wait_won(&gp->mix.waits, waited_ns, cost_ns);
	gp->stats.waits_won++;
	trace_kfd_gpreempt_wait(gp->dqm->dev->id, true, waited_ns, cost_ns,
				gp->mix.waits.skip);
}

/**
 * kfd_gpreempt_mix_preempted() - BE is preempted
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock and &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_mix_preempted(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->lock);

	if (!is_learning(gp) ||
	    !kfd_gpreempt_wait_lost(&gp->mix.waits, gp->cus.reserved))
		return;

	gp->stats.waits_lost++;
	trace_kfd_gpreempt_wait(gp->dqm->dev->id, false, gp->inversion.stuck_ns,
				kfd_gpreempt_mix_cost_ns(gp),
				gp->mix.waits.skip);
}

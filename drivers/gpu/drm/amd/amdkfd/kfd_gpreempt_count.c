// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: how many queues there are of each kind.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/**
 * kfd_gpreempt_rests() - has a queue that is off nothing to do?
 * @q: a tracked queue
 *
 * Context: process; dqm lock held.
 *
 * Return: true for a queue that is asleep, or that has no slot, no packets and no
 * saved waves: it comes back to life when it is rung.
 */
bool kfd_gpreempt_rests(struct queue *q)
{
	if (q->gpreempt.off & KFD_GPREEMPT_OFF_ASLEEP)
		return true;

	return q->gpreempt.off & KFD_GPREEMPT_OFF_THROTTLED &&
	       kfd_gpreempt_is_watchable(q) && !kfd_gpreempt_ring_pending(q) &&
	       !kfd_gpreempt_left_work(q);
}

struct counts {
	u32 active;
	u32 throttled;
	u32 asleep;
	u32 asleep_be;
	u32 deaf;
	u32 by_hand;
	u32 in_debt;
	u32 lc_throttled;
	u32 off;
};

static void count_queue(struct queue *q, struct counts *counts)
{
	u32 off = q->gpreempt.off;

	if (!off) {
		counts->active += q->properties.is_active &&
				  kfd_gpreempt_is_preemptible(q);
		return;
	}

	counts->off++;
	counts->by_hand += !!(off & KFD_GPREEMPT_OFF_HELD);
	counts->in_debt += !!(off & KFD_GPREEMPT_OFF_DEBT);
	if (kfd_gpreempt_rests(q)) {
		counts->asleep++;
		counts->asleep_be += q->gpreempt.class == KFD_GPREEMPT_BE;
		counts->deaf += !kfd_gpreempt_is_armed(q);
	} else if (off & KFD_GPREEMPT_OFF_THROTTLED) {
		if (q->gpreempt.class == KFD_GPREEMPT_BE)
			counts->throttled++;
		else
			counts->lc_throttled++;
	}
}

/*
 * More queues are active than there are slots, or some wait and get none. Who
 * turns the admission off wants all of them active.
 */
static u32 slots_short(struct kfd_gpreempt *gp, const struct counts *counts)
{
	u32 active = gp->dqm->active_cp_queue_count;
	u32 missing = active > gp->hqd_total ? active - gp->hqd_total : 0;

	if (!READ_ONCE(gp->knobs.hqd_be_max))
		return 0;
	missing += counts->lc_throttled;
	if (counts->throttled && !counts->active)
		missing++;
	return missing;
}

/**
 * kfd_gpreempt_recount() - count the queues by what they are
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_recount(struct kfd_gpreempt *gp)
{
	struct counts counts = {};
	struct list_head *list;
	unsigned long flags;
	struct queue *q;
	int i;

	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node)
			count_queue(q, &counts);
	}

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->count.be_active = counts.active;
	gp->count.be_throttled = counts.throttled;
	gp->count.asleep = counts.asleep;
	gp->count.asleep_be = counts.asleep_be;
	gp->count.asleep_deaf = counts.deaf;
	gp->count.by_hand = counts.by_hand;
	gp->count.in_debt = counts.in_debt;
	gp->count.slots_short = slots_short(gp, &counts);
	WRITE_ONCE(gp->count.off, counts.off);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

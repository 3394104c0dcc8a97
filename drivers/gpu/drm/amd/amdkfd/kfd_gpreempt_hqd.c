// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: the slots of a node, and one for a queue that becomes active.
 *
 * LC always finds a slot, and the runlist is never over-subscribed because of
 * BE: what does not fit waits in software.
 */
#include <linux/slab.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_admit.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/**
 * kfd_gpreempt_takes_slot() - is a slot taken by a queue?
 * @gp: the node's scheduler
 * @q: the queue
 *
 * In no-HWS mode a queue has its slot also while amdkfd keeps it off.
 *
 * Context: process; dqm lock held.
 *
 * Return: true if nobody else can have it.
 */
bool kfd_gpreempt_takes_slot(const struct kfd_gpreempt *gp,
			     const struct queue *q)
{
	return q->properties.is_active ||
	       (gp->mechanism->slot && !q->gpreempt.no_hqd);
}

/* ---- what the node has ------------------------------------------------- */

static u32 count_slots(const struct device_queue_manager *dqm)
{
	u32 pipe, count = 0;

	if (!dqm->allocated_queues)
		return get_cp_queues_num((struct device_queue_manager *)dqm);

	for (pipe = 0; pipe < dqm->dev->kfd->shared_resources.num_pipe_per_mec;
	     pipe++)
		count += hweight32(dqm->allocated_queues[pipe]);
	return count;
}

/**
 * kfd_gpreempt_hqd_init() - count the slots of a node
 * @gp: its scheduler, being initialised; no queue exists
 */
void kfd_gpreempt_hqd_init(struct kfd_gpreempt *gp)
{
	gp->hqd_total = count_slots(gp->dqm);
}

/**
 * kfd_gpreempt_hqd_fini() - free what kfd_gpreempt_hqd_grow() has taken
 * @gp: the node's scheduler, being destroyed
 */
void kfd_gpreempt_hqd_fini(struct kfd_gpreempt *gp)
{
	kvfree(gp->slots.candidates);
	kvfree(gp->slots.shares);
	kvfree(gp->slots.order);
}

/**
 * kfd_gpreempt_hqd_grow() - have room for one more BE queue
 * @gp: the node's scheduler
 *
 * If there is no memory, slots are not handed out until there are fewer queues
 * again: BE may then over-subscribe the runlist as it does without gpreempt.
 *
 * Context: process, may sleep; not under the dqm lock.
 *
 * Return: 0 or -ENOMEM.
 */
int kfd_gpreempt_hqd_grow(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_candidate *candidates;
	struct kfd_gpreempt_share *shares;
	u32 *order;
	u32 room = roundup_pow_of_two(READ_ONCE(gp->be_tracked) +
				      READ_ONCE(gp->tracked) + 16);

	if (READ_ONCE(gp->slots.room) > READ_ONCE(gp->tracked))
		return 0;

	candidates = kvcalloc(room, sizeof(*candidates), GFP_KERNEL);
	shares = kvcalloc(room, sizeof(*shares), GFP_KERNEL);
	order = kvcalloc(2 * room, sizeof(*order), GFP_KERNEL);
	if (candidates && shares && order) {
		dqm_lock(gp->dqm);
		/* Somebody else may have made more room meanwhile. */
		if (room > gp->slots.room) {
			swap(gp->slots.candidates, candidates);
			swap(gp->slots.shares, shares);
			swap(gp->slots.order, order);
			gp->slots.room = room;
		}
		dqm_unlock(gp->dqm);
	}
	kvfree(candidates);
	kvfree(shares);
	kvfree(order);
	return READ_ONCE(gp->slots.room) > READ_ONCE(gp->tracked) ? 0 : -ENOMEM;
}

/* ---- who has what now -------------------------------------------------- */

/**
 * kfd_gpreempt_hqd_usage() - count the slots that are taken
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 *
 * Return: how many by whom.
 */
struct kfd_gpreempt_usage kfd_gpreempt_hqd_usage(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_usage usage = {};
	struct queue *q;

	list_for_each_entry(q, &gp->be, gpreempt.node)
		usage.be += kfd_gpreempt_takes_slot(gp, q);

	if (gp->mechanism->slot) {
		usage.others = gp->hqd_total - usage.be - count_slots(gp->dqm);
	} else {
		list_for_each_entry(q, &gp->be, gpreempt.node)
			usage.others -= q->properties.is_active;
		usage.others += gp->dqm->active_cp_queue_count;
	}
	return usage;
}

/**
 * kfd_gpreempt_hqd_active() - number of slots that are in use
 * @gp: the node's scheduler
 *
 * Context: any; an estimate without the dqm lock.
 *
 * Return: a number of slots, at most @gp->hqd_total.
 */
u32 kfd_gpreempt_hqd_active(struct kfd_gpreempt *gp)
{
	u32 used = gp->mechanism->slot ?
		gp->hqd_total - count_slots(gp->dqm) :
		READ_ONCE(gp->dqm->active_cp_queue_count);

	return min(used, gp->hqd_total);
}

static bool has_place_in_runlist(struct kfd_gpreempt *gp, struct queue *q)
{
	if (gp->mechanism->processes(gp) == U32_MAX)
		return true;

	return kfd_gpreempt_runlist_processes(gp->dqm) +
	       !kfd_gpreempt_in_runlist(&q->gpreempt.pdd->qpd) <=
	       gp->mechanism->processes(gp);
}

/* ---- one queue wants one ----------------------------------------------- */

/**
 * kfd_gpreempt_has_room() - may one more BE queue become active?
 * @gp: the node's scheduler
 * @q: a BE queue that is not active
 *
 * Context: process; dqm lock held.
 *
 * Return: true if no reservation is violated and no process too many is mapped.
 */
bool kfd_gpreempt_has_room(struct kfd_gpreempt *gp, struct queue *q)
{
	struct kfd_gpreempt_usage usage = kfd_gpreempt_hqd_usage(gp);
	u32 needs = !kfd_gpreempt_takes_slot(gp, q);

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!READ_ONCE(gp->knobs.hqd_be_max))
		return true;

	return usage.be + needs <=
	       kfd_gpreempt_be_slots(&gp->knobs, gp->hqd_total, usage.others) &&
	       has_place_in_runlist(gp, q);
}

static struct queue *most_served(struct kfd_gpreempt *gp)
{
	struct queue *q, *most = NULL;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (!kfd_gpreempt_takes_slot(gp, q) || !kfd_gpreempt_is_preemptible(q))
			continue;
		if (!most || q->gpreempt.pdd->gpreempt.served_ns >
			     most->gpreempt.pdd->gpreempt.served_ns)
			most = q;
	}
	return most;
}

static bool throttle_process(struct kfd_gpreempt *gp,
			     struct kfd_process_device *pdd)
{
	bool done = false;
	struct queue *q;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (q->gpreempt.pdd != pdd || !kfd_gpreempt_takes_slot(gp, q) ||
		    !kfd_gpreempt_is_preemptible(q))
			continue;
		if (!q->properties.is_active && !q->gpreempt.no_hqd) {
			deallocate_hqd(gp->dqm, q);
			q->gpreempt.no_hqd = true;
		}
		if (!kfd_gpreempt_queue_off(gp, q, KFD_GPREEMPT_OFF_THROTTLED))
			done = true;
	}
	return done;
}

/**
 * kfd_gpreempt_make_room() - let BE give up what a new active queue needs
 * @gp: the node's scheduler
 * @q: the queue, not BE, not active
 *
 * The process that has been served most gives up its slots, all of them.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_make_room(struct kfd_gpreempt *gp, struct queue *q)
{
	struct kfd_gpreempt_usage usage;
	struct queue *victim;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!READ_ONCE(gp->knobs.hqd_be_max))
		return;

	for (;;) {
		usage = kfd_gpreempt_hqd_usage(gp);
		if (usage.be + usage.others + !kfd_gpreempt_takes_slot(gp, q) <=
		    gp->hqd_total && has_place_in_runlist(gp, q))
			return;

		victim = most_served(gp);
		if (!victim || !throttle_process(gp, victim->gpreempt.pdd))
			return;
	}
}

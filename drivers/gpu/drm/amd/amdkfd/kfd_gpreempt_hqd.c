// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: who has a slot.
 *
 * LC always finds a slot, and the runlist is never over-subscribed because of
 * BE: what does not fit waits in software, and has its turn after a quantum.
 */
#include <linux/slab.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

#define NO_SHARE	U32_MAX

/* In no-HWS mode a queue has its slot also while amdkfd keeps it off. */
static bool takes_slot(const struct kfd_gpreempt *gp, const struct queue *q)
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
	order = kvcalloc(room, sizeof(*order), GFP_KERNEL);
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

struct usage {
	u32 be;
	u32 others;
};

static struct usage count_usage(struct kfd_gpreempt *gp)
{
	struct usage usage = {};
	struct queue *q;

	list_for_each_entry(q, &gp->be, gpreempt.node)
		usage.be += takes_slot(gp, q);

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
	struct usage usage = count_usage(gp);
	u32 needs = !takes_slot(gp, q);

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
		if (!takes_slot(gp, q) || !kfd_gpreempt_is_preemptible(q))
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
		if (q->gpreempt.pdd != pdd || !takes_slot(gp, q) ||
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
	struct usage usage;
	struct queue *victim;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!READ_ONCE(gp->knobs.hqd_be_max))
		return;

	for (;;) {
		usage = count_usage(gp);
		if (usage.be + usage.others + !takes_slot(gp, q) <=
		    gp->hqd_total && has_place_in_runlist(gp, q))
			return;

		victim = most_served(gp);
		if (!victim || !throttle_process(gp, victim->gpreempt.pdd))
			return;
	}
}

/* ---- all BE queues at once --------------------------------------------- */

/* What a queue would do if it had a slot. */
static bool is_candidate(const struct queue *q)
{
	return kfd_gpreempt_wants_active(q) &&
	       !q->gpreempt.pdd->has_reset_queue &&
	       !(q->gpreempt.next_off &
		 (KFD_GPREEMPT_OFF_ASLEEP | KFD_GPREEMPT_OFF_HELD));
}

static bool has_work(struct kfd_gpreempt *gp, struct queue *q, bool occupancy)
{
	if (!kfd_gpreempt_is_watchable(q) || kfd_gpreempt_ring_pending(q))
		return true;
	if (!q->properties.is_active)
		return kfd_gpreempt_left_work(q);
	return !occupancy || kfd_gpreempt_occupancy_of(gp, q);
}

/* Slots that nobody but their owners can have, after the batch under way. */
static u32 slots_of_others(struct kfd_gpreempt *gp)
{
	struct usage usage = count_usage(gp);
	u32 others = usage.others;
	struct queue *q;

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (!takes_slot(gp, q) && !q->gpreempt.next_off &&
		    kfd_gpreempt_wants_active(q))
			others++;
	}
	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (takes_slot(gp, q) && !is_candidate(q) &&
		    !q->properties.is_active)
			others++;
	}
	return others;
}

/* A queue that no batch can take its process out of the runlist with. */
static bool stays_active(const struct queue *q)
{
	if (q->gpreempt.tracked && q->gpreempt.class == KFD_GPREEMPT_BE)
		return q->properties.is_active && !kfd_gpreempt_is_preemptible(q);
	if (q->properties.is_active)
		return true;

	return q->gpreempt.tracked && !q->gpreempt.next_off &&
	       kfd_gpreempt_wants_active(q);
}

static bool is_in_runlist_anyway(struct qcm_process_device *qpd)
{
	bool has_off = list_empty(&qpd->queues_list);
	struct queue *q;

	if (!list_empty(&qpd->priv_queue_list))
		return true;

	list_for_each_entry(q, &qpd->queues_list, list) {
		if (stays_active(q))
			return true;
		has_off |= q->properties.is_gpreempted ||
			   (q->gpreempt.tracked && q->gpreempt.next_off) ||
			   (q->gpreempt.class == KFD_GPREEMPT_BE &&
			    is_candidate(q));
	}
	return !has_off;
}

/* Return: number of processes that are in the runlist whatever BE does. */
static u32 prepare_shares(struct kfd_gpreempt *gp)
{
	struct device_process_node *process;
	u32 anyway = 0;
	bool is_in;

	list_for_each_entry(process, &gp->dqm->queues, list) {
		is_in = is_in_runlist_anyway(process->qpd);
		anyway += is_in;
		qpd_to_pdd(process->qpd)->gpreempt.share = is_in ?
			NO_SHARE - 1 : NO_SHARE;
	}
	return anyway;
}

struct placing {
	u32 queues;
	u32 processes;
	u32 new_processes;
};

static void add_candidate(struct kfd_gpreempt *gp, struct queue *q,
			  struct placing *placing)
{
	struct kfd_gpreempt_candidate *candidate =
		&gp->slots.candidates[placing->queues++];
	struct kfd_gpreempt_process *process = &q->gpreempt.pdd->gpreempt;

	if (process->share >= NO_SHARE - 1) {
		struct kfd_gpreempt_share *share =
			&gp->slots.shares[placing->processes];

		share->in_runlist = process->share == NO_SHARE - 1;
		share->served_ns = process->served_ns;
		share->wanted = 1;
		share->admitted = 1;
		placing->new_processes += !share->in_runlist;
		process->share = placing->processes++;
	}

	candidate->process = process->share;
	candidate->served_ns = q->gpreempt.served_ns;
	candidate->keeps = takes_slot(gp, q) && !kfd_gpreempt_is_preemptible(q);
	candidate->wants = true;
	candidate->admitted = true;
}

static void collect(struct kfd_gpreempt *gp, struct placing *placing)
{
	struct queue *q;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (is_candidate(q))
			add_candidate(gp, q, placing);
	}
}

/* Nobody is measured by a queue that can't be served. */
static void find_work(struct kfd_gpreempt *gp, u32 process_slots)
{
	bool occupancy = kfd_gpreempt_occupancy_read(gp);
	struct queue *q;
	u32 i = 0;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		struct kfd_gpreempt_candidate *candidate =
			&gp->slots.candidates[i];

		if (!is_candidate(q))
			continue;
		i++;
		candidate->wants = has_work(gp, q, occupancy) &&
			(process_slots ||
			 gp->slots.shares[candidate->process].in_runlist);
	}
}

static void admit(struct kfd_gpreempt *gp, const struct placing *placing,
		  u32 slots, u32 process_slots)
{
	u64 lead_ns = (u64)READ_ONCE(gp->knobs.be_quantum_us) * NSEC_PER_USEC;
	struct kfd_gpreempt_slots *room = &gp->slots;

	find_work(gp, process_slots);
	kfd_gpreempt_level(room->candidates, placing->queues, room->shares,
			   placing->processes, &gp->service.floor_ns, lead_ns);
	kfd_gpreempt_admit(room->candidates, placing->queues, room->shares,
			   room->order, slots, process_slots);
}

static void keep_shares(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_process *process;
	const struct kfd_gpreempt_share *share;
	struct queue *q;
	u32 i = 0;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (!is_candidate(q))
			continue;
		process = &q->gpreempt.pdd->gpreempt;
		share = &gp->slots.shares[process->share];
		process->served_ns = share->served_ns;
		process->wanted = share->wanted;
		process->admitted = share->admitted;
		q->gpreempt.served_ns = gp->slots.candidates[i++].served_ns;
	}
}

static void placed(struct kfd_gpreempt *gp, u32 throttled)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->stats.queues_throttled += throttled;
	gp->service.slot_ns = 0;
	gp->due.place = false;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

static void throttle_rest(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_queue *gq;
	struct queue *q;
	u32 throttled = 0;
	u32 i = 0;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		gq = &q->gpreempt;
		if (!kfd_gpreempt_is_preemptible(q))
			gq->next_off &= ~KFD_GPREEMPT_OFF_INVERSION;
		if (!is_candidate(q))
			continue;
		if (gp->slots.candidates[i++].admitted) {
			gq->next_off &= ~KFD_GPREEMPT_OFF_THROTTLED;
			continue;
		}
		if (gq->next_off & KFD_GPREEMPT_OFF_THROTTLED)
			continue;
		gq->next_off |= KFD_GPREEMPT_OFF_THROTTLED;
		kfd_gpreempt_count(&gq->stats.rotations);
		throttled++;
	}

	placed(gp, throttled);
}

/**
 * kfd_gpreempt_place() - hand out the slots to BE queues
 * @gp: the node's scheduler
 *
 * Puts the result into the batch under way.
 *
 * Context: process; dqm lock held; service has been added up.
 */
void kfd_gpreempt_place(struct kfd_gpreempt *gp)
{
	struct placing placing = {};
	u32 slots, process_slots, anyway;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (gp->be_tracked > gp->slots.room) {
		placed(gp, 0);
		return;
	}

	anyway = prepare_shares(gp);
	collect(gp, &placing);

	if (READ_ONCE(gp->knobs.hqd_be_max)) {
		slots = kfd_gpreempt_be_slots(&gp->knobs, gp->hqd_total,
					      slots_of_others(gp));
		process_slots = gp->mechanism->processes(gp);
		process_slots -= min(process_slots, anyway);
		if (gp->debt.owed) {
			slots = max(slots, 1u);
			process_slots = max(process_slots, 1u);
		}
		if (placing.queues > slots ||
		    placing.new_processes > process_slots)
			admit(gp, &placing, slots, process_slots);
	}
	keep_shares(gp);
	throttle_rest(gp);
}

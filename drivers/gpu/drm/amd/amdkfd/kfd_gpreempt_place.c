// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: what was decided, for all queues at once.
 *
 * Makes what the policy needs to hand out the slots, and puts into the batch under
 * way who is off for LC's sake, and who has no slot. Whoever waits for one has its
 * turn after a quantum.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_admit.h"
#include "kfd_gpreempt_plan.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

#define NO_SHARE	U32_MAX

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
	struct kfd_gpreempt_usage usage = kfd_gpreempt_hqd_usage(gp);
	u32 others = usage.others;
	struct queue *q;

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		if (!kfd_gpreempt_takes_slot(gp, q) && !q->gpreempt.next_off &&
		    kfd_gpreempt_wants_active(q))
			others++;
	}
	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (kfd_gpreempt_takes_slot(gp, q) && !is_candidate(q) &&
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
	candidate->keeps = kfd_gpreempt_takes_slot(gp, q) && !kfd_gpreempt_is_preemptible(q);
	candidate->wants = true;
	candidate->admitted = true;
}

/*
 * Who is one is decided here, once: a program's update of a queue changes its
 * properties without the dqm lock.
 */
static void collect(struct kfd_gpreempt *gp, struct placing *placing)
{
	struct queue *q;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		q->gpreempt.candidate = is_candidate(q);
		if (q->gpreempt.candidate)
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

		if (!q->gpreempt.candidate)
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
			   placing->processes, room->order, slots,
			   process_slots);
}

static void keep_shares(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_process *process;
	const struct kfd_gpreempt_share *share;
	struct queue *q;
	u32 i = 0;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (!q->gpreempt.candidate)
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

static void set_off(struct queue *q, u32 off, u32 *throttled)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;

	if (off & ~gq->next_off & KFD_GPREEMPT_OFF_THROTTLED) {
		kfd_gpreempt_count(&gq->stats.rotations);
		(*throttled)++;
	}
	gq->next_off = off;
}

static void plan_others(const struct kfd_gpreempt_plan *plan,
			struct list_head *queues)
{
	struct queue *q;

	list_for_each_entry(q, queues, gpreempt.node) {
		struct kfd_gpreempt_standing standing = {
			.off = q->gpreempt.next_off,
		};

		q->gpreempt.next_off = kfd_gpreempt_plan_off(plan, &standing);
	}
}

/* Return: how many lose their slot. */
static u32 plan_be(struct kfd_gpreempt *gp, const struct kfd_gpreempt_plan *plan,
		   bool handed_out)
{
	const struct kfd_gpreempt_candidate *candidate = gp->slots.candidates;
	u32 throttled = 0;
	struct queue *q;

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		struct kfd_gpreempt_standing standing = {
			.off = q->gpreempt.next_off,
			.be = true,
			.preemptible = kfd_gpreempt_is_preemptible(q),
			.candidate = handed_out && q->gpreempt.candidate,
		};

		if (standing.candidate)
			standing.admitted = candidate++->admitted;
		set_off(q, kfd_gpreempt_plan_off(plan, &standing), &throttled);
	}
	return throttled;
}

/* Return: false if there is no room to find out. */
static bool hand_out(struct kfd_gpreempt *gp)
{
	struct placing placing = {};
	u32 slots, process_slots, anyway;

	if (gp->be_tracked > gp->slots.room)
		return false;

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
	return true;
}

/**
 * kfd_gpreempt_carry_out() - put a plan into the batch under way
 * @gp: the node's scheduler
 * @plan: the plan
 *
 * Context: process; dqm lock held; service has been added up.
 */
void kfd_gpreempt_carry_out(struct kfd_gpreempt *gp,
			    const struct kfd_gpreempt_plan *plan)
{
	bool handed_out = false;
	u32 throttled;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!plan->preempt && !plan->place)
		return;
	if (plan->place) {
		plan_others(plan, &gp->lc);
		plan_others(plan, &gp->system);
		handed_out = hand_out(gp);
	}
	throttled = plan_be(gp, plan, handed_out);
	if (plan->place)
		placed(gp, throttled);
}

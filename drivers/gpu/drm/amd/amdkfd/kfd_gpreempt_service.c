// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: how long queues have been active, off, and served.
 *
 * amdkfd counts a queue as active wherever it makes it so, and we are called
 * there: each of a queue's clocks starts and stops with what it measures, for
 * whatever reason, and whether the scheduler is on or not.
 *
 * Clocks and counters can be read without a lock: anybody may read the files
 * in proc/<pid>, and must not be able to hold up the queue manager.
 */
#include <linux/irqflags.h>
#include <linux/seqlock.h>
#include <linux/timekeeping.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_admit.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* ---- clocks ----------------------------------------------------------- */

/* Adds up a clock, and lets it run or stand from now on. */
static void set_clock(u64 *since_ns, u64 *sum_ns, bool runs, u64 now_ns)
{
	if (*since_ns)
		*sum_ns += now_ns - *since_ns;
	*since_ns = runs ? now_ns : 0;
}

static u64 read_clock(u64 since_ns, u64 sum_ns, u64 now_ns)
{
	return since_ns ? sum_ns + now_ns - since_ns : sum_ns;
}

/*
 * The time is taken inside: a reader whose time is later sees what was written,
 * so that no clock runs back. Nobody may wait for a writer that doesn't run, and
 * some hold &kfd_gpreempt.lock, which the timer takes.
 */
static void set_clocks(struct queue *q, bool active, bool off)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	unsigned long flags;
	u64 now_ns;

	lockdep_assert_held(&q->device->dqm->lock_hidden);

	local_irq_save(flags);
	write_seqcount_begin(&gq->seq);
	now_ns = ktime_get_ns();
	set_clock(&gq->active_since_ns, &gq->stats.active_ns, active, now_ns);
	set_clock(&gq->off_since_ns, &gq->stats.off_ns, off, now_ns);
	write_seqcount_end(&gq->seq);
	local_irq_restore(flags);
}

/**
 * kfd_gpreempt_set_off() - a queue goes off, comes back, or neither
 * @q: the queue
 * @off: it is off from now on, and not active
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_set_off(struct queue *q, bool off)
{
	if (off != !!q->gpreempt.off_since_ns)
		set_clocks(q, !off && q->gpreempt.active_since_ns, off);
}

/**
 * kfd_gpreempt_read_stats() - what has been done with a queue, up to now
 * @q: a queue that kfd_gpreempt_create_queue() has seen
 * @stats: filled in
 *
 * Context: process; no locks needed. The caller keeps the queue from being
 * freed.
 */
void kfd_gpreempt_read_stats(const struct queue *q,
			     struct kfd_gpreempt_queue_stats *stats)
{
	const struct kfd_gpreempt_queue *gq = &q->gpreempt;
	unsigned int seq;
	u64 now_ns;

	stats->preemptions = READ_ONCE(gq->stats.preemptions);
	stats->resumes = READ_ONCE(gq->stats.resumes);
	stats->rotations = READ_ONCE(gq->stats.rotations);
	stats->deactivations = READ_ONCE(gq->stats.deactivations);
	stats->wakeups = READ_ONCE(gq->stats.wakeups);
	stats->guards = READ_ONCE(gq->stats.guards);
	do {
		seq = read_seqcount_begin(&gq->seq);
		now_ns = ktime_get_ns();
		stats->off_ns = read_clock(gq->off_since_ns, gq->stats.off_ns,
					   now_ns);
		stats->active_ns = read_clock(gq->active_since_ns,
					      gq->stats.active_ns, now_ns);
	} while (read_seqcount_retry(&gq->seq, seq));
}

/* ---- service ---------------------------------------------------------- */

/* Charges a process up to now, once, however many of its queues are served. */
static void charge(struct kfd_gpreempt_process *process, u64 now_ns)
{
	struct kfd_gpreempt_share share = {
		.wanted = process->wanted,
		.admitted = process->admitted,
	};

	if (process->served_queues)
		process->served_ns +=
			kfd_gpreempt_served_ns(&share,
					       now_ns - process->charged_ns);
	process->charged_ns = now_ns;
}

/* Adds up what a queue was served, and whether it goes on. */
static void serve(struct queue *q, bool served, u64 now_ns)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;
	struct kfd_gpreempt_process *process = &gq->pdd->gpreempt;

	lockdep_assert_held(&q->device->dqm->lock_hidden);

	charge(process, now_ns);
	process->served_queues += served - !!gq->served_since_ns;
	set_clock(&gq->served_since_ns, &gq->served_ns, served, now_ns);
}

static void set_active(struct queue *q, bool runs, bool off)
{
	set_clocks(q, runs, off);
	serve(q, runs && q->gpreempt.class == KFD_GPREEMPT_BE, ktime_get_ns());
}

/**
 * kfd_gpreempt_count_queue() - a queue is active from now on, or is not
 * @q: a queue of any kind
 * @active: which of the two, as amdkfd counts it, if for the first time or not;
 *	an active queue is not off
 *
 * To be called for a queue that comes to another class, too.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_count_queue(struct queue *q, bool active)
{
	const struct kfd_gpreempt *gp;

	/* Not one that kfd_gpreempt_create_queue() cared for */
	if (!q->gpreempt.pdd)
		return;

	gp = q->device->gpreempt;
	set_active(q, active && !(gp && gp->power.halted_since_ns),
		   !active && q->gpreempt.off_since_ns);
}

static void set_all_active(struct kfd_gpreempt *gp, bool halted)
{
	struct list_head *const lists[] = { &gp->lc, &gp->be, &gp->system };
	struct queue *q;
	unsigned int i;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry(q, lists[i], gpreempt.node)
			set_active(q, !halted && q->properties.is_active,
				   q->gpreempt.off_since_ns);
	}
}

/**
 * kfd_gpreempt_halt_clocks() - the dqm is halted: no queue can run
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_halt_clocks(struct kfd_gpreempt *gp)
{
	set_all_active(gp, true);
}

/**
 * kfd_gpreempt_unhalt_clocks() - those that are active can run again
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_unhalt_clocks(struct kfd_gpreempt *gp)
{
	set_all_active(gp, false);
}

/**
 * kfd_gpreempt_account() - add up what the queues have been served
 * @gp: the node's scheduler
 *
 * To be called before served times are compared, and before a process gets
 * more or fewer slots.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_account(struct kfd_gpreempt *gp)
{
	u64 now_ns = ktime_get_ns();
	unsigned long flags;
	struct queue *q;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	list_for_each_entry(q, &gp->be, gpreempt.node) {
		if (q->gpreempt.served_since_ns)
			serve(q, true, now_ns);
	}

	raw_spin_lock_irqsave(&gp->lock, flags);
	if (!gp->hold.held)
		gp->service.slot_ns += now_ns - gp->service.accounted_ns;
	gp->service.accounted_ns = now_ns;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: what was last seen of each LC queue, and of all.
 *
 * The timer looks at some of them; the sums are of all.
 */
#include <linux/timekeeping.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_seen.h"
#include "kfd_priv.h"

/* BE is held for its process' sake */
#define SEEN_BLAMED		(SEEN_PENDING | SEEN_RUNNING)

static void add(u32 *sum, u32 flag, u32 old, u32 new)
{
	*sum += !!(new & flag) - !!(old & flag);
}

/* The priority may have changed, and a program may have set what it likes. */
static void count_priority(struct kfd_gpreempt_seen *sum,
			   struct kfd_gpreempt_queue *gq, u32 seen,
			   u32 priority)
{
	u32 old = gq->seen_priority;

	priority = min(priority, KFD_GPREEMPT_PRIORITIES - 1);
	sum->active_at[old] -= !!(gq->seen & SEEN_ACTIVE);
	sum->pending_at[old] -= !!(gq->seen & SEEN_PENDING);
	sum->active_at[priority] += !!(seen & SEEN_ACTIVE);
	sum->pending_at[priority] += !!(seen & SEEN_PENDING);
	gq->seen_priority = priority;
}

/**
 * kfd_gpreempt_set_seen() - note what was seen of an LC queue
 * @gp: the node's scheduler
 * @q: the queue
 * @seen: set of SEEN_*
 *
 * Keeps the sums over all queues, and those of the queue's process.
 *
 * Context: any; &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_set_seen(struct kfd_gpreempt *gp, struct queue *q, u32 seen)
{
	struct kfd_gpreempt_process *process = &q->gpreempt.pdd->gpreempt;
	struct kfd_gpreempt_seen *sum = &gp->seen;
	u32 old = q->gpreempt.seen;
	bool blamed = process->blamed;

	lockdep_assert_held(&gp->lock);

	count_priority(sum, &q->gpreempt, seen, q->properties.priority);
	if (seen == old)
		return;

	add(&sum->tracked, SEEN_TRACKED, old, seen);
	add(&sum->armed, SEEN_ARMED, old, seen);
	add(&sum->active, SEEN_ACTIVE, old, seen);
	add(&sum->pending, SEEN_PENDING, old, seen);
	add(&sum->doubted, SEEN_DOUBTED, old, seen);
	add(&sum->asleep_pending, SEEN_ASLEEP_PENDING, old, seen);
	add(&sum->blocked, SEEN_BLOCKED, old, seen);
	process->blamed += !!(seen & SEEN_BLAMED) - !!(old & SEEN_BLAMED);
	q->gpreempt.seen = seen;

	if (blamed != !!process->blamed)
		kfd_gpreempt_blame_update(&process->blame, &gp->debt,
					  process->blamed);
}

/**
 * kfd_gpreempt_next_lc() - the next LC queue
 * @gp: the node's scheduler
 * @q: an LC queue
 *
 * Context: any; &kfd_gpreempt.lock held.
 *
 * Return: the queue after @q in the list, or NULL.
 */
struct queue *kfd_gpreempt_next_lc(struct kfd_gpreempt *gp, struct queue *q)
{
	return list_is_last(&q->gpreempt.node, &gp->lc) ? NULL :
		list_next_entry(q, gpreempt.node);
}

/**
 * kfd_gpreempt_is_settled() - is there nothing new to see of an LC queue?
 * @q: a tracked queue
 *
 * Context: any; the caller keeps the queue tracked.
 *
 * Return: true for one that had nothing to do when last looked at and that no
 * CPU has rung since. What a kernel puts into its ring the timer sees.
 */
bool kfd_gpreempt_is_settled(const struct queue *q)
{
	u32 seen = READ_ONCE(q->gpreempt.seen);

	return (seen & ~SEEN_ACTIVE) == (SEEN_TRACKED | SEEN_ARMED) &&
	       kfd_gpreempt_is_armed(q);
}

/**
 * kfd_gpreempt_seen_forget() - a queue leaves the list of LC queues
 * @gp: the node's scheduler
 * @q: the queue, still in the list
 *
 * Context: process; dqm lock and &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_seen_forget(struct kfd_gpreempt *gp, struct queue *q)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (gp->seen.next == q)
		gp->seen.next = kfd_gpreempt_next_lc(gp, q);
	kfd_gpreempt_set_seen(gp, q, 0);
}

static void set_running(struct kfd_gpreempt *gp, struct queue *q, bool running)
{
	unsigned long flags;

	/* Nobody else changes that. */
	if (running == !!(READ_ONCE(q->gpreempt.seen) & SEEN_RUNNING))
		return;

	raw_spin_lock_irqsave(&gp->lock, flags);
	kfd_gpreempt_set_seen(gp, q, q->gpreempt.seen ^ SEEN_RUNNING);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_seen_running() - note which LC queues have waves
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held since kfd_gpreempt_occupancy_read().
 *
 * Return: true if any of those that are active has.
 */
bool kfd_gpreempt_seen_running(struct kfd_gpreempt *gp)
{
	bool running, any = false;
	struct queue *q;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	list_for_each_entry(q, &gp->lc, gpreempt.node) {
		running = q->properties.is_active &&
			  kfd_gpreempt_occupancy_of(gp, q);
		any |= running;
		set_running(gp, q, running);
	}
	return any;
}

/**
 * kfd_gpreempt_seen_forget_running() - BE does not wait for running queues any more
 * @gp: the node's scheduler
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_seen_forget_running(struct kfd_gpreempt *gp)
{
	struct queue *q;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	list_for_each_entry(q, &gp->lc, gpreempt.node)
		set_running(gp, q, false);
}

/**
 * kfd_gpreempt_seen_barrier() - an LC queue's next packet was read
 * @gp: the node's scheduler
 * @q: the queue
 * @rptr: of the packet that was read
 * @waits: it is a barrier packet whose signals are not there yet
 *
 * Context: process; dqm lock held, not &kfd_gpreempt.lock.
 *
 * Return: true if the queue waits for compute units, as far as is known.
 */
bool kfd_gpreempt_seen_barrier(struct kfd_gpreempt *gp, struct queue *q,
			       u64 rptr, bool waits)
{
	struct kfd_gpreempt_watch *watch = &q->gpreempt.watch;
	unsigned long flags;
	bool elsewhere;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	raw_spin_lock_irqsave(&gp->lock, flags);
	elsewhere = waits || watch->barrier_ns;
	if (watch->rptr == rptr) {
		gp->stats.barriers += waits && !watch->barrier_ns;
		kfd_gpreempt_watch_barrier(watch, waits, ktime_get_ns());
		if (elsewhere)
			kfd_gpreempt_set_seen(gp, q, (q->gpreempt.seen & ~SEEN_PENDING) |
						     SEEN_DOUBTED);
	}
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return !elsewhere;
}

/**
 * kfd_gpreempt_seen_block() - an LC queue waits for something else than BE
 * @gp: the node's scheduler
 * @q: the queue
 * @now_ns: now
 *
 * Context: process; dqm lock and &kfd_gpreempt.lock held.
 */
void kfd_gpreempt_seen_block(struct kfd_gpreempt *gp, struct queue *q,
			     u64 now_ns)
{
	struct kfd_gpreempt_watch *watch = &q->gpreempt.watch;

	kfd_gpreempt_watch_block(watch, now_ns - max(watch->stuck_since_ns,
						     gp->hold.since_ns),
				 now_ns);
	kfd_gpreempt_set_seen(gp, q, (q->gpreempt.seen & ~SEEN_PENDING) | SEEN_BLOCKED);
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: changing which queues are off, many at once.
 *
 * A batch is put together in &kfd_gpreempt_queue.next_off of every queue and
 * then committed. Whatever its size and however many reasons it has, it costs
 * one submission where the hardware scheduler runs from a runlist.
 *
 * &queue_properties.is_gpreempted keeps a queue off as is_evicted and
 * is_suspended do, and is independent of both: whoever evaluates
 * QUEUE_IS_ACTIVE() for another reason gets the right answer.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_gpreempt_trace.h"
#include "kfd_priv.h"

/**
 * kfd_gpreempt_wants_active() - would a queue be active if we left it alone?
 * @q: the queue
 *
 * Context: process; dqm lock held.
 *
 * Return: QUEUE_IS_ACTIVE() but for our own part in it.
 */
bool kfd_gpreempt_wants_active(const struct queue *q)
{
	struct queue_properties properties = q->properties;

	properties.is_gpreempted = false;
	return QUEUE_IS_ACTIVE(properties);
}

/* ---- one queue -------------------------------------------------------- */

static void set_off(struct queue *q, u32 off)
{
	struct kfd_gpreempt_queue *gq = &q->gpreempt;

	kfd_gpreempt_set_off(q, off);
	/* Of an eviction or a debugger's suspension it was not told either. */
	if (off && !gq->off)
		gq->left_work = KFD_GPREEMPT_LEFT_UNKNOWN;
	if (off != gq->off)
		trace_kfd_gpreempt_queue(q->device->id,
					 q->process->lead_thread->pid,
					 q->properties.queue_id, gq->class,
					 gq->off, off);
	WRITE_ONCE(gq->off, off);
	gq->next_off = off;
	q->properties.is_gpreempted = off;
}

/**
 * kfd_gpreempt_queue_set() - say why a queue that is not active is off
 * @gp: the node's scheduler
 * @q: the queue, not active, about to be evaluated with QUEUE_IS_ACTIVE()
 * @off: the reasons, or none
 *
 * If it is to be on and needs a slot of its own, and there is none, it is
 * throttled instead.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_queue_set(struct kfd_gpreempt *gp, struct queue *q, u32 off)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!off && gp->mechanism->slot && gp->mechanism->slot(gp, q))
		off = KFD_GPREEMPT_OFF_THROTTLED;
	set_off(q, off);
}

static struct kfd_gpreempt_name waiting_lc(struct kfd_gpreempt *gp)
{
	struct kfd_gpreempt_name lc;
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	lc = gp->inversion.waiting;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
	return lc;
}

static void note_for_whom(struct kfd_gpreempt *gp, struct queue *q)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	q->gpreempt.preempted_for = gp->inversion.waiting;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

static int turn_off(struct kfd_gpreempt *gp, struct queue *q, u32 off,
		    enum kfd_gpreempt_way way)
{
	bool active = q->properties.is_active;
	int ret;

	if (active && gp->mechanism->unmap) {
		ret = gp->mechanism->unmap(gp, q, way);
		if (ret)
			return ret;
	}

	if (off & ~q->gpreempt.off & KFD_GPREEMPT_OFF_INVERSION)
		note_for_whom(gp, q);
	/* First: no reader may find it inactive without the reason. */
	set_off(q, off);
	if (active) {
		q->properties.is_active = false;
		decrement_queue_count(gp->dqm, &q->gpreempt.pdd->qpd, q);
		kfd_gpreempt_count(&q->gpreempt.stats.preemptions);
	}
	return 0;
}

static bool may_run(const struct queue *q)
{
	/* What was reset for not answering must not run again. */
	return !q->gpreempt.pdd->has_reset_queue &&
	       kfd_gpreempt_wants_active(q);
}

static int turn_on(struct kfd_gpreempt *gp, struct queue *q)
{
	int ret = 0;

	if (!may_run(q)) {
		kfd_gpreempt_queue_set(gp, q, 0);
		return 0;
	}

	if (gp->mechanism->map)
		ret = gp->mechanism->map(gp, q);
	if (ret == -EBUSY) {
		set_off(q, KFD_GPREEMPT_OFF_THROTTLED);
		return 0;
	}

	if (!ret) {
		q->properties.is_active = true;
		increment_queue_count(gp->dqm, &q->gpreempt.pdd->qpd, q);
		kfd_gpreempt_count(&q->gpreempt.stats.resumes);
	}
	/* Last, for the same reason. */
	set_off(q, 0);
	return ret;
}

/**
 * kfd_gpreempt_queue_off() - take one queue off outside a batch
 * @gp: the node's scheduler
 * @q: the queue
 * @off: why, in addition
 *
 * Where the hardware scheduler runs from a runlist, the caller submits.
 *
 * Context: process; dqm lock held.
 *
 * Return: 0, or a negative errno, with nothing changed.
 */
int kfd_gpreempt_queue_off(struct kfd_gpreempt *gp, struct queue *q, u32 off)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);

	return turn_off(gp, q, q->gpreempt.off | off, KFD_GPREEMPT_WAY_DEFAULT);
}

/* ---- all queues ------------------------------------------------------- */

/**
 * kfd_gpreempt_batch_begin() - start to put a batch together
 * @gp: the node's scheduler
 *
 * Every queue's next_off is as it is now; the caller changes what it wants to
 * change, and commits.
 *
 * Context: process; dqm lock held from here to the commit.
 */
void kfd_gpreempt_batch_begin(struct kfd_gpreempt *gp)
{
	struct list_head *list;
	struct queue *q;
	int i;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node)
			q->gpreempt.next_off = q->gpreempt.off;
	}
}

static void count_changes(struct kfd_gpreempt *gp,
			  struct kfd_gpreempt_batch *batch)
{
	struct kfd_gpreempt_queue *gq;
	struct list_head *list;
	struct queue *q;
	int i;

	batch->off = 0;
	batch->on = 0;
	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node) {
			gq = &q->gpreempt;
			if (gq->next_off && q->properties.is_active)
				batch->off++;
			else if (!gq->next_off && gq->off && may_run(q))
				batch->on++;
		}
	}
}

/* A way that was chosen by hand is for what is held by hand. */
static enum kfd_gpreempt_way way_of(const struct queue *q,
				    const struct kfd_gpreempt_batch *batch)
{
	u32 added = q->gpreempt.next_off & ~q->gpreempt.off;

	return added & KFD_GPREEMPT_OFF_HELD ? batch->way :
					       KFD_GPREEMPT_WAY_DEFAULT;
}

/* A queue that can't be taken off is left alone from now on. */
static int turn_queues_off(struct kfd_gpreempt *gp,
			   struct kfd_gpreempt_batch *batch)
{
	struct list_head *list;
	struct queue *q;
	int i, ret;

	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node) {
			if (!q->gpreempt.next_off)
				continue;
			ret = turn_off(gp, q, q->gpreempt.next_off,
				       way_of(q, batch));
			if (ret)
				q->gpreempt.next_off = q->gpreempt.off;
			if (ret && !q->gpreempt.refuses)
				return ret;
		}
	}
	return 0;
}

static int turn_queues_on(struct kfd_gpreempt *gp)
{
	struct list_head *list;
	struct queue *q;
	int i, ret;

	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node) {
			if (q->gpreempt.next_off || !q->gpreempt.off)
				continue;
			ret = turn_on(gp, q);
			if (ret)
				return ret;
		}
	}
	return 0;
}

/**
 * kfd_gpreempt_release_all() - let go of every queue without a submission
 * @gp: the node's scheduler
 *
 * For a dqm that is being stopped, or that amdkfd is about to reset: what it
 * maps afterwards includes the queues. Where queues have slots of their own
 * those that find none stay throttled.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_release_all(struct kfd_gpreempt *gp)
{
	struct list_head *list;
	struct queue *q;
	int i;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	gp->runlist.thins = false;
	kfd_gpreempt_for_each_list(gp, i, list) {
		list_for_each_entry(q, list, gpreempt.node) {
			if (!q->gpreempt.off)
				continue;
			kfd_gpreempt_queue_set(gp, q, 0);
			if (q->gpreempt.off || gp->mechanism->map ||
			    !may_run(q))
				continue;
			q->properties.is_active = true;
			increment_queue_count(gp->dqm, &q->gpreempt.pdd->qpd, q);
		}
	}
}

/* Is amdkfd resetting the GPU, or about to, because of this? */
static bool is_reset(int ret)
{
	return ret == -EIO || ret == -ETIME || ret == -ETIMEDOUT;
}

/*
 * No queue is off any more as far as amdkfd knows. What is left to do depends
 * on why: during a reset (-EIO) amdkfd maps everything again when it is over;
 * a hang (-ETIME) is about to be reset, and trying again after each reset could
 * go on for ever; anything else left the runlist unmapped. If that can't be
 * mended now, the next change does it, be it an enable or a disable.
 */
static enum kfd_gpreempt_exit handle_failure(struct kfd_gpreempt *gp, int ret)
{
	unsigned long flags;

	kfd_gpreempt_release_all(gp);

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->stats.failures++;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (!is_reset(ret) && gp->mechanism->submit)
		ret = gp->mechanism->submit(gp, 0);
	if (!ret || ret == -EIO)
		return KFD_GPREEMPT_EXIT_NONE;

	gp->runlist.unmapped = !is_reset(ret) && gp->mechanism->submit;
	return is_reset(ret) ? KFD_GPREEMPT_EXIT_HWS_HANG :
			       KFD_GPREEMPT_EXIT_MAP_FAILED;
}

/*
 * Queues that are mapped one by one: who comes first finds the GPU empty. Let it
 * be another one the next time.
 */
static void rotate_be(struct kfd_gpreempt *gp)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	list_rotate_left(&gp->be);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

static void trace_begin(struct kfd_gpreempt *gp,
			const struct kfd_gpreempt_batch *batch)
{
	struct kfd_gpreempt_name lc = {};
	u32 gpu_id = gp->dqm->dev->id;

	if (batch->cause == KFD_GPREEMPT_CAUSE_INVERSION)
		lc = waiting_lc(gp);
	if (kfd_gpreempt_is_preemption(batch->cause) && batch->off)
		trace_kfd_gpreempt_preempt_begin(gpu_id, gp->hold.seq,
						 batch->off, batch->cause,
						 &lc);
	else if (kfd_gpreempt_is_resume(batch->cause) && batch->on)
		trace_kfd_gpreempt_resume_begin(gpu_id, gp->hold.seq, batch->on,
						batch->cause);
}

static void trace_end(struct kfd_gpreempt *gp,
		      const struct kfd_gpreempt_batch *batch, int ret)
{
	u32 gpu_id = gp->dqm->dev->id;

	if (kfd_gpreempt_is_preemption(batch->cause)) {
		if (batch->off)
			trace_kfd_gpreempt_preempt_end(gpu_id, gp->hold.seq,
						       batch->off, batch->cause,
						       ret, batch->duration_ns);
	} else if (kfd_gpreempt_is_resume(batch->cause)) {
		if (batch->on)
			trace_kfd_gpreempt_resume_end(gpu_id, gp->hold.seq,
						      batch->on, batch->cause,
						      ret, batch->duration_ns);
	} else if (batch->off || batch->on) {
		trace_kfd_gpreempt_change(gpu_id, batch->off, batch->on,
					  batch->cause, ret,
					  batch->duration_ns);
	}
}

/**
 * kfd_gpreempt_batch_commit() - make the changes that were put together
 * @gp: the node's scheduler
 * @batch: why and how; the rest is filled in
 *
 * If nothing becomes active or inactive, nothing is submitted. On failure no
 * queue is off any more; the batch's @exit says whether to go on after that.
 *
 * Context: process; dqm lock held. Waits for waves to be saved.
 *
 * Return: 0 or a negative errno.
 */
int kfd_gpreempt_batch_commit(struct kfd_gpreempt *gp,
			      struct kfd_gpreempt_batch *batch)
{
	u64 start_ns;
	int ret;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	kfd_gpreempt_account(gp);
	count_changes(gp, batch);
	trace_begin(gp, batch);

	start_ns = ktime_get_ns();
	ret = turn_queues_off(gp, batch);
	if (!ret)
		ret = turn_queues_on(gp);
	if (batch->on && gp->mechanism->map)
		rotate_be(gp);
	if (!ret && gp->mechanism->submit &&
	    (batch->off || batch->on || gp->runlist.unmapped))
		ret = gp->mechanism->submit(gp, batch->on);
	batch->duration_ns = ktime_get_ns() - start_ns;
	trace_end(gp, batch, ret);

	batch->exit = KFD_GPREEMPT_EXIT_NONE;
	if (ret)
		batch->exit = handle_failure(gp, ret);
	else
		gp->runlist.unmapped = false;
	return ret;
}

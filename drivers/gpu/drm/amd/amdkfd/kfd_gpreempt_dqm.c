// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: how to take queues off the hardware and put them back, when the
 * hardware scheduler runs from a runlist.
 *
 * A batch of any size is one execute_queues_cpsch(): the waves of everything
 * that is mapped are saved, and a runlist without the held queues is mapped.
 * &queue_properties.is_gpreempted keeps a queue out of the runlist as
 * is_evicted and is_suspended do, and is independent of both: whoever
 * evaluates QUEUE_IS_ACTIVE() for another reason gets the right answer.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_gpreempt_trace.h"
#include "kfd_priv.h"

static struct kfd_process_device *queue_pdd(struct queue *q)
{
	return kfd_get_process_device_data(q->device, q->process);
}

/* GWS queues and queues next to a kernel debug queue are mapped for keeps. */
static bool is_preemptible(struct queue *q, struct kfd_process_device *pdd)
{
	return pdd && !pdd->qpd.is_debug && !q->gws && !q->properties.is_gws;
}

/* Return: whether the queue was active. */
static bool hold(struct device_queue_manager *dqm, struct queue *q)
{
	struct kfd_process_device *pdd = queue_pdd(q);

	if (q->properties.is_gpreempted || !is_preemptible(q, pdd))
		return false;

	q->properties.is_gpreempted = true;
	if (!q->properties.is_active)
		return false;

	q->properties.is_active = false;
	decrement_queue_count(dqm, &pdd->qpd, q);
	return true;
}

/* Return: whether the queue became active. */
static bool release(struct device_queue_manager *dqm, struct queue *q)
{
	struct kfd_process_device *pdd = queue_pdd(q);

	if (!q->properties.is_gpreempted)
		return false;

	q->properties.is_gpreempted = false;

	/* A queue that was reset for not answering must not run again. */
	if (!pdd || pdd->has_reset_queue || !QUEUE_IS_ACTIVE(q->properties))
		return false;

	q->properties.is_active = true;
	increment_queue_count(dqm, &pdd->qpd, q);
	return true;
}

static u32 hold_all(struct kfd_gpreempt *gp)
{
	struct queue *q;
	u32 count = 0;

	list_for_each_entry(q, &gp->be, gpreempt.node)
		count += hold(gp->dqm, q);

	return count;
}

static u32 release_all(struct kfd_gpreempt *gp)
{
	struct queue *q;
	u32 count = 0;

	list_for_each_entry(q, &gp->be, gpreempt.node)
		count += release(gp->dqm, q);

	return count;
}

static void set_held(struct kfd_gpreempt *gp, bool held)
{
	u64 now_ns = ktime_get_ns();
	unsigned long flags;

	raw_spin_lock_irqsave(&gp->lock, flags);
	if (held && !gp->held)
		gp->held_since_ns = now_ns;
	else if (!held && gp->held)
		gp->stats.be_held_ns += now_ns - gp->held_since_ns;
	WRITE_ONCE(gp->held, held);
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/*
 * Queues are mapped one after the other, in the order of the runlist, and the
 * first ones find the compute units empty and fill them. Let others be first
 * the next time, or else frequent preemptions starve all but one process.
 */
static void rotate_runlist(struct device_queue_manager *dqm)
{
	struct device_process_node *process;

	list_rotate_left(&dqm->queues);
	list_for_each_entry(process, &dqm->queues, list)
		list_rotate_left(&process->qpd->queues_list);
}

static int submit(struct kfd_gpreempt *gp, u64 *duration_ns)
{
	u64 start_ns = ktime_get_ns();
	int ret;

	ret = execute_queues_cpsch(gp->dqm,
				   KFD_UNMAP_QUEUES_FILTER_DYNAMIC_QUEUES, 0,
				   USE_DEFAULT_GRACE_PERIOD);
	*duration_ns = ktime_get_ns() - start_ns;
	return ret;
}

/*
 * No queue is held any more as far as amdkfd knows. What is left to do
 * depends on why: during a reset (-EIO) amdkfd maps everything again when it
 * is over; a hang (-ETIME) is about to be reset, and trying again after each
 * reset could go on for ever; anything else left the runlist unmapped.
 */
static void handle_failure(struct kfd_gpreempt *gp, int ret)
{
	unsigned long flags;
	u64 duration_ns;

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->stats.failures++;
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	if (ret == -EIO)
		return;

	if (ret == -ETIME) {
		kfd_gpreempt_exit(gp, KFD_GPREEMPT_EXIT_HWS_HANG);
		return;
	}

	if (submit(gp, &duration_ns))
		kfd_gpreempt_exit(gp, KFD_GPREEMPT_EXIT_MAP_FAILED);
}

/**
 * kfd_gpreempt_preempt_be() - preempt every preemptible BE queue in one batch
 * @gp: the node's scheduler
 *
 * BE queues that are inactive for another reason are marked as well, so that
 * they don't come back in the middle. If no active queue was found, nothing
 * changes.
 *
 * Context: process; dqm lock held. Waits for the waves to be saved.
 */
void kfd_gpreempt_preempt_be(struct kfd_gpreempt *gp)
{
	unsigned long flags;
	u64 duration_ns;
	u32 count;
	int ret;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	count = hold_all(gp);
	if (!count) {
		if (!gp->held)
			release_all(gp);
		return;
	}

	gp->seq++;
	trace_kfd_gpreempt_preempt_begin(gp->dqm->dev->id, gp->seq, count);
	ret = submit(gp, &duration_ns);
	trace_kfd_gpreempt_preempt_end(gp->dqm->dev->id, gp->seq, count, ret,
				       duration_ns);
	if (ret) {
		release_all(gp);
		set_held(gp, false);
		handle_failure(gp, ret);
		return;
	}

	set_held(gp, true);
	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->stats.preemptions++;
	gp->stats.queues_preempted += count;
	gp->stats.preempt_ns += duration_ns;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_resume_be() - resume every held BE queue in one batch
 * @gp: the node's scheduler
 *
 * Afterwards no queue is held, also if amdkfd could not submit the runlist.
 *
 * Context: process; dqm lock held. Waits for the waves of what is mapped now.
 */
void kfd_gpreempt_resume_be(struct kfd_gpreempt *gp)
{
	unsigned long flags;
	u64 duration_ns;
	u32 count;
	int ret;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	count = release_all(gp);
	if (!count) {
		set_held(gp, false);
		return;
	}

	rotate_runlist(gp->dqm);
	trace_kfd_gpreempt_resume_begin(gp->dqm->dev->id, gp->seq, count);
	ret = submit(gp, &duration_ns);
	trace_kfd_gpreempt_resume_end(gp->dqm->dev->id, gp->seq, count, ret,
				      duration_ns);
	set_held(gp, false);
	if (ret) {
		handle_failure(gp, ret);
		return;
	}

	raw_spin_lock_irqsave(&gp->lock, flags);
	gp->stats.resumes++;
	gp->stats.queues_resumed += count;
	gp->stats.resume_ns += duration_ns;
	raw_spin_unlock_irqrestore(&gp->lock, flags);
}

/**
 * kfd_gpreempt_release_be() - let go of every held queue without a submission
 * @gp: the node's scheduler
 *
 * For a dqm that is being stopped: what it maps when it starts again includes
 * the queues.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_release_be(struct kfd_gpreempt *gp)
{
	lockdep_assert_held(&gp->dqm->lock_hidden);

	release_all(gp);
	set_held(gp, false);
}

/**
 * kfd_gpreempt_promote() - map queues that were held as BE and now are not BE
 * @gp: the node's scheduler
 * @promoted: the queues, by &kfd_gpreempt_queue.node
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_promote(struct kfd_gpreempt *gp, struct list_head *promoted)
{
	struct queue *q;
	u64 duration_ns;
	u32 count = 0;
	int ret;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	list_for_each_entry(q, promoted, gpreempt.node)
		count += release(gp->dqm, q);
	if (!count)
		return;

	ret = submit(gp, &duration_ns);
	if (ret)
		handle_failure(gp, ret);
}

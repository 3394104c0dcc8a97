// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: holding queues by hand.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_plan.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

static bool is_named(const struct queue *q, pid_t pid, int qid)
{
	return q->process->lead_thread->pid == pid &&
	       (qid < 0 || q->properties.queue_id == qid);
}

/* Return: number of queues that are called so. */
static u32 mark_named(struct kfd_gpreempt *gp, pid_t pid, int qid, bool hold)
{
	struct list_head *lists[] = { &gp->lc, &gp->be };
	u32 found = 0;
	struct queue *q;
	int i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		list_for_each_entry(q, lists[i], gpreempt.node) {
			if (!is_named(q, pid, qid))
				continue;
			if (hold)
				q->gpreempt.next_off |= KFD_GPREEMPT_OFF_HELD;
			else
				q->gpreempt.next_off &= ~KFD_GPREEMPT_OFF_HELD;
			found++;
		}
	}
	return found;
}

static bool is_system_queue(struct kfd_gpreempt *gp, pid_t pid, int qid)
{
	struct queue *q;

	list_for_each_entry(q, &gp->system, gpreempt.node) {
		if (is_named(q, pid, qid))
			return true;
	}
	return false;
}

static int change_named(struct kfd_gpreempt *gp, pid_t pid, int qid, bool hold,
			enum kfd_gpreempt_way way)
{
	struct kfd_gpreempt_batch batch = {
		.cause = KFD_GPREEMPT_CAUSE_HAND,
		.way = way,
	};
	const struct kfd_gpreempt_plan place = { .place = true };

	lockdep_assert_held(&gp->dqm->lock_hidden);

	if (!kfd_gpreempt_running(gp))
		return -EBUSY;

	kfd_gpreempt_batch_begin(gp);
	if (!mark_named(gp, pid, qid, hold))
		return is_system_queue(gp, pid, qid) ? -EBUSY : -ESRCH;

	/* A slot that is free now, or taken away, concerns the others too. */
	kfd_gpreempt_account(gp);
	kfd_gpreempt_carry_out(gp, &place);
	return kfd_gpreempt_commit(gp, &batch);
}

/**
 * kfd_gpreempt_hold() - hold queues off until they are let go
 * @gp: the node's scheduler
 * @pid: their process
 * @qid: queue number as in proc/<pid>/queues, or -1 for all of the process
 * @way: how to take them off; another than KFD_GPREEMPT_WAY_DEFAULT only
 *	without a hardware scheduler
 *
 * Context: process, may sleep; no locks held.
 *
 * Return: 0; -ESRCH if the node has no such queue; -EBUSY if the scheduler is
 * off or the queue may not be held; -EOPNOTSUPP for a way that the mode does
 * not have; or an error of the submission.
 */
int kfd_gpreempt_hold(struct kfd_gpreempt *gp, pid_t pid, int qid,
		      enum kfd_gpreempt_way way)
{
	int ret;

	if (way != KFD_GPREEMPT_WAY_DEFAULT &&
	    gp->mechanism != &kfd_gpreempt_nohws)
		return -EOPNOTSUPP;
	if (way == KFD_GPREEMPT_WAY_SAVE && !kfd_gpreempt_saves_waves(gp))
		return -EOPNOTSUPP;

	dqm_lock(gp->dqm);
	ret = change_named(gp, pid, qid, true, way);
	dqm_unlock(gp->dqm);
	kfd_gpreempt_notify(gp);
	return ret;
}

/**
 * kfd_gpreempt_let_go() - let go of what is held by hand
 * @gp: the node's scheduler
 * @pid: the process of the queues
 * @qid: queue number as in proc/<pid>/queues, or -1 for all of the process
 *
 * Context: process, may sleep; no locks held.
 *
 * Return: as kfd_gpreempt_hold().
 */
int kfd_gpreempt_let_go(struct kfd_gpreempt *gp, pid_t pid, int qid)
{
	int ret;

	dqm_lock(gp->dqm);
	ret = change_named(gp, pid, qid, false, KFD_GPREEMPT_WAY_DEFAULT);
	dqm_unlock(gp->dqm);
	kfd_gpreempt_notify(gp);
	return ret;
}

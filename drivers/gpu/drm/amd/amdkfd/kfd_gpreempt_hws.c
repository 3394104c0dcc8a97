// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: how queues go off and on the hardware where firmware schedules them.
 *
 * HWS runs from a runlist. A batch of any size is one execute_queues_cpsch(): the
 * waves of everything that is mapped are saved, and a runlist with what is active
 * now is mapped. MES, from gfx11 on, is told of each queue by itself.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_priv.h"

/* ---- the runlist ------------------------------------------------------- */

/* Only while the scheduler orders anything. */
static bool is_first(const struct qcm_process_device *qpd, const struct queue *q)
{
	const struct kfd_gpreempt *gp = qpd->dqm->dev->gpreempt;

	return gp && gp->runlist.thins && q->gpreempt.tracked &&
	       q->gpreempt.class == KFD_GPREEMPT_LC;
}

static struct queue *after(struct qcm_process_device *qpd, struct queue *q)
{
	if (list_is_last(&q->list, &qpd->queues_list))
		return list_first_entry(&qpd->queues_list, struct queue, list);
	return list_next_entry(q, list);
}

static struct queue *first_of(struct qcm_process_device *qpd)
{
	struct queue *q = qpd_to_pdd(qpd)->gpreempt.runlist_first;

	return q ? q : list_first_entry_or_null(&qpd->queues_list, struct queue,
						list);
}

/**
 * kfd_gpreempt_runlist_next() - the queues of a process as a runlist has them
 * @qpd: the process on its node
 * @q: a queue of it; NULL: none yet
 *
 * Queues are mapped one after the other, and the first ones find the compute
 * units empty and fill them. So LC comes first: it may have waves to restore. And
 * among the others let some be first that were not the last time, or else frequent
 * preemptions starve all but one. The list itself stays as it is: amdkfd walks it
 * with no more than the process' lock.
 *
 * Context: process; dqm lock held.
 *
 * Return: the queue that comes after @q, or NULL.
 */
struct queue *kfd_gpreempt_runlist_next(struct qcm_process_device *qpd,
					struct queue *q)
{
	struct queue *first = first_of(qpd);
	bool lc = !q || is_first(qpd, q);
	struct queue *at = q ? after(qpd, q) : first;

	lockdep_assert_held(&qpd->dqm->lock_hidden);

	if (!first)
		return NULL;
	for (;;) {
		if (q && at == first) {
			if (!lc)
				return NULL;
			lc = false;
		}
		if (is_first(qpd, at) == lc)
			return at;
		q = at;
		at = after(qpd, at);
	}
}

/**
 * kfd_gpreempt_runlist_forget() - a queue leaves the list of its process
 * @q: the queue, still in the list
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_runlist_forget(struct queue *q)
{
	struct kfd_process_device *pdd =
		kfd_get_process_device_data(q->device, q->process);

	if (pdd && pdd->gpreempt.runlist_first == q)
		pdd->gpreempt.runlist_first = NULL;
}

static bool has_lc(struct qcm_process_device *qpd)
{
	struct queue *q;

	list_for_each_entry(q, &qpd->queues_list, list) {
		if (is_first(qpd, q) && q->properties.is_active)
			return true;
	}
	return false;
}

/* Let another queue be the first of those that are not LC. */
static void rotate_queues(struct qcm_process_device *qpd)
{
	struct queue *first = first_of(qpd);
	struct queue *q = first;

	if (!first)
		return;
	do {
		q = after(qpd, q);
	} while (q != first && is_first(qpd, q));
	qpd_to_pdd(qpd)->gpreempt.runlist_first = q;
}

/* Processes are ordered as their queues are. */
static void order_runlist(struct device_queue_manager *dqm, bool rotate)
{
	struct device_process_node *process, *next;
	LIST_HEAD(lc);

	list_for_each_entry_safe(process, next, &dqm->queues, list) {
		if (rotate)
			rotate_queues(process->qpd);
		if (has_lc(process->qpd))
			list_move_tail(&process->list, &lc);
	}
	if (rotate) {
		list_rotate_left(&lc);
		list_rotate_left(&dqm->queues);
	}
	list_splice(&lc, &dqm->queues);
}

/* What resumes BE unmaps LC alone, which has nothing to do then. */
static u32 auto_grace_period(struct kfd_gpreempt *gp, u32 on)
{
	unsigned long flags;
	bool vain;

	raw_spin_lock_irqsave(&gp->lock, flags);
	vain = kfd_gpreempt_wait_is_vain(&gp->mix.waits);
	raw_spin_unlock_irqrestore(&gp->lock, flags);

	return vain && !on ? KFD_GPREEMPT_GRACE_SHORTEST :
			     USE_DEFAULT_GRACE_PERIOD;
}

static u32 grace_period(struct kfd_gpreempt *gp, u32 on)
{
	u32 kclk = READ_ONCE(gp->knobs.grace_period_kclk);

	switch (kclk) {
	case KFD_GPREEMPT_KNOB_AUTO:
		return auto_grace_period(gp, on);
	case KFD_GPREEMPT_GRACE_DEFAULT:
		return USE_DEFAULT_GRACE_PERIOD;
	default:
		return kclk;
	}
}

static int submit_runlist(struct kfd_gpreempt *gp, u32 on)
{
	order_runlist(gp->dqm, on);
	return execute_queues_cpsch(gp->dqm,
				    KFD_UNMAP_QUEUES_FILTER_DYNAMIC_QUEUES, 0,
				    grace_period(gp, on));
}

static u32 runlist_processes(struct kfd_gpreempt *gp)
{
	return max(gp->dqm->dev->max_proc_per_quantum, 1u);
}

const struct kfd_gpreempt_mechanism kfd_gpreempt_cpsch = {
	.submit = submit_runlist,
	.processes = runlist_processes,
};

/**
 * kfd_gpreempt_in_runlist() - does a process have an entry in the runlist?
 * @qpd: a process on its node
 *
 * amdkfd maps every process, also one without an active queue, and
 * over-subscribes when there are too many. One that we hold off altogether
 * needs no entry, and neither does one that has no queue yet, or any more.
 *
 * Context: process; dqm lock held.
 *
 * Return: true while the scheduler is off; else unless the process has no queue,
 * or all that keeps its queues from being active is gpreempt.
 */
bool kfd_gpreempt_in_runlist(const struct qcm_process_device *qpd)
{
	const struct kfd_gpreempt *gp = qpd->dqm->dev->gpreempt;
	struct queue *q;
	bool off = false;

	if (!gp || !gp->runlist.thins || !list_empty(&qpd->priv_queue_list))
		return true;
	if (list_empty(&qpd->queues_list))
		return false;

	list_for_each_entry(q, &qpd->queues_list, list) {
		if (q->properties.is_active)
			return true;
		off |= q->properties.is_gpreempted;
	}
	return !off;
}

/**
 * kfd_gpreempt_runlist_processes() - number of processes in the runlist
 * @dqm: the node's device queue manager
 *
 * Context: process; dqm lock held.
 *
 * Return: the number of those for which kfd_gpreempt_in_runlist() is true.
 */
u32 kfd_gpreempt_runlist_processes(const struct device_queue_manager *dqm)
{
	const struct device_process_node *process;
	u32 count = 0;

	list_for_each_entry(process, &dqm->queues, list)
		count += kfd_gpreempt_in_runlist(process->qpd);
	return count;
}

/* ---- MES --------------------------------------------------------------- */

static int remove_queue(struct kfd_gpreempt *gp, struct queue *q,
			enum kfd_gpreempt_way way)
{
	return remove_queue_mes(gp->dqm, q, &q->gpreempt.pdd->qpd);
}

static int add_queue(struct kfd_gpreempt *gp, struct queue *q)
{
	return add_queue_mes(gp->dqm, q, &q->gpreempt.pdd->qpd);
}

static u32 any_number_of_processes(struct kfd_gpreempt *gp)
{
	return U32_MAX;
}

const struct kfd_gpreempt_mechanism kfd_gpreempt_mes = {
	.unmap = remove_queue,
	.map = add_queue,
	.processes = any_number_of_processes,
};

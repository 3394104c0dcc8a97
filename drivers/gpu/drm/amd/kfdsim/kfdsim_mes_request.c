// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver asks MES for, and when it gets its answer.
 */
#include <linux/slab.h>

#include "kfdsim_hw.h"
#include "kfdsim_mes.h"
#include "kfdsim_trace.h"

#define MES_TIMEOUT_MS	2100	/* how long amdgpu waits for an answer */

static void mes_answer(struct kfdsim_mes *mes, u64 now)
{
	/* Unless the driver has given up, and perhaps asked for the next thing */
	if (mes->request && mes->request->taken) {
		complete(&mes->request->done);
		mes->request = NULL;
	}
	kfdsim_mes_idle(mes, now);
}

/* The work of the request is done; writing the answer takes a moment */
static void mes_done(struct kfdsim_mes *mes, u64 now)
{
	struct kfdsim_hw *hw = mes->node->hw;

	kfdsim_vmid_put_unused(mes->node);
	kfdsim_mes_step(mes, mes_answer, now + hw->sim->model.hws_fence_ns +
			(u64)hw->fail.slow_fence_us * NSEC_PER_USEC);
}

/* It is answered when all that there is room for is mapped */
static void mes_add_queue(struct kfdsim_mes *mes,
			  const struct kfdsim_mes_packet *p, u64 now)
{
	struct kfdsim_mes_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (!q) {
		mes->request->err = -ENOMEM;
	} else {
		q->p = *p;
		if (p->sdma)
			q->engine = kfdsim_mqd_sdma_engine(mes->node, p->mqd);
		list_add_tail(&q->link, &mes->queues);
	}
	kfdsim_mes_idle(mes, now);
}

static void mes_removed(struct kfdsim_mes *mes, u64 now)
{
	list_del(&mes->q->link);
	kfree(mes->q);
	mes->q = NULL;
	mes_done(mes, now);
}

/* What was never added, or is gone since a reset, is as good as removed */
static void mes_remove_queue(struct kfdsim_mes *mes, u32 doorbell, u64 now)
{
	mes->q = kfdsim_mes_find(mes, doorbell);
	if (!mes->q) {
		mes_done(mes, now);
		return;
	}
	kfdsim_mes_unmap(mes, mes->q, now);
	kfdsim_mes_wait(mes, mes_removed, now);
}

static void mes_suspend(struct kfdsim_mes *mes,
			const struct kfdsim_mes_packet *p, u64 now)
{
	struct kfdsim_mes_queue *q;

	list_for_each_entry(q, &mes->queues, link) {
		if (!p->all && q->p.gang != p->gang)
			continue;
		q->suspended = true;
		kfdsim_mes_unmap(mes, q, now);
	}
	kfdsim_mes_wait(mes, mes_done, now);
}

static void mes_resume(struct kfdsim_mes *mes,
		       const struct kfdsim_mes_packet *p, u64 now)
{
	struct kfdsim_mes_queue *q;

	list_for_each_entry(q, &mes->queues, link)
		if (p->all || q->p.gang == p->gang)
			q->suspended = false;
	kfdsim_mes_idle(mes, now);
}

/* Begin with the work that the driver asks for */
static void mes_begin(struct kfdsim_mes *mes, u64 now)
{
	struct kfdsim_hw *hw = mes->node->hw;
	const struct kfdsim_mes_packet *p;

	/* The driver may have given up while MES was busy */
	if (!mes->request) {
		kfdsim_mes_idle(mes, now);
		return;
	}
	p = mes->request->p;
	mes->request->taken = true;
	trace_mes_packet(mes->node, p, now);
	if (hw->fail.hws_hang) {
		mes->hung = true;
		hw->stats.hws_hangs++;
		return;
	}
	if (hw->fail.mes_refuse) {
		/* What amdgpu makes of a ring's fence without the status */
		hw->fail.mes_refuse--;
		mes->request->err = -ETIMEDOUT;
		mes_done(mes, now);
		return;
	}
	switch (p->op) {
	case KFDSIM_MES_ADD_QUEUE:
		hw->stats.mes_add_queue++;
		mes_add_queue(mes, p, now);
		break;
	case KFDSIM_MES_REMOVE_QUEUE:
		hw->stats.mes_remove_queue++;
		mes_remove_queue(mes, p->doorbell, now);
		break;
	case KFDSIM_MES_SUSPEND:
		hw->stats.mes_suspend++;
		mes_suspend(mes, p, now);
		break;
	case KFDSIM_MES_RESUME:
		hw->stats.mes_resume++;
		mes_resume(mes, p, now);
		break;
	case KFDSIM_MES_MISC:
		hw->stats.mes_misc++;
		mes_done(mes, now);
		break;
	}
}

/**
 * kfdsim_hw_mes_submit() - give MES something to do
 * @sim: the GPU
 * @p: what
 *
 * Return: 0 when it is done; -ETIMEDOUT when MES refuses it, or does not answer
 * for as long as amdgpu would wait; -EIO when the GPU was reset meanwhile; -ENOMEM.
 * Context: process, sleeps; one call at a time.
 */
int kfdsim_hw_mes_submit(struct kfdsim *sim, const struct kfdsim_mes_packet *p)
{
	struct kfdsim_mes_request request = {
		.p = p,
		.begin = mes_begin,
		.end = mes_done,
	};
	struct kfdsim_hw *hw = sim->hw;
	struct kfdsim_mes *mes = hw->nodes[0].mes;
	bool late;

	init_completion(&request.done);
	kfdsim_hw_lock(hw);
	WARN_ONCE(hw->off, "MES request while powered off\n");
	mes->request = &request;
	kfdsim_mes_next(mes, kfdsim_hw_enter(hw));
	kfdsim_hw_unlock(hw);

	if (wait_for_completion_timeout(&request.done,
					msecs_to_jiffies(MES_TIMEOUT_MS)))
		return request.err;
	kfdsim_hw_lock(hw);
	late = mes->request == &request;
	if (late)
		mes->request = NULL;
	kfdsim_hw_unlock(hw);
	return late ? -ETIMEDOUT : request.err;
}

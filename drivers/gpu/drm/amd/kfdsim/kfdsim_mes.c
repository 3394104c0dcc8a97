// SPDX-License-Identifier: GPL-2.0
/*
 * MES: the scheduler in firmware of gfx11. The driver adds and removes queues
 * one by one, and each request is answered when its work is done: a removal
 * when the waves are saved and the MQD is written.
 *
 * A queue that was added is mapped when there is a slot (HQD) and a VMID for
 * it. When there is not, it waits, and if it has work, which MES sees in the
 * write pointer in memory, it takes the place of
 * - a mapped queue that is idle, at once;
 * - else the queue that has been mapped longest, when the gang quantum is over.
 * So queues with work take turns. Every KFD queue is a gang of its own, all of
 * one global priority level, as the driver has them; priorities act on waves
 * only.
 *
 * Requests come before turns. A queue that does not let go of its slot keeps
 * MES from answering anything.
 */
#include <linux/slab.h>

#include "kfdsim_hw.h"
#include "kfdsim_mes.h"

static void mes_step_event(struct kfdsim_hw *hw, struct kfdsim_event *ev,
			   u64 now)
{
	struct kfdsim_mes *mes = container_of(ev, struct kfdsim_mes, step);

	mes->step_fn(mes, now);
}

/* Work until @when, and go on with @fn then */
void kfdsim_mes_step(struct kfdsim_mes *mes,
		     void (*fn)(struct kfdsim_mes *mes, u64 now), u64 when)
{
	mes->busy = true;
	mes->step_fn = fn;
	kfdsim_event_at(mes->node->hw, &mes->step, when);
}

/* Done; what is next? */
void kfdsim_mes_idle(struct kfdsim_mes *mes, u64 now)
{
	mes->busy = false;
	kfdsim_mes_next(mes, now);
}

/* ---- who could run --------------------------------------------------------- */

static bool mes_waits(const struct kfdsim_mes_queue *q)
{
	return !q->hqd && !q->suspended && !q->refused;
}

static bool mes_has_work(struct kfdsim_mes *mes,
			 const struct kfdsim_mes_queue *q)
{
	struct kfdsim_node *node = mes->node;
	const u64 *wptr = kfdsim_gart_ptr(node->hw->sim, q->p.wptr,
					  sizeof(*wptr));

	return wptr && kfdsim_mqd_has_work(node, q->p.mqd, q->p.sdma,
					   READ_ONCE(*wptr));
}

static bool mes_hqd_idle(const struct kfdsim_hqd *hqd)
{
	return hqd->error || (hqd->wptr == hqd->rptr && !hqd->copy_left &&
			      list_empty(&hqd->dispatches));
}

/* Is there a VMID, and a slot, for @q? */
static bool mes_has_room(struct kfdsim_mes *mes,
			 const struct kfdsim_mes_queue *q)
{
	return kfdsim_vmid_available(mes->node, q->p.pasid,
				     q->p.page_table_base) &&
	       kfdsim_hqd_free_slot(mes->node, q->p.sdma, q->engine);
}

/* The next queue to be mapped: those with work before those without */
static struct kfdsim_mes_queue *mes_mappable(struct kfdsim_mes *mes)
{
	struct kfdsim_mes_queue *q, *idle = NULL;

	list_for_each_entry(q, &mes->queues, link) {
		if (!mes_waits(q) || !mes_has_room(mes, q))
			continue;
		if (mes_has_work(mes, q))
			return q;
		if (!idle)
			idle = q;
	}
	return idle;
}

/* The queue that has had work, but no room, for longest */
static struct kfdsim_mes_queue *mes_starving(struct kfdsim_mes *mes)
{
	struct kfdsim_mes_queue *q;

	list_for_each_entry(q, &mes->queues, link)
		if (mes_waits(q) && mes_has_work(mes, q))
			return q;
	return NULL;
}

/* ---- mapping and unmapping --------------------------------------------------- */

static void mes_map(struct kfdsim_mes *mes, u64 now)
{
	struct kfdsim_node *node = mes->node;
	struct kfdsim_mes_queue *q = mes->q;
	struct kfdsim_hw *hw = node->hw;
	struct kfdsim_hqd *hqd;
	int vmid, err = -EFAULT;

	mes->q = NULL;
	hqd = kfdsim_hqd_free_slot(node, q->p.sdma, q->engine);
	vmid = kfdsim_vmid_get(node, q->p.pasid, q->p.page_table_base);
	if (hw->fail.map) {
		hw->fail.map--;
		hw->stats.map_refused++;
	} else if (hqd && vmid >= 0) {
		node->vmids[vmid].tba = q->p.tba;
		node->vmids[vmid].tma = q->p.tma;
		hqd->mqd[0] = q->p.mqd;
		hqd->is_static = false;
		err = kfdsim_hqd_map(hqd, vmid, q->p.wptr_va, NULL, now);
		if (err)
			dev_err_ratelimited(hw->sim->adev->dev,
					    "queue %#x of pasid %#x can't be mapped: %d\n",
					    q->p.doorbell, q->p.pasid, err);
	}
	q->refused = err;
	if (!err)
		q->hqd = hqd;
	list_move_tail(&q->link, &mes->queues);
	kfdsim_mes_idle(mes, now);
}

static void mes_dequeued(struct kfdsim_hqd *hqd, bool ok, u64 now)
{
	struct kfdsim_mes *mes = hqd->node->mes;
	struct kfdsim_mes_queue *q;

	list_for_each_entry(q, &mes->queues, link) {
		if (q->hqd != hqd)
			continue;
		q->hqd = NULL;
		list_move_tail(&q->link, &mes->queues);
		break;
	}
	/* The slot itself is free when this returns */
	if (!--mes->dequeues)
		kfdsim_mes_step(mes, mes->step_fn, now);
}

/* Ask @q to leave its slot, if it has one */
void kfdsim_mes_unmap(struct kfdsim_mes *mes, struct kfdsim_mes_queue *q,
		      u64 now)
{
	if (!q->hqd)
		return;
	mes->dequeues++;
	kfdsim_dequeue(q->hqd, KFDSIM_SAVE, mes_dequeued, 0, now);
}

/* Go on with @fn when all that were asked to leave have left */
void kfdsim_mes_wait(struct kfdsim_mes *mes,
		     void (*fn)(struct kfdsim_mes *mes, u64 now), u64 now)
{
	mes->busy = true;
	mes->step_fn = fn;
	if (!mes->dequeues)
		kfdsim_mes_step(mes, fn, now);
}

/* ---- turns ------------------------------------------------------------------- */

static void mes_rotated(struct kfdsim_mes *mes, u64 now)
{
	kfdsim_vmid_put_unused(mes->node);
	kfdsim_mes_idle(mes, now);
}

/* Up to @n compute queues go, longest mapped first. Return: how many. */
static unsigned int mes_take(struct kfdsim_mes *mes, unsigned int n, bool idle,
			     u64 now)
{
	struct kfdsim_mes_queue *q;
	unsigned int got = 0;

	list_for_each_entry(q, &mes->queues, link) {
		if (got == n)
			break;
		if (!q->hqd || q->p.sdma || mes_hqd_idle(q->hqd) != idle)
			continue;
		kfdsim_mes_unmap(mes, q, now);
		got++;
	}
	return got;
}

/* Nothing less than all queues of a process frees a VMID */
static unsigned int mes_take_process(struct kfdsim_mes *mes, u64 now)
{
	const struct kfdsim_mes_queue *first = NULL;
	struct kfdsim_mes_queue *q;
	unsigned int got = 0;

	list_for_each_entry(q, &mes->queues, link) {
		if (!q->hqd || (first && first->p.pasid != q->p.pasid))
			continue;
		if (!first)
			first = q;
		kfdsim_mes_unmap(mes, q, now);
		got++;
	}
	return got;
}

/* @first waits, and has work: who has to go? Return: whether anyone does. */
static bool mes_rotate(struct kfdsim_mes *mes,
		       const struct kfdsim_mes_queue *first, u64 now)
{
	bool expired = mes->expired;
	struct kfdsim_mes_queue *q;
	unsigned int n = 0, got = 0;

	mes->expired = false;
	if (!kfdsim_vmid_available(mes->node, first->p.pasid,
				   first->p.page_table_base)) {
		if (expired)
			got = mes_take_process(mes, now);
	} else {
		list_for_each_entry(q, &mes->queues, link)
			n += mes_waits(q) && !q->p.sdma && mes_has_work(mes, q);
		got = mes_take(mes, n, true, now);
		if (expired)
			got += mes_take(mes, n - got, false, now);
	}
	if (got && expired)
		mes->node->hw->stats.hws_rotations++;
	return got;
}

static void mes_quantum_over(struct kfdsim_hw *hw, struct kfdsim_event *ev,
			     u64 now)
{
	struct kfdsim_mes *mes = container_of(ev, struct kfdsim_mes, quantum);

	mes->expired = true;
	kfdsim_mes_next(mes, now);
}

/* MES is at leisure: what is next? */
void kfdsim_mes_next(struct kfdsim_mes *mes, u64 now)
{
	const struct kfdsim_model *model = &mes->node->hw->sim->model;
	struct kfdsim_mes_queue *q;

	if (mes->busy || mes->hung)
		return;
	q = mes_mappable(mes);
	if (q) {
		mes->q = q;
		kfdsim_mes_step(mes, mes_map, now + model->hws_map_process_ns +
				model->hws_map_queue_ns);
		return;
	}
	if (mes->request) {
		if (mes->request->taken)
			mes->request->end(mes, now);
		else
			kfdsim_mes_step(mes, mes->request->begin,
					now + model->hws_packet_ns);
		return;
	}
	q = mes_starving(mes);
	if (!q) {
		mes->expired = false;
		return;
	}
	if (mes_rotate(mes, q, now))
		kfdsim_mes_wait(mes, mes_rotated, now);
	else if (!kfdsim_event_pending(&mes->quantum))
		kfdsim_event_at(mes->node->hw, &mes->quantum,
				now + q->p.gang_quantum_ns);
}

/* Return: the queue with @doorbell, or NULL */
struct kfdsim_mes_queue *kfdsim_mes_find(struct kfdsim_mes *mes, u32 doorbell)
{
	struct kfdsim_mes_queue *q;

	list_for_each_entry(q, &mes->queues, link)
		if (q->p.doorbell == doorbell)
			return q;
	return NULL;
}

/* ---- what the others call ------------------------------------------------------- */

/*
 * A doorbell was rung that no mapped queue has. Return: whether it is that of a
 * queue that waits; MES looks at its write pointer then.
 */
bool kfdsim_mes_rung(struct kfdsim_node *node, u32 doorbell, u64 now)
{
	if (!node->mes || !kfdsim_mes_find(node->mes, doorbell))
		return false;
	kfdsim_mes_next(node->mes, now);
	return true;
}

/* Forget every queue; what was mapped is gone already */
void kfdsim_mes_stop(struct kfdsim_node *node)
{
	struct kfdsim_mes *mes = node->mes;
	struct kfdsim_mes_queue *q, *tmp;

	if (!mes)
		return;
	kfdsim_event_cancel(node->hw, &mes->step);
	kfdsim_event_cancel(node->hw, &mes->quantum);
	list_for_each_entry_safe(q, tmp, &mes->queues, link) {
		list_del(&q->link);
		kfree(q);
	}
	if (mes->request) {
		mes->request->err = -EIO;
		complete(&mes->request->done);
	}
	mes->request = NULL;
	mes->q = NULL;
	mes->hung = false;
	mes->busy = false;
	mes->expired = false;
	mes->dequeues = 0;
}

/**
 * kfdsim_mes_init() - power on; take over the resources that are KFD's
 * @node: a node of a chip that has MES
 *
 * Return: 0 or -ENOMEM. Context: process.
 */
int kfdsim_mes_init(struct kfdsim_node *node)
{
	const struct amdgpu_device *adev = node->hw->sim->adev;
	const struct kfdsim_model *model = &node->hw->sim->model;
	struct kfdsim_mes *mes = kzalloc(sizeof(*mes), GFP_KERNEL);
	unsigned int i;

	if (!mes)
		return -ENOMEM;
	mes->node = node;
	INIT_LIST_HEAD(&mes->queues);
	kfdsim_event_init(&mes->step, mes_step_event);
	kfdsim_event_init(&mes->quantum, mes_quantum_over);
	node->mes = mes;
	node->vmid_mask = GENMASK(KFDSIM_NUM_VMID - 1,
				  adev->vm_manager.first_kfd_vmid);
	for (i = 0; i < model->pipes * model->queues_per_pipe; i++)
		if (!test_bit(i, adev->gfx.mec_bitmap[0].queue_bitmap))
			node->queue_mask |= BIT_ULL(i);
	return 0;
}

/* Power off */
void kfdsim_mes_free(struct kfdsim_node *node)
{
	kfree(node->mes);
	node->mes = NULL;
}

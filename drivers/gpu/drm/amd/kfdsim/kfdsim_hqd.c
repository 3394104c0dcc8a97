// SPDX-License-Identifier: GPL-2.0
/*
 * Hardware queue slots: mapping a queue into one, its doorbell and pointers,
 * its memory accesses and its errors. HWS and the register interface both end
 * here.
 */
#include <linux/string_choices.h>
#include <uapi/linux/kfd_ioctl.h>

#include "kfdsim_hw.h"
#include "kfdsim_trace.h"

static void kfdsim_fetch_event(struct kfdsim_hw *hw, struct kfdsim_event *ev,
			       u64 now)
{
	struct kfdsim_hqd *hqd = container_of(ev, struct kfdsim_hqd, fetch);

	/* An SDMA copy that has begun is finished even on the way out */
	if (hqd->error || (hqd->state != KFDSIM_HQD_ACTIVE && !hqd->copy_left))
		return;
	switch (hqd->kind) {
	case KFDSIM_AQL:
		kfdsim_aql_fetch(hqd, now);
		break;
	case KFDSIM_PM4:
		kfdsim_pm4_fetch(hqd, now);
		break;
	case KFDSIM_SDMA:
		kfdsim_sdma_fetch(hqd, now);
		break;
	}
}

/* A slot's place in its node; once, at power on */
void kfdsim_hqd_init(struct kfdsim_hqd *hqd, struct kfdsim_node *node,
		     unsigned int pipe, unsigned int queue, bool sdma)
{
	hqd->node = node;
	hqd->pipe = pipe;
	hqd->queue = queue;
	hqd->sdma = sdma;
	INIT_LIST_HEAD(&hqd->active_link);
	INIT_LIST_HEAD(&hqd->launch_link);
	INIT_LIST_HEAD(&hqd->dispatches);
	kfdsim_event_init(&hqd->fetch, kfdsim_fetch_event);
	kfdsim_dequeue_init(hqd);
}

/*
 * A free slot that the scheduler in firmware may use; NULL if there is none.
 * Queues of one priority are spread over the pipes, as the pipes run them. An
 * SDMA queue is bound to its @engine.
 */
struct kfdsim_hqd *kfdsim_hqd_free_slot(struct kfdsim_node *node, bool sdma,
					unsigned int engine)
{
	const struct kfdsim_model *model = &node->hw->sim->model;
	unsigned int i, pipe, queue, slot;

	if (sdma) {
		slot = engine * model->sdma_queues_per_engine;
		for (i = 0; i < model->sdma_queues_per_engine; i++)
			if (slot + i < node->num_rlcs &&
			    node->rlcs[slot + i].state == KFDSIM_HQD_FREE)
				return &node->rlcs[slot + i];
		return NULL;
	}
	for (queue = 0; queue < model->queues_per_pipe; queue++) {
		for (pipe = 0; pipe < model->pipes; pipe++) {
			slot = pipe * model->queues_per_pipe + queue;
			if (node->queue_mask & BIT_ULL(slot) &&
			    node->hqds[slot].state == KFDSIM_HQD_FREE)
				return &node->hqds[slot];
		}
	}
	return NULL;
}

/* Empty the slot; its waves are gone or saved */
void kfdsim_hqd_free(struct kfdsim_hqd *hqd)
{
	struct kfdsim_hw *hw = hqd->node->hw;

	kfdsim_event_cancel(hw, &hqd->fetch);
	kfdsim_event_cancel(hw, &hqd->dequeue);
	kfdsim_event_cancel(hw, &hqd->timeout);
	list_del_init(&hqd->launch_link);
	list_del_init(&hqd->active_link);
	if (hqd->vm) {
		kfdsim_vm_put(hqd->vm);
		hqd->vm = NULL;
		hqd->node->vmids[hqd->vmid].queues--;
	}
	hqd->state = KFDSIM_HQD_FREE;
	hqd->xcc_mask = 0;
	hqd->error = false;
	hqd->deaf = false;
	hqd->barrier_wait = false;
	hqd->poll_ns = 0;
	hqd->head = NULL;
	hqd->copy_left = 0;
	hqd->dequeued = NULL;
	hqd->waiter = NULL;
	hqd->loaded = 0;
}

static int kfdsim_hqd_registers(struct kfdsim_hqd *hqd, u64 wptr_va,
				const struct v9_sdma_mqd *image)
{
	int err = kfdsim_mqd_load(hqd, image);

	if (err)
		return err;
	hqd->wptr_va = wptr_va;
	hqd->wptr = hqd->rptr;
	/* A ring from before is not news: memory has the write pointer */
	kfdsim_doorbell_take(hqd->node->hw->sim, hqd->doorbell);
	if (!hqd->error && wptr_va)
		err = kfdsim_vm_read(hqd->vm, wptr_va, &hqd->wptr,
				     sizeof(hqd->wptr));
	if (err)
		return err;
	if (!hqd->sdma && kfdsim_cwsr_restore(hqd)) {
		hqd->node->hw->stats.cwsr_errors++;
		kfdsim_compute_drop(hqd, hqd->node->hw->now);
		kfdsim_hqd_error(hqd, EC_QUEUE_PREEMPTION_ERROR,
				 "saved waves are damaged");
	}
	return 0;
}

/*
 * Map a queue into a free slot: load its registers, poll its write pointer,
 * bring its waves back. hqd->mqd[] and @vmid are set up. @wptr_va: where the
 * write pointer is. @image: registers of an SDMA queue that has no MQD address.
 * Return: 0 or an error, then the slot stays free.
 */
int kfdsim_hqd_map(struct kfdsim_hqd *hqd, unsigned int vmid, u64 wptr_va,
		   const struct v9_sdma_mqd *image, u64 now)
{
	struct kfdsim_node *node = hqd->node;
	struct kfdsim_vmid *v = &node->vmids[vmid];
	struct kfdsim_hw *hw = node->hw;
	int err;

	if (!v->vm)
		return -EFAULT;
	/* A reference of the slot's own: the VMID may be reprogrammed */
	hqd->vm = kfdsim_vm_get(hw->sim, v->page_table_base);
	if (!hqd->vm)
		return -EFAULT;
	hqd->vmid = vmid;
	hqd->pasid = v->pasid;
	v->queues++;
	hqd->xcc_mask = GENMASK(node->num_xcc - 1, 0);
	hqd->state = KFDSIM_HQD_ACTIVE;
	list_add_tail(&hqd->active_link, &hw->active);

	err = kfdsim_hqd_registers(hqd, wptr_va, image);
	if (err) {
		kfdsim_compute_drop(hqd, hw->now);
		kfdsim_hqd_free(hqd);
		return err;
	}
	hw->stats.hqd_maps++;
	trace_hqd_map(hqd, now);
	kfdsim_compute_ready(hqd, now);
	kfdsim_hqd_fetch_at(hqd, now + hw->sim->model.packet_ns);
	return 0;
}

/* Look at the ring at @when, unless a look is due before that anyway */
void kfdsim_hqd_fetch_at(struct kfdsim_hqd *hqd, u64 when)
{
	if (hqd->state != KFDSIM_HQD_ACTIVE || hqd->error)
		return;
	if (kfdsim_event_pending(&hqd->fetch) &&
	    hqd->fetch.node.expires <= when)
		return;
	kfdsim_event_at(hqd->node->hw, &hqd->fetch, when);
}

/*
 * What the packet at the read index waits for has not happened. Whoever makes
 * it happen does not tell us; firmware polls, and so do we, but only while such
 * a packet is at the head of a mapped queue.
 */
void kfdsim_hqd_poll(struct kfdsim_hqd *hqd, u64 now)
{
	const struct kfdsim_model *model = &hqd->node->hw->sim->model;

	if (!hqd->poll_ns)
		hqd->poll_ns = model->barrier_poll_ns;
	kfdsim_hqd_fetch_at(hqd, now + hqd->poll_ns);
	hqd->poll_ns = min(hqd->poll_ns * 2, model->barrier_poll_max_ns);
}

/* The comparison that a packet asks for, of memory with what it expects */
bool kfdsim_compare(u32 func, u32 value, u32 ref)
{
	switch (func) {
	case 0:
		return true;
	case 1:
		return value < ref;
	case 2:
		return value <= ref;
	case 3:
		return value == ref;
	case 4:
		return value != ref;
	case 5:
		return value >= ref;
	default:
		return value > ref;
	}
}

/* Names the packet at the read index, and grows with every packet */
u64 kfdsim_hqd_packet_id(const struct kfdsim_hqd *hqd)
{
	return hqd->kind == KFDSIM_PM4 ? kfdsim_pm4_packet_id(hqd) : hqd->rptr;
}

/* The queue's doorbell was rung with @value */
void kfdsim_hqd_rung(struct kfdsim_hqd *hqd, u64 value, u64 now)
{
	/*
	 * An AQL doorbell carries an index that another producer may already
	 * have passed: memory has the truth. For the others the value is it.
	 */
	if (hqd->kind == KFDSIM_AQL) {
		if (kfdsim_hqd_read(hqd, hqd->wptr_va, &hqd->wptr,
				    sizeof(hqd->wptr)))
			return;
	} else if ((s64)(value - hqd->wptr) > 0) {
		hqd->wptr = value;
	}
	kfdsim_hqd_fetch_at(hqd, now + hqd->node->hw->sim->model.packet_ns);
}

/* Report the read pointer, as the registers say */
void kfdsim_hqd_report_rptr(struct kfdsim_hqd *hqd)
{
	u32 rptr32 = lower_32_bits(hqd->rptr) & (hqd->ring_bytes / 4 - 1);

	if (!hqd->rptr_va)
		return;
	if (hqd->kind == KFDSIM_PM4)
		kfdsim_hqd_write(hqd, hqd->rptr_va, &rptr32, sizeof(rptr32));
	else
		kfdsim_hqd_write(hqd, hqd->rptr_va, &hqd->rptr,
				 sizeof(hqd->rptr));
}

/* ---- memory, as seen from the queue's VMID -------------------------------- */

int kfdsim_hqd_read(struct kfdsim_hqd *hqd, u64 va, void *buf, size_t len)
{
	int err = kfdsim_vm_read(hqd->vm, va, buf, len);

	if (err)
		kfdsim_hqd_fault(hqd, va, false);
	return err;
}

int kfdsim_hqd_write(struct kfdsim_hqd *hqd, u64 va, const void *buf,
		     size_t len)
{
	int err = kfdsim_vm_write(hqd->vm, va, buf, len);

	if (err)
		kfdsim_hqd_fault(hqd, va, true);
	return err;
}

/* ---- errors --------------------------------------------------------------- */

static void kfdsim_hqd_stop(struct kfdsim_hqd *hqd)
{
	struct kfdsim_hw *hw = hqd->node->hw;

	hqd->error = true;
	hw->stats.queue_errors++;
	kfdsim_event_cancel(hw, &hqd->fetch);
	kfdsim_compute_stop(hqd);
}

/* A no-retry page fault: report it; the queue stops */
void kfdsim_hqd_fault(struct kfdsim_hqd *hqd, u64 va, bool write)
{
	struct kfdsim_node *node = hqd->node;

	if (hqd->error)
		return;
	dev_err_ratelimited(node->hw->sim->adev->dev,
			    "queue %#x of pasid %#x: no mapping for %s at %#llx\n",
			    hqd->doorbell, hqd->pasid, str_write_read(write),
			    va);
	node->hw->stats.vm_faults++;
	kfdsim_hqd_stop(hqd);
	kfdsim_irq_vm_fault(node->hw->sim, node->first_xcc, hqd->vmid,
			    hqd->pasid, va, write);
}

/*
 * The packet processor can't go on. @code: EC_QUEUE_PACKET_*, for the
 * debugger; @what: for the log.
 */
void kfdsim_hqd_error(struct kfdsim_hqd *hqd, unsigned int code,
		      const char *what)
{
	struct kfdsim_node *node = hqd->node;

	if (hqd->error)
		return;
	dev_err_ratelimited(node->hw->sim->adev->dev,
			    "queue %#x of pasid %#x: %s at packet %llu\n",
			    hqd->doorbell, hqd->pasid, what, hqd->rptr);
	trace_queue_error(hqd, code, node->hw->now);
	kfdsim_hqd_stop(hqd);
	if (hqd->sdma)
		return;
	/* Fields of the context id: doorbell of the process, exception code */
	kfdsim_irq_bad_opcode(node->hw->sim, node->first_xcc, hqd->vmid,
			      hqd->pasid,
			      ((hqd->doorbell >> 1) & 0x3ff) | code << 10);
}

/* Return: resident waves on all XCCs */
u32 kfdsim_hqd_waves(const struct kfdsim_hqd *hqd)
{
	u32 waves = 0;
	int i;

	for (i = 0; i < hqd->node->num_xcc; i++)
		waves += hqd->waves[i];
	return waves;
}

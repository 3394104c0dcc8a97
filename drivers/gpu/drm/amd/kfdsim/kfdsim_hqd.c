// SPDX-License-Identifier: GPL-2.0
/*
 * A hardware queue slot and the queue in it: its doorbell and pointers, its
 * memory accesses and its errors.
 */
#include <linux/string_choices.h>

#include "kfdsim_hw.h"
#include "kfdsim_trace.h"

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
	u64 when;

	if (!hqd->poll_ns)
		hqd->poll_ns = model->barrier_poll_ns;
	when = now + hqd->poll_ns;
	/*
	 * Who has waited for long looks together with all others that have: one
	 * by one, twenty queues take a CPU for themselves.
	 */
	if (hqd->poll_ns == model->barrier_poll_max_ns)
		when -= when % hqd->poll_ns;
	kfdsim_hqd_fetch_at(hqd, when);
	hqd->poll_ns = min(hqd->poll_ns * 2, model->barrier_poll_max_ns);
}

/**
 * kfdsim_hqd_completed() - a dispatch has ended, and is gone
 * @hqd: its queue
 * @now: model time
 *
 * The packet processor goes on if it waits for all. Context: hw->lock is held.
 */
void kfdsim_hqd_completed(struct kfdsim_hqd *hqd, u64 now)
{
	if (!hqd->barrier_wait || !list_empty(&hqd->dispatches))
		return;
	hqd->barrier_wait = false;
	kfdsim_hqd_fetch_at(hqd, now);
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
	if (hqd->kind != KFDSIM_PM4)
		return hqd->rptr;
	/* Those of an indirect buffer count behind the one that names it */
	return hqd->rptr * (2ULL * (KFDSIM_IB_MAX_DWORDS + 1)) + hqd->ib_next;
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
	kfdsim_launch_stop(hqd);
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

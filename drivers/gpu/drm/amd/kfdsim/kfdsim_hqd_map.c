// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping a queue into a slot, and which packet processor works on it then.
 * HWS, MES and the register interface all end here.
 */
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

/* Every workgroup of the packet at the read pointer has got its slots */
static void hqd_launched(struct kfdsim_hqd *hqd, u64 now)
{
	if (hqd->kind == KFDSIM_PM4)
		kfdsim_pm4_launched(hqd, now);
	else
		kfdsim_aql_retire(hqd, now);
}

static const struct kfdsim_hqd_ops hqd_ops = {
	.launched = hqd_launched,
	.ended = kfdsim_dequeue_progress,
};

/* A slot's place in its node; once, at power on */
void kfdsim_hqd_init(struct kfdsim_hqd *hqd, struct kfdsim_node *node,
		     unsigned int pipe, unsigned int queue, bool sdma)
{
	hqd->node = node;
	hqd->ops = &hqd_ops;
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
	kfdsim_launch_ready(hqd, now);
	kfdsim_hqd_fetch_at(hqd, now + hw->sim->model.packet_ns);
	return 0;
}

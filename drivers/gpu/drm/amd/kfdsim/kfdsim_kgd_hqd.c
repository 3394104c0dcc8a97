// SPDX-License-Identifier: GPL-2.0
/*
 * The register interface of queue slots: which one is meant, loading queues
 * into slots, and taking them off.
 */
#include <linux/slab.h>

#include "kfdsim_hw.h"
#include "kfdsim_kfd2kgd.h"
#include "amdgpu_amdkfd.h"
#include "amdgpu_reset.h"
#include "gc/gc_11_0_0_offset.h"
#include "sdma/sdma_4_4_2_offset.h"
#include "sdma0/sdma0_4_0_sh_mask.h"

/**
 * kfdsim_kgd_hqd_at() - the compute slot that a register access is about
 * @hw: the GPU
 * @pipe: MEC pipe
 * @queue: queue of the pipe
 * @inst: logical XCC
 *
 * Return: the slot; NULL if there is none. Context: any.
 */
struct kfdsim_hqd *kfdsim_kgd_hqd_at(struct kfdsim_hw *hw, u32 pipe, u32 queue,
				     u32 inst)
{
	const struct kfdsim_model *model = &hw->sim->model;

	if (inst >= model->num_xcc || pipe >= model->pipes ||
	    queue >= model->queues_per_pipe)
		return NULL;
	return &kfdsim_node_of(hw, inst)->hqds[pipe * model->queues_per_pipe +
					       queue];
}

/* SDMA engines are numbered through the device here */
static struct kfdsim_hqd *kfdsim_kgd_rlc_at(struct kfdsim_hw *hw, u32 engine, u32 queue)
{
	const struct kfdsim_model *model = &hw->sim->model;
	u32 per_node = model->sdma_engines / hw->num_nodes;

	if (engine >= per_node * hw->num_nodes ||
	    queue >= model->sdma_queues_per_engine)
		return NULL;
	return &hw->nodes[engine / per_node].rlcs[engine % per_node *
				model->sdma_queues_per_engine + queue];
}

/* ---- compute queues ----------------------------------------------------- */

/*
 * Called once for each XCC; the slot becomes active with the last one, since
 * all XCCs together run the queue.
 */
int kfdsim_hqd_load(struct amdgpu_device *adev, void *mqd, u32 pipe_id,
		    u32 queue_id, u32 __user *wptr,
			u32 wptr_shift, u32 wptr_mask,
			struct mm_struct *mm, u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_hqd *hqd = kfdsim_kgd_hqd_at(hw, pipe_id, queue_id, inst);
	const struct v9_mqd *m = mqd;
	u64 now;
	int err = 0;

	if (!hqd)
		return -EINVAL;
	kfdsim_hw_lock(hw);
	now = kfdsim_hw_enter(hw);
	if (hqd->state != KFDSIM_HQD_FREE) {
		err = -EBUSY;
		goto unlock;
	}
	hqd->mqd[inst - hqd->node->first_xcc] =
		(u64)m->cp_mqd_base_addr_hi << 32 | m->cp_mqd_base_addr_lo;
	hqd->loaded |= kfdsim_kgd_xcc_bit(hw, inst);
	if (hweight32(hqd->loaded) == hqd->node->num_xcc) {
		hqd->loaded = 0;
		hqd->is_static = false;
		err = kfdsim_hqd_map(hqd, m->cp_hqd_vmid, (uintptr_t)wptr, NULL,
				     now);
	}
unlock:
	kfdsim_hw_unlock(hw);
	return err;
}

static void dequeued(struct kfdsim_hqd *hqd, bool ok, u64 now)
{
	if (!hqd->waiter)
		return;
	hqd->waiter->ok = ok;
	complete(&hqd->waiter->done);
	hqd->waiter = NULL;
}

/* Return: 0, -ETIME, or -EIO when the GPU was reset meanwhile */
static int dequeue_and_wait(struct kfdsim_hw *hw, struct kfdsim_hqd *hqd,
			    enum kfdsim_dequeue how, unsigned int timeout_ms)
{
	struct kfdsim_waiter waiter = {};
	bool late;
	u64 now;

	init_completion(&waiter.done);
	kfdsim_hw_lock(hw);
	now = kfdsim_hw_enter(hw);
	if (hqd->state == KFDSIM_HQD_FREE) {
		kfdsim_hw_unlock(hw);
		return 0;
	}
	hqd->waiter = &waiter;
	kfdsim_dequeue(hqd, how, dequeued, 0, now);
	kfdsim_hw_unlock(hw);

	if (wait_for_completion_timeout(&waiter.done,
					msecs_to_jiffies(timeout_ms)))
		return waiter.ok ? 0 : -EIO;

	kfdsim_hw_lock(hw);
	late = hqd->waiter == &waiter;
	if (late) {
		hqd->waiter = NULL;
		hw->stats.preempt_failed++;
	}
	kfdsim_hw_unlock(hw);
	return late ? -ETIME : 0;
}

int kfdsim_hqd_destroy(struct amdgpu_device *adev, void *mqd,
		       enum kfd_preempt_type reset_type, unsigned int timeout,
			   u32 pipe_id, u32 queue_id, u32 inst)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_hqd *hqd = kfdsim_kgd_hqd_at(hw, pipe_id, queue_id, inst);
	enum kfdsim_dequeue how = KFDSIM_DRAIN;

	if (atomic_read(&adev->reset_domain->in_gpu_reset))
		return -EIO;
	if (!hqd)
		return -EINVAL;
	if (reset_type == KFD_PREEMPT_TYPE_WAVEFRONT_RESET)
		how = KFDSIM_RESET;
	else if (reset_type == KFD_PREEMPT_TYPE_WAVEFRONT_SAVE)
		how = KFDSIM_SAVE;
	return dequeue_and_wait(hw, hqd, how, timeout);
}

/* ---- SDMA queues ----------------------------------------------------------------- */

int kfdsim_hqd_sdma_load(struct amdgpu_device *adev, void *mqd,
			 u32 __user *wptr, struct mm_struct *mm)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	const struct v9_sdma_mqd *m = mqd;
	struct kfdsim_hqd *hqd = kfdsim_kgd_rlc_at(hw, m->sdma_engine_id,
					m->sdma_queue_id);
	u32 vmid = (m->sdmax_rlcx_rb_cntl &
		    SDMA0_RLC0_RB_CNTL__RB_VMID_MASK) >>
		   SDMA0_RLC0_RB_CNTL__RB_VMID__SHIFT;
	int err = -EBUSY;
	u64 now;

	if (!hqd)
		return -EINVAL;
	kfdsim_hw_lock(hw);
	now = kfdsim_hw_enter(hw);
	if (hqd->state == KFDSIM_HQD_FREE) {
		hqd->mqd[0] = 0;
		err = kfdsim_hqd_map(hqd, vmid, (uintptr_t)wptr, m, now);
	}
	kfdsim_hw_unlock(hw);
	return err;
}

/* Registers of an SDMA queue slot, from RB_CNTL to RB_WPTR_HI in a row */
struct sdma_regs {
	u32 rb_cntl;
	u32 doorbell_offset;
	u32 step;	/* to the next queue of the engine */
};

static const struct sdma_regs sdma_4_4_2_regs = {
	.rb_cntl = regSDMA_RLC0_RB_CNTL,
	.doorbell_offset = regSDMA_RLC0_DOORBELL_OFFSET,
	.step = regSDMA_RLC1_RB_CNTL - regSDMA_RLC0_RB_CNTL,
};

static const struct sdma_regs sdma_6_0_regs = {
	.rb_cntl = regSDMA0_QUEUE0_RB_CNTL,
	.doorbell_offset = regSDMA0_QUEUE0_DOORBELL_OFFSET,
	.step = regSDMA0_QUEUE1_RB_CNTL - regSDMA0_QUEUE0_RB_CNTL,
};

int kfdsim_hqd_sdma_dump(struct amdgpu_device *adev, u32 engine_id,
			 u32 queue_id, u32 (**dump)[2], u32 *n_regs)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct kfdsim_hqd *hqd = kfdsim_kgd_rlc_at(hw, engine_id, queue_id);
	const struct sdma_regs *regs = adev->enable_mes ? &sdma_6_0_regs :
							  &sdma_4_4_2_regs;
	u32 first = regs->rb_cntl + queue_id * regs->step;
	unsigned int n = 0;

	if (!hqd)
		return -EINVAL;
	*dump = kmalloc_array(8, sizeof(**dump), GFP_KERNEL);
	if (!*dump)
		return -ENOMEM;
#define DUMP(reg, value) do {						\
		(*dump)[n][0] = (reg) << 2;				\
		(*dump)[n++][1] = hqd->xcc_mask ? (value) : 0;		\
	} while (0)
	kfdsim_hw_lock(hw);
	DUMP(first, 1 | (ilog2(hqd->ring_bytes / 4)) << 1);
	DUMP(first + 1, lower_32_bits(hqd->ring >> 8));
	DUMP(first + 2, upper_32_bits(hqd->ring >> 8));
	DUMP(first + 3, lower_32_bits(hqd->rptr));
	DUMP(first + 4, upper_32_bits(hqd->rptr));
	DUMP(first + 5, lower_32_bits(hqd->wptr));
	DUMP(first + 6, upper_32_bits(hqd->wptr));
	DUMP(regs->doorbell_offset + queue_id * regs->step,
	     hqd->doorbell << 2);
	kfdsim_hw_unlock(hw);
#undef DUMP
	*n_regs = n;
	return 0;
}

bool kfdsim_hqd_sdma_is_occupied(struct amdgpu_device *adev, void *mqd)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	const struct v9_sdma_mqd *m = mqd;
	struct kfdsim_hqd *hqd = kfdsim_kgd_rlc_at(hw, m->sdma_engine_id,
					m->sdma_queue_id);
	bool occupied;

	if (!hqd)
		return false;
	kfdsim_hw_lock(hw);
	occupied = hqd->state != KFDSIM_HQD_FREE;
	kfdsim_hw_unlock(hw);
	return occupied;
}

int kfdsim_hqd_sdma_destroy(struct amdgpu_device *adev, void *mqd,
			    unsigned int timeout)
{
	struct kfdsim_hw *hw = kfdsim_kgd_hw(adev);
	struct v9_sdma_mqd *m = mqd;
	struct kfdsim_hqd *hqd = kfdsim_kgd_rlc_at(hw, m->sdma_engine_id,
					m->sdma_queue_id);
	int err;

	if (!hqd)
		return -EINVAL;
	err = dequeue_and_wait(hw, hqd, KFDSIM_DRAIN, timeout);
	if (err)
		return err;
	/* A slot that is free still has its registers */
	m->sdmax_rlcx_rb_rptr = lower_32_bits(hqd->rptr);
	m->sdmax_rlcx_rb_rptr_hi = upper_32_bits(hqd->rptr);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: what a compute queue's MQDs say, by the names of the registers
 * that they are loaded into.
 *
 * A queue has an MQD for each XCC. While the queue is on the hardware an MQD
 * is what was loaded last; the hardware writes it back when it takes the queue
 * off.
 */
#include <linux/seq_file.h>

#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_mqd_manager.h"
#include "kfd_priv.h"
#include "v10_structs.h"
#include "v11_structs.h"
#include "v12_structs.h"
#include "v9_structs.h"

enum mqd_layout {
	MQD_V9,
	MQD_V10,
	MQD_V11,
	MQD_V12,
	MQD_LAYOUTS,
};

struct mqd_field {
	const char *name;
	u16 offset[MQD_LAYOUTS];
};

/* _v10: the same register has two names there. */
#define FIELD_V10(_register, _member, _v10)				\
	{ #_register, {							\
		[MQD_V9] = offsetof(struct v9_mqd, _member),		\
		[MQD_V10] = offsetof(struct v10_compute_mqd, _v10),	\
		[MQD_V11] = offsetof(struct v11_compute_mqd, _member),	\
		[MQD_V12] = offsetof(struct v12_compute_mqd, _member),	\
	} }

#define FIELD(_register, _member) FIELD_V10(_register, _member, _member)

static const struct mqd_field fields[] = {
	FIELD(CP_HQD_ACTIVE, cp_hqd_active),
	FIELD(CP_HQD_VMID, cp_hqd_vmid),
	FIELD(CP_HQD_PERSISTENT_STATE, cp_hqd_persistent_state),
	FIELD(CP_HQD_PIPE_PRIORITY, cp_hqd_pipe_priority),
	FIELD(CP_HQD_QUEUE_PRIORITY, cp_hqd_queue_priority),
	FIELD(CP_HQD_QUANTUM, cp_hqd_quantum),
	FIELD(CP_HQD_PQ_BASE, cp_hqd_pq_base_lo),
	FIELD(CP_HQD_PQ_BASE_HI, cp_hqd_pq_base_hi),
	FIELD(CP_HQD_PQ_RPTR, cp_hqd_pq_rptr),
	FIELD(CP_HQD_PQ_WPTR_LO, cp_hqd_pq_wptr_lo),
	FIELD(CP_HQD_PQ_WPTR_HI, cp_hqd_pq_wptr_hi),
	FIELD(CP_HQD_PQ_CONTROL, cp_hqd_pq_control),
	FIELD(CP_HQD_PQ_DOORBELL_CONTROL, cp_hqd_pq_doorbell_control),
	FIELD(CP_HQD_DEQUEUE_REQUEST, cp_hqd_dequeue_request),
	FIELD_V10(CP_HQD_HQ_STATUS0, cp_hqd_hq_status0, cp_hqd_hq_scheduler0),
	FIELD(CP_HQD_CTX_SAVE_BASE_ADDR_LO, cp_hqd_ctx_save_base_addr_lo),
	FIELD(CP_HQD_CTX_SAVE_BASE_ADDR_HI, cp_hqd_ctx_save_base_addr_hi),
	FIELD(CP_HQD_CTX_SAVE_CONTROL, cp_hqd_ctx_save_control),
	FIELD(CP_HQD_CTX_SAVE_SIZE, cp_hqd_ctx_save_size),
	FIELD(CP_HQD_CNTL_STACK_OFFSET, cp_hqd_cntl_stack_offset),
	FIELD(CP_HQD_CNTL_STACK_SIZE, cp_hqd_cntl_stack_size),
	FIELD(CP_HQD_WG_STATE_OFFSET, cp_hqd_wg_state_offset),
	FIELD(CP_HQD_EOP_RPTR, cp_hqd_eop_rptr),
	FIELD(CP_HQD_EOP_WPTR, cp_hqd_eop_wptr),
	FIELD(CP_HQD_ERROR, cp_hqd_error),
	FIELD(CP_HQD_AQL_CONTROL, cp_hqd_aql_control),
};

/* As amdkfd chooses who writes them */
static enum mqd_layout layout_of(const struct kfd_node *node)
{
	u32 version = KFD_GC_VERSION(node);

	if (version >= IP_VERSION(12, 0, 0))
		return MQD_V12;
	if (version >= IP_VERSION(11, 0, 0))
		return MQD_V11;
	return version >= IP_VERSION(10, 1, 1) ? MQD_V10 : MQD_V9;
}

/**
 * kfd_gpreempt_mqd_show() - show the MQDs of a queue
 * @m: where to
 * @q: a compute queue of a node with a scheduler, which begin with gfx9
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_mqd_show(struct seq_file *m, struct queue *q)
{
	struct device_queue_manager *dqm = q->device->dqm;
	struct mqd_manager *manager = dqm->mqd_mgrs[KFD_MQD_TYPE_CP];
	enum mqd_layout layout = layout_of(q->device);
	u64 stride = manager->mqd_stride(manager, &q->properties);
	u32 xcc, value;
	unsigned int i;

	for (xcc = 0; xcc < NUM_XCC(q->device->xcc_mask); xcc++) {
		seq_printf(m, "process %d queue %u XCC %u\n",
			   q->process->lead_thread->pid,
			   q->properties.queue_id, xcc);
		for (i = 0; i < ARRAY_SIZE(fields); i++) {
			value = *(u32 *)(q->mqd + stride * xcc +
					 fields[i].offset[layout]);
			seq_printf(m, "  %-28s 0x%08x\n", fields[i].name,
				   value);
		}
	}
}

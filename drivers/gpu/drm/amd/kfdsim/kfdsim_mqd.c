// SPDX-License-Identifier: GPL-2.0
/*
 * Memory queue descriptors: reading one into a slot, and writing back what
 * the hardware changed.
 *
 * A compute queue has one MQD for each XCC, cp_mqd_stride_size apart, that
 * must agree on everything but the save area and the CU mask.
 */
#include <linux/bitops.h>

#include "kfdsim_hw.h"
#include "kfdsim_trace.h"
#include "v11_structs.h"
#include "gc/gc_9_0_sh_mask.h"
#include "sdma0/sdma0_4_0_sh_mask.h"

#define MQD_FIELD(value, reg, field) \
	(((value) & reg##__##field##_MASK) >> reg##__##field##__SHIFT)

static u64 mqd_u64(u32 lo, u32 hi)
{
	return (u64)hi << 32 | lo;
}

/*
 * struct v9_mqd stands for the compute MQD of either generation: what is read
 * and written here is at the same place in both, and the register fields are
 * the same. What is not goes through a function that asks for the generation.
 */
#define SAME_PLACE(field)						\
	static_assert(offsetof(struct v9_mqd, field) ==			\
		      offsetof(struct v11_compute_mqd, field))

SAME_PLACE(compute_start_x);
SAME_PLACE(compute_start_z);
SAME_PLACE(compute_num_thread_x);
SAME_PLACE(compute_num_thread_z);
SAME_PLACE(compute_pgm_lo);
SAME_PLACE(compute_pgm_hi);
SAME_PLACE(compute_static_thread_mgmt_se0);
SAME_PLACE(compute_static_thread_mgmt_se1);
SAME_PLACE(compute_static_thread_mgmt_se2);
SAME_PLACE(compute_static_thread_mgmt_se3);
SAME_PLACE(cp_mqd_readindex_lo);
SAME_PLACE(cp_mqd_readindex_hi);
SAME_PLACE(cp_mqd_base_addr_lo);
SAME_PLACE(cp_hqd_active);
SAME_PLACE(cp_hqd_vmid);
SAME_PLACE(cp_hqd_persistent_state);
SAME_PLACE(cp_hqd_pipe_priority);
SAME_PLACE(cp_hqd_pq_base_lo);
SAME_PLACE(cp_hqd_pq_rptr);
SAME_PLACE(cp_hqd_pq_rptr_report_addr_lo);
SAME_PLACE(cp_hqd_pq_doorbell_control);
SAME_PLACE(cp_hqd_pq_control);
SAME_PLACE(cp_hqd_ib_rptr);
SAME_PLACE(cp_hqd_dequeue_request);
SAME_PLACE(cp_hqd_ctx_save_base_addr_lo);
SAME_PLACE(cp_hqd_cntl_stack_offset);
SAME_PLACE(cp_hqd_cntl_stack_size);
SAME_PLACE(cp_hqd_wg_state_offset);
SAME_PLACE(cp_hqd_ctx_save_size);
SAME_PLACE(cp_hqd_error);
SAME_PLACE(cp_hqd_aql_control);
SAME_PLACE(cp_hqd_pq_wptr_lo);
SAME_PLACE(cp_hqd_pq_wptr_hi);
SAME_PLACE(queue_doorbell_id0);
static_assert(sizeof(struct v9_mqd) == sizeof(struct v11_compute_mqd));
static_assert(sizeof(struct v9_sdma_mqd) == sizeof(struct v11_sdma_mqd));
static_assert(offsetof(struct v9_sdma_mqd, sdma_engine_id) ==
	      offsetof(struct v11_sdma_mqd, sdma_engine_id));
static_assert(offsetof(struct v9_sdma_mqd, sdmax_rlcx_rb_rptr_hi) ==
	      offsetof(struct v11_sdma_mqd, sdmax_rlcx_rb_rptr_hi));

/* Return: the MQD of @xcc; NULL when the driver has freed it */
struct v9_mqd *kfdsim_hqd_mqd(const struct kfdsim_hqd *hqd, unsigned int xcc)
{
	return kfdsim_gart_ptr(hqd->node->hw->sim, hqd->mqd[xcc],
			       sizeof(struct v9_mqd));
}

static struct v9_sdma_mqd *sdma_mqd(const struct kfdsim_hqd *hqd)
{
	return kfdsim_gart_ptr(hqd->node->hw->sim, hqd->mqd[0],
			       sizeof(struct v9_sdma_mqd));
}

static bool mqd_is_v11(const struct kfdsim_hqd *hqd)
{
	return kfdsim_model_has_mes(&hqd->node->hw->sim->model);
}

/*
 * Distance of the MQDs of a compute queue. Only chips of several XCCs have
 * the field. Return: 0 for SDMA, and for an MQD that is not there.
 */
u32 kfdsim_mqd_stride(struct kfdsim_node *node, u64 mqd, bool sdma)
{
	struct kfdsim *sim = node->hw->sim;
	struct v9_mqd *m = kfdsim_gart_ptr(sim, mqd, sizeof(*m));

	return m && !sdma && !kfdsim_model_has_mes(&sim->model) ?
	       m->cp_mqd_stride_size : 0;
}

static void mqd_se_masks(const struct kfdsim_hqd *hqd, const struct v9_mqd *m,
			 u32 *se_mask)
{
	const struct v11_compute_mqd *v11 = (const void *)m;

	se_mask[0] = m->compute_static_thread_mgmt_se0;
	se_mask[1] = m->compute_static_thread_mgmt_se1;
	se_mask[2] = m->compute_static_thread_mgmt_se2;
	se_mask[3] = m->compute_static_thread_mgmt_se3;
	if (!mqd_is_v11(hqd))
		return;
	se_mask[4] = v11->compute_static_thread_mgmt_se4;
	se_mask[5] = v11->compute_static_thread_mgmt_se5;
	se_mask[6] = v11->compute_static_thread_mgmt_se6;
	se_mask[7] = v11->compute_static_thread_mgmt_se7;
}

static void mqd_cu_mask(struct kfdsim_hqd *hqd, const struct v9_mqd *m,
			unsigned int xcc)
{
	const struct kfdsim_model *model = &hqd->node->hw->sim->model;
	unsigned int cu, num_cu = model->cu_per_xcc, first = xcc * num_cu;
	const struct kfdsim_xcc *x;
	u32 se_mask[8], all = U32_MAX;
	unsigned int se;

	x = &hqd->node->hw->xcc[hqd->node->first_xcc + xcc];
	mqd_se_masks(hqd, m, se_mask);
	for (se = 0; se < model->se_per_xcc; se++)
		all &= se_mask[se];
	if (all == U32_MAX) {
		bitmap_set(hqd->cu_mask, first, num_cu);
		return;
	}
	bitmap_clear(hqd->cu_mask, first, num_cu);
	for (cu = 0; cu < num_cu; cu++)
		if (se_mask[x->cu_se[cu]] & BIT(x->cu_bit[cu]))
			__set_bit(first + cu, hqd->cu_mask);
}

/* What all XCCs of a queue must agree on */
static bool mqd_consistent(const struct v9_mqd *a, const struct v9_mqd *b)
{
	const u32 size = CP_HQD_PQ_CONTROL__QUEUE_SIZE_MASK;

	return a->cp_hqd_pq_base_lo == b->cp_hqd_pq_base_lo &&
	       a->cp_hqd_pq_base_hi == b->cp_hqd_pq_base_hi &&
	       (a->cp_hqd_pq_control & size) == (b->cp_hqd_pq_control & size) &&
	       a->cp_hqd_pq_rptr_report_addr_lo ==
			b->cp_hqd_pq_rptr_report_addr_lo &&
	       a->cp_hqd_pq_rptr_report_addr_hi ==
			b->cp_hqd_pq_rptr_report_addr_hi &&
	       a->cp_hqd_pq_doorbell_control == b->cp_hqd_pq_doorbell_control &&
	       a->cp_hqd_aql_control == b->cp_hqd_aql_control &&
	       a->cp_hqd_pipe_priority == b->cp_hqd_pipe_priority &&
	       a->cp_hqd_vmid == b->cp_hqd_vmid &&
	       a->cp_hqd_persistent_state == b->cp_hqd_persistent_state &&
	       a->cp_hqd_ctx_save_size == b->cp_hqd_ctx_save_size &&
	       a->cp_hqd_cntl_stack_size == b->cp_hqd_cntl_stack_size;
}

/*
 * The first registers of an SDMA queue are at the same place in both
 * generations, but not the rest.
 */
static int sdma_mqd_load(struct kfdsim_hqd *hqd, const struct v9_sdma_mqd *m)
{
	const struct v11_sdma_mqd *v11 = (const void *)m;
	u32 doorbell;

	if (!m)
		return -EFAULT;
	hqd->kind = KFDSIM_SDMA;
	hqd->ring = mqd_u64(m->sdmax_rlcx_rb_base,
			    m->sdmax_rlcx_rb_base_hi) << 8;
	hqd->ring_bytes = 4U << MQD_FIELD(m->sdmax_rlcx_rb_cntl,
					  SDMA0_RLC0_RB_CNTL, RB_SIZE);
	hqd->rptr = mqd_u64(m->sdmax_rlcx_rb_rptr, m->sdmax_rlcx_rb_rptr_hi);
	if (mqd_is_v11(hqd)) {
		hqd->rptr_va = mqd_u64(v11->sdmax_rlcx_rb_rptr_addr_lo,
				       v11->sdmax_rlcx_rb_rptr_addr_hi);
		doorbell = v11->sdmax_rlcx_doorbell_offset;
	} else {
		hqd->rptr_va = mqd_u64(m->sdmax_rlcx_rb_rptr_addr_lo,
				       m->sdmax_rlcx_rb_rptr_addr_hi);
		doorbell = m->sdmax_rlcx_doorbell_offset;
	}
	hqd->doorbell = doorbell >> SDMA0_RLC0_DOORBELL_OFFSET__OFFSET__SHIFT;
	return 0;
}

/*
 * On gfx9.4.3 one XCC of each queue reports the read pointer, and the bit says
 * which. Gfx11 has it set for every AQL queue, whose read index the packet
 * processor then writes by itself.
 */
static bool mqd_reports_rptr(const struct kfdsim_hqd *hqd,
			     const struct v9_mqd *m)
{
	if (hqd->kind == KFDSIM_AQL && mqd_is_v11(hqd))
		return true;
	return !(m->cp_hqd_pq_control &
		 CP_HQD_PQ_CONTROL__NO_UPDATE_RPTR_MASK);
}

/* Which XCC executes PM4 packets: only chips of several XCCs have the field */
static u8 mqd_target_xcc(const struct kfdsim_hqd *hqd, const struct v9_mqd *m)
{
	return mqd_is_v11(hqd) ? 0 : min(m->pm4_target_xcc_in_xcp,
					 hqd->node->num_xcc - 1);
}

/* What PM4 packets have left behind: registers, and a buffer half done */
static void mqd_load_pm4(struct kfdsim_hqd *hqd, const struct v9_mqd *m)
{
	hqd->sh = (struct kfdsim_sh_regs) {
		.start = { m->compute_start_x, m->compute_start_y,
			   m->compute_start_z },
		.num_thread = { m->compute_num_thread_x,
				m->compute_num_thread_y,
				m->compute_num_thread_z },
		.pgm_lo = m->compute_pgm_lo,
		.pgm_hi = m->compute_pgm_hi,
	};
	hqd->ib_next = m->cp_hqd_ib_rptr;
}

static void mqd_store_pm4(const struct kfdsim_hqd *hqd, struct v9_mqd *m)
{
	const struct kfdsim_sh_regs *sh = &hqd->sh;

	m->compute_start_x = sh->start[0];
	m->compute_start_y = sh->start[1];
	m->compute_start_z = sh->start[2];
	m->compute_num_thread_x = sh->num_thread[0];
	m->compute_num_thread_y = sh->num_thread[1];
	m->compute_num_thread_z = sh->num_thread[2];
	m->compute_pgm_lo = sh->pgm_lo;
	m->compute_pgm_hi = sh->pgm_hi;
	m->cp_hqd_ib_rptr = hqd->ib_next;
}

static void mqd_load_master(struct kfdsim_hqd *hqd, const struct v9_mqd *m)
{
	hqd->kind = MQD_FIELD(m->cp_hqd_aql_control, CP_HQD_AQL_CONTROL,
			      CONTROL0) ? KFDSIM_AQL : KFDSIM_PM4;
	hqd->ring = mqd_u64(m->cp_hqd_pq_base_lo, m->cp_hqd_pq_base_hi) << 8;
	hqd->ring_bytes = 8U << MQD_FIELD(m->cp_hqd_pq_control,
					  CP_HQD_PQ_CONTROL, QUEUE_SIZE);
	hqd->doorbell = MQD_FIELD(m->cp_hqd_pq_doorbell_control,
				  CP_HQD_PQ_DOORBELL_CONTROL, DOORBELL_OFFSET);
	hqd->rptr_va = mqd_reports_rptr(hqd, m) ?
		       mqd_u64(m->cp_hqd_pq_rptr_report_addr_lo,
			       m->cp_hqd_pq_rptr_report_addr_hi) : 0;
	hqd->rptr = mqd_u64(m->cp_mqd_readindex_lo, m->cp_mqd_readindex_hi);
	hqd->priority = min_t(u32, m->cp_hqd_pipe_priority,
			      KFDSIM_NUM_PRIORITY - 1);
	hqd->target_xcc = mqd_target_xcc(hqd, m);
	hqd->ctx_size = m->cp_hqd_ctx_save_size;
	hqd->cntl_stack_size = m->cp_hqd_cntl_stack_size;
	hqd->cwsr = hqd->ctx_size > hqd->cntl_stack_size &&
		    MQD_FIELD(m->cp_hqd_persistent_state,
			      CP_HQD_PERSISTENT_STATE, QSWITCH_MODE);
	hqd->error = m->cp_hqd_error;
	if (hqd->kind == KFDSIM_PM4)
		mqd_load_pm4(hqd, m);
}

/*
 * Load the slot's registers from the MQDs at hqd->mqd[], or from @image.
 * Return: 0, -EFAULT when one is not memory, -EINVAL when they disagree.
 */
int kfdsim_mqd_load(struct kfdsim_hqd *hqd, const struct v9_sdma_mqd *image)
{
	struct v9_mqd *master, *m;
	unsigned int i;

	if (hqd->sdma)
		return sdma_mqd_load(hqd, image ?: sdma_mqd(hqd));

	master = kfdsim_hqd_mqd(hqd, 0);
	if (!master)
		return -EFAULT;
	mqd_load_master(hqd, master);
	hqd->save_mask = 0;
	for (i = 0; i < hqd->node->num_xcc; i++) {
		m = i ? kfdsim_hqd_mqd(hqd, i) : master;
		if (!m)
			return -EFAULT;
		if (!mqd_consistent(master, m)) {
			trace_mqd_mismatch(hqd, i, hqd->node->hw->now);
			return -EINVAL;
		}
		mqd_cu_mask(hqd, m, i);
		hqd->ctx_base[i] = mqd_u64(m->cp_hqd_ctx_save_base_addr_lo,
					   m->cp_hqd_ctx_save_base_addr_hi);
		hqd->cwsr &= !!hqd->ctx_base[i];
		if (m->cp_hqd_wg_state_offset > m->cp_hqd_cntl_stack_size)
			hqd->save_mask |= BIT(i);
	}
	if (!hqd->cwsr)
		hqd->save_mask = 0;
	return 0;
}

static void mqd_store_one(struct kfdsim_hqd *hqd, struct v9_mqd *m, u32 used)
{
	u32 dword_shift = hqd->kind == KFDSIM_AQL ? 4 : 0;
	u64 wptr = hqd->wptr << dword_shift;

	m->cp_mqd_readindex_lo = lower_32_bits(hqd->rptr);
	m->cp_mqd_readindex_hi = upper_32_bits(hqd->rptr);
	m->cp_hqd_pq_rptr = lower_32_bits(hqd->rptr << dword_shift) &
			    (hqd->ring_bytes / 4 - 1);
	m->cp_hqd_pq_wptr_lo = lower_32_bits(wptr);
	m->cp_hqd_pq_wptr_hi = upper_32_bits(wptr);
	m->cp_hqd_active = 0;
	m->cp_hqd_dequeue_request = 0;
	m->cp_hqd_error = hqd->error;
	/*
	 * The control stack stays empty: what it would index is in the header
	 * of the saved state.
	 */
	m->cp_hqd_cntl_stack_offset = m->cp_hqd_cntl_stack_size;
	m->cp_hqd_wg_state_offset = m->cp_hqd_cntl_stack_size + used;
	if (hqd->kind == KFDSIM_PM4)
		mqd_store_pm4(hqd, m);
}

/*
 * Write back what the hardware changed. MQDs that the driver has freed
 * meanwhile are left out.
 */
void kfdsim_mqd_store(struct kfdsim_hqd *hqd)
{
	struct v9_sdma_mqd *s;
	struct v9_mqd *m;
	unsigned int i;

	if (hqd->sdma) {
		s = hqd->mqd[0] ? sdma_mqd(hqd) : NULL;
		if (s) {
			s->sdmax_rlcx_rb_rptr = lower_32_bits(hqd->rptr);
			s->sdmax_rlcx_rb_rptr_hi = upper_32_bits(hqd->rptr);
		}
		return;
	}
	for (i = 0; i < hqd->node->num_xcc; i++) {
		m = kfdsim_hqd_mqd(hqd, i);
		if (m)
			mqd_store_one(hqd, m, hqd->save_used[i]);
	}
}

/*
 * Whether a queue that is not mapped has something to do, for a scheduler that
 * looks at memory to know: packets up to @wptr, or saved waves. A queue that
 * has stopped at an error has not.
 */
bool kfdsim_mqd_has_work(struct kfdsim_node *node, u64 mqd, bool sdma, u64 wptr)
{
	const struct v9_mqd *m = kfdsim_gart_ptr(node->hw->sim, mqd,
						 sizeof(*m));
	const struct v9_sdma_mqd *s = (const void *)m;

	if (!m)
		return false;
	if (sdma)
		return mqd_u64(s->sdmax_rlcx_rb_rptr,
			       s->sdmax_rlcx_rb_rptr_hi) != wptr;
	if (m->cp_hqd_error)
		return false;
	return m->cp_hqd_wg_state_offset > m->cp_hqd_cntl_stack_size ||
	       mqd_u64(m->cp_mqd_readindex_lo, m->cp_mqd_readindex_hi) != wptr;
}

/* The engine that the driver has given to an SDMA queue */
u8 kfdsim_mqd_sdma_engine(struct kfdsim_node *node, u64 mqd)
{
	const struct v9_sdma_mqd *m = kfdsim_gart_ptr(node->hw->sim, mqd,
						      sizeof(*m));

	return m ? m->sdma_engine_id : 0;
}

static const u32 *mqd_registers(const struct v9_mqd *m)
{
	return (const u32 *)m + offsetof(struct v9_mqd, cp_mqd_base_addr_lo) /
	       sizeof(u32);
}

#define DUMP_INDEX(field)						\
	((offsetof(struct v9_mqd, field) -				\
	  offsetof(struct v9_mqd, cp_mqd_base_addr_lo)) / sizeof(u32))

/*
 * The registers of a slot, CP_MQD_BASE_ADDR to CP_HQD_PQ_WPTR_HI: the MQD's
 * image with what has changed since it was loaded.
 * Return: 0, or -EFAULT.
 */
int kfdsim_mqd_dump(struct kfdsim_hqd *hqd, unsigned int xcc, u32 *regs)
{
	u32 dword_shift = hqd->kind == KFDSIM_AQL ? 4 : 0;
	u64 wptr = hqd->wptr << dword_shift;
	struct v9_mqd *m;

	memset(regs, 0, KFDSIM_HQD_REGS * sizeof(*regs));
	if (!(hqd->xcc_mask & BIT(xcc)))
		return 0;
	m = kfdsim_hqd_mqd(hqd, xcc);
	if (!m)
		return -EFAULT;
	memcpy(regs, mqd_registers(m), KFDSIM_HQD_REGS * sizeof(*regs));
	regs[DUMP_INDEX(cp_hqd_active)] = 1;
	regs[DUMP_INDEX(cp_hqd_vmid)] = hqd->vmid;
	regs[DUMP_INDEX(cp_hqd_pq_rptr)] =
		lower_32_bits(hqd->rptr << dword_shift) &
		(hqd->ring_bytes / 4 - 1);
	regs[DUMP_INDEX(cp_hqd_pq_wptr_lo)] = lower_32_bits(wptr);
	regs[DUMP_INDEX(cp_hqd_pq_wptr_hi)] = upper_32_bits(wptr);
	return 0;
}

/* The same registers of the HIQ on one XCC. Return: 0, or -EFAULT. */
int kfdsim_mqd_dump_hiq(struct kfdsim_node *node, u32 xcc_bit, u32 *regs)
{
	u32 ring_mask = node->hiq_dwords - 1;
	struct v9_mqd *m;

	memset(regs, 0, KFDSIM_HQD_REGS * sizeof(*regs));
	if (!(node->hiq_mask & xcc_bit))
		return 0;
	m = kfdsim_gart_ptr(node->hw->sim, node->hiq_mqd[ilog2(xcc_bit)],
			    sizeof(*m));
	if (!m)
		return -EFAULT;
	memcpy(regs, mqd_registers(m), KFDSIM_HQD_REGS * sizeof(*regs));
	regs[DUMP_INDEX(cp_hqd_active)] = 1;
	regs[DUMP_INDEX(cp_hqd_pq_rptr)] = lower_32_bits(node->hiq_rptr) &
					   ring_mask;
	regs[DUMP_INDEX(cp_hqd_pq_wptr_lo)] = lower_32_bits(node->hiq_wptr);
	regs[DUMP_INDEX(cp_hqd_pq_wptr_hi)] = upper_32_bits(node->hiq_wptr);
	return 0;
}

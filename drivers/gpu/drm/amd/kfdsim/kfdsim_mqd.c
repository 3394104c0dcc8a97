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
#include "gc/gc_9_0_sh_mask.h"
#include "sdma0/sdma0_4_0_sh_mask.h"

#define MQD_FIELD(value, reg, field) \
	(((value) & reg##__##field##_MASK) >> reg##__##field##__SHIFT)

static u64 mqd_u64(u32 lo, u32 hi)
{
	return (u64)hi << 32 | lo;
}

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

static u64 mqd_cu_mask(struct kfdsim_hqd *hqd, const struct v9_mqd *m,
		       unsigned int xcc)
{
	const u32 se_mask[] = {
		m->compute_static_thread_mgmt_se0,
		m->compute_static_thread_mgmt_se1,
		m->compute_static_thread_mgmt_se2,
		m->compute_static_thread_mgmt_se3,
	};
	struct kfdsim_hw *hw = hqd->node->hw;
	const struct kfdsim_xcc *x = &hw->xcc[hqd->node->first_xcc + xcc];
	unsigned int cu, num_cu = hw->sim->model.cu_per_xcc;
	u64 mask = 0;

	if ((se_mask[0] & se_mask[1] & se_mask[2] & se_mask[3]) == U32_MAX)
		return GENMASK_ULL(num_cu - 1, 0);
	for (cu = 0; cu < num_cu; cu++)
		if (se_mask[x->cu_se[cu]] & BIT(x->cu_bit[cu]))
			mask |= BIT_ULL(cu);
	return mask;
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

static int sdma_mqd_load(struct kfdsim_hqd *hqd, const struct v9_sdma_mqd *m)
{
	if (!m)
		return -EFAULT;
	hqd->kind = KFDSIM_SDMA;
	hqd->ring = mqd_u64(m->sdmax_rlcx_rb_base,
			    m->sdmax_rlcx_rb_base_hi) << 8;
	hqd->ring_bytes = 4U << MQD_FIELD(m->sdmax_rlcx_rb_cntl,
					  SDMA0_RLC0_RB_CNTL, RB_SIZE);
	hqd->rptr_va = mqd_u64(m->sdmax_rlcx_rb_rptr_addr_lo,
			       m->sdmax_rlcx_rb_rptr_addr_hi);
	hqd->doorbell = m->sdmax_rlcx_doorbell_offset >>
			SDMA0_RLC0_DOORBELL_OFFSET__OFFSET__SHIFT;
	hqd->rptr = mqd_u64(m->sdmax_rlcx_rb_rptr, m->sdmax_rlcx_rb_rptr_hi);
	return 0;
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
	hqd->rptr_va = m->cp_hqd_pq_control &
		       CP_HQD_PQ_CONTROL__NO_UPDATE_RPTR_MASK ? 0 :
		       mqd_u64(m->cp_hqd_pq_rptr_report_addr_lo,
			       m->cp_hqd_pq_rptr_report_addr_hi);
	hqd->rptr = mqd_u64(m->cp_mqd_readindex_lo, m->cp_mqd_readindex_hi);
	hqd->priority = min_t(u32, m->cp_hqd_pipe_priority,
			      KFDSIM_NUM_PRIORITY - 1);
	hqd->target_xcc = min(m->pm4_target_xcc_in_xcp,
			      hqd->node->num_xcc - 1);
	hqd->ctx_size = m->cp_hqd_ctx_save_size;
	hqd->cntl_stack_size = m->cp_hqd_cntl_stack_size;
	hqd->cwsr = hqd->ctx_size > hqd->cntl_stack_size &&
		    MQD_FIELD(m->cp_hqd_persistent_state,
			      CP_HQD_PERSISTENT_STATE, QSWITCH_MODE);
	hqd->error = m->cp_hqd_error;
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
		hqd->cu_mask[i] = mqd_cu_mask(hqd, m, i);
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

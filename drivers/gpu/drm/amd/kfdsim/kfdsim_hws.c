// SPDX-License-Identifier: GPL-2.0
/*
 * HWS: the scheduler in the CP's firmware, one for each node.
 *
 * It takes packets from the HIQ one after the other, and the next only when
 * the last one's work is done: an UNMAP_QUEUES is over when every wave is
 * saved and every MQD is written, and a QUERY_STATUS behind it writes its
 * fence after that. Between packets it rotates an over-subscribed runlist.
 */
#include "kfdsim_hw.h"
#include "kfdsim_trace.h"
#include "gc/gc_9_0_sh_mask.h"
#include "gc/gc_9_4_3_offset.h"
#include "kfd_pm4_headers_ai.h"
#include "kfd_pm4_opcodes.h"

#define HIQ_NOP_ONE		0x3fff	/* a NOP of this count has no body */
#define HIQ_MAX_DWORDS		16

static const u32 iq_wait_time2_reset = 0x40404040;

static void hws_step_event(struct kfdsim_hw *hw, struct kfdsim_event *ev,
			   u64 now)
{
	struct kfdsim_node *node = container_of(ev, typeof(*node), step);

	node->step_fn(node, now);
}

/* What HWS was working on is done */
static void hws_idle(struct kfdsim_node *node, u64 now)
{
	node->busy = false;
	kfdsim_hws_start(node, now);
}

static void hws_hang(struct kfdsim_node *node)
{
	node->hung = true;
	node->hw->stats.hws_hangs++;
	kfdsim_event_cancel(node->hw, &node->quantum);
}

/* ---- HIQ ------------------------------------------------------------------ */

/*
 * Every XCC runs the HIQ; those whose MQD forbids it don't report the read
 * pointer, and that is all but the master.
 */
static void hiq_report_rptr(struct kfdsim_node *node)
{
	u32 rptr = lower_32_bits(node->hiq_rptr) & (node->hiq_dwords - 1);
	struct kfdsim *sim = node->hw->sim;
	struct v9_mqd *m;
	unsigned int i;
	u32 *report;

	for (i = 0; i < node->num_xcc; i++) {
		m = kfdsim_gart_ptr(sim, node->hiq_mqd[i], sizeof(*m));
		if (!(node->hiq_mask & BIT(i)) || !m ||
		    m->cp_hqd_pq_control & CP_HQD_PQ_CONTROL__NO_UPDATE_RPTR_MASK)
			continue;
		report = kfdsim_gart_ptr(sim,
					 (u64)m->cp_hqd_pq_rptr_report_addr_hi << 32 |
			m->cp_hqd_pq_rptr_report_addr_lo, sizeof(*report));
		if (report)
			WRITE_ONCE(*report, rptr);
	}
}

/* Read @n dwords at the read pointer; zeroes if the ring is gone */
static void hiq_read(struct kfdsim_node *node, u32 *buf, unsigned int n)
{
	u32 *ring = kfdsim_gart_ptr(node->hw->sim, node->hiq_ring,
				    node->hiq_dwords * 4);
	unsigned int i;

	for (i = 0; i < n; i++)
		buf[i] = ring ? ring[(node->hiq_rptr + i) &
				     (node->hiq_dwords - 1)] : 0;
}

/* Return: length of the packet at the read pointer, 0 for garbage */
static unsigned int hiq_length(struct kfdsim_node *node, u32 header)
{
	const union PM4_MES_TYPE_3_HEADER h = { .u32All = header };
	unsigned int n = h.count + 2;

	if (h.opcode == IT_NOP && h.count == HIQ_NOP_ONE)
		n = 1;
	if (h.type != PM4_TYPE_3 || n > node->hiq_wptr - node->hiq_rptr ||
	    (h.opcode != IT_NOP && n > HIQ_MAX_DWORDS))
		return 0;
	return n;
}

/* ---- packets -------------------------------------------------------------- */

/* The work of the packet at the read pointer is done */
static void hws_packet_done(struct kfdsim_node *node, u64 now)
{
	node->hiq_rptr += node->hiq_packet;
	hiq_report_rptr(node);
	hws_idle(node, now);
}

static void hws_set_resources(struct kfdsim_node *node, const u32 *p)
{
	const struct pm4_mes_set_resources *sr = (const void *)p;

	node->vmid_mask = sr->bitfields2.vmid_mask;
	node->unmap_latency = sr->bitfields2.unmap_latency;
	node->queue_mask = (u64)sr->queue_mask_hi << 32 | sr->queue_mask_lo;
}

static void hws_write_fence(struct kfdsim_node *node, u64 now)
{
	u64 *fence = kfdsim_gart_ptr(node->hw->sim, node->fence_va,
				     sizeof(*fence));

	if (fence) {
		/* the driver acts on all that was written before it */
		smp_store_release(fence, node->fence);
	}
	hws_packet_done(node, now);
}

static void hws_query_status(struct kfdsim_node *node, const u32 *p, u64 now)
{
	const struct pm4_mes_query_status *qs = (const void *)p;
	struct kfdsim_hw *hw = node->hw;

	node->fence_va = (u64)qs->addr_hi << 32 | qs->addr_lo;
	node->fence = (u64)qs->data_hi << 32 | qs->data_lo;
	kfdsim_node_step(node, hws_write_fence,
			 now + hw->sim->model.hws_fence_ns +
			 (u64)hw->fail.slow_fence_us * NSEC_PER_USEC);
}

/* Return: false when it is not a write to a register that there is */
static bool hws_write_data(struct kfdsim_node *node, const u32 *p)
{
	const struct pm4_mec_write_data_mmio *wd = (const void *)p;

	if (wd->bitfields2.dst_sel != dst_sel___write_data__mem_mapped_register ||
	    wd->bitfields3.dst_mmreg_addr != KFDSIM_GC_REG(CP_IQ_WAIT_TIME2))
		return false;
	node->iq_wait_time2 = wd->data;
	return true;
}

static void hws_run_list(struct kfdsim_node *node, const u32 *p, u64 now)
{
	const struct pm4_mes_runlist *rl = (const void *)p;
	u64 ib = (u64)rl->ib_base_hi << 32 | (rl->ordinal2 & ~3U);

	if (kfdsim_runlist_load(node, ib, rl->bitfields4.ib_size)) {
		hws_hang(node);
		return;
	}
	node->rl.process_cnt = rl->bitfields4.process_cnt;
	kfdsim_runlist_map(node, hws_packet_done, now);
}

/* ---- UNMAP_QUEUES ---------------------------------------------------------- */

/* Firmware's way to say so: the doorbell goes into the HIQ's MQD */
static void hws_log_unanswered(struct kfdsim_node *node, u32 doorbell)
{
	const unsigned int max = 16;	/* queue_doorbell_id0 to 15 */
	struct v9_mqd *m = kfdsim_gart_ptr(node->hw->sim, node->hiq_mqd[0],
					   sizeof(*m));
	u32 *id;

	if (!m || node->unanswered >= max)
		return;
	id = (u32 *)m + offsetof(struct v9_mqd, queue_doorbell_id0) /
	     sizeof(*id);
	id[node->unanswered++] = doorbell;
}

static void hws_dequeued(struct kfdsim_hqd *hqd, bool ok, u64 now)
{
	struct kfdsim_node *node = hqd->node;

	if (!ok)
		hws_log_unanswered(node, hqd->doorbell);
	if (!--node->dequeues)
		kfdsim_node_step(node, node->step_fn, now);
}

/* Queues that have a slot, and that nobody has asked to leave before */
static bool match_dynamic(const struct kfdsim_hqd *hqd, u32 arg)
{
	return !hqd->is_static;
}

static bool match_all(const struct kfdsim_hqd *hqd, u32 arg)
{
	return true;
}

static bool match_pasid(const struct kfdsim_hqd *hqd, u32 pasid)
{
	return hqd->pasid == pasid;
}

/*
 * Ask all queues of @node that @match to leave, at once, and go on with
 * node->step_fn when they all have, or have failed to in time.
 */
static void hws_unmap(struct kfdsim_node *node, enum kfdsim_dequeue how,
		      bool (*match)(const struct kfdsim_hqd *hqd, u32 arg),
		      u32 arg, u64 now)
{
	u64 timeout_ns = node->unmap_latency * 100ULL * NSEC_PER_MSEC;
	struct kfdsim_hqd *hqd;

	node->unanswered = 0;
	node->dequeues = 0;
	list_for_each_entry(hqd, &node->hw->active, active_link) {
		if (hqd->node != node || hqd->state != KFDSIM_HQD_ACTIVE ||
		    !match(hqd, arg))
			continue;
		node->dequeues++;
		kfdsim_dequeue(hqd, how, hws_dequeued, timeout_ns, now);
	}
	if (!node->dequeues)
		kfdsim_node_step(node, node->step_fn, now);
}

static void hws_unmapped(struct kfdsim_node *node, u64 now)
{
	kfdsim_vmid_put_unused(node);
	hws_packet_done(node, now);
}

static bool hws_unmap_queues(struct kfdsim_node *node, const u32 *p, u64 now)
{
	const struct pm4_mes_unmap_queues *uq = (const void *)p;
	enum kfdsim_dequeue how;

	switch (uq->bitfields2.action) {
	case action__mes_unmap_queues__preempt_queues:
		how = KFDSIM_SAVE;
		break;
	case action__mes_unmap_queues__reset_queues:
		how = KFDSIM_RESET;
		break;
	default:
		return false;
	}
	/* What is not mapped now is not going to be: a new runlist will come */
	kfdsim_runlist_clear(node);
	node->step_fn = hws_unmapped;
	switch (uq->bitfields2.queue_sel) {
	case queue_sel__mes_unmap_queues__unmap_all_queues:
		hws_unmap(node, how, match_all, 0, now);
		return true;
	case queue_sel__mes_unmap_queues__unmap_all_non_static_queues:
		hws_unmap(node, how, match_dynamic, 0, now);
		return true;
	case queue_sel__mes_unmap_queues__perform_request_on_pasid_queues:
		hws_unmap(node, how, match_pasid, uq->bitfields3a.pasid, now);
		return true;
	default:
		return false;
	}
}

/* ---- rotation --------------------------------------------------------------- */

static void hws_quantum_over(struct kfdsim_hw *hw, struct kfdsim_event *ev,
			     u64 now)
{
	struct kfdsim_node *node = container_of(ev, typeof(*node), quantum);

	node->rotate = true;
	kfdsim_hws_start(node, now);
}

static void hws_rotated(struct kfdsim_node *node, u64 now)
{
	kfdsim_vmid_put_unused(node);
	kfdsim_runlist_map(node, hws_idle, now);
}

/* Unmap the current round, map the next */
static void hws_rotate(struct kfdsim_node *node, u64 now)
{
	node->hw->stats.hws_rotations++;
	node->step_fn = hws_rotated;
	hws_unmap(node, KFDSIM_SAVE, match_dynamic, 0, now);
}

/* ---- the firmware's main loop ----------------------------------------------- */

static void hws_packet(struct kfdsim_node *node, u64 now)
{
	struct kfdsim_stats *stats = &node->hw->stats;
	u32 p[HIQ_MAX_DWORDS], opcode;
	bool ok = true;
	unsigned int n;

	hiq_read(node, p, min_t(u64, HIQ_MAX_DWORDS,
				node->hiq_wptr - node->hiq_rptr));
	now = kfdsim_seen(now);
	n = hiq_length(node, p[0]);
	node->hiq_packet = n;
	if (n)
		kfdsim_hiq_log_packet(node, "hiq", p,
				      min_t(unsigned int, n, HIQ_MAX_DWORDS));
	opcode = (p[0] >> 8) & 0xff;
	trace_hws_packet(node, opcode, n, now);

	switch (n && !node->hw->fail.hws_hang ? opcode : 0) {
	case IT_NOP:
		stats->hiq_nop++;
		hws_packet_done(node, now);
		break;
	case IT_SET_RESOURCES:
		stats->hiq_set_resources++;
		hws_set_resources(node, p);
		hws_packet_done(node, now);
		break;
	case IT_WRITE_DATA:
		stats->hiq_write_data++;
		ok = hws_write_data(node, p);
		if (ok)
			hws_packet_done(node, now);
		break;
	case IT_RUN_LIST:
		stats->hiq_run_list++;
		hws_run_list(node, p, now);
		break;
	case IT_UNMAP_QUEUES:
		stats->hiq_unmap_queues++;
		ok = hws_unmap_queues(node, p, now);
		break;
	case IT_QUERY_STATUS:
		stats->hiq_query_status++;
		hws_query_status(node, p, now);
		break;
	default:
		ok = false;
	}
	/* As firmware does when it meets what it does not know */
	if (!ok)
		hws_hang(node);
}

/**
 * kfdsim_hws_start() - take the next packet, or rotate, if either is due
 * @node: the node, whose HWS may be busy
 * @now: model time
 *
 * Context: hw->lock is held.
 */
void kfdsim_hws_start(struct kfdsim_node *node, u64 now)
{
	u32 packet_ns = node->hw->sim->model.hws_packet_ns;

	if (node->busy || node->hung || !(node->hiq_mask & BIT(0)))
		return;
	if (node->hiq_rptr != node->hiq_wptr) {
		node->busy = true;
		kfdsim_node_step(node, hws_packet, now + packet_ns);
	} else if (node->rotate) {
		node->busy = true;
		node->rotate = false;
		kfdsim_node_step(node, hws_rotate, now + packet_ns);
	}
}

/* The HIQ is gone, and what firmware knew with it */
void kfdsim_hws_stop(struct kfdsim_node *node)
{
	struct kfdsim_hw *hw = node->hw;
	struct kfdsim_hqd *hqd;

	/* Queues that are on their way out go on, but nobody waits for them */
	list_for_each_entry(hqd, &hw->active, active_link)
		if (hqd->node == node && hqd->dequeued == hws_dequeued)
			hqd->dequeued = NULL;
	kfdsim_event_cancel(hw, &node->step);
	kfdsim_runlist_clear(node);
	kfdsim_hiq_doorbell_set(node, KFDSIM_NO_DOORBELL);
	node->hiq_mask = 0;
	node->hiq_rptr = 0;
	node->hiq_wptr = 0;
	node->hung = false;
	node->busy = false;
	node->dequeues = 0;
	node->iq_wait_time2 = iq_wait_time2_reset;
}

void kfdsim_hws_init(struct kfdsim_node *node)
{
	kfdsim_event_init(&node->step, hws_step_event);
	kfdsim_event_init(&node->quantum, hws_quantum_over);
	node->iq_wait_time2 = iq_wait_time2_reset;
	node->hiq_doorbell = KFDSIM_NO_DOORBELL;
	node->hw->kernel_doorbell[node->id] = KFDSIM_NO_DOORBELL;
}

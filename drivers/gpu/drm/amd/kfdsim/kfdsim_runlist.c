// SPDX-License-Identifier: GPL-2.0
/*
 * Runlists: decoding the IB, and mapping what fits, round by round.
 *
 * A round maps entries from rl->pos on until all have been looked at or
 * something runs out: processes (process_cnt), VMIDs, or HQDs. What is left
 * over waits. If the driver chained the runlist (it does when it knows that it
 * is over-subscribed), HWS has the next round begin there when the quantum is
 * over, with everything unmapped first.
 */
#include <linux/slab.h>

#include "kfdsim_hw.h"
#include "kfdsim_trace.h"
#include "kfd_pm4_headers_ai.h"
#include "kfd_pm4_headers_aldebaran.h"
#include "kfd_pm4_opcodes.h"

/* ---- decoding ------------------------------------------------------------- */

static u64 rl_u64(u32 lo, u32 hi)
{
	return (u64)hi << 32 | lo;
}

static void rl_process(struct kfdsim_rl_entry *e, const u32 *p)
{
	const struct pm4_mes_map_process_aldebaran *mp = (const void *)p;

	e->is_process = true;
	e->pasid = mp->bitfields2.pasid;
	e->quantum = mp->bitfields2.process_quantum;
	e->page_table_base = rl_u64(mp->vm_context_page_table_base_addr_lo32,
				    mp->vm_context_page_table_base_addr_hi32);
	e->sh_mem_config = mp->sh_mem_config;
	e->sh_mem_bases = mp->sh_mem_bases;
	e->tba = rl_u64(mp->sq_shader_tba_lo, mp->sq_shader_tba_hi) << 8;
	e->tma = rl_u64(mp->sq_shader_tma_lo, mp->sq_shader_tma_hi) << 8;
}

static void rl_queue(struct kfdsim_rl_entry *e, const u32 *p)
{
	const struct pm4_mes_map_queues *mq = (const void *)p;
	u32 engine = mq->bitfields2.engine_sel;

	e->is_process = false;
	e->is_static = mq->bitfields2.queue_type ==
		queue_type__mes_map_queues__normal_latency_static_queue_vi;
	e->doorbell = mq->bitfields3.doorbell_offset;
	e->mqd = rl_u64(mq->mqd_addr_lo, mq->mqd_addr_hi);
	e->wptr_va = rl_u64(mq->wptr_addr_lo, mq->wptr_addr_hi);
	switch (mq->bitfields2.extended_engine_sel) {
	case extended_engine_sel__mes_map_queues__sdma0_to_7_sel:
		e->sdma = true;
		e->engine = engine;
		break;
	case extended_engine_sel__mes_map_queues__sdma8_to_15_sel:
		e->sdma = true;
		e->engine = engine + 8;
		break;
	default:
		e->sdma = engine != engine_sel__mes_map_queues__compute_vi;
		e->engine = e->sdma ? engine -
			    engine_sel__mes_map_queues__sdma0_vi : 0;
	}
}

/*
 * Decode one packet of the IB. Return: its length in dwords, 0 when it is not
 * one that belongs there.
 */
static unsigned int rl_decode(struct kfdsim_node *node, const u32 *p,
			      unsigned int left)
{
	const union PM4_MES_TYPE_3_HEADER h = { .u32All = p[0] };
	const struct pm4_mes_runlist *chain = (const void *)p;
	struct kfdsim_runlist *rl = &node->rl;
	unsigned int n = h.count + 2;

	if (h.type != PM4_TYPE_3 || n > left)
		return 0;
	switch (h.opcode) {
	case IT_MAP_PROCESS:
		if (n != sizeof(struct pm4_mes_map_process_aldebaran) / 4)
			return 0;
		kfdsim_hiq_log_packet(node, "ib", p, n);
		node->hw->stats.runlist_map_process++;
		rl_process(&rl->entries[rl->n++], p);
		return n;
	case IT_MAP_QUEUES:
		if (n != sizeof(struct pm4_mes_map_queues) / 4 || !rl->n)
			return 0;
		kfdsim_hiq_log_packet(node, "ib", p, n);
		node->hw->stats.runlist_map_queues++;
		rl_queue(&rl->entries[rl->n++], p);
		return n;
	case IT_RUN_LIST:
		if (n != sizeof(*chain) / 4)
			return 0;
		kfdsim_hiq_log_packet(node, "ib", p, n);
		rl->chained = chain->bitfields4.chain;
		return n;
	default:
		return 0;
	}
}

/*
 * Take over the runlist in the IB at @ib. Return: 0, -EFAULT when it is not in
 * memory, -EINVAL when it is not a runlist, -ENOMEM.
 */
int kfdsim_runlist_load(struct kfdsim_node *node, u64 ib, u32 dwords)
{
	const unsigned int min_dwords = sizeof(struct pm4_mes_runlist) / 4;
	struct kfdsim_runlist *rl = &node->rl;
	unsigned int at, n;
	const u32 *p;

	kfdsim_runlist_clear(node);
	p = kfdsim_gart_ptr(node->hw->sim, ib, dwords * 4);
	if (!p)
		return -EFAULT;
	rl->entries = kvcalloc(dwords / min_dwords + 1, sizeof(*rl->entries),
			       GFP_KERNEL);
	if (!rl->entries)
		return -ENOMEM;
	for (at = 0; at < dwords; at += n) {
		n = rl_decode(node, p + at, dwords - at);
		if (!n)
			return -EINVAL;
		/* A chain leads back to the start: nothing after it is read */
		if (rl->chained)
			break;
	}
	return 0;
}

/* Forget the runlist; what is mapped stays mapped */
void kfdsim_runlist_clear(struct kfdsim_node *node)
{
	kfdsim_event_cancel(node->hw, &node->quantum);
	node->rotate = false;
	kvfree(node->rl.entries);
	memset(&node->rl, 0, sizeof(node->rl));
}

/* ---- mapping -------------------------------------------------------------- */

static struct kfdsim_hqd *rl_find_mapped(struct kfdsim_node *node, u64 mqd)
{
	struct kfdsim_hqd *hqd;

	list_for_each_entry(hqd, &node->hw->active, active_link)
		if (hqd->node == node && hqd->mqd[0] == mqd)
			return hqd;
	return NULL;
}

static struct kfdsim_rl_entry *rl_process_of(struct kfdsim_runlist *rl,
					     unsigned int pos)
{
	while (!rl->entries[pos].is_process)
		pos--;
	return &rl->entries[pos];
}

/*
 * Give a process a VMID. Page tables that are not there can't be helped, and
 * must not keep others from their turn: its queues will stay out.
 * Return: false when there is no VMID left.
 */
static bool rl_map_process(struct kfdsim_node *node, struct kfdsim_rl_entry *e)
{
	struct kfdsim_runlist *rl = &node->rl;
	int vmid;

	vmid = kfdsim_vmid_get(node, e->pasid, e->page_table_base);
	if (vmid < 0)
		return vmid != -ENOSPC;
	node->vmids[vmid].sh_mem_config = e->sh_mem_config;
	node->vmids[vmid].sh_mem_bases = e->sh_mem_bases;
	node->vmids[vmid].tba = e->tba;
	node->vmids[vmid].tma = e->tma;
	if (!rl->mapped++)
		rl->quantum_ns = (u64)e->quantum *
				 node->hw->sim->model.process_quantum_ns;
	return true;
}

static void rl_queue_mqds(struct kfdsim_node *node,
			  const struct kfdsim_rl_entry *e, u64 *mqd)
{
	u32 stride = kfdsim_mqd_stride(node, e->mqd, e->sdma);
	unsigned int i;

	for (i = 0; i < KFDSIM_MAX_XCC; i++)
		mqd[i] = e->mqd + (u64)i * stride;
}

/*
 * Map a queue. A queue that can't be mapped for another reason than a missing
 * slot stays out: firmware has no way to tell the driver.
 * Return: whether there was a slot.
 */
static bool rl_map_queue(struct kfdsim_node *node, struct kfdsim_rl_entry *e,
			 u64 now)
{
	struct kfdsim_rl_entry *p = rl_process_of(&node->rl, node->rl.pos);
	struct kfdsim_hw *hw = node->hw;
	struct kfdsim_hqd *hqd;
	int vmid, err;

	if (rl_find_mapped(node, e->mqd))
		return true;
	hqd = kfdsim_hqd_free_slot(node, e->sdma, e->engine);
	if (!hqd)
		return false;
	if (hw->fail.map) {
		hw->fail.map--;
		hw->stats.map_refused++;
		return true;
	}
	vmid = kfdsim_vmid_get(node, p->pasid, p->page_table_base);
	if (vmid < 0)
		return true;
	rl_queue_mqds(node, e, hqd->mqd);
	hqd->is_static = e->is_static;
	err = kfdsim_hqd_map(hqd, vmid, e->wptr_va, NULL, now);
	if (err)
		dev_err_ratelimited(hw->sim->adev->dev,
				    "queue %#x of pasid %#x can't be mapped: %d\n",
				    e->doorbell, p->pasid, err);
	return true;
}

/* The round is over: wait for the quantum if somebody waits for it to end */
static void rl_round_end(struct kfdsim_node *node, u64 now)
{
	struct kfdsim_runlist *rl = &node->rl;

	if (rl->todo && rl->chained)
		kfdsim_event_at(node->hw, &node->quantum, now +
				max_t(u64, rl->quantum_ns,
				      node->hw->sim->model.process_quantum_ns));
	rl->mapped_fn(node, now);
}

static void rl_step(struct kfdsim_node *node, u64 now);

/* Take the time that the entry at rl->pos takes */
static void rl_next(struct kfdsim_node *node, u64 now)
{
	const struct kfdsim_model *model = &node->hw->sim->model;
	struct kfdsim_runlist *rl = &node->rl;
	u32 ns = model->hws_packet_ns;

	if (!rl->todo) {
		rl_round_end(node, now);
		return;
	}
	ns += rl->entries[rl->pos].is_process ? model->hws_map_process_ns :
						model->hws_map_queue_ns;
	kfdsim_node_step(node, rl_step, now + ns);
}

static void rl_step(struct kfdsim_node *node, u64 now)
{
	struct kfdsim_runlist *rl = &node->rl;
	struct kfdsim_rl_entry *e = &rl->entries[rl->pos];
	bool room;

	/* A round may begin amid the queues of a process: that comes along */
	if (!e->is_process && !rl->mapped)
		rl_map_process(node, rl_process_of(rl, rl->pos));

	if (e->is_process)
		room = rl->mapped < rl->process_cnt && rl_map_process(node, e);
	else
		room = rl_map_queue(node, e, now);
	if (!room) {
		rl_round_end(node, now);
		return;
	}
	rl->pos = (rl->pos + 1) % rl->n;
	rl->todo--;
	rl_next(node, now);
}

/**
 * kfdsim_runlist_map() - map a round, beginning where the last one ended
 * @node: the node, whose HWS is busy with it
 * @mapped: what HWS goes on with when all is mapped that there is room for
 * @now: model time
 *
 * Context: hw->lock is held.
 */
void kfdsim_runlist_map(struct kfdsim_node *node,
			void (*mapped)(struct kfdsim_node *node, u64 now),
			u64 now)
{
	node->rl.mapped_fn = mapped;
	node->rl.todo = node->rl.n;
	node->rl.mapped = 0;
	rl_next(node, now);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Doorbells as the hardware sees them: what is in the inbox becomes events, and
 * whoever has the doorbell that was rung goes to work: a queue, HWS, MES.
 */
#include "kfdsim_hw.h"
#include "kfdsim_trace.h"

/*
 * Closing a page that was rung, and scanning it for rings of unmapped queues,
 * costs more than starting a dispatch: that comes first.
 */
#define KFDSIM_CLOSE_NS		3000

static void kfdsim_doorbell_rung(struct kfdsim_hqd *hqd, u64 value)
{
	struct kfdsim_hw *hw = hqd->node->hw;

	hw->stats.doorbells++;
	trace_doorbell(hqd, value, hw->now);
	kfdsim_hqd_rung(hqd, value, hw->now);
}

static void kfdsim_doorbell_collect(struct kfdsim_hw *hw)
{
	struct kfdsim_hqd *hqd, *tmp;
	u64 value;

	list_for_each_entry_safe(hqd, tmp, &hw->active, active_link) {
		value = kfdsim_doorbell_take(hw->sim, hqd->doorbell);
		if (value != KFDSIM_DOORBELL_NONE)
			kfdsim_doorbell_rung(hqd, value);
	}
}

static bool kfdsim_doorbell_claim(struct kfdsim *sim, u32 doorbell_off,
				  u64 value)
{
	struct kfdsim_hw *hw = sim->hw;
	struct kfdsim_hqd *hqd;

	list_for_each_entry(hqd, &hw->active, active_link) {
		if (hqd->doorbell == doorbell_off) {
			kfdsim_doorbell_rung(hqd, value);
			return true;
		}
	}
	return kfdsim_mes_rung(&hw->nodes[0], doorbell_off, hw->now);
}

static void kfdsim_doorbell_event(struct kfdsim_hw *hw, struct kfdsim_event *ev,
				  u64 now)
{
	kfdsim_doorbell_collect(hw);
	kfdsim_event_at(hw, &hw->close, now + KFDSIM_CLOSE_NS);
}

/*
 * A page is closed before what it holds counts as all that there is. What has
 * no taker then was rung for a queue that is not mapped; mapping it reads the
 * write pointer from memory, so nothing is lost by dropping it. Of a page that
 * is open but was not written to, the host side will remind us.
 */
static void kfdsim_doorbell_close(struct kfdsim_hw *hw, struct kfdsim_event *ev,
				  u64 now)
{
	kfdsim_doorbell_rearm(hw->sim);
	if (kfdsim_doorbell_drop_unclaimed(hw->sim, kfdsim_doorbell_claim))
		hw->stats.doorbells_unclaimed++;
}

/**
 * kfdsim_hw_doorbells_take() - turn what came in since the last time into events
 * @hw: the GPU
 *
 * Context: the engine's thread; hw->lock is held.
 */
void kfdsim_hw_doorbells_take(struct kfdsim_hw *hw)
{
	u32 pending;
	bool fault;
	u64 when;
	int i;

	raw_spin_lock_irq(&hw->inbox_lock);
	hw->kick = false;
	fault = hw->fault_pending;
	hw->fault_pending = false;
	when = hw->fault_ns + hw->sim->model.doorbell_ns;
	pending = hw->kernel_pending;
	hw->kernel_pending = 0;
	for (i = 0; i < hw->num_nodes; i++)
		if (pending & BIT(i))
			hw->nodes[i].hiq_wptr = hw->kernel_value[i];
	raw_spin_unlock_irq(&hw->inbox_lock);

	if (fault && (!kfdsim_event_pending(&hw->doorbell) ||
		      hw->doorbell.node.expires > when))
		kfdsim_event_at(hw, &hw->doorbell, when);
	for (i = 0; i < hw->num_nodes; i++)
		if (pending & BIT(i))
			kfdsim_hws_start(&hw->nodes[i], max(hw->now,
							    hw->kernel_ns[i] +
					 hw->sim->model.doorbell_ns));
}

/**
 * kfdsim_hw_doorbells_drop() - forget rings that have not been looked at
 * @hw: the GPU
 *
 * Context: hw->lock is held.
 */
void kfdsim_hw_doorbells_drop(struct kfdsim_hw *hw)
{
	kfdsim_event_cancel(hw, &hw->doorbell);
	kfdsim_event_cancel(hw, &hw->close);
}

/**
 * kfdsim_hw_doorbells_init() - nothing has been rung
 * @hw: the GPU
 */
void kfdsim_hw_doorbells_init(struct kfdsim_hw *hw)
{
	kfdsim_event_init(&hw->doorbell, kfdsim_doorbell_event);
	kfdsim_event_init(&hw->close, kfdsim_doorbell_close);
}

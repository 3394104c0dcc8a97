// SPDX-License-Identifier: GPL-2.0
/*
 * What comes in from outside, from any context: rings of doorbells. It waits
 * in a few fields under a spinlock until the engine's thread turns it into
 * events.
 */
#include "kfdsim_hw.h"
#include "kfdsim_trace.h"

/*
 * A doorbell page that faulted is open before the store lands. A thread that
 * looked at once would only be in the store's way: about how long the return
 * from the fault takes.
 */
#define KFDSIM_STORE_NS		1000
/*
 * Closing it, and scanning it for rings of unmapped queues, costs more than
 * starting a dispatch: that comes first.
 */
#define KFDSIM_CLOSE_NS		3000

/* Make the thread look for events and at the inbox. Context: any. */
void kfdsim_kick(struct kfdsim_hw *hw)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&hw->inbox_lock, flags);
	hw->kick = true;
	raw_spin_unlock_irqrestore(&hw->inbox_lock, flags);
	wake_up_process(hw->thread);
}

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

/* Turn what came in since the last time into events. hw->lock is held. */
void kfdsim_inbox_take(struct kfdsim_hw *hw)
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
 * kfdsim_hw_doorbell_fault() - a user doorbell page was opened for writing
 * @sim: the GPU
 * @when: time of the fault, ktime ns
 *
 * Context: page fault, mmap_lock may be held; does not sleep.
 */
void kfdsim_hw_doorbell_fault(struct kfdsim *sim, u64 when)
{
	struct kfdsim_hw *hw = sim->hw;
	unsigned long flags;
	u64 look;

	if (!hw)
		return;
	raw_spin_lock_irqsave(&hw->inbox_lock, flags);
	if (!hw->fault_pending) {
		hw->fault_pending = true;
		hw->fault_ns = when;
		look = max(when + sim->model.doorbell_ns,
			   ktime_get_ns() + KFDSIM_STORE_NS);
		hrtimer_start(&hw->look, ns_to_ktime(look),
			      HRTIMER_MODE_ABS_HARD);
	}
	raw_spin_unlock_irqrestore(&hw->inbox_lock, flags);
}

static enum hrtimer_restart kfdsim_look(struct hrtimer *timer)
{
	kfdsim_kick(container_of(timer, struct kfdsim_hw, look));
	return HRTIMER_NORESTART;
}

/**
 * kfdsim_hw_kernel_doorbell() - the driver rings one of its doorbells
 * @sim: the GPU
 * @doorbell_off: dword index in the BAR
 * @value: what it wrote
 *
 * A doorbell that no HIQ has been told about is dropped. Context: any.
 */
void kfdsim_hw_kernel_doorbell(struct kfdsim *sim, u32 doorbell_off, u64 value)
{
	struct kfdsim_hw *hw = sim->hw;
	unsigned long flags;
	bool kick = false;
	int i;

	if (!hw)
		return;
	raw_spin_lock_irqsave(&hw->inbox_lock, flags);
	for (i = 0; i < hw->num_nodes; i++) {
		if (hw->kernel_doorbell[i] != doorbell_off)
			continue;
		if (!(hw->kernel_pending & BIT(i)))
			hw->kernel_ns[i] = ktime_get_ns();
		hw->kernel_pending |= BIT(i);
		hw->kernel_value[i] = value;
		kick = true;
	}
	hw->kick |= kick;
	raw_spin_unlock_irqrestore(&hw->inbox_lock, flags);
	if (kick)
		wake_up_process(hw->thread);
}

/* Tell the inbox which doorbell is the HIQ's */
void kfdsim_hiq_doorbell_set(struct kfdsim_node *node, u32 doorbell_off)
{
	struct kfdsim_hw *hw = node->hw;

	node->hiq_doorbell = doorbell_off;
	raw_spin_lock_irq(&hw->inbox_lock);
	hw->kernel_doorbell[node->id] = doorbell_off;
	hw->kernel_pending &= ~BIT(node->id);
	raw_spin_unlock_irq(&hw->inbox_lock);
}

/* Forget rings that have not been looked at */
void kfdsim_inbox_drop(struct kfdsim_hw *hw)
{
	kfdsim_event_cancel(hw, &hw->doorbell);
	kfdsim_event_cancel(hw, &hw->close);
}

void kfdsim_inbox_init(struct kfdsim_hw *hw)
{
	raw_spin_lock_init(&hw->inbox_lock);
	kfdsim_event_init(&hw->doorbell, kfdsim_doorbell_event);
	kfdsim_event_init(&hw->close, kfdsim_doorbell_close);
	hrtimer_init(&hw->look, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	hw->look.function = kfdsim_look;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What comes in from outside, from any context: rings of doorbells. It waits
 * in a few fields under a spinlock until the engine's thread turns it into
 * events, see kfdsim_hw_doorbell.c.
 */
#include "kfdsim_hw.h"

/*
 * A doorbell page that faulted is open before the store lands. A thread that
 * looked at once would only be in the store's way: about how long the return
 * from the fault takes.
 */
#define KFDSIM_STORE_NS		1000
/**
 * kfdsim_kick() - make the thread look for events and at the inbox
 * @hw: the GPU
 *
 * Context: any but NMI.
 */
void kfdsim_kick(struct kfdsim_hw *hw)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&hw->inbox_lock, flags);
	hw->kick = true;
	raw_spin_unlock_irqrestore(&hw->inbox_lock, flags);
	wake_up_process(hw->thread);
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

/**
 * kfdsim_hiq_doorbell_set() - tell the inbox which doorbell is the HIQ's
 * @node: a node
 * @doorbell_off: dword index in the BAR, or KFDSIM_NO_DOORBELL
 *
 * Rings of before are forgotten. Context: process; hw->lock is held.
 */
void kfdsim_hiq_doorbell_set(struct kfdsim_node *node, u32 doorbell_off)
{
	struct kfdsim_hw *hw = node->hw;

	node->hiq_doorbell = doorbell_off;
	raw_spin_lock_irq(&hw->inbox_lock);
	hw->kernel_doorbell[node->id] = doorbell_off;
	hw->kernel_pending &= ~BIT(node->id);
	raw_spin_unlock_irq(&hw->inbox_lock);
}

/**
 * kfdsim_inbox_init() - make an empty inbox
 * @hw: the GPU, whose thread need not exist yet
 */
void kfdsim_inbox_init(struct kfdsim_hw *hw)
{
	raw_spin_lock_init(&hw->inbox_lock);
	hrtimer_init(&hw->look, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	hw->look.function = kfdsim_look;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What happens, when, and who may look: the hardware's lock, its queue of
 * events, and model time. See the top of kfdsim_hw.h.
 */
#include <linux/sched/mm.h>

#include "kfdsim_hw.h"

/* Events in a row before others get the lock and the CPU */
#define KFDSIM_BATCH		64

/**
 * kfdsim_hw_lock() - take hw->lock, and allocate nothing with reclaim under it
 * @hw: the GPU
 *
 * Context: process, may sleep; the dqm's lock may be held.
 */
void kfdsim_hw_lock(struct kfdsim_hw *hw)
{
	mutex_lock(&hw->lock);
	hw->noreclaim = memalloc_noreclaim_save();
}

/**
 * kfdsim_hw_unlock() - undo kfdsim_hw_lock()
 * @hw: the GPU
 */
void kfdsim_hw_unlock(struct kfdsim_hw *hw)
{
	memalloc_noreclaim_restore(hw->noreclaim);
	mutex_unlock(&hw->lock);
}

/**
 * kfdsim_gpu_clock() - read the GPU's clock
 * @sim: the GPU
 *
 * What is due by then has happened when the value is known: no timestamp that
 * is written later is of an earlier event.
 *
 * Return: ticks of KFDSIM_GPU_CLOCK_NS. Context: process, may sleep.
 */
u64 kfdsim_gpu_clock(struct kfdsim *sim)
{
	struct kfdsim_hw *hw = sim->hw;
	u64 now;

	kfdsim_hw_lock(hw);
	now = kfdsim_hw_enter(hw);
	kfdsim_hw_unlock(hw);
	return KFDSIM_GPU_TICKS(now);
}

/**
 * kfdsim_seen() - the model time of what follows from what is in memory now
 * @now: when it was due
 *
 * On the only CPU no program runs between an event's time and its handler: what
 * is there was there at @now. Where there are more, the handler may run long
 * after that, and what a program wrote meanwhile is in what it reads: what
 * follows can't come before the program did it.
 *
 * Return: model time, ns. Context: any.
 */
u64 kfdsim_seen(u64 now)
{
	return num_online_cpus() > 1 ? max(now, ktime_get_ns()) : now;
}

/**
 * kfdsim_hw_vm_gone() - an address space goes away or shrinks
 * @sim: the GPU
 * @vm: the address space
 *
 * No translation is cached across events, so all that a TLB flush has to do
 * is to let the access in flight, if any, finish. Context: process, may
 * sleep; no memory lock of the host side is held.
 */
void kfdsim_hw_vm_gone(struct kfdsim *sim, struct kfdsim_vm *vm)
{
	struct kfdsim_hw *hw = sim->hw;

	if (!hw)
		return;
	mutex_lock(&hw->lock);
	mutex_unlock(&hw->lock);
}

/* ---- events -------------------------------------------------------------- */

/**
 * kfdsim_event_init() - an event that is not scheduled
 * @ev: the event
 * @fn: what happens; called with hw->lock held
 */
void kfdsim_event_init(struct kfdsim_event *ev,
		       void (*fn)(struct kfdsim_hw *hw, struct kfdsim_event *ev,
				  u64 now))
{
	timerqueue_init(&ev->node);
	ev->fn = fn;
}

/* Whether @ev is the last one of those that are due at @when */
static bool kfdsim_event_is_last(struct kfdsim_event *ev, u64 when)
{
	struct rb_node *next;

	if (!kfdsim_event_pending(ev) || ev->node.expires != when)
		return false;
	next = rb_next(&ev->node.node);
	return !next || rb_entry(next, struct timerqueue_node,
				 node)->expires != when;
}

/**
 * kfdsim_event_at() - (re)schedule an event, behind all that are due then
 * @hw: the GPU
 * @ev: the event
 * @when: model time, ns; what is past is now
 *
 * Context: hw->lock is held.
 */
void kfdsim_event_at(struct kfdsim_hw *hw, struct kfdsim_event *ev, u64 when)
{
	when = clamp_t(u64, when, hw->now, KTIME_MAX);
	if (kfdsim_event_is_last(ev, when))
		return;
	kfdsim_event_cancel(hw, ev);
	ev->node.expires = when;
	if (timerqueue_add(&hw->events, &ev->node) && current != hw->thread)
		kfdsim_kick(hw);
}

/**
 * kfdsim_event_cancel() - an event is not to happen
 * @hw: the GPU
 * @ev: the event, scheduled or not
 *
 * Context: hw->lock is held.
 */
void kfdsim_event_cancel(struct kfdsim_hw *hw, struct kfdsim_event *ev)
{
	if (kfdsim_event_pending(ev))
		timerqueue_del(&hw->events, &ev->node);
}

static void kfdsim_run_event(struct kfdsim_hw *hw, struct timerqueue_node *node)
{
	struct kfdsim_event *ev = container_of(node, struct kfdsim_event, node);

	timerqueue_del(&hw->events, node);
	/*
	 * A register access may have been before it, see kfdsim_hw_enter(). All
	 * are late together, or the end of a quantum, late as it is, would
	 * overtake what it was meant for.
	 */
	hw->now = kfdsim_seen(max_t(u64, hw->now, node->expires));
	ev->fn(hw, ev, hw->now);
}

/**
 * kfdsim_run_due() - run events that are due, but only so many at a time
 * @hw: the GPU
 *
 * Return: whether there are more. Context: hw->lock is held.
 */
bool kfdsim_run_due(struct kfdsim_hw *hw)
{
	unsigned int budget = KFDSIM_BATCH;
	struct timerqueue_node *node;
	u64 seen = 0;

	while ((node = timerqueue_getnext(&hw->events))) {
		/* many are due at once, and the clock is slow to read */
		if (node->expires > seen)
			seen = ktime_get_ns();
		if (node->expires > seen)
			return false;
		if (!budget--)
			return true;
		kfdsim_run_event(hw, node);
	}
	return false;
}

/**
 * kfdsim_hw_enter() - begin a register access
 * @hw: the GPU
 *
 * What is due happens first, or so much of it that the access does not take
 * for ever; the rest comes late.
 *
 * Return: the model time of the access, ns. Context: hw->lock is held.
 */
u64 kfdsim_hw_enter(struct kfdsim_hw *hw)
{
	kfdsim_run_due(hw);
	hw->now = max(hw->now, ktime_get_ns());
	return hw->now;
}

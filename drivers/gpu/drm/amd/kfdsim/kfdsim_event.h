/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events: what happens at a model time. See the top of kfdsim_hw.h.
 */
#ifndef KFDSIM_EVENT_H
#define KFDSIM_EVENT_H

#include <linux/timerqueue.h>
#include <linux/types.h>

struct kfdsim_hw;

/* Something that happens at model time @node.expires, ns */
struct kfdsim_event {
	struct timerqueue_node node;
	void (*fn)(struct kfdsim_hw *hw, struct kfdsim_event *ev, u64 now);
};

/* kfdsim_event.c. But for kfdsim_hw_lock() and _seen(): hw->lock is held. */
void kfdsim_hw_lock(struct kfdsim_hw *hw);
void kfdsim_hw_unlock(struct kfdsim_hw *hw);
u64 kfdsim_hw_enter(struct kfdsim_hw *hw);
bool kfdsim_run_due(struct kfdsim_hw *hw);
u64 kfdsim_seen(u64 now);
void kfdsim_event_at(struct kfdsim_hw *hw, struct kfdsim_event *ev, u64 when);
void kfdsim_event_cancel(struct kfdsim_hw *hw, struct kfdsim_event *ev);
void kfdsim_event_init(struct kfdsim_event *ev,
		       void (*fn)(struct kfdsim_hw *hw, struct kfdsim_event *ev,
				  u64 now));

static inline bool kfdsim_event_pending(struct kfdsim_event *ev)
{
	return !RB_EMPTY_NODE(&ev->node.node);
}

#endif

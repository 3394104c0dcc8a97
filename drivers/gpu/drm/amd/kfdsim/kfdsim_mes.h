/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside MES: its queues, and the one thing that it does at a time. hw->lock
 * is held.
 */
#ifndef KFDSIM_MES_H
#define KFDSIM_MES_H

#include <linux/completion.h>
#include <linux/list.h>

#include "kfdsim_event.h"
#include "kfdsim_gpu.h"

struct kfdsim_mes;

/**
 * struct kfdsim_mes_queue - a queue that was added
 *
 * @link: in mes->queues: by the time of the last change between waiting and
 *	mapped, longest ago first
 * @p: the request that added it
 * @engine: SDMA engine
 * @suspended: is to stay off its slot
 * @refused: is never mapped: its MQD or its page tables are no good, or a
 *	fault was asked for
 * @hqd: its slot; NULL while it waits for one
 */
struct kfdsim_mes_queue {
	struct list_head link;
	struct kfdsim_mes_packet p;
	u8 engine;
	bool suspended;
	bool refused;
	struct kfdsim_hqd *hqd;
};

/**
 * struct kfdsim_mes_request - on the stack of who waits for the answer
 *
 * @p: what the driver asks for
 * @begin: begins with the work
 * @end: answers, once the work is done and nothing is left to be mapped
 * @done: that is the answer
 * @err: what it says
 * @taken: the work has begun
 */
struct kfdsim_mes_request {
	const struct kfdsim_mes_packet *p;
	void (*begin)(struct kfdsim_mes *mes, u64 now);
	void (*end)(struct kfdsim_mes *mes, u64 now);
	struct completion done;
	int err;
	bool taken;
};

/**
 * struct kfdsim_mes - the scheduler of a node
 *
 * @node: the node
 * @queues: all that were added
 * @request: from when the driver makes it until it is answered
 * @hung: does not answer any more
 * @busy: is at work; @step goes on with it
 * @expired: the quantum is over
 * @dequeues: queues that it waits for to leave their slots
 * @q: the queue that is being mapped or removed
 * @step: continues the work
 * @step_fn: how
 * @quantum: ends the quantum
 */
struct kfdsim_mes {
	struct kfdsim_node *node;
	struct list_head queues;
	struct kfdsim_mes_request *request;
	bool hung;
	bool busy;
	bool expired;
	unsigned int dequeues;
	struct kfdsim_mes_queue *q;
	struct kfdsim_event step;
	void (*step_fn)(struct kfdsim_mes *mes, u64 now);
	struct kfdsim_event quantum;
};

/* kfdsim_mes.c */
void kfdsim_mes_step(struct kfdsim_mes *mes,
		     void (*fn)(struct kfdsim_mes *mes, u64 now), u64 when);
void kfdsim_mes_unmap(struct kfdsim_mes *mes, struct kfdsim_mes_queue *q,
		      u64 now);
void kfdsim_mes_wait(struct kfdsim_mes *mes,
		     void (*fn)(struct kfdsim_mes *mes, u64 now), u64 now);
void kfdsim_mes_next(struct kfdsim_mes *mes, u64 now);
void kfdsim_mes_idle(struct kfdsim_mes *mes, u64 now);
struct kfdsim_mes_queue *kfdsim_mes_find(struct kfdsim_mes *mes, u32 doorbell);

#endif

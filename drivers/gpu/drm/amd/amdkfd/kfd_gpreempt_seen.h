/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt: what was seen of LC queues, for who looks at them.
 */
#ifndef KFD_GPREEMPT_SEEN_H_INCLUDED
#define KFD_GPREEMPT_SEEN_H_INCLUDED

#include "kfd_gpreempt_priv.h"

/* What was seen of one LC queue; &kfd_gpreempt_queue.seen, a set */
#define SEEN_TRACKED		0x01	/* it can be watched */
#define SEEN_ARMED		0x02	/* a CPU can't ring it unnoticed */
#define SEEN_ACTIVE		0x04	/* it may run, or may once it is woken */
#define SEEN_PENDING		0x08	/* it waits */
#define SEEN_DOUBTED		0x10	/* it waits, and is not believed yet */
#define SEEN_ASLEEP_PENDING	0x20	/* it has to be woken */
#define SEEN_RUNNING		0x40	/* it had waves when last asked */
#define SEEN_BLOCKED		0x80	/* it waits for something else */

void kfd_gpreempt_set_seen(struct kfd_gpreempt *gp, struct queue *q, u32 seen);
struct queue *kfd_gpreempt_next_lc(struct kfd_gpreempt *gp, struct queue *q);

#endif

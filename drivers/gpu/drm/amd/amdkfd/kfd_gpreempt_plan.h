/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt policy: what a decision means for each queue.
 *
 * Pure decisions, as in kfd_gpreempt_policy.h.
 */
#ifndef KFD_GPREEMPT_PLAN_H_INCLUDED
#define KFD_GPREEMPT_PLAN_H_INCLUDED

#include "kfd_gpreempt_policy.h"

/**
 * struct kfd_gpreempt_plan - what becomes of the queues of a node
 *
 * @preempt: BE makes way for LC
 * @resume: what has made way comes back
 * @place: slots are handed out anew
 */
struct kfd_gpreempt_plan {
	bool preempt;
	bool resume;
	bool place;
};

/**
 * struct kfd_gpreempt_standing - what a plan has to know of a queue
 *
 * @off: why it is off as yet; set of KFD_GPREEMPT_OFF_*
 * @be: it is BE
 * @preemptible: it may be taken off
 * @candidate: it could have a slot
 * @admitted: it has one from now on
 */
struct kfd_gpreempt_standing {
	u32 off;
	bool be;
	bool preemptible;
	bool candidate;
	bool admitted;
};

struct kfd_gpreempt_plan
kfd_gpreempt_plan(const struct kfd_gpreempt_decision *decision, bool held,
		  bool place);
u32 kfd_gpreempt_plan_off(const struct kfd_gpreempt_plan *plan,
			  const struct kfd_gpreempt_standing *queue);

#endif

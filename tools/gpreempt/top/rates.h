/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOP_RATES_H
#define TOP_RATES_H

#include "model.h"

/* What happened between two snapshots; negative numbers are unknown. */

double rates_seconds(const struct top_snapshot *before, const struct top_snapshot *after);
const struct top_node *rates_node(const struct top_snapshot *snapshot, uint64_t gpu_id);
const struct top_queue *rates_queue(const struct top_snapshot *snapshot,
				    const struct top_queue *queue);
double rates_per_second(uint64_t before, uint64_t after, double seconds);
double rates_percent(uint64_t before_ns, uint64_t after_ns, double seconds);
void rates_stage(struct top_stage *between, const struct top_stage *before,
		 const struct top_stage *after);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_ARRIVALS_H
#define GPREEMPT_LOAD_ARRIVALS_H

#include <stdint.h>

enum arrival_kind {
	ARRIVAL_POISSON,	/* open loop, exponential gaps */
	ARRIVAL_CONSTANT,	/* open loop, equal gaps */
	ARRIVAL_CLOSED,		/* the next one when the last one is done */
};

/**
 * struct arrivals - a reproducible stream of arrival times
 *
 * @kind: how the gaps between arrivals are made
 * @gap_ns: mean gap, ns; unused by ARRIVAL_CLOSED
 * @state: of the random number generator; any seed will do
 * @next_ns: the next arrival, CLOCK_MONOTONIC
 */
struct arrivals {
	enum arrival_kind kind;
	double gap_ns;
	uint64_t state;
	uint64_t next_ns;
};

void arrivals_init(struct arrivals *a, enum arrival_kind kind, double per_second,
		   uint64_t seed, uint64_t begin_ns);
uint64_t arrivals_next(struct arrivals *a);

#endif

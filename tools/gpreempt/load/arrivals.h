/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_ARRIVALS_H
#define GPREEMPT_LOAD_ARRIVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum arrival_kind {
	ARRIVAL_POISSON,	/* open loop, exponential gaps */
	ARRIVAL_CONSTANT,	/* open loop, equal gaps after a random part of one */
	ARRIVAL_CLOSED,		/* the next one when the last one is done */
	ARRIVAL_BURSTS,		/* Poisson for a while, then none for a while */
	ARRIVAL_TRACE,		/* at times that a file says, again and again */
};

/**
 * struct arrival_options - how requests arrive
 *
 * @kind: what says when the next one is
 * @rate: arrivals per second, in a burst while it lasts; > 0
 * @on_ns: length of a burst; > 0
 * @off_ns: pause between two
 * @trace_ns: times after the beginning, in order; the last one is > 0
 * @trace_len: their number; > 0
 */
struct arrival_options {
	enum arrival_kind kind;
	double rate;
	uint64_t on_ns;
	uint64_t off_ns;
	uint64_t *trace_ns;
	size_t trace_len;
};

/**
 * struct arrivals - a reproducible stream of arrival times
 *
 * @opt: how requests arrive
 * @gap_ns: mean gap; unused by a closed loop and a trace
 * @state: of the random number generator; any seed will do
 * @begin_ns: CLOCK_MONOTONIC; of a trace, of this round of it
 * @next_ns: the next arrival, CLOCK_MONOTONIC; of bursts, without the pauses
 * @at: the next line of the trace
 */
struct arrivals {
	const struct arrival_options *opt;
	double gap_ns;
	uint64_t state;
	uint64_t begin_ns;
	uint64_t next_ns;
	size_t at;
};

bool arrivals_parse(struct arrival_options *opt, const char *text);
void arrivals_init(struct arrivals *a, const struct arrival_options *opt,
		   uint64_t seed, uint64_t begin_ns);
uint64_t arrivals_next(struct arrivals *a);

#endif

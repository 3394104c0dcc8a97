// SPDX-License-Identifier: GPL-2.0
#include <math.h>

#include "arrivals.h"

/* SplitMix64 (Steele, Lea and Flood, 2014): one word of state, any seed */
static uint64_t random_u64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Uniform in (0, 1]: never 0, whose logarithm is infinite */
static double random_unit(uint64_t *state)
{
	return ((random_u64(state) >> 11) + 1) * (1.0 / (1ULL << 53));
}

static uint64_t gap(struct arrivals *a)
{
	switch (a->kind) {
	case ARRIVAL_POISSON:
		return (uint64_t)(-log(random_unit(&a->state)) * a->gap_ns);
	case ARRIVAL_CONSTANT:
		return (uint64_t)a->gap_ns;
	case ARRIVAL_CLOSED:
		break;
	}
	return 0;
}

/**
 * arrivals_init - start a stream
 * @a: the stream
 * @kind: of gaps
 * @per_second: mean rate; > 0 unless @kind is ARRIVAL_CLOSED
 * @seed: equal seeds give equal streams
 * @begin_ns: CLOCK_MONOTONIC; the first arrival is one gap after it
 */
void arrivals_init(struct arrivals *a, enum arrival_kind kind, double per_second,
		   uint64_t seed, uint64_t begin_ns)
{
	a->kind = kind;
	a->gap_ns = kind == ARRIVAL_CLOSED ? 0 : 1e9 / per_second;
	a->state = seed;
	a->next_ns = begin_ns;
}

/**
 * arrivals_next - take the next arrival from the stream
 * @a: the stream
 *
 * Return: its time, CLOCK_MONOTONIC ns; never earlier than the one before.
 * For ARRIVAL_CLOSED this is the beginning: that caller waits for completions.
 */
uint64_t arrivals_next(struct arrivals *a)
{
	a->next_ns += gap(a);
	return a->next_ns;
}

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_RANDOM_H
#define GPREEMPT_LOAD_RANDOM_H

#include <stdint.h>

/* SplitMix64 (Steele, Lea and Flood, 2014): one word of state, any seed */
static inline uint64_t random_u64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Uniform in (0, 1]: never 0, whose logarithm is infinite */
static inline double random_unit(uint64_t *state)
{
	return ((random_u64(state) >> 11) + 1) * (1.0 / (1ULL << 53));
}

#endif

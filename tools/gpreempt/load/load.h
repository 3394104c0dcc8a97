/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_H
#define GPREEMPT_LOAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "arrivals.h"

#define NSEC_PER_SEC	1000000000ULL
#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_USEC	1000ULL

/**
 * struct load_options - the command line
 *
 * @node: number of the GPU, 0 is the first one that KFD lists
 * @priority: of the queues, KFD's 0..15
 * @queues: compute queues (be)
 * @in_flight: dispatches kept in flight in each queue (be)
 * @workgroups: of one dispatch; 0 fills every wave slot of the GPU
 * @waves: of one workgroup
 * @workgroup_ns: how long one workgroup runs
 * @begin_ns: CLOCK_MONOTONIC, when the measured time begins
 * @end_ns: when it ends; UINT64_MAX is when a signal says so
 * @linger_ns: how long be goes on after @end_ns
 * @arrivals: how lc dispatches arrive
 * @rate: arrivals per second (lc)
 * @seed: of the arrivals (lc)
 * @samples: file that gets one line for each dispatch, or NULL (lc)
 * @verbose: print what happened every second
 */
struct load_options {
	unsigned int node;
	unsigned int priority;
	unsigned int queues;
	unsigned int in_flight;
	unsigned int workgroups;
	unsigned int waves;
	uint64_t workgroup_ns;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t linger_ns;
	enum arrival_kind arrivals;
	double rate;
	uint64_t seed;
	const char *samples;
	bool verbose;
};

int load_be(const struct load_options *opt);
int load_lc(const struct load_options *opt);

/* The interrupt and termination signals set this; every loop looks at it. */
bool load_interrupted(void);
uint64_t load_now_ns(void);
void load_sleep_until(uint64_t when_ns);
int load_thread(pthread_t *thread, void *(*function)(void *), void *arg);

#endif

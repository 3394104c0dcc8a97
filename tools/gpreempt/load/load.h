/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_H
#define GPREEMPT_LOAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "arrivals.h"
#include "times.h"

#define NSEC_PER_SEC	1000000000ULL
#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_USEC	1000ULL

/* Different numbers of --workgroups */
#define LOAD_MAX_WIDTHS	64

/**
 * struct load_options - the command line
 *
 * @node: number of the GPU, 0 is the first one that KFD lists
 * @priority: of the queues, KFD's 0..15
 * @queues: compute queues
 * @widths: workgroups of one dispatch after the other; 0 fills every wave slot
 *	of the GPU
 * @num_widths: how many; after the last comes the first
 * @waves: of one workgroup
 * @workgroup: how long one workgroup runs
 * @per_kernel: all workgroups of a dispatch run equally long
 * @seed: of the arrivals, and of the run times
 * @begin_ns: CLOCK_MONOTONIC, when the measured time begins
 * @end_ns: when it ends; UINT64_MAX is when a signal says so
 * @board: file that the jobs share, or NULL
 * @verbose: print what happened every second
 *
 * be:
 * @in_flight: dispatches kept in flight in each queue
 * @throttle: dispatches in flight in all queues together, and none is launched
 *	while lc has a request; 0 is no such limit
 * @cu_off_percent: of the compute units, that the queues do not run on
 * @linger_ns: how long be goes on after @end_ns
 * @publish: finished workgroups are counted on the board
 *
 * lc:
 * @arrivals: how requests arrive
 * @warm_up_ns: for so long before @begin_ns they arrive already, and are not
 *	measured
 * @kernels: of one request
 * @ahead: kernels of a queue that are submitted before the first of them is
 *	done; 0 is all that have arrived
 * @after_be: a request begins when the be job that publishes has finished so many
 *	more workgroups; 0: it does not wait
 * @samples: file that gets one line for each request, or NULL
 *
 * daemon:
 * @poll_ns: how often it looks at lc's queues
 */
struct load_options {
	unsigned int node;
	unsigned int priority;
	unsigned int queues;
	unsigned int widths[LOAD_MAX_WIDTHS];
	unsigned int num_widths;
	unsigned int waves;
	struct times workgroup;
	bool per_kernel;
	uint64_t seed;
	uint64_t begin_ns;
	uint64_t end_ns;
	const char *board;
	bool verbose;

	unsigned int in_flight;
	unsigned int throttle;
	double cu_off_percent;
	uint64_t linger_ns;
	bool publish;

	struct arrival_options arrivals;
	uint64_t warm_up_ns;
	unsigned int kernels;
	unsigned int ahead;
	unsigned int after_be;
	const char *samples;

	uint64_t poll_ns;
};

typedef int (*load_role)(const struct load_options *opt);

load_role load_parse(int argc, char **argv, struct load_options *opt);

int load_be(const struct load_options *opt);
int load_lc(const struct load_options *opt);
int load_daemon(const struct load_options *opt);

/* The interrupt and termination signals set this; every loop looks at it. */
bool load_interrupted(void);
uint64_t load_now_ns(void);
void load_sleep_until(uint64_t when_ns);
int load_thread(pthread_t *thread, void *(*function)(void *), void *arg);

#endif

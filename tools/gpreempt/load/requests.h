/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_REQUESTS_H
#define GPREEMPT_LOAD_REQUESTS_H

#include <pthread.h>

#include "board.h"
#include "job.h"
#include "samples.h"

/**
 * struct requests - the requests of an lc job, in all its streams
 *
 * @job: the GPU
 * @board: where requests and the queues' pointers are seen, if there is one
 * @board_first: number of the first queue there
 * @lock: for what the streams have
 * @depth: how many may be under way; one that arrives beyond them has to wait
 * @signals: that each has
 * @slots: request n is in slots[n % @depth]
 * @streams: request n is in streams[n % @num_streams]
 * @num_streams: how many
 *
 * A request is --kernels dispatches. The first one's signal says when it
 * started, the last one's when it ended. The others need none, unless their
 * ends have to be waited for (--ahead).
 */
struct requests {
	struct job job;
	struct board_file board;
	unsigned int board_first;
	pthread_mutex_t lock;
	unsigned int depth;
	unsigned int signals;
	struct sample *slots;
	struct stream *streams;
	unsigned int num_streams;
};

/**
 * struct cursor - a dispatch of a stream
 *
 * @request: that it is a part of
 * @kernel: which part
 * @count: dispatches before it
 */
struct cursor {
	uint64_t request;
	unsigned int kernel;
	uint64_t count;
};

/**
 * struct stream - a queue, and what is in it
 *
 * @queue: the queue
 * @arrived: the stream's first request that has not arrived
 * @next: what is submitted next
 * @done: what ends next; with --ahead only
 */
struct stream {
	struct kfd_queue queue;
	uint64_t arrived;
	struct cursor next;
	struct cursor done;
};

int requests_open(struct requests *requests, const struct load_options *opt);
void requests_close(struct requests *requests);
int requests_arrive(struct requests *requests, uint64_t request,
		    uint64_t arrival_ns);
int requests_advance(struct requests *requests);
bool requests_done(const struct requests *requests, uint64_t request);
const struct sample *requests_reap(struct requests *requests,
				   uint64_t request);

#endif

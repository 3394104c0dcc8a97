// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of a latency-critical job: chains of dispatches, submitted to the
 * job's queues in turn, all at once or a few ahead of their ends.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "requests.h"

/* Requests that may be under way, and dispatches, if there are enough streams */
#define MAX_DEPTH		256
#define MAX_DISPATCHES		8192

static unsigned int kernels(const struct requests *requests)
{
	return requests->job.opt->kernels;
}

static unsigned int depth_of(const struct load_options *opt)
{
	unsigned int depth = MAX_DISPATCHES / opt->kernels;

	if (depth > MAX_DEPTH)
		depth = MAX_DEPTH;
	return depth > opt->queues ? depth : opt->queues;
}

static unsigned int signals_of(const struct load_options *opt)
{
	if (opt->ahead || opt->kernels == 1)
		return opt->kernels;
	return 2;
}

static struct sample *slot_of(const struct requests *requests, uint64_t request)
{
	return &requests->slots[request % requests->depth];
}

/* Return: NULL for a part that has none. */
static struct kfd_signal *signal_of(const struct requests *requests,
				    uint64_t request, unsigned int kernel)
{
	unsigned int first = request % requests->depth * requests->signals;

	if (requests->signals == kernels(requests))
		return &requests->job.signals[first + kernel];
	if (kernel == 0)
		return &requests->job.signals[first];
	if (kernel == kernels(requests) - 1)
		return &requests->job.signals[first + 1];
	return NULL;
}

static struct kfd_signal *last_signal_of(const struct requests *requests,
					 uint64_t request)
{
	return signal_of(requests, request, kernels(requests) - 1);
}

/* ---- streams ------------------------------------------------------------ */

static void cursor_advance(struct cursor *c, const struct requests *requests)
{
	c->count++;
	if (++c->kernel == kernels(requests)) {
		c->kernel = 0;
		c->request += requests->num_streams;
	}
}

static void find_done(struct stream *stream, const struct requests *requests)
{
	struct cursor *done = &stream->done;

	while (done->count < stream->next.count &&
	       job_signal_done(signal_of(requests, done->request, done->kernel)))
		cursor_advance(done, requests);
}

static int submit_next(struct stream *stream, struct requests *requests)
{
	const struct cursor *next = &stream->next;
	const struct job_dispatch dispatch = {
		.index = next->request % requests->depth * kernels(requests) +
			 next->kernel,
		.number = next->kernel,
		.signal = signal_of(requests, next->request, next->kernel),
		.silent = requests->signals < kernels(requests) && !next->kernel,
		/* requests of one dispatch may overlap */
		.in_order = kernels(requests) > 1,
	};
	int ret = 0;

	if (requests->job.opt->after_be && !next->kernel &&
	    board_published(&requests->board))
		ret = job_wait_count(&requests->job, &stream->queue);
	if (!ret)
		ret = job_dispatch(&requests->job, &stream->queue, &dispatch);
	if (!ret)
		cursor_advance(&stream->next, requests);
	return ret;
}

static bool may_submit(const struct stream *stream, const struct requests *requests)
{
	unsigned int ahead = requests->job.opt->ahead;

	return stream->next.request != stream->arrived &&
	       (!ahead || stream->next.count - stream->done.count < ahead);
}

/* Submit what may be, and ring once */
static int stream_advance(struct stream *stream, struct requests *requests)
{
	const struct cursor before = stream->next;
	uint64_t request, now_ns;

	if (requests->job.opt->ahead)
		find_done(stream, requests);
	while (may_submit(stream, requests)) {
		int ret = submit_next(stream, requests);

		if (ret)
			return ret;
	}
	if (before.count == stream->next.count)
		return 0;
	request = before.request + (before.kernel ? requests->num_streams : 0);
	now_ns = load_now_ns();
	/* those of which the first part is among what was submitted */
	for (; request < stream->next.request + !!stream->next.kernel;
	     request += requests->num_streams)
		slot_of(requests, request)->doorbell_ns = now_ns;
	kfd_queue_ring(&stream->queue);
	return 0;
}

/* ---- what lc calls ------------------------------------------------------ */

static int open_streams(struct requests *requests)
{
	/* with requests in turn, no stream has more than its share */
	unsigned int share = requests->depth / requests->num_streams + 1;
	bool board = requests->board.board;

	for (unsigned int i = 0; i < requests->num_streams; i++) {
		struct stream *stream = &requests->streams[i];
		struct kfd_shared pointers = board_pointers(&requests->board,
							    requests->board_first + i);
		/* and a barrier, if it waits for be */
		int ret = job_queue(&requests->job, &stream->queue,
				    share * (kernels(requests) + 1),
				    board ? &pointers : NULL);

		if (ret)
			return ret;
		stream->arrived = i;
		stream->next.request = i;
		stream->done.request = i;
	}
	return 0;
}

static int join_board(struct requests *requests)
{
	int first;

	if (!requests->board.board)
		return 0;
	first = board_lc_join(&requests->board, requests->num_streams);
	if (first < 0)
		return first;
	requests->board_first = first;
	return 0;
}

/**
 * requests_open - open the GPU, and a queue for each stream
 * @requests: filled in; must stay where it is until requests_close()
 * @opt: the command line; must outlive @requests
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int requests_open(struct requests *requests, const struct load_options *opt)
{
	struct kfd_shared count;
	int ret;

	*requests = (struct requests){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.depth = depth_of(opt),
		.signals = signals_of(opt),
		.num_streams = opt->queues,
	};
	requests->slots = calloc(requests->depth, sizeof(*requests->slots));
	requests->streams = calloc(opt->queues, sizeof(*requests->streams));
	if (!requests->slots || !requests->streams) {
		ret = -ENOMEM;
		goto err_free;
	}
	ret = board_open(&requests->board, opt->board);
	if (ret)
		goto err_free;
	count = board_count(&requests->board);
	ret = job_open(&requests->job, opt, requests->depth * opt->kernels,
		       requests->depth * requests->signals,
		       opt->after_be ? &count : NULL);
	if (ret)
		goto err_board;
	ret = join_board(requests);
	if (!ret)
		ret = open_streams(requests);
	if (ret)
		requests_close(requests);
	return ret;

err_board:
	board_close(&requests->board);
err_free:
	free(requests->streams);
	free(requests->slots);
	return ret;
}

/**
 * requests_close - undo requests_open()
 * @requests: all that arrived are done
 */
void requests_close(struct requests *requests)
{
	if (requests->board.board)
		board_lc_leave(&requests->board, requests->board_first,
			       requests->num_streams);
	for (unsigned int i = 0; i < requests->num_streams; i++)
		kfd_queue_destroy(&requests->streams[i].queue);
	job_close(&requests->job);
	board_close(&requests->board);
	free(requests->streams);
	free(requests->slots);
}

/**
 * requests_arrive - a request has arrived: submit what may be of it
 * @requests: the job
 * @request: its number; one after the other, at most @depth under way
 * @arrival_ns: when it should have been submitted
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int requests_arrive(struct requests *requests, uint64_t request,
		    uint64_t arrival_ns)
{
	struct stream *stream = &requests->streams[request % requests->num_streams];
	int ret;

	board_request(&requests->board, 1);
	pthread_mutex_lock(&requests->lock);
	slot_of(requests, request)->arrival_ns = arrival_ns;
	/* what was there before is done */
	last_signal_of(requests, request)->value = 1;
	stream->arrived += requests->num_streams;
	ret = stream_advance(stream, requests);
	pthread_mutex_unlock(&requests->lock);
	return ret;
}

/**
 * requests_advance - submit what waited for the end of earlier dispatches
 * @requests: the job
 *
 * For --ahead; without it there is nothing that waits.
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int requests_advance(struct requests *requests)
{
	int ret = 0;

	if (!requests->job.opt->ahead)
		return 0;
	pthread_mutex_lock(&requests->lock);
	for (unsigned int i = 0; i < requests->num_streams && !ret; i++)
		ret = stream_advance(&requests->streams[i], requests);
	pthread_mutex_unlock(&requests->lock);
	return ret;
}

/**
 * requests_done - whether all of a request has ended
 * @requests: the job
 * @request: one that has arrived
 *
 * Return: true if it has.
 */
bool requests_done(const struct requests *requests, uint64_t request)
{
	return job_signal_done(last_signal_of(requests, request));
}

/**
 * requests_reap - a request is over
 * @requests: the job
 * @request: one that is done; its slot is free when its sample is not needed any
 *	more
 *
 * Return: the sample.
 */
const struct sample *requests_reap(struct requests *requests, uint64_t request)
{
	struct sample *sample = slot_of(requests, request);

	board_request(&requests->board, -1);
	sample->start_ns = signal_of(requests, request, 0)->start_ts *
			   KFDSIM_GPU_CLOCK_NS;
	sample->end_ns = last_signal_of(requests, request)->end_ts *
			 KFDSIM_GPU_CLOCK_NS;
	return sample;
}

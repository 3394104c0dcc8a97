// SPDX-License-Identifier: GPL-2.0
/*
 * The best-effort job: a feeder thread keeps every queue full; the main thread
 * only sleeps to the times at which work is counted.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "board.h"
#include "job.h"
#include "obey.h"

/* Give up on a job that makes no progress for so long after its last dispatch */
#define DRAIN_NS	(300 * NSEC_PER_SEC)

/**
 * struct be - a best-effort job
 *
 * @job: the GPU
 * @board: where lc's requests are seen, and the daemon's orders, if there is one
 * @obey: what follows those
 * @queues: one for each --queues
 * @dispatches: of each queue, that were submitted
 * @turn: with --throttle, the queue that is next
 * @held: with --throttle, lc had requests when nothing was launched
 * @stop: set by the main thread when no more work shall be dispatched
 * @error: of the feeder; read when it has ended
 */
struct be {
	struct job job;
	struct board_file board;
	struct obey obey;
	struct kfd_queue *queues;
	uint64_t *dispatches;
	unsigned int turn;
	bool held;
	bool stop;
	int error;
};

static bool stopping(const struct be *be)
{
	return __atomic_load_n(&be->stop, __ATOMIC_RELAXED);
}

/* A stream is in order, as HIP has it */
static int dispatch(struct be *be, unsigned int queue, unsigned int index)
{
	const struct job_dispatch d = {
		.index = index,
		.number = be->dispatches[queue]++,
		.signal = &be->job.signals[index],
		.in_order = true,
	};

	return job_dispatch(&be->job, &be->queues[queue], &d);
}

/* Dispatch again whatever has completed. Returns how much is in flight. */
static int refill_all(struct be *be)
{
	const struct load_options *opt = be->job.opt;
	int in_flight = 0;

	for (unsigned int i = 0; i < opt->queues; i++) {
		bool ring = false;

		for (unsigned int slot = 0; slot < opt->in_flight; slot++) {
			unsigned int index = i * opt->in_flight + slot;

			if (job_signal_done(&be->job.signals[index])) {
				if (stopping(be))
					continue;
				if (dispatch(be, i, index))
					return -EIO;
				ring = true;
			}
			in_flight++;
		}
		if (ring)
			kfd_queue_ring(&be->queues[i]);
	}
	return in_flight;
}

/* ---- throttled ---------------------------------------------------------- */

static unsigned int count_in_flight(const struct be *be)
{
	const struct load_options *opt = be->job.opt;
	unsigned int count = 0;

	for (unsigned int i = 0; i < opt->queues * opt->in_flight; i++)
		count += !job_signal_done(&be->job.signals[i]);
	return count;
}

/* A dispatch of the queue that is next, and has one that may be launched */
static int launch_one(struct be *be)
{
	const struct load_options *opt = be->job.opt;

	for (unsigned int i = 0; i < opt->queues * opt->in_flight; i++) {
		unsigned int queue = (be->turn + i / opt->in_flight) % opt->queues;
		unsigned int index = queue * opt->in_flight + i % opt->in_flight;

		if (!job_signal_done(&be->job.signals[index]))
			continue;
		if (dispatch(be, queue, index))
			return -EIO;
		kfd_queue_ring(&be->queues[queue]);
		be->turn = (queue + 1) % opt->queues;
		return 1;
	}
	return 0;
}

static int refill_throttled(struct be *be)
{
	unsigned int in_flight = count_in_flight(be);
	int launched = 1;

	be->held = false;
	while (launched > 0 && in_flight < be->job.opt->throttle && !stopping(be)) {
		be->held = board_has_requests(&be->board);
		if (be->held)
			break;
		launched = launch_one(be);
		in_flight += launched > 0;
	}
	return launched < 0 ? launched : (int)in_flight;
}

/* ---- the feeder --------------------------------------------------------- */

static int refill(struct be *be)
{
	return be->job.opt->throttle ? refill_throttled(be) : refill_all(be);
}

static int wait_for_more(struct be *be)
{
	if (!be->held)
		return job_wait(&be->job);
	board_wait_no_requests(&be->board);
	return 0;
}

static void *feed(void *data)
{
	struct be *be = data;
	uint64_t finished = 0, progress_ns = load_now_ns();
	int in_flight;

	while ((in_flight = refill(be)) >= 0) {
		uint64_t now_finished = job_finished(&be->job);

		if (!in_flight && stopping(be))
			break;
		if (now_finished != finished || !stopping(be))
			progress_ns = load_now_ns();
		finished = now_finished;
		if (load_now_ns() - progress_ns > DRAIN_NS) {
			fprintf(stderr, "gpreempt-load: %d dispatches never end\n",
				in_flight);
			be->error = -ETIME;
			return NULL;
		}
		be->error = wait_for_more(be);
		if (be->error)
			return NULL;
	}
	be->error = in_flight;
	return NULL;
}

/* Sleep to @until, reporting every second if asked to */
static void watch(struct be *be, uint64_t until)
{
	uint64_t finished = job_finished(&be->job);

	while (!load_interrupted() && load_now_ns() < until) {
		uint64_t next = load_now_ns() + NSEC_PER_SEC, now;

		load_sleep_until(next < until ? next : until);
		now = job_finished(&be->job);
		if (be->job.opt->verbose)
			fprintf(stderr, "be %d: %" PRIu64 " workgroups/s\n", getpid(),
				now - finished);
		finished = now;
	}
}

/* The measured time, then the lingering. Prints nothing before the drain. */
static int measure(struct be *be)
{
	const struct load_options *opt = be->job.opt;
	uint64_t begin, end, begin_ns, end_ns;
	pthread_t feeder;
	int ret;

	ret = obey_begin(&be->obey, &be->board, be->queues, opt->queues);
	if (ret)
		return ret;
	ret = load_thread(&feeder, feed, be);
	if (ret) {
		obey_end(&be->obey);
		return ret;
	}
	load_sleep_until(opt->begin_ns);
	begin = job_finished(&be->job);
	begin_ns = load_now_ns();
	watch(be, opt->end_ns);
	end = job_finished(&be->job);
	end_ns = load_now_ns();
	load_sleep_until(end_ns + opt->linger_ns);
	__atomic_store_n(&be->stop, true, __ATOMIC_RELAXED);
	/* queues that are off would not drain */
	ret = obey_end(&be->obey);
	pthread_join(feeder, NULL);
	if (ret || be->error)
		return ret ? ret : be->error;

	printf("{\"role\": \"be\", \"pid\": %d, \"pasid\": %u, \"queues\": %u, ", getpid(),
	       job_pasid(), opt->queues);
	printf("\"begin_ns\": %" PRIu64 ", \"end_ns\": %" PRIu64 ", ", begin_ns, end_ns);
	printf("\"workgroup_ns\": %" PRIu64 ", \"window_finished\": %" PRIu64 ", ",
	       be->job.workgroup_ns, end - begin);
	printf("\"issued\": %" PRIu64 ", \"finished\": %" PRIu64 "}\n", be->job.issued,
	       job_finished(&be->job));
	return job_verify(&be->job);
}

/**
 * load_be - run as the best-effort job
 * @opt: the command line
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int load_be(const struct load_options *opt)
{
	struct be be = {};
	struct kfd_shared count;
	unsigned int created = 0;
	int ret;

	be.queues = calloc(opt->queues, sizeof(*be.queues));
	be.dispatches = calloc(opt->queues, sizeof(*be.dispatches));
	ret = -ENOMEM;
	if (!be.queues || !be.dispatches)
		goto out_free;
	ret = board_open(&be.board, opt->board);
	if (ret)
		goto out_free;
	count = board_count(&be.board);
	ret = job_open(&be.job, opt, opt->queues * opt->in_flight,
		       opt->queues * opt->in_flight,
		       opt->publish ? &count : NULL);
	if (ret)
		goto out_board;
	while (!ret && created < opt->queues) {
		ret = job_queue(&be.job, &be.queues[created], opt->in_flight,
				NULL);
		if (!ret)
			created++;
	}
	if (!ret && opt->publish)
		board_publish(&be.board, true);
	if (!ret)
		ret = measure(&be);
	if (opt->publish) {
		board_publish(&be.board, false);
		job_release_count(&be.job);
	}
	while (created--)
		kfd_queue_destroy(&be.queues[created]);
	job_close(&be.job);
out_board:
	board_close(&be.board);
out_free:
	free(be.dispatches);
	free(be.queues);
	return ret;
}

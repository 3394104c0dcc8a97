// SPDX-License-Identifier: GPL-2.0
/*
 * The latency-critical job: the main thread submits at the arrival times, a
 * reaper thread waits for completions. Neither spins: an idle CPU is part of
 * what is measured.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "requests.h"

/* A request that has not completed after so long never will */
#define LOST_NS		(300 * NSEC_PER_SEC)

/**
 * struct lc - a latency-critical job
 *
 * @requests: what was submitted
 * @free: requests that the submitter may add; a closed loop has one a queue
 * @filled: requests that the reaper may wait for, and one for the end
 * @arrived: requests that were submitted
 * @last: set before the last post of @filled; @arrived is final
 * @samples: completed requests; the reaper's, until it has ended
 * @error: of the reaper; read when it has ended
 */
struct lc {
	struct requests requests;
	sem_t free;
	sem_t filled;
	uint64_t arrived;
	bool last;
	struct samples samples;
	int error;
};

static const struct load_options *options(const struct lc *lc)
{
	return lc->requests.job.opt;
}

static void sem_take(sem_t *sem)
{
	while (sem_wait(sem))
		;
}

static int wait_done(struct lc *lc, uint64_t request)
{
	uint64_t begin_ns = load_now_ns();

	while (!requests_done(&lc->requests, request)) {
		int ret = job_wait(&lc->requests.job);

		if (!ret)
			ret = requests_advance(&lc->requests);
		if (ret)
			return ret;
		if (load_now_ns() - begin_ns > LOST_NS) {
			fprintf(stderr, "gpreempt-load: a request never ends\n");
			return -ETIME;
		}
	}
	/* its slot is free only when it has been seen that all of it is done */
	return requests_advance(&lc->requests);
}

static int reap(struct lc *lc, uint64_t request)
{
	const struct sample *sample;
	int ret = wait_done(lc, request);

	if (ret)
		return ret;
	sample = requests_reap(&lc->requests, request);
	if (sample->arrival_ns < options(lc)->begin_ns)
		return 0;
	return samples_add(&lc->samples, sample);
}

/* One line about the samples from @first on */
static int print_recent(const struct lc *lc, size_t first)
{
	struct latency latency;
	int ret = samples_latency(&lc->samples, first, &latency);

	if (ret)
		return ret;
	fprintf(stderr,
		"lc %d: %zu requests, doorbell to first wave: p50 %.1f us, p99 %.1f us, max %.1f us\n",
		getpid(), lc->samples.num - first, latency.p50 / 1e3,
		latency.p99 / 1e3, latency.max / 1e3);
	return 0;
}

static void *reaper(void *data)
{
	uint64_t print_ns = load_now_ns() + NSEC_PER_SEC;
	struct lc *lc = data;
	size_t printed = 0;

	for (uint64_t request = 0; !lc->error; request++) {
		sem_take(&lc->filled);
		if (__atomic_load_n(&lc->last, __ATOMIC_ACQUIRE) &&
		    request == lc->arrived)
			break;
		lc->error = reap(lc, request);
		sem_post(&lc->free);
		if (lc->error || !options(lc)->verbose || load_now_ns() < print_ns)
			continue;
		lc->error = print_recent(lc, printed);
		printed = lc->samples.num;
		print_ns = load_now_ns() + NSEC_PER_SEC;
	}
	return NULL;
}

/* Submit every arrival until the measured time ends */
static int submit_all(struct lc *lc)
{
	const struct load_options *opt = options(lc);
	struct arrivals arrivals;
	int ret = 0;

	arrivals_init(&arrivals, &opt->arrivals, opt->seed,
		      opt->begin_ns - opt->warm_up_ns);
	while (!ret) {
		uint64_t arrival_ns = arrivals_next(&arrivals);

		if (arrival_ns < opt->end_ns)
			load_sleep_until(arrival_ns);
		sem_take(&lc->free);
		if (opt->arrivals.kind == ARRIVAL_CLOSED)
			arrival_ns = load_now_ns();
		if (load_interrupted() || arrival_ns >= opt->end_ns)
			break;
		ret = requests_arrive(&lc->requests, lc->arrived, arrival_ns);
		if (!ret) {
			lc->arrived++;
			sem_post(&lc->filled);
		}
	}
	return ret;
}

static int report(const struct lc *lc, uint64_t end_ns)
{
	const struct load_options *opt = options(lc);
	const struct job *job = &lc->requests.job;
	struct latency latency;
	int ret = samples_latency(&lc->samples, 0, &latency);

	if (ret)
		return ret;
	printf("{\"role\": \"lc\", \"pid\": %d, \"pasid\": %u, ", getpid(), job_pasid());
	printf("\"begin_ns\": %" PRIu64 ", \"end_ns\": %" PRIu64 ", ", opt->begin_ns,
	       end_ns);
	printf("\"requests\": %zu, \"dispatches\": %zu, ", lc->samples.num,
	       lc->samples.num * opt->kernels);
	printf("\"workgroup_ns\": %" PRIu64 ", ", job->workgroup_ns);
	printf("\"issued\": %" PRIu64 ", \"finished\": %" PRIu64 ", ", job->issued,
	       job_finished(job));
	printf("\"p50_ns\": %" PRIu64 ", \"p99_ns\": %" PRIu64 ", ", latency.p50,
	       latency.p99);
	printf("\"p999_ns\": %" PRIu64 ", \"max_ns\": %" PRIu64 "}\n", latency.p999,
	       latency.max);
	if (opt->samples)
		ret = samples_write(&lc->samples, opt->samples);
	return ret ? ret : job_verify(job);
}

static int measure(struct lc *lc)
{
	pthread_t thread;
	uint64_t end_ns;
	int ret;

	ret = load_thread(&thread, reaper, lc);
	if (ret)
		return ret;
	ret = submit_all(lc);
	end_ns = load_now_ns();
	__atomic_store_n(&lc->last, true, __ATOMIC_RELEASE);
	sem_post(&lc->filled);
	pthread_join(thread, NULL);
	if (!ret)
		ret = lc->error;
	return ret ? ret : report(lc, end_ns);
}

/**
 * load_lc - run as the latency-critical job
 * @opt: the command line
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int load_lc(const struct load_options *opt)
{
	struct lc lc = {};
	int ret;

	/* the default of 50 us would be part of every arrival */
	prctl(PR_SET_TIMERSLACK, 1UL);
	ret = requests_open(&lc.requests, opt);
	if (ret)
		return ret;
	sem_init(&lc.free, 0, opt->arrivals.kind == ARRIVAL_CLOSED ?
			      opt->queues : lc.requests.depth);
	sem_init(&lc.filled, 0, 0);
	ret = measure(&lc);
	requests_close(&lc.requests);
	free(lc.samples.array);
	return ret;
}

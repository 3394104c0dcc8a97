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

#include "job.h"
#include "samples.h"

/* Dispatches that may be in flight; one that arrives beyond them has to wait */
#define DEPTH		256
/* A dispatch that has not completed after so long never will */
#define LOST_NS		(60 * NSEC_PER_SEC)

/**
 * struct lc - a latency-critical job
 *
 * @job: the GPU
 * @queue: its queue
 * @slots: dispatch n is in slots[n % DEPTH] until it is reaped
 * @free: slots that the submitter may fill; the closed loop has only one
 * @filled: slots that the reaper may wait for, and one for the end
 * @last: set before the last post of @filled; there are no more dispatches
 * @samples: completed dispatches; the reaper's, until it has ended
 * @error: of the reaper; read when it has ended
 */
struct lc {
	struct job job;
	struct kfd_queue queue;
	struct sample slots[DEPTH];
	sem_t free;
	sem_t filled;
	bool last;
	struct samples samples;
	int error;
};

static void sem_take(sem_t *sem)
{
	while (sem_wait(sem))
		;
}

static int wait_done(struct lc *lc, const struct kfd_signal *signal)
{
	uint64_t begin_ns = load_now_ns();

	while (!job_signal_done(signal)) {
		int ret = job_wait(&lc->job);

		if (ret)
			return ret;
		if (load_now_ns() - begin_ns > LOST_NS) {
			fprintf(stderr, "gpreempt-load: a dispatch never ends\n");
			return -ETIME;
		}
	}
	return 0;
}

static int reap(struct lc *lc, unsigned int slot)
{
	const struct kfd_signal *signal = &lc->job.signals[slot];
	struct sample *sample = &lc->slots[slot];
	int ret = wait_done(lc, signal);

	if (ret)
		return ret;
	sample->start_ns = signal->start_ts * KFDSIM_GPU_CLOCK_NS;
	sample->end_ns = signal->end_ts * KFDSIM_GPU_CLOCK_NS;
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
		"lc %d: %zu dispatches, doorbell to first wave: p50 %.1f us, p99 %.1f us, max %.1f us\n",
		getpid(), lc->samples.num - first, latency.p50 / 1e3,
		latency.p99 / 1e3, latency.max / 1e3);
	return 0;
}

static void *reaper(void *data)
{
	uint64_t print_ns = load_now_ns() + NSEC_PER_SEC;
	struct lc *lc = data;
	size_t printed = 0;

	for (unsigned int slot = 0; !lc->error; slot = (slot + 1) % DEPTH) {
		sem_take(&lc->filled);
		if (__atomic_load_n(&lc->last, __ATOMIC_ACQUIRE) &&
		    lc->samples.num * lc->job.workgroups == lc->job.issued)
			break;
		lc->error = reap(lc, slot);
		sem_post(&lc->free);
		if (lc->error || !lc->job.opt->verbose || load_now_ns() < print_ns)
			continue;
		lc->error = print_recent(lc, printed);
		printed = lc->samples.num;
		print_ns = load_now_ns() + NSEC_PER_SEC;
	}
	return NULL;
}

static int submit(struct lc *lc, uint64_t arrival_ns, unsigned int slot)
{
	struct sample *sample = &lc->slots[slot];
	int ret;

	ret = job_dispatch(&lc->job, &lc->queue, &lc->job.signals[slot], false);
	if (ret)
		return ret;
	sample->arrival_ns = arrival_ns;
	sample->doorbell_ns = load_now_ns();
	kfd_queue_ring(&lc->queue);
	sem_post(&lc->filled);
	return 0;
}

/* Submit every arrival until the measured time ends */
static int submit_all(struct lc *lc)
{
	const struct load_options *opt = lc->job.opt;
	struct arrivals arrivals;
	int ret = 0;

	arrivals_init(&arrivals, opt->arrivals, opt->rate, opt->seed, opt->begin_ns);
	for (unsigned int slot = 0; !ret; slot = (slot + 1) % DEPTH) {
		uint64_t arrival_ns = arrivals_next(&arrivals);

		if (arrival_ns < opt->end_ns)
			load_sleep_until(arrival_ns);
		sem_take(&lc->free);
		if (opt->arrivals == ARRIVAL_CLOSED)
			arrival_ns = load_now_ns();
		if (load_interrupted() || arrival_ns >= opt->end_ns)
			break;
		ret = submit(lc, arrival_ns, slot);
	}
	return ret;
}

static int report(const struct lc *lc, uint64_t end_ns)
{
	struct latency latency;
	int ret = samples_latency(&lc->samples, 0, &latency);

	if (ret)
		return ret;
	printf("{\"role\": \"lc\", \"pid\": %d, \"pasid\": %u, ", getpid(), job_pasid());
	printf("\"begin_ns\": %" PRIu64 ", \"end_ns\": %" PRIu64 ", ",
	       lc->job.opt->begin_ns, end_ns);
	printf("\"dispatches\": %zu, \"issued\": %" PRIu64 ", \"finished\": %" PRIu64 ", ",
	       lc->samples.num, lc->job.issued, job_finished(&lc->job));
	printf("\"p50_ns\": %" PRIu64 ", \"p99_ns\": %" PRIu64 ", ", latency.p50,
	       latency.p99);
	printf("\"p999_ns\": %" PRIu64 ", \"max_ns\": %" PRIu64 "}\n", latency.p999,
	       latency.max);
	if (lc->job.opt->samples)
		ret = samples_write(&lc->samples, lc->job.opt->samples);
	return ret ? ret : job_verify(&lc->job);
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
	ret = job_open(&lc.job, opt, DEPTH);
	if (ret)
		return ret;
	sem_init(&lc.free, 0, opt->arrivals == ARRIVAL_CLOSED ? 1 : DEPTH);
	sem_init(&lc.filled, 0, 0);
	ret = job_queue(&lc.job, &lc.queue, DEPTH);
	if (!ret)
		ret = measure(&lc);
	kfd_queue_destroy(&lc.queue);
	job_close(&lc.job);
	free(lc.samples.array);
	return ret;
}

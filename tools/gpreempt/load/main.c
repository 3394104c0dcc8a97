// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt-load: jobs that share a GPU, latency-critical (lc) and best-effort
 * (be), made of simulated kernels of a given length.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "load.h"

static volatile sig_atomic_t interrupted;

bool load_interrupted(void)
{
	return interrupted;
}

uint64_t load_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/**
 * load_sleep_until - sleep to a point in time, or to a signal
 * @when_ns: CLOCK_MONOTONIC
 */
void load_sleep_until(uint64_t when_ns)
{
	struct timespec ts = {
		.tv_sec = when_ns / NSEC_PER_SEC,
		.tv_nsec = when_ns % NSEC_PER_SEC,
	};

	while (!interrupted &&
	       clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/**
 * load_thread - start a thread that leaves signals to the main thread
 * @thread: filled in
 * @function: what it runs
 * @arg: of @function
 *
 * The main thread sleeps, and a signal has to end its sleep.
 *
 * Return: 0 or a negative errno.
 */
int load_thread(pthread_t *thread, void *(*function)(void *), void *arg)
{
	sigset_t all, old;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ret = pthread_create(thread, NULL, function, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -ret;
}

static void on_signal(int signum)
{
	(void)signum;
	interrupted = 1;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct load_options opt;
	load_role role = load_parse(argc, argv, &opt);

	/* without SA_RESTART: a wait has to end */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return role(&opt) ? EXIT_FAILURE : EXIT_SUCCESS;
}

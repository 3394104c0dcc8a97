// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt-load: the two jobs that share a GPU, latency-critical (lc) and
 * best-effort (be), made of simulated kernels of a given length.
 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../argp_number.h"
#include "load.h"

const char *argp_program_version = "gpreempt-load 1";

static const char doc[] =
"Keep a kfdsim GPU busy through the KFD, as one of two jobs."
"\v"
"ROLES\n"
"  be  best effort: keeps --in-flight dispatches in each of --queues queues,\n"
"      and counts the workgroups that finish.\n"
"  lc  latency critical: one dispatch for each arrival, and the time from its\n"
"      doorbell to its first wave and to its completion.\n"
"\n"
"OUTPUT\n"
"  One line of JSON on standard output. Times are CLOCK_MONOTONIC, in ns. lc\n"
"  writes every dispatch to the --samples file: arrival_ns,doorbell_ns,\n"
"  start_ns,end_ns. Percentiles are nearest-rank.\n"
"\n"
"EXIT STATUS\n"
"  0 when every workgroup that was dispatched ran exactly once; 1 when one was\n"
"  lost or ran twice, or the KFD failed; 64 for a wrong command line.\n"
"\n"
"EXAMPLES\n"
"  gpreempt-load be --seconds=0 &\n"
"  gpreempt-load lc --verbose\n"
"  echo 1 > /sys/class/kfd/kfd/topology/nodes/1/gpreempt/enable\n";

enum option_key {
	OPT_NODE = 'n',
	OPT_PRIORITY = 'p',
	OPT_SECONDS = 's',
	OPT_VERBOSE = 'v',
	OPT_QUEUES = 0x100,
	OPT_IN_FLIGHT,
	OPT_WORKGROUPS,
	OPT_WAVES,
	OPT_WORKGROUP_US,
	OPT_BEGIN_MS,
	OPT_LINGER_MS,
	OPT_ARRIVALS,
	OPT_RATE,
	OPT_SEED,
	OPT_SAMPLES,
};

static const struct argp_option options[] = {
	{ "node", OPT_NODE, "N", 0, "GPU number, from 0 (0)", 1 },
	{ "priority", OPT_PRIORITY, "P", 0,
	  "queue priority, 0 to 15 (be: 0, lc: 15)", 1 },
	{ "workgroups", OPT_WORKGROUPS, "W", 0,
	  "workgroups of one dispatch; 0 fills the GPU (0)", 1 },
	{ "waves", OPT_WAVES, "N", 0, "waves of one workgroup, 1 to 16 (16)", 1 },
	{ "workgroup-us", OPT_WORKGROUP_US, "US", 0,
	  "time that a workgroup runs (be: 15000, lc: 20)", 1 },
	{ "seconds", OPT_SECONDS, "S", 0,
	  "measured time; 0 is until interrupted (10)", 1 },
	{ "begin-ms", OPT_BEGIN_MS, "MS", 0,
	  "CLOCK_MONOTONIC when measuring begins (now)", 1 },
	{ "verbose", OPT_VERBOSE, NULL, 0, "say what happened every second", 1 },
	{ "queues", OPT_QUEUES, "N", 0, "be: compute queues (2)", 2 },
	{ "in-flight", OPT_IN_FLIGHT, "K", 0,
	  "be: dispatches kept in flight in each queue (2)", 2 },
	{ "linger-ms", OPT_LINGER_MS, "MS", 0,
	  "be: go on for this long after the measured time (0)", 2 },
	{ "arrivals", OPT_ARRIVALS, "KIND", 0,
	  "lc: poisson, constant, or closed, which is one at a time (poisson)",
	  3 },
	{ "rate", OPT_RATE, "HZ", 0, "lc: arrivals per second (200)", 3 },
	{ "seed", OPT_SEED, "N", 0, "lc: of the arrivals (1)", 3 },
	{ "samples", OPT_SAMPLES, "FILE", 0, "lc: write every dispatch here", 3 },
	{ 0 }
};

/* What argp fills in before the role, and so the defaults, is known */
struct arguments {
	struct load_options opt;
	int (*role)(const struct load_options *opt);
	double seconds;
	bool has_priority;
	bool has_workgroup;
	bool has_begin;
};

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

static enum arrival_kind arrival_kind(const char *arg, struct argp_state *state)
{
	static const char * const names[] = {
		[ARRIVAL_POISSON] = "poisson",
		[ARRIVAL_CONSTANT] = "constant",
		[ARRIVAL_CLOSED] = "closed",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(arg, names[i]))
			return i;
	}
	argp_error(state, "'%s' is not poisson, constant or closed", arg);
	return ARRIVAL_POISSON;
}

static error_t parse_role(const char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	if (args->role)
		argp_error(state, "more than one role");
	if (!strcmp(arg, "be"))
		args->role = load_be;
	else if (!strcmp(arg, "lc"))
		args->role = load_lc;
	else
		argp_error(state, "'%s' is neither be nor lc", arg);
	return 0;
}

/* What depends on the role, or on more than one option */
static void finish(struct arguments *args, struct argp_state *state)
{
	struct load_options *opt = &args->opt;
	bool lc = args->role == load_lc;

	if (!args->role)
		argp_usage(state);
	if (!args->has_priority)
		opt->priority = lc ? 15 : 0;
	if (!args->has_workgroup)
		opt->workgroup_ns = (lc ? 20 : 15000) * NSEC_PER_USEC;
	if (!args->has_begin)
		opt->begin_ns = load_now_ns();
	opt->end_ns = UINT64_MAX;
	if (args->seconds > 0)
		opt->end_ns = opt->begin_ns + (uint64_t)(args->seconds * 1e9);
}

static error_t parse_lc(int key, char *arg, struct argp_state *state)
{
	struct load_options *opt = &((struct arguments *)state->input)->opt;

	switch (key) {
	case OPT_ARRIVALS:
		opt->arrivals = arrival_kind(arg, state);
		break;
	case OPT_RATE:
		opt->rate = number(arg, 0.001, 1e6, state);
		break;
	case OPT_SEED:
		opt->seed = (uint64_t)number(arg, 0, UINT32_MAX, state);
		break;
	case OPT_SAMPLES:
		opt->samples = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse_kernel(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;
	struct load_options *opt = &args->opt;

	switch (key) {
	case OPT_WORKGROUPS:
		opt->workgroups = (unsigned int)number(arg, 0, 1 << 20, state);
		break;
	case OPT_WAVES:
		opt->waves = (unsigned int)number(arg, 1, 16, state);
		break;
	case OPT_WORKGROUP_US:
		opt->workgroup_ns = (uint64_t)(number(arg, 0, 1e9, state) * 1e3);
		args->has_workgroup = true;
		break;
	case OPT_QUEUES:
		opt->queues = (unsigned int)number(arg, 1, 1024, state);
		break;
	case OPT_IN_FLIGHT:
		opt->in_flight = (unsigned int)number(arg, 1, 64, state);
		break;
	default:
		return parse_lc(key, arg, state);
	}
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;
	struct load_options *opt = &args->opt;

	switch (key) {
	case OPT_NODE:
		opt->node = (unsigned int)number(arg, 0, 63, state);
		break;
	case OPT_PRIORITY:
		opt->priority = (unsigned int)number(arg, 0, 15, state);
		args->has_priority = true;
		break;
	case OPT_SECONDS:
		args->seconds = number(arg, 0, 1e6, state);
		break;
	case OPT_BEGIN_MS:
		opt->begin_ns = (uint64_t)number(arg, 0, 1e12, state) * NSEC_PER_MSEC;
		args->has_begin = true;
		break;
	case OPT_LINGER_MS:
		opt->linger_ns = (uint64_t)number(arg, 0, 1e9, state) * NSEC_PER_MSEC;
		break;
	case OPT_VERBOSE:
		opt->verbose = true;
		break;
	case ARGP_KEY_ARG:
		return parse_role(arg, state);
	case ARGP_KEY_END:
		finish(args, state);
		break;
	default:
		return parse_kernel(key, arg, state);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = { options, parse, "be|lc", doc, NULL, NULL, NULL };
	const struct sigaction action = { .sa_handler = on_signal };
	struct arguments args = {
		.opt = {
			.queues = 2,
			.in_flight = 2,
			.waves = 16,
			.rate = 200,
			.seed = 1,
		},
		.seconds = 10,
	};

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	/* without SA_RESTART: a wait has to end */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return args.role(&args.opt) ? EXIT_FAILURE : EXIT_SUCCESS;
}

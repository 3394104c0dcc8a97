// SPDX-License-Identifier: GPL-2.0
#include <argp.h>
#include <string.h>

#include "../argp_number.h"
#include "load.h"

const char *argp_program_version = "gpreempt-load 1";

static const char doc[] =
"Keep a kfdsim GPU busy through the KFD, as one of several jobs."
"\v"
"ROLES\n"
"  be  best effort: keeps --in-flight dispatches in each of --queues queues,\n"
"      and counts the workgroups that finish.\n"
"  lc  latency critical: one request of --kernels dispatches for each arrival;\n"
"      the time from its doorbell to its first wave, and to its completion.\n"
"  daemon  takes the be jobs' queues off the hardware, one after the other,\n"
"      while an lc job's write pointer is ahead of its read pointer.\n"
"\n"
"DISTRIBUTIONS of --workgroup-us\n"
"  US                              constant\n"
"  uniform:LOW:HIGH\n"
"  lognormal:MEDIAN:SIGMA          SIGMA of the natural logarithm\n"
"  bimodal:SHORT:LONG:PERCENT_LONG\n"
"  Each dispatch draws 15 times, which its workgroups take in turn; with\n"
"  --per-kernel it draws one.\n"
"\n"
"ARRIVALS\n"
"  poisson, constant               at --rate\n"
"  closed                          in each queue one at a time\n"
"  bursts:ON_MS:OFF_MS             poisson at --rate for ON_MS, then none\n"
"  trace:FILE                      at the times in FILE, one in us on each line,\n"
"                                  after the beginning; from its end anew\n"
"\n"
"OUTPUT\n"
"  One line of JSON on standard output. Times are CLOCK_MONOTONIC, in ns. lc\n"
"  writes every request to the --samples file: arrival_ns,doorbell_ns,\n"
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
	OPT_WORKGROUPS,
	OPT_WAVES,
	OPT_WORKGROUP_US,
	OPT_PER_KERNEL,
	OPT_SEED,
	OPT_BEGIN_MS,
	OPT_BOARD,
	OPT_IN_FLIGHT,
	OPT_THROTTLE,
	OPT_CU_OFF_PERCENT,
	OPT_LINGER_MS,
	OPT_PUBLISH,
	OPT_ARRIVALS,
	OPT_WARM_UP_MS,
	OPT_RATE,
	OPT_KERNELS,
	OPT_AHEAD,
	OPT_AFTER_BE,
	OPT_SAMPLES,
	OPT_POLL_MS,
};

static const struct argp_option options[] = {
	{ "node", OPT_NODE, "N", 0, "GPU number, from 0 (0)", 1 },
	{ "priority", OPT_PRIORITY, "P", 0,
	  "queue priority, 0 to 15 (be: 0, lc: 15)", 1 },
	{ "queues", OPT_QUEUES, "N", 0,
	  "compute queues; lc's requests go to them in turn (be: 2, lc: 1)", 1 },
	{ "workgroups", OPT_WORKGROUPS, "W[,W...]", 0,
	  "of a queue's (be) or request's (lc) dispatches, in turn; 0 fills the GPU (0)", 1 },
	{ "waves", OPT_WAVES, "N", 0, "waves of one workgroup, 1 to 16 (16)", 1 },
	{ "workgroup-us", OPT_WORKGROUP_US, "DISTRIBUTION", 0,
	  "time that a workgroup runs (be: 15000, lc: 20)", 1 },
	{ "per-kernel", OPT_PER_KERNEL, NULL, 0,
	  "all workgroups of a dispatch run equally long", 1 },
	{ "seed", OPT_SEED, "N", 0, "of arrivals and run times (1)", 1 },
	{ "seconds", OPT_SECONDS, "S", 0,
	  "measured time; 0 is until interrupted (10)", 1 },
	{ "begin-ms", OPT_BEGIN_MS, "MS", 0,
	  "CLOCK_MONOTONIC when measuring begins (now)", 1 },
	{ "board", OPT_BOARD, "FILE", 0,
	  "file in which the jobs see each other; a new one for each run", 1 },
	{ "verbose", OPT_VERBOSE, NULL, 0, "say what happened every second", 1 },
	{ "in-flight", OPT_IN_FLIGHT, "K", 0,
	  "be: dispatches kept in flight in each queue (2)", 2 },
	{ "throttle", OPT_THROTTLE, "K", 0,
	  "be: K dispatches in flight in all queues, none beside lc's; 0 is off (0)", 2 },
	{ "cu-off-percent", OPT_CU_OFF_PERCENT, "P", 0,
	  "be: keep off the first P percent of each XCC's compute units (0)", 2 },
	{ "linger-ms", OPT_LINGER_MS, "MS", 0,
	  "be: go on for this long after the measured time (0)", 2 },
	{ "publish", OPT_PUBLISH, NULL, 0,
	  "be: count finished workgroups on the board; one job of it", 2 },
	{ "arrivals", OPT_ARRIVALS, "KIND", 0, "lc: of requests (poisson)", 3 },
	{ "warm-up-ms", OPT_WARM_UP_MS, "MS", 0,
	  "lc: requests arrive for so long before the measured time (0)", 3 },
	{ "rate", OPT_RATE, "HZ", 0, "lc: arrivals per second (200)", 3 },
	{ "kernels", OPT_KERNELS, "N", 0,
	  "lc: dispatches of a request, one after the other (1)", 3 },
	{ "ahead", OPT_AHEAD, "K", 0,
	  "lc: dispatches that a queue has before the first of them is done; 0 is all (0)", 3 },
	{ "after-be", OPT_AFTER_BE, "N", 0,
	  "lc: a request waits until be has finished N more workgroups; 0 is off (0)", 3 },
	{ "samples", OPT_SAMPLES, "FILE", 0, "lc: write every request here", 3 },
	{ "poll-ms", OPT_POLL_MS, "MS", 0,
	  "daemon: how often it looks at lc's queues (1)", 4 },
	{ 0 }
};

/* What argp fills in before the role, and so the defaults, is known */
struct arguments {
	struct load_options *opt;
	load_role role;
	double seconds;
	bool has_priority;
	bool has_workgroup;
	bool has_begin;
};

static void parse_role(struct arguments *args, const char *arg,
		       struct argp_state *state)
{
	if (args->role)
		argp_error(state, "more than one role");
	if (!strcmp(arg, "be"))
		args->role = load_be;
	else if (!strcmp(arg, "lc"))
		args->role = load_lc;
	else if (!strcmp(arg, "daemon"))
		args->role = load_daemon;
	else
		argp_error(state, "'%s' is not be, lc or daemon", arg);
}

static void parse_widths(struct load_options *opt, char *arg,
			 struct argp_state *state)
{
	opt->num_widths = 0;
	for (char *next = arg; next; ) {
		char *width = strsep(&next, ",");

		if (opt->num_widths == LOAD_MAX_WIDTHS)
			argp_error(state, "more than %u numbers of workgroups",
				   LOAD_MAX_WIDTHS);
		opt->widths[opt->num_widths++] =
			(unsigned int)number(width, 0, 1 << 20, state);
	}
}

/* What depends on the role, or on more than one option */
static void finish(struct arguments *args, struct argp_state *state)
{
	struct load_options *opt = args->opt;
	bool lc = args->role == load_lc;

	if (!args->role)
		argp_usage(state);
	if (!args->has_priority)
		opt->priority = lc ? 15 : 0;
	if (!args->has_workgroup)
		times_parse(&opt->workgroup, lc ? "20" : "15000");
	if (!opt->queues)
		opt->queues = lc ? 1 : 2;
	if (!args->has_begin)
		opt->begin_ns = load_now_ns() + opt->warm_up_ns;
	if (!opt->board && (opt->throttle || opt->publish || opt->after_be ||
			    args->role == load_daemon))
		argp_error(state, "this needs a --board");
	opt->end_ns = UINT64_MAX;
	if (args->seconds > 0)
		opt->end_ns = opt->begin_ns + (uint64_t)(args->seconds * 1e9);
}

static error_t parse_lc(int key, char *arg, struct argp_state *state)
{
	struct load_options *opt = ((struct arguments *)state->input)->opt;

	switch (key) {
	case OPT_ARRIVALS:
		if (!arrivals_parse(&opt->arrivals, arg))
			argp_error(state, "'%s' says of no arrivals when they are", arg);
		break;
	case OPT_WARM_UP_MS:
		opt->warm_up_ns = (uint64_t)number(arg, 0, 1e9, state) * NSEC_PER_MSEC;
		break;
	case OPT_RATE:
		opt->arrivals.rate = number(arg, 0.001, 1e6, state);
		break;
	case OPT_KERNELS:
		opt->kernels = (unsigned int)number(arg, 1, 4096, state);
		break;
	case OPT_AHEAD:
		opt->ahead = (unsigned int)number(arg, 0, 4096, state);
		break;
	case OPT_AFTER_BE:
		opt->after_be = (unsigned int)number(arg, 0, 1 << 20, state);
		break;
	case OPT_SAMPLES:
		opt->samples = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static error_t parse_be(int key, char *arg, struct argp_state *state)
{
	struct load_options *opt = ((struct arguments *)state->input)->opt;

	switch (key) {
	case OPT_IN_FLIGHT:
		opt->in_flight = (unsigned int)number(arg, 1, 64, state);
		break;
	case OPT_THROTTLE:
		opt->throttle = (unsigned int)number(arg, 0, 1 << 16, state);
		break;
	case OPT_CU_OFF_PERCENT:
		opt->cu_off_percent = number(arg, 0, 99, state);
		break;
	case OPT_LINGER_MS:
		opt->linger_ns = (uint64_t)number(arg, 0, 1e9, state) * NSEC_PER_MSEC;
		break;
	case OPT_PUBLISH:
		opt->publish = true;
		break;
	case OPT_POLL_MS:
		opt->poll_ns = (uint64_t)(number(arg, 0.001, 1e6, state) * 1e6);
		break;
	default:
		return parse_lc(key, arg, state);
	}
	return 0;
}

static error_t parse_kernel(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;
	struct load_options *opt = args->opt;

	switch (key) {
	case OPT_QUEUES:
		opt->queues = (unsigned int)number(arg, 1, 1024, state);
		break;
	case OPT_WORKGROUPS:
		parse_widths(opt, arg, state);
		break;
	case OPT_WAVES:
		opt->waves = (unsigned int)number(arg, 1, 16, state);
		break;
	case OPT_WORKGROUP_US:
		if (!times_parse(&opt->workgroup, arg))
			argp_error(state, "'%s' is no distribution of times", arg);
		args->has_workgroup = true;
		break;
	case OPT_PER_KERNEL:
		opt->per_kernel = true;
		break;
	case OPT_SEED:
		opt->seed = (uint64_t)number(arg, 0, UINT32_MAX, state);
		break;
	default:
		return parse_be(key, arg, state);
	}
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;
	struct load_options *opt = args->opt;

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
	case OPT_BOARD:
		opt->board = arg;
		break;
	case OPT_VERBOSE:
		opt->verbose = true;
		break;
	case ARGP_KEY_ARG:
		parse_role(args, arg, state);
		break;
	case ARGP_KEY_END:
		finish(args, state);
		break;
	default:
		return parse_kernel(key, arg, state);
	}
	return 0;
}

/**
 * load_parse - read the command line
 * @argc: of main()
 * @argv: of main()
 * @opt: filled in
 *
 * It exits when there is nothing to run.
 *
 * Return: the role to run.
 */
load_role load_parse(int argc, char **argv, struct load_options *opt)
{
	static const struct argp argp = { options, parse, "be|lc|daemon", doc,
					  NULL, NULL, NULL };
	struct arguments args = { .opt = opt, .seconds = 10 };

	*opt = (struct load_options){
		.num_widths = 1,
		.waves = 16,
		.seed = 1,
		.in_flight = 2,
		.arrivals.rate = 200,
		.kernels = 1,
		.poll_ns = NSEC_PER_MSEC,
	};
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	return args.role;
}

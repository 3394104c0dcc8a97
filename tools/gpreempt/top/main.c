// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt-top: what gpreempt does right now, for people, scripts and
 * Prometheus. It only reads.
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../argp_number.h"
#include "views.h"

const char *argp_program_version = "gpreempt-top 1";

static const char doc[] =
"Show what the preemptive GPU scheduler does: of each node its state, slots and rates, and how "
"long the stages of a preemption take; of each compute queue its class, and whether it is "
"off, why, and for how long."
"\v"
"Without an option it is a screen that ends with q. Percentiles are of all stages since the "
"driver was loaded, and at most twice what they were.\n"
"\n"
"A recorded tree is what gpreempt-bugreport collects: sys/ beside proc/.\n"
"\n"
"Exit status: 0; 1 when no GPU has this scheduler, or reading failed; 64 for a wrong command "
"line.";

enum option_key {
	OPT_BATCH = 'b',
	OPT_INTERVAL = 'i',
	OPT_PROMETHEUS = 0x100,
	OPT_SINCE,
	OPT_SYSFS,
};

static const struct argp_option options[] = {
	{ "batch", OPT_BATCH, "N", 0, "print N reports as text, one after each interval", 0 },
	{ "interval", OPT_INTERVAL, "SECONDS", 0, "between two reports (1)", 0 },
	{ "prometheus", OPT_PROMETHEUS, NULL, 0,
	  "print the nodes' counters in Prometheus' text format", 0 },
	{ "sysfs", OPT_SYSFS, "DIR", 0, "read this recorded tree, not /sys", 0 },
	{ "since", OPT_SINCE, "DIR", 0,
	  "with --sysfs: what changed since this tree was recorded", 0 },
	{ 0 }
};

static const char *tree(const char *arg, struct argp_state *state)
{
	struct stat st;

	if (stat(arg, &st))
		argp_error(state, "%s: %s", arg, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		argp_error(state, "%s: not a directory", arg);
	return arg;
}

static void finish(struct top_options *opt, struct argp_state *state)
{
	if (opt->prometheus && (opt->batch || opt->since))
		argp_error(state, "--prometheus goes with neither --batch nor --since");
	if (opt->since && !opt->recorded)
		argp_error(state, "--since goes with --sysfs");
	if (opt->since && !opt->batch)
		opt->batch = 1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct top_options *opt = state->input;

	switch (key) {
	case OPT_BATCH:
		opt->batch = (unsigned long)number(arg, 1, 1e9, state);
		break;
	case OPT_INTERVAL:
		opt->interval_s = number(arg, 0.05, 86400, state);
		break;
	case OPT_PROMETHEUS:
		opt->prometheus = true;
		break;
	case OPT_SINCE:
		opt->since = tree(arg, state);
		break;
	case OPT_SYSFS:
		opt->sysfs = tree(arg, state);
		opt->recorded = true;
		break;
	case ARGP_KEY_END:
		finish(opt, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/**
 * views_read - read what a report shows
 * @opt: where to read
 * @snapshot: filled in; to be freed with model_free(), also after an error
 *
 * Return: 0 or -ENOMEM.
 */
int views_read(const struct top_options *opt, struct top_snapshot *snapshot)
{
	int ret = model_read(snapshot, opt->sysfs, opt->recorded);

	return ret ?: model_read_queues(snapshot, opt->sysfs);
}

static void pause_s(double seconds)
{
	struct timespec ts = { .tv_sec = (time_t)seconds };

	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* A recorded tree does not change: there is nothing to wait for. */
static int print_reports(const struct top_options *opt)
{
	struct top_snapshot before = { 0 }, after;
	int ret = 0;

	if (opt->since)
		ret = model_read(&before, opt->since, true) ?:
		      model_read_queues(&before, opt->since);
	else if (!opt->recorded)
		ret = views_read(opt, &before);

	for (unsigned long i = 0; i < opt->batch && !ret; i++) {
		if (!opt->recorded)
			pause_s(opt->interval_s);
		ret = views_read(opt, &after);
		if (ret) {
			model_free(&after);
			break;
		}
		if (i)
			putchar('\n');
		text_report(stdout, &before, &after);
		fflush(stdout);
		if (opt->recorded) {
			model_free(&after);
		} else {
			model_free(&before);
			before = after;
		}
	}
	model_free(&before);
	return ret;
}

/* Returns 0 if there is something to show. */
static int look(const struct top_options *opt)
{
	struct top_snapshot snapshot;
	int ret = model_read(&snapshot, opt->sysfs, opt->recorded);

	if (!ret && !snapshot.num_nodes) {
		fprintf(stderr, "gpreempt-top: no node in %s has a scheduler: no GPU, or a driver "
			"without gpreempt\n", opt->sysfs);
		ret = -ENODEV;
	} else if (!ret && opt->prometheus) {
		prometheus_report(stdout, &snapshot);
	}
	model_free(&snapshot);
	return ret;
}

int main(int argc, char **argv)
{
	static const struct argp argp = { options, parse, NULL, doc, NULL, NULL, NULL };
	struct top_options opt = { .sysfs = "/sys", .interval_s = 1 };
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &opt);
	ret = look(&opt);
	if (ret == -ENODEV)
		return EXIT_FAILURE;
	if (!ret && opt.batch)
		ret = print_reports(&opt);
	else if (!ret && !opt.prometheus)
		ret = screen_run(&opt);
	if (!ret && (fflush(stdout) || ferror(stdout)))
		ret = -errno;
	if (ret) {
		fprintf(stderr, "gpreempt-top: %s\n",
			ret == -ENOTTY ? "this is no terminal; see --batch" : strerror(-ret));
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

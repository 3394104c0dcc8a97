// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrivals.h"
#include "random.h"

#define MAX_MS		1e9
#define MAX_US		1e12

/* ---- a trace ------------------------------------------------------------ */

static bool trace_add(struct arrival_options *opt, double us, size_t *room)
{
	uint64_t ns = (uint64_t)(us * 1e3);
	uint64_t *longer;

	if (!(us >= 0 && us <= MAX_US))
		return false;
	if (opt->trace_len && ns < opt->trace_ns[opt->trace_len - 1])
		return false;
	if (opt->trace_len == *room) {
		*room = *room ? 2 * *room : 1024;
		longer = realloc(opt->trace_ns, *room * sizeof(*longer));
		if (!longer)
			return false;
		opt->trace_ns = longer;
	}
	opt->trace_ns[opt->trace_len++] = ns;
	return true;
}

/* One time in us on each line, never earlier than the one before */
static bool trace_load(struct arrival_options *opt, const char *path)
{
	FILE *file = fopen(path, "r");
	size_t room = 0;
	bool ok = true;
	double us;

	if (!file)
		return false;
	while (ok && fscanf(file, "%lf", &us) == 1)
		ok = trace_add(opt, us, &room);
	ok = ok && feof(file) && !ferror(file);
	fclose(file);
	/* it is repeated at its end, which has to be later than its beginning */
	return ok && opt->trace_len && opt->trace_ns[opt->trace_len - 1];
}

/* ---- options ------------------------------------------------------------ */

static bool bursts_parse(struct arrival_options *opt, const char *text)
{
	double on_ms, off_ms;
	char end;

	if (sscanf(text, "%lf:%lf%c", &on_ms, &off_ms, &end) != 2 ||
	    !(on_ms > 0 && on_ms <= MAX_MS) || !(off_ms >= 0 && off_ms <= MAX_MS))
		return false;
	opt->on_ns = (uint64_t)(on_ms * 1e6);
	opt->off_ns = (uint64_t)(off_ms * 1e6);
	return opt->on_ns > 0;
}

/**
 * arrivals_parse - read how requests arrive
 * @opt: @kind, and what belongs to it, is filled in
 * @text: poisson, constant, closed, bursts:ON_MS:OFF_MS or trace:FILE
 *
 * Return: false if @text is none of these, or FILE is no trace.
 */
bool arrivals_parse(struct arrival_options *opt, const char *text)
{
	static const char * const names[] = {
		[ARRIVAL_POISSON] = "poisson",
		[ARRIVAL_CONSTANT] = "constant",
		[ARRIVAL_CLOSED] = "closed",
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			opt->kind = i;
			return true;
		}
	}
	if (!strncmp(text, "bursts:", 7)) {
		opt->kind = ARRIVAL_BURSTS;
		return bursts_parse(opt, text + 7);
	}
	if (!strncmp(text, "trace:", 6)) {
		opt->kind = ARRIVAL_TRACE;
		return trace_load(opt, text + 6);
	}
	return false;
}

/* ---- the stream --------------------------------------------------------- */

/**
 * arrivals_init - start a stream
 * @a: the stream
 * @opt: how requests arrive; must outlive @a
 * @seed: equal seeds give equal streams
 * @begin_ns: CLOCK_MONOTONIC; the first arrival is after it
 *
 * Two programs with the same constant gap are not in step: where in its gap one
 * begins, its seed says.
 */
void arrivals_init(struct arrivals *a, const struct arrival_options *opt,
		   uint64_t seed, uint64_t begin_ns)
{
	a->opt = opt;
	a->gap_ns = opt->kind == ARRIVAL_CLOSED ? 0 : 1e9 / opt->rate;
	a->state = seed;
	a->begin_ns = begin_ns;
	a->next_ns = begin_ns;
	if (opt->kind == ARRIVAL_CONSTANT)
		a->next_ns += (uint64_t)(random_unit(&a->state) * a->gap_ns);
	a->at = 0;
}

static uint64_t random_gap(struct arrivals *a)
{
	return (uint64_t)(-log(random_unit(&a->state)) * a->gap_ns);
}

/*
 * A Poisson process has no memory: one that runs in the bursts alone, with the
 * pauses put in between, is one in each burst.
 */
static uint64_t next_in_burst(struct arrivals *a)
{
	uint64_t on_ns;

	a->next_ns += random_gap(a);
	on_ns = a->next_ns - a->begin_ns;
	return a->next_ns + on_ns / a->opt->on_ns * a->opt->off_ns;
}

static uint64_t next_in_trace(struct arrivals *a)
{
	const struct arrival_options *opt = a->opt;

	if (a->at == opt->trace_len) {
		a->begin_ns += opt->trace_ns[opt->trace_len - 1];
		a->at = 0;
	}
	return a->begin_ns + opt->trace_ns[a->at++];
}

/**
 * arrivals_next - take the next arrival from the stream
 * @a: the stream
 *
 * Return: its time, CLOCK_MONOTONIC ns; never earlier than the one before.
 * For ARRIVAL_CLOSED this is the beginning: that caller waits for completions.
 */
uint64_t arrivals_next(struct arrivals *a)
{
	uint64_t now_ns = a->next_ns;

	switch (a->opt->kind) {
	case ARRIVAL_POISSON:
		a->next_ns += random_gap(a);
		break;
	case ARRIVAL_CONSTANT:
		a->next_ns += (uint64_t)a->gap_ns;
		return now_ns;
	case ARRIVAL_CLOSED:
		break;
	case ARRIVAL_BURSTS:
		return next_in_burst(a);
	case ARRIVAL_TRACE:
		return next_in_trace(a);
	}
	return a->next_ns;
}

// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "times.h"

#define MAX_US		1e9
#define MAX_SIGMA	10

/* A number from 0 to @max, with a colon behind it unless it is the last */
static bool parse_number(const char **text, double max, bool last, double *value)
{
	char *end;

	errno = 0;
	*value = strtod(*text, &end);
	if (errno || end == *text || !(*value >= 0 && *value <= max))
		return false;
	if (*end != (last ? '\0' : ':'))
		return false;
	*text = end + 1;
	return true;
}

static bool begins_with(const char **text, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*text, word, len))
		return false;
	*text += len;
	return true;
}

/* The numbers as they are written: us, and percent */
static bool parse(struct times *times, const char *text)
{
	if (begins_with(&text, "uniform:")) {
		times->kind = TIMES_UNIFORM;
		return parse_number(&text, MAX_US, false, &times->a) &&
		       parse_number(&text, MAX_US, true, &times->b) &&
		       times->a <= times->b;
	}
	if (begins_with(&text, "lognormal:")) {
		times->kind = TIMES_LOGNORMAL;
		return parse_number(&text, MAX_US, false, &times->a) &&
		       parse_number(&text, MAX_SIGMA, true, &times->shape);
	}
	if (begins_with(&text, "bimodal:")) {
		times->kind = TIMES_BIMODAL;
		return parse_number(&text, MAX_US, false, &times->a) &&
		       parse_number(&text, MAX_US, false, &times->b) &&
		       parse_number(&text, 100, true, &times->shape);
	}
	times->kind = TIMES_CONSTANT;
	return parse_number(&text, MAX_US, true, &times->a);
}

/**
 * times_parse - read a distribution
 * @times: filled in
 * @text: US, uniform:LOW:HIGH, lognormal:MEDIAN:SIGMA, or
 *	bimodal:SHORT:LONG:PERCENT_LONG; times are in us
 *
 * Return: false if @text is none of these.
 */
bool times_parse(struct times *times, const char *text)
{
	memset(times, 0, sizeof(*times));
	if (!parse(times, text))
		return false;
	times->a *= 1e3;
	times->b *= 1e3;
	if (times->kind == TIMES_BIMODAL)
		times->shape /= 100;
	return true;
}

/* Box and Muller's: one of the two that two uniform numbers give */
static double random_normal(uint64_t *state)
{
	double radius = sqrt(-2 * log(random_unit(state)));

	return radius * cos(2 * M_PI * random_unit(state));
}

/**
 * times_draw - draw a time
 * @times: the distribution
 * @state: of the random number generator
 *
 * Return: ns.
 */
uint64_t times_draw(const struct times *times, uint64_t *state)
{
	switch (times->kind) {
	case TIMES_CONSTANT:
		break;
	case TIMES_UNIFORM:
		return (uint64_t)(times->a +
				  random_unit(state) * (times->b - times->a));
	case TIMES_LOGNORMAL:
		return (uint64_t)(times->a *
				  fmin(exp(times->shape * random_normal(state)), 1e6));
	case TIMES_BIMODAL:
		/* in (0, 1]: a share of 0 is none, of 1 is all */
		return (uint64_t)(random_unit(state) <= times->shape ? times->b : times->a);
	}
	return (uint64_t)times->a;
}

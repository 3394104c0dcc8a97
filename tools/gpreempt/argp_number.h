/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ARGP_NUMBER_H
#define ARGP_NUMBER_H

#include <argp.h>
#include <errno.h>
#include <stdlib.h>

/* The number that an option has, or a usage error when it is not @min to @max */
static inline double number(const char *arg, double min, double max,
			    struct argp_state *state)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(arg, &end);
	if (errno || *arg == '\0' || *end != '\0' || !(value >= min && value <= max))
		argp_error(state, "'%s' is not a number from %g to %g", arg, min, max);
	return value;
}

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_TIMES_H
#define GPREEMPT_LOAD_TIMES_H

#include <stdbool.h>
#include <stdint.h>

enum times_kind {
	TIMES_CONSTANT,
	TIMES_UNIFORM,
	TIMES_LOGNORMAL,
	TIMES_BIMODAL,
};

/**
 * struct times - a distribution of run times; ns where it is a time
 *
 * @kind: which distribution
 * @a: the constant; the least; the median; the short time
 * @b: the most; the long time
 * @shape: sigma of the logarithm; the share of long times, 0 to 1
 */
struct times {
	enum times_kind kind;
	double a;
	double b;
	double shape;
};

bool times_parse(struct times *times, const char *text);
uint64_t times_draw(const struct times *times, uint64_t *state);

static inline bool times_vary(const struct times *times)
{
	return times->kind != TIMES_CONSTANT;
}

#endif

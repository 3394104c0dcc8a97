/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOP_VIEWS_H
#define TOP_VIEWS_H

#include <stdio.h>

#include "model.h"

/* Where to read, and how often */
struct top_options {
	const char *sysfs;
	const char *since;	/* a recorded tree to compare with, or NULL */
	bool recorded;		/* @sysfs is a recorded tree as well */
	double interval_s;
	unsigned long batch;	/* number of reports; 0: a screen */
	bool prometheus;
};

int views_read(const struct top_options *opt, struct top_snapshot *snapshot);
void text_report(FILE *out, const struct top_snapshot *before,
		 const struct top_snapshot *after);
void prometheus_report(FILE *out, const struct top_snapshot *snapshot);
int screen_run(const struct top_options *opt);

#endif

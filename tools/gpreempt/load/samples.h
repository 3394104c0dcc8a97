/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_SAMPLES_H
#define GPREEMPT_LOAD_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct sample - one latency-critical dispatch; CLOCK_MONOTONIC, ns
 *
 * @arrival_ns: when it should have been submitted
 * @doorbell_ns: right before the doorbell was rung
 * @start_ns: the GPU started its first wave
 * @end_ns: its last wave ended
 */
struct sample {
	uint64_t arrival_ns;
	uint64_t doorbell_ns;
	uint64_t start_ns;
	uint64_t end_ns;
};

struct samples {
	struct sample *array;
	size_t num;
	size_t room;
};

/* Of doorbell to start; ns */
struct latency {
	uint64_t p50;
	uint64_t p99;
	uint64_t p999;
	uint64_t max;
};

int samples_add(struct samples *samples, const struct sample *sample);
int samples_latency(const struct samples *samples, size_t first,
		    struct latency *latency);
int samples_write(const struct samples *samples, const char *path);

#endif

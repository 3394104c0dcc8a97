// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "samples.h"

/**
 * samples_add - append a sample
 * @samples: zeroed before the first call; free(@samples->array) at the end
 * @sample: copied
 *
 * Return: 0 or -ENOMEM.
 */
int samples_add(struct samples *samples, const struct sample *sample)
{
	if (samples->num == samples->room) {
		size_t room = samples->room ? 2 * samples->room : 1024;
		struct sample *array;

		array = realloc(samples->array, room * sizeof(*array));
		if (!array)
			return -ENOMEM;
		samples->array = array;
		samples->room = room;
	}
	samples->array[samples->num++] = *sample;
	return 0;
}

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* The smallest value that permille / 1000 of all values do not exceed */
static uint64_t nearest_rank(const uint64_t *ordered, size_t num,
			     unsigned int permille)
{
	return ordered[(num * permille + 999) / 1000 - 1];
}

/* A start may be one tick of the GPU's clock before the doorbell. */
static uint64_t latency_of(const struct sample *sample)
{
	if (sample->start_ns < sample->doorbell_ns)
		return 0;
	return sample->start_ns - sample->doorbell_ns;
}

/**
 * samples_latency - percentiles of the time from doorbell to start
 * @samples: the samples
 * @first: leave out those before this one
 * @latency: filled in; zeroes if no samples are left
 *
 * Return: 0 or -ENOMEM.
 */
int samples_latency(const struct samples *samples, size_t first,
		    struct latency *latency)
{
	size_t num = samples->num - first;
	uint64_t *ordered;

	*latency = (struct latency){};
	if (!num)
		return 0;
	ordered = malloc(num * sizeof(*ordered));
	if (!ordered)
		return -ENOMEM;
	for (size_t i = 0; i < num; i++)
		ordered[i] = latency_of(&samples->array[first + i]);
	qsort(ordered, num, sizeof(*ordered), compare);
	latency->p50 = nearest_rank(ordered, num, 500);
	latency->p99 = nearest_rank(ordered, num, 990);
	latency->p999 = nearest_rank(ordered, num, 999);
	latency->max = ordered[num - 1];
	free(ordered);
	return 0;
}

/**
 * samples_write - write all samples as CSV, with a header
 * @samples: the samples
 * @path: of the file, which is replaced
 *
 * Return: 0 or a negative errno.
 */
int samples_write(const struct samples *samples, const char *path)
{
	FILE *file = fopen(path, "w");
	int ret = 0;

	if (!file)
		return -errno;
	fputs("arrival_ns,doorbell_ns,start_ns,end_ns\n", file);
	for (size_t i = 0; i < samples->num; i++) {
		const struct sample *s = &samples->array[i];

		fprintf(file, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
			s->arrival_ns, s->doorbell_ns, s->start_ns, s->end_ns);
	}
	if (ferror(file))
		ret = -EIO;
	if (fclose(file))
		ret = -errno;
	return ret;
}

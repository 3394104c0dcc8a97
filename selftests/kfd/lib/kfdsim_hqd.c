// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kfd_lib.h"

/* More than what all slots of a device with 8 nodes need */
#define HQDS_BYTES	(256 * 1024)

static const char *field(const char *line, const char *name)
{
	size_t len = strlen(name);

	for (; line; line = strchr(line, ' ')) {
		line += *line == ' ';
		if (!strncmp(line, name, len) && line[len] == '=')
			return line + len + 1;
	}
	return NULL;
}

static int number(const char *line, const char *name, __u64 *value)
{
	const char *text = field(line, name);

	if (!text)
		return -EINVAL;
	*value = strtoull(text, NULL, 0);
	return 0;
}

static void addresses(const char *text, struct kfdsim_hqd *hqd)
{
	char *end = (char *)text;

	do {
		hqd->ctx[hqd->num_ctx++] = strtoull(end, &end, 0);
	} while (*end++ == ',' && hqd->num_ctx < ARRAY_SIZE(hqd->ctx));
}

static int parse(const char *line, struct kfdsim_hqd *hqd)
{
	const struct {
		const char *name;
		__u64 *value;
	} table[] = {
		{ "pipe", &hqd->pipe },
		{ "queue", &hqd->queue },
		{ "doorbell", &hqd->doorbell },
		{ "ring", &hqd->ring },
		{ "ring_bytes", &hqd->ring_bytes },
		{ "rptr", &hqd->rptr },
		{ "wptr", &hqd->wptr },
		{ "priority", &hqd->priority },
		{ "cwsr", &hqd->cwsr },
		{ "ctx_bytes", &hqd->ctx_bytes },
		{ "vmid", &hqd->vmid },
	};
	const char *type = field(line, "type"), *ctx = field(line, "ctx");
	unsigned int i;
	int ret = 0;

	memset(hqd, 0, sizeof(*hqd));
	if (!type || !ctx)
		return -EINVAL;
	snprintf(hqd->type, sizeof(hqd->type), "%.*s",
		 (int)strcspn(type, " "), type);
	if (*ctx != ' ')
		addresses(ctx, hqd);
	for (i = 0; i < ARRAY_SIZE(table) && !ret; i++)
		ret = number(line, table[i].name, table[i].value);
	return ret;
}

/* Return: 0 to go on, or what visit_hqds() returns. */
typedef int (*hqd_visitor)(const struct kfdsim_hqd *hqd, void *arg);

/* Of each slot in use */
static int visit_hqds(unsigned int sim, hqd_visitor fn, void *arg)
{
	char *text = malloc(HQDS_BYTES), *line, *next;
	int ret = text ? kfdsim_read(sim, "hqds", text, HQDS_BYTES) : -ENOMEM;
	struct kfdsim_hqd hqd;

	if (ret > 0)
		ret = 0;
	for (line = text; !ret; line = next) {
		next = strchr(line, '\n');
		if (!next)
			break;
		*next++ = '\0';
		ret = parse(line, &hqd);
		if (!ret)
			ret = fn(&hqd, arg);
	}
	free(text);
	return ret;
}

static int has_ring(const struct kfdsim_hqd *hqd, void *arg)
{
	struct kfdsim_hqd *wanted = arg;

	if (hqd->ring != wanted->ring)
		return 0;
	*wanted = *hqd;
	return 1;
}

/**
 * kfdsim_hqd_find() - the hardware slot that holds a queue
 * @sim: number of the device
 * @ring: address of the queue's ring
 * @hqd: filled in
 *
 * All processes that use this library have their rings at the same addresses,
 * so only one may have queues.
 *
 * Return: 0; -ENOENT when no slot holds the queue; another negative errno.
 */
int kfdsim_hqd_find(unsigned int sim, __u64 ring, struct kfdsim_hqd *hqd)
{
	int ret;

	hqd->ring = ring;
	ret = visit_hqds(sim, has_ring, hqd);
	if (!ret)
		return -ENOENT;
	return ret < 0 ? ret : 0;
}

struct count {
	__u64 priority;
	int number;
};

static int count_one(const struct kfdsim_hqd *hqd, void *arg)
{
	struct count *count = arg;

	if (strcmp(hqd->type, "sdma") && hqd->priority == count->priority)
		count->number++;
	return 0;
}

/**
 * kfdsim_hqd_count() - how many compute queues are mapped
 * @sim: number of the device
 * @priority: pipe priority of those that count: 0, 1 or 2
 *
 * Return: their number, at one time; a negative errno.
 */
int kfdsim_hqd_count(unsigned int sim, __u64 priority)
{
	struct count count = { .priority = priority };
	int ret = visit_hqds(sim, count_one, &count);

	return ret ? ret : count.number;
}

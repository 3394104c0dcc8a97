// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "obey.h"

static int switch_queue(struct obey *obey, unsigned int i, bool off)
{
	int ret = kfd_queue_set_percent(&obey->queues[i],
					off ? 0 : KFD_MAX_QUEUE_PERCENTAGE);

	if (ret)
		fprintf(stderr, "gpreempt-load: queue %s: %s\n", off ? "off" : "on",
			strerror(-ret));
	return ret;
}

/* Do what has been ordered since */
static int obey_orders(struct obey *obey)
{
	struct board_be *be = &obey->file->board->be[obey->first];

	for (unsigned int i = 0; i < obey->num; i++) {
		uint32_t off = __atomic_load_n(&be[i].want_off, __ATOMIC_SEQ_CST);

		if (off == be[i].off)
			continue;
		if (switch_queue(obey, i, off))
			return -EIO;
		__atomic_store_n(&be[i].off, off, __ATOMIC_SEQ_CST);
		board_wake(&be[i].off);
	}
	return 0;
}

static void *obey_thread(void *data)
{
	struct obey *obey = data;
	const uint32_t *bell = &obey->file->board->be[obey->first].bell;

	while (!obey->error && !__atomic_load_n(&obey->stop, __ATOMIC_SEQ_CST)) {
		uint32_t rung = __atomic_load_n(bell, __ATOMIC_SEQ_CST);

		obey->error = obey_orders(obey);
		if (!obey->error)
			board_wait(bell, rung);
	}
	/* nobody waits for one that does not obey */
	board_be_leave(obey->file, obey->first, obey->num);
	return NULL;
}

/**
 * obey_begin - let a process's queues be taken off when the daemon says so
 * @obey: filled in
 * @file: the board; there may be none
 * @queues: the process's
 * @num: how many
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int obey_begin(struct obey *obey, struct board_file *file,
	       const struct kfd_queue *queues, unsigned int num)
{
	int first, ret;

	*obey = (struct obey){ .file = file, .num = num };
	if (!file->board)
		return 0;
	obey->queues = malloc(num * sizeof(*queues));
	if (!obey->queues)
		return -ENOMEM;
	memcpy(obey->queues, queues, num * sizeof(*queues));
	first = board_be_join(file, num);
	ret = first;
	if (first >= 0) {
		obey->first = first;
		ret = load_thread(&obey->thread, obey_thread, obey);
		if (ret)
			board_be_leave(file, first, num);
	}
	if (ret < 0)
		free(obey->queues);
	return ret < 0 ? ret : 0;
}

/**
 * obey_end - obey no more, and give back the queues that are off
 * @obey: as obey_begin() has left it
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int obey_end(struct obey *obey)
{
	struct board_be *be;

	if (!obey->file->board)
		return 0;
	be = &obey->file->board->be[obey->first];
	__atomic_store_n(&obey->stop, true, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&be->bell, 1, __ATOMIC_SEQ_CST);
	board_wake(&be->bell);
	pthread_join(obey->thread, NULL);
	for (unsigned int i = 0; i < obey->num; i++) {
		if (be[i].off && switch_queue(obey, i, false))
			obey->error = -EIO;
	}
	free(obey->queues);
	return obey->error;
}

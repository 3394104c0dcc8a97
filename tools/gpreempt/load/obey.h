/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_OBEY_H
#define GPREEMPT_LOAD_OBEY_H

#include <pthread.h>

#include "board.h"

/**
 * struct obey - a thread that does to a process's queues what the daemon says
 *
 * @file: the board; without one there is no thread
 * @queues: copies of the process's: others use those at the same time
 * @num: how many
 * @first: number of the first on the board
 * @thread: the thread
 * @stop: it shall end
 * @error: read when it has ended
 */
struct obey {
	struct board_file *file;
	struct kfd_queue *queues;
	unsigned int num;
	unsigned int first;
	pthread_t thread;
	bool stop;
	int error;
};

int obey_begin(struct obey *obey, struct board_file *file,
	       const struct kfd_queue *queues, unsigned int num);
int obey_end(struct obey *obey);

#endif

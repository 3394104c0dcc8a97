/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_BOARD_H
#define GPREEMPT_LOAD_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "kfd_lib.h"

#define BOARD_LC_QUEUES		1024
#define BOARD_BE_QUEUES		4096

/**
 * struct board_be - a queue of a be job
 *
 * @used: it is there; when its process goes this is 0 again
 * @owner: number of the first queue of its process
 * @bell: of an owner: counts orders to any queue of the process; a futex
 * @want_off: the daemon's order
 * @off: what has been made of it; a futex
 */
struct board_be {
	uint32_t used;
	uint32_t owner;
	uint32_t bell;
	uint32_t want_off;
	uint32_t off;
};

/**
 * struct board - what the jobs let each other see, in a file that they all map
 *
 * @requests: of all lc jobs, that have arrived and are not done; a futex
 * @num_lc: queues of lc jobs that there have been
 * @num_be: queues of be jobs that there have been
 * @published: a be job's count is there to be waited for, see board_count()
 * @lc_used: the lc queues that are there
 * @be: queues of be jobs
 *
 * All zeroes is a board without jobs. The page behind it has the count of one be
 * job, as a signal, and those behind that the pointers of lc's queues: the GPU
 * writes there, see board_count() and board_pointers().
 */
struct board {
	uint32_t requests;
	uint32_t num_lc;
	uint32_t num_be;
	uint32_t published;
	uint32_t lc_used[BOARD_LC_QUEUES];
	struct board_be be[BOARD_BE_QUEUES];
};

/**
 * struct board_file - a board as a process has it
 *
 * @fd: the file
 * @board: what it begins with; NULL: there is none
 * @pages: all of it
 */
struct board_file {
	int fd;
	struct board *board;
	char *pages;
};

int board_open(struct board_file *file, const char *path);
void board_close(struct board_file *file);

struct kfd_shared board_count(const struct board_file *file);
void board_publish(struct board_file *file, bool on);
bool board_published(const struct board_file *file);

/* lc */
int board_lc_join(struct board_file *file, unsigned int queues);
struct kfd_shared board_pointers(const struct board_file *file,
				 unsigned int queue);
void board_lc_leave(struct board_file *file, unsigned int first,
		    unsigned int queues);
void board_request(struct board_file *file, int change);

/* be */
int board_be_join(struct board_file *file, unsigned int queues);
void board_be_leave(struct board_file *file, unsigned int first,
		    unsigned int queues);
bool board_has_requests(const struct board_file *file);
void board_wait_no_requests(const struct board_file *file);

/* daemon */
bool board_lc_pending(const struct board_file *file);
bool board_order(struct board_file *file, unsigned int queue, bool off);

/* A futex that processes share; wakes up for nothing, and after 100 ms */
void board_wait(const uint32_t *word, uint32_t value);
void board_wake(const uint32_t *word);

#endif

// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "board.h"

/* Pages of a queue: one for each of its pointers */
#define POINTER_PAGES	2

static size_t header_bytes(void)
{
	return (sizeof(struct board) + KFD_PAGE_SIZE - 1) & ~(KFD_PAGE_SIZE - 1);
}

static size_t file_bytes(void)
{
	return header_bytes() + KFD_PAGE_SIZE +
	       BOARD_LC_QUEUES * POINTER_PAGES * KFD_PAGE_SIZE;
}

/**
 * board_open - map a board, which the first process makes
 * @file: filled in; without a board nothing of it does anything
 * @path: of the file, in a file system of memory; NULL: no board
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int board_open(struct board_file *file, const char *path)
{
	int ret;

	memset(file, 0, sizeof(*file));
	if (!path)
		return 0;
	file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	/* to the same length, whoever comes first */
	if (file->fd < 0 || ftruncate(file->fd, file_bytes()))
		goto err;
	file->pages = mmap(NULL, file_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED,
			   file->fd, 0);
	if (file->pages == MAP_FAILED)
		goto err;
	file->board = (struct board *)file->pages;
	return 0;

err:
	ret = -errno;
	fprintf(stderr, "gpreempt-load: %s: %s\n", path, strerror(errno));
	if (file->fd >= 0)
		close(file->fd);
	return ret;
}

/**
 * board_close - undo board_open()
 * @file: also one without a board
 */
void board_close(struct board_file *file)
{
	if (!file->board)
		return;
	munmap(file->pages, file_bytes());
	close(file->fd);
	file->board = NULL;
}

/* ---- futexes ------------------------------------------------------------ */

/**
 * board_wait - sleep while a word has a value, but not for long
 * @word: of a board
 * @value: that it had
 *
 * It also ends for nothing: so that a caller notices a signal.
 */
void board_wait(const uint32_t *word, uint32_t value)
{
	const struct timespec timeout = { .tv_nsec = 100000000 };

	syscall(SYS_futex, word, FUTEX_WAIT, value, &timeout, NULL, 0);
}

/**
 * board_wake - wake up all who wait for a word to change
 * @word: of a board
 */
void board_wake(const uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static uint32_t load(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/* Numbers on the board for @queues queues. Return: the first, or -ENOSPC. */
static int take_numbers(uint32_t *num, unsigned int queues, unsigned int most)
{
	uint32_t first = __atomic_fetch_add(num, queues, __ATOMIC_SEQ_CST);

	if (first + queues <= most)
		return first;
	fprintf(stderr, "gpreempt-load: the board is full\n");
	return -ENOSPC;
}

/* ---- the count of a be job ---------------------------------------------- */

/**
 * board_count - where a be job's finished workgroups are counted for others
 * @file: of a board
 *
 * Return: a page that begins with a struct kfd_signal, whose value it is.
 */
struct kfd_shared board_count(const struct board_file *file)
{
	return (struct kfd_shared){
		.fd = file->fd,
		.offset = header_bytes(),
	};
}

/**
 * board_publish - the count is there, or what it counts has ended
 * @file: of a board
 * @on: which of both
 */
void board_publish(struct board_file *file, bool on)
{
	store(&file->board->published, on);
}

/**
 * board_published - whether waiting for the count will end
 * @file: also without a board
 *
 * Return: true if a be job counts there.
 */
bool board_published(const struct board_file *file)
{
	return file->board && load(&file->board->published);
}

/* ---- lc ----------------------------------------------------------------- */

/**
 * board_lc_join - numbers for the queues of an lc job
 * @file: of a board
 * @queues: how many
 *
 * Return: the first, for board_pointers(); or -ENOSPC after saying so.
 */
int board_lc_join(struct board_file *file, unsigned int queues)
{
	struct board *board = file->board;
	int first = take_numbers(&board->num_lc, queues, BOARD_LC_QUEUES);

	for (unsigned int i = 0; first >= 0 && i < queues; i++)
		store(&board->lc_used[first + i], 1);
	return first;
}

/**
 * board_pointers - where an lc queue has its pointers
 * @file: of a board
 * @queue: its number
 *
 * Return: what a struct kfd_queue_attr wants.
 */
struct kfd_shared board_pointers(const struct board_file *file,
				 unsigned int queue)
{
	return (struct kfd_shared){
		.fd = file->fd,
		.offset = header_bytes() + KFD_PAGE_SIZE +
			  queue * POINTER_PAGES * KFD_PAGE_SIZE,
	};
}

/**
 * board_lc_leave - the queues of an lc job are gone
 * @file: of a board
 * @first: as board_lc_join() has returned it
 * @queues: how many
 */
void board_lc_leave(struct board_file *file, unsigned int first,
		    unsigned int queues)
{
	for (unsigned int i = 0; i < queues; i++)
		store(&file->board->lc_used[first + i], 0);
}

/**
 * board_request - a request has arrived, or is done
 * @file: also without a board
 * @change: 1 or -1
 */
void board_request(struct board_file *file, int change)
{
	uint32_t *requests;

	if (!file->board)
		return;
	requests = &file->board->requests;
	if (!__atomic_add_fetch(requests, change, __ATOMIC_SEQ_CST))
		board_wake(requests);
}

/* ---- be ----------------------------------------------------------------- */

/**
 * board_be_join - numbers for the queues of a be job
 * @file: of a board
 * @queues: how many
 *
 * From now on the daemon gives orders to them.
 *
 * Return: the first; or -ENOSPC after saying so.
 */
int board_be_join(struct board_file *file, unsigned int queues)
{
	struct board *board = file->board;
	int first = take_numbers(&board->num_be, queues, BOARD_BE_QUEUES);

	for (unsigned int i = 0; first >= 0 && i < queues; i++) {
		board->be[first + i].owner = first;
		store(&board->be[first + i].used, 1);
	}
	return first;
}

/**
 * board_be_leave - the queues of a be job obey no more
 * @file: of a board
 * @first: as board_be_join() has returned it
 * @queues: how many
 */
void board_be_leave(struct board_file *file, unsigned int first,
		    unsigned int queues)
{
	struct board_be *be = &file->board->be[first];

	for (unsigned int i = 0; i < queues; i++) {
		store(&be[i].used, 0);
		board_wake(&be[i].off);
	}
}

/**
 * board_has_requests - whether any lc job has a request that is not done
 * @file: also without a board
 *
 * Return: true if one has.
 */
bool board_has_requests(const struct board_file *file)
{
	return file->board && load(&file->board->requests);
}

/**
 * board_wait_no_requests - sleep while there are requests, but not for long
 * @file: of a board
 */
void board_wait_no_requests(const struct board_file *file)
{
	uint32_t requests = load(&file->board->requests);

	if (requests)
		board_wait(&file->board->requests, requests);
}

/* ---- daemon ------------------------------------------------------------- */

static bool pending(const struct board_file *file, unsigned int queue)
{
	const char *pointers = file->pages + board_pointers(file, queue).offset;
	const uint64_t *rptr = (const void *)pointers;
	const uint64_t *wptr = (const void *)(pointers + KFD_PAGE_SIZE);

	return kfd_load(rptr) != kfd_load(wptr);
}

/**
 * board_lc_pending - whether the pointers of any lc queue differ
 * @file: of a board
 *
 * Return: true if there is a packet that the GPU has not launched.
 */
bool board_lc_pending(const struct board_file *file)
{
	unsigned int num = load(&file->board->num_lc);

	for (unsigned int i = 0; i < num && i < BOARD_LC_QUEUES; i++) {
		if (load(&file->board->lc_used[i]) && pending(file, i))
			return true;
	}
	return false;
}

/**
 * board_order - have a be queue taken off or given back, by its process
 * @file: of a board
 * @queue: number of the queue
 * @off: which of both
 *
 * Returns when it is done, or the process has gone.
 *
 * Return: true if something had to be done.
 */
bool board_order(struct board_file *file, unsigned int queue, bool off)
{
	struct board_be *be = &file->board->be[queue];
	uint32_t *bell;

	if (!load(&be->used) || load(&be->off) == off)
		return false;
	store(&be->want_off, off);
	bell = &file->board->be[be->owner].bell;
	__atomic_add_fetch(bell, 1, __ATOMIC_SEQ_CST);
	board_wake(bell);
	while (load(&be->used) && load(&be->off) != off)
		board_wait(&be->off, !off);
	return true;
}

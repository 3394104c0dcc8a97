// SPDX-License-Identifier: GPL-2.0
/*
 * What is done without a driver that preempts: a daemon that polls the pointers
 * of latency-critical queues, and has best-effort queues taken off the hardware,
 * one after the other, with the ioctl that only their own process may call.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "board.h"
#include "load.h"

/**
 * struct warden - the daemon
 *
 * @file: the board
 * @poll_ns: how often lc is looked at
 * @next_ns: when it is looked at next
 * @busy: what was seen last
 * @ending: lc is not looked at any more, so that all queues are given back
 * @polls: looks
 * @busy_polls: of which it had work
 * @taken: queues that were taken off
 * @given: and given back
 */
struct warden {
	struct board_file file;
	uint64_t poll_ns;
	uint64_t next_ns;
	bool busy;
	bool ending;
	uint64_t polls;
	uint64_t busy_polls;
	uint64_t taken;
	uint64_t given;
};

/* Between looks what was seen last holds, also while queues are dealt with. */
static bool look(struct warden *w)
{
	uint64_t now_ns = load_now_ns();

	if (w->ending)
		return false;
	if (now_ns < w->next_ns)
		return w->busy;
	w->busy = board_lc_pending(&w->file);
	w->polls++;
	w->busy_polls += w->busy;
	w->next_ns += w->poll_ns;
	/* the ioctls took longer than that */
	if (w->next_ns <= now_ns)
		w->next_ns = now_ns + w->poll_ns;
	return w->busy;
}

/* One queue after the other, until all are, or lc turns out to be otherwise */
static void order_all(struct warden *w, bool off)
{
	unsigned int num = __atomic_load_n(&w->file.board->num_be, __ATOMIC_SEQ_CST);

	for (unsigned int i = 0; i < num && i < BOARD_BE_QUEUES; i++) {
		if (!board_order(&w->file, i, off))
			continue;
		if (off)
			w->taken++;
		else
			w->given++;
		if (look(w) != off)
			return;
	}
}

static void report(const struct warden *w, uint64_t begin_ns)
{
	printf("{\"role\": \"daemon\", \"pid\": %d, ", getpid());
	printf("\"begin_ns\": %" PRIu64 ", \"end_ns\": %" PRIu64 ", ", begin_ns,
	       load_now_ns());
	printf("\"poll_ns\": %" PRIu64 ", \"polls\": %" PRIu64 ", \"busy_polls\": %" PRIu64 ", ",
	       w->poll_ns, w->polls, w->busy_polls);
	printf("\"taken_off\": %" PRIu64 ", \"given_back\": %" PRIu64 "}\n", w->taken,
	       w->given);
}

/**
 * load_daemon - run as the daemon
 * @opt: the command line
 *
 * It runs until a signal, or the end of the measured time, and then gives all
 * queues back.
 *
 * Return: 0, or a negative errno after saying what failed.
 */
int load_daemon(const struct load_options *opt)
{
	struct warden w = { .poll_ns = opt->poll_ns };
	uint64_t begin_ns = load_now_ns();
	int ret;

	prctl(PR_SET_TIMERSLACK, 1UL);
	ret = board_open(&w.file, opt->board);
	if (ret)
		return ret;
	w.next_ns = begin_ns;
	while (!load_interrupted() && load_now_ns() < opt->end_ns) {
		order_all(&w, look(&w));
		load_sleep_until(w.next_ns);
	}
	w.ending = true;
	order_all(&w, false);
	report(&w, begin_ns);
	board_close(&w.file);
	return 0;
}

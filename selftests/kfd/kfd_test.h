/* SPDX-License-Identifier: GPL-2.0 */
/* What every test program here includes. */
#ifndef KFD_TEST_H
#define KFD_TEST_H

#include <stdlib.h>
#include <unistd.h>

/* How much slower this kernel is than the stock one: debugging costs time. */
static inline unsigned int kfd_test_time_factor(void)
{
	const char *factor = getenv("KSFT_TIME_FACTOR");

	return factor && atoi(factor) > 0 ? atoi(factor) : 1;
}

/* The harness bounds every test by this; it has no other way to say how. */
#define alarm(seconds)		alarm((seconds) * kfd_test_time_factor())

#include "kselftest_harness.h"

#include "kfd_env.h"

/*
 * Bound of every wait: long enough for a loaded machine, so that only what
 * never happens runs into it.
 */
#define WAIT_MS			(20000 * kfd_test_time_factor())

#define NSEC_PER_USEC		1000ULL
#define NSEC_PER_MSEC		1000000ULL

/* Where there has to be a GPU its absence is a failure, no reason to skip. */
static inline bool kfd_test_no_gpu(int ret)
{
	return ret && !getenv("KSFT_KFDSIM");
}

static inline bool kfd_test_on_kfdsim(void)
{
	return !access("/sys/kernel/debug/kfdsim", F_OK);
}

/* Time is the count of instructions: it can be held to a bound. */
static inline bool kfd_test_is_exact(void)
{
	const char *mode = getenv("KFDSIM_MODE");

	return mode && !strcmp(mode, "run");
}

/* The driver maps queues by itself (sched_policy=2). */
static inline bool kfd_test_no_hws(void)
{
	char policy[8] = "";

	kfd_file_read("/sys/module/kfdsim/parameters/sched_policy", policy,
		      sizeof(policy));
	return policy[0] == '2';
}

/* The driver gives up on a silent hardware scheduler so soon that a test waits. */
static inline bool kfd_test_hangs_are_short(void)
{
	char timeout[16] = "";

	kfd_file_read("/sys/module/kfdsim/parameters/queue_preemption_timeout_ms",
		      timeout, sizeof(timeout));
	return atoi(timeout) > 0 && atoi(timeout) <= 1000;
}

/*
 * Destroying a queue of KFD_IOC_QUEUE_TYPE_SDMA_BY_ENG_ID without HWS fails in
 * Linux 6.12, and corrupts memory when the process ends.
 */
static inline bool kfd_test_breaks_driver(__u32 type)
{
	return type == KFD_IOC_QUEUE_TYPE_SDMA_BY_ENG_ID && kfd_test_no_hws();
}

/*
 * Without HWS Linux 6.12 follows a null pointer when it restores a process that
 * has not opened every node, after an eviction as after suspend.
 */
static inline bool kfd_test_restore_breaks_driver(void)
{
	return kfd_test_no_hws() && kfd_topology_count() > 1;
}

/* A queue leaves when its waves have ended: they can't be saved. */
static inline bool kfd_test_drains(void)
{
	char cwsr[8] = "";

	kfd_file_read("/sys/module/kfdsim/parameters/cwsr_enable", cwsr,
		      sizeof(cwsr));
	return cwsr[0] == '0';
}

/*
 * The chip has MES, which is told of one queue at a time and leaves the others
 * alone.
 */
static inline bool kfd_test_mes(const struct kfd_props *p)
{
	return p->gfx_target_version >= 110000;
}

/* Run @fn in a child with KFD state of its own; its exit status, or < 0 */
static inline int kfd_test_in_child(int (*fn)(void *), void *arg)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(fn(arg));
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

#endif

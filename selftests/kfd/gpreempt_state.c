// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: poll() on the file "state" wakes whoever waits for a change. No
 * test here looks again without having been woken.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>

#include "gpreempt_test.h"

#define QUIET_MS	30
#define POLLERS		5

FIXTURE(state) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	struct kfd_props props;
	int fd;
};

static int open_state(unsigned int node)
{
	char path[128];

	snprintf(path, sizeof(path), KFD_TOPOLOGY "/%u/gpreempt/state", node);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* An LC queue of a test may wait for as long as it likes. */
static int enable(unsigned int node)
{
	int ret = kfd_knobs_reset(node);

	if (!ret)
		ret = kfd_knob_set(node, "be_max_wait_us", 0);
	if (!ret)
		ret = kfd_knob_set(node, "lc_progress_timeout_us", 0);
	return ret ? ret : kfd_knob_set(node, "enable", 1);
}

FIXTURE_SETUP(state)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->props = self->env.gpu.props;
	self->fd = open_state(self->props.node);
	if (kfd_test_no_gpu(self->fd < 0))
		SKIP(return, "no gpreempt");
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, enable(self->props.node));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, gp_be_reside(&self->env, &self->be));
	ASSERT_EQ(0, kfd_knob_poll_state(self->fd, "idle", WAIT_MS));
}

FIXTURE_TEARDOWN(state)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
	close(self->fd);
}

static int polled(int fd, int timeout_ms)
{
	struct pollfd poller = { .fd = fd, .events = POLLPRI };

	return poll(&poller, 1, timeout_ms);
}

TEST_F(state, preempt_and_resume)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc, 1));
		ASSERT_EQ(0, kfd_knob_poll_state(self->fd, "preempted",
						 WAIT_MS));
		ASSERT_EQ(0, gp_lc_end(&self->env));
		ASSERT_EQ(0, kfd_knob_poll_state(self->fd, "idle", WAIT_MS));
	}
}

/* Who has seen the state sleeps while nothing changes. */
TEST_F(state, quiet)
{
	/* The kernel wakes pollers some time after the change: let it be over. */
	usleep(QUIET_MS * 1000);
	ASSERT_EQ(0, kfd_knob_poll_state(self->fd, "idle", WAIT_MS));
	EXPECT_EQ(0, polled(self->fd, QUIET_MS));
	ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_poll_state(self->fd, "preempted", WAIT_MS));
	usleep(QUIET_MS * 1000);
	ASSERT_EQ(0, kfd_knob_poll_state(self->fd, "preempted", WAIT_MS));
	EXPECT_EQ(0, polled(self->fd, QUIET_MS));
	ASSERT_EQ(0, gp_lc_end(&self->env));
	EXPECT_EQ(1, polled(self->fd, WAIT_MS));
}

TEST_F(state, enable_and_disable)
{
	unsigned int node = self->props.node;

	ASSERT_EQ(0, kfd_knob_set(node, "enable", 0));
	EXPECT_EQ(0, kfd_knob_poll_state(self->fd, "off", WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(node, "enable", 1));
	EXPECT_EQ(0, kfd_knob_poll_state(self->fd, "idle", WAIT_MS));
	ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_poll_state(self->fd, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(node, "enable", 0));
	EXPECT_EQ(0, kfd_knob_poll_state(self->fd, "off", WAIT_MS));
	EXPECT_EQ(0, gp_lc_end(&self->env));
}

/* The last LC queue goes away while BE is held. */
TEST_F(state, destroy_lc)
{
	struct kfd_queue lc;

	ASSERT_EQ(0, gp_create_aql(&self->env, &lc, LC_PRIORITY));
	ASSERT_EQ(0, gp_lc_begin(&self->env, &lc, 1));
	ASSERT_EQ(0, kfd_knob_poll_state(self->fd, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_queue_destroy(&lc));
	EXPECT_EQ(0, kfd_knob_poll_state(self->fd, "idle", WAIT_MS));
}

TEST_F(state, held_by_hand)
{
	char target[32];

	snprintf(target, sizeof(target), "%d:%u", getpid(), self->be.id);
	ASSERT_EQ(0, kfd_debug_write(self->props.gpu_id, "preempt", target));
	EXPECT_EQ(0, kfd_knob_poll_state(self->fd, "held", WAIT_MS));
	ASSERT_EQ(0, kfd_debug_write(self->props.gpu_id, "resume", target));
	EXPECT_EQ(0, kfd_knob_poll_state(self->fd, "idle", WAIT_MS));
}

static int wait_twice(unsigned int node, __u32 *seen)
{
	int fd = open_state(node);

	if (fd < 0)
		return 1;
	if (kfd_knob_poll_state(fd, "preempted", WAIT_MS))
		return 2;
	__atomic_add_fetch(seen, 1, __ATOMIC_RELEASE);
	return kfd_knob_poll_state(fd, "off", WAIT_MS) ? 3 : 0;
}

TEST_F(state, many_pollers)
{
	pid_t child[POLLERS];
	unsigned int i;
	__u32 *seen;
	int status;

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, seen);
	for (i = 0; i < POLLERS; i++) {
		child[i] = fork();
		ASSERT_LE(0, child[i]);
		if (!child[i])
			_exit(wait_twice(self->props.node, seen));
	}
	ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc, 1));
	ASSERT_EQ(0, kfd_poll_eq32(seen, POLLERS, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 0));
	for (i = 0; i < POLLERS; i++) {
		ASSERT_EQ(child[i], waitpid(child[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status));
	}
	EXPECT_EQ(0, gp_lc_end(&self->env));
}

/* ---- errors ----------------------------------------------------------- */

FIXTURE(state_error) {
	struct kfd_props props;
	int fd;
};

FIXTURE_SETUP(state_error)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (kfd_test_no_hws())
		SKIP(return, "there is no scheduler to hang");
	if (!kfd_test_hangs_are_short())
		SKIP(return, "the driver would wait for too long");
	self->fd = open_state(self->props.node);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, enable(self->props.node));
}

FIXTURE_TEARDOWN(state_error)
{
	kfdsim_write(self->props.sim, "fail_hws_hang", "0");
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
	close(self->fd);
}

/* The scheduler of the hardware falls silent in a preemption. */
static int hang(void *arg)
{
	const struct kfd_props *props = arg;
	struct kfd_queue be, lc;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &be, BE_PRIORITY) ||
	    gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	if (kfd_env_fill(&env, &be, 0, 100 * BE_NS, WAIT_MS) < 0)
		return 2;
	if (kfdsim_write(props->sim, "fail_hws_hang", "1"))
		return 3;
	if (gp_lc_begin(&env, &lc, 1))
		return 4;
	return kfd_knob_wait_state(props->node, "error:", 3 * WAIT_MS) ? 5 : 0;
}

TEST_F_TIMEOUT(state_error, wakes, 120)
{
	pid_t child = fork();
	int status;

	ASSERT_LE(0, child);
	if (!child)
		_exit(hang(&self->props));
	EXPECT_EQ(0, kfd_knob_poll_state(self->fd, "error:hws-hang",
					 3 * WAIT_MS));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	EXPECT_EQ(0, kfd_knob_poll_state(self->fd, "idle", WAIT_MS));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt across processes, and what becomes of the others when one of them
 * is killed while best-effort work is held.
 */
#include <signal.h>

#include "gpreempt_test.h"

/* What a child and its parent share */
struct board {
	__u32 be_running;
	__u32 be_done;
	__u32 lc_begun;
};

FIXTURE(process) {
	struct kfd_env env;
	struct kfd_props props;
	struct board *board;
	pid_t child;
};

FIXTURE_SETUP(process)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	ret = gp_reset_knobs(self->props.node);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	self->board = mmap(NULL, sizeof(*self->board), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->board);
}

FIXTURE_TEARDOWN(process)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
	if (self->child > 0) {
		kill(self->child, SIGKILL);
		waitpid(self->child, NULL, 0);
	}
	kfd_env_close(&self->env);
}

/* A child that fills the GPU with BE work, and says when that is done */
static int be_process(void *arg)
{
	struct board *board = arg;
	struct kfd_queue q;
	struct kfd_env env;
	int n;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, BE_PRIORITY))
		return 1;
	n = kfd_env_fill(&env, &q, 0, BE_NS, WAIT_MS);
	if (n < 0)
		return 2;
	__atomic_store_n(&board->be_running, 1, __ATOMIC_RELEASE);
	if (kfd_env_wait(&env, 0, WAIT_MS))
		return 3;
	if (kfd_load(&env.counter[0]) != (__u64)n)
		return 4;
	__atomic_store_n(&board->be_done, 1, __ATOMIC_RELEASE);
	if (kfd_queue_destroy(&q))
		return 5;
	kfd_env_close(&env);
	return 0;
}

/* A child whose LC work never ends by itself */
static int lc_process(void *arg)
{
	struct board *board = arg;
	struct kfd_queue q;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, LC_PRIORITY) ||
	    gp_lc_begin(&env, &q, 1))
		return 1;
	__atomic_store_n(&board->lc_begun, 1, __ATOMIC_RELEASE);
	pause();
	return 2;
}

static pid_t start(int (*fn)(void *), struct board *board)
{
	pid_t pid = fork();

	if (!pid)
		_exit(fn(board));
	return pid;
}

TEST_F(process, preempt_other)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue lc;
	int status;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	self->child = start(be_process, self->board);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kfd_poll_eq32(&self->board->be_running, 1, WAIT_MS));
	ASSERT_EQ(0, kfd_env_open(env, 0));
	ASSERT_EQ(0, gp_create_aql(env, &lc, LC_PRIORITY));
	ASSERT_EQ(0, gp_lc_begin(env, &lc, 5));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(0U, kfd_load(&self->board->be_done));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(self->child, waitpid(self->child, &status, 0));
	self->child = 0;
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	EXPECT_EQ(0, kfd_queue_destroy(&lc));
}

/* The killed process' queues are off, and must still go away cleanly. */
TEST_F(process, kill_preempted)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue lc, be;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	self->child = start(be_process, self->board);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kfd_poll_eq32(&self->board->be_running, 1, WAIT_MS));
	ASSERT_EQ(0, kfd_env_open(env, 0));
	ASSERT_EQ(0, gp_create_aql(env, &lc, LC_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(env, &be, BE_PRIORITY));
	ASSERT_EQ(0, gp_lc_begin(env, &lc, 5));
	ASSERT_EQ(0, kfd_knob_wait_state(self->props.node, "preempted",
					 WAIT_MS));
	ASSERT_EQ(0, kill(self->child, SIGKILL));
	ASSERT_EQ(self->child, waitpid(self->child, NULL, 0));
	self->child = 0;
	ASSERT_EQ(0, kfd_env_dispatch(env, &be, 1, 3, 1000));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(3ULL, kfd_load(&env->counter[1]));
	ASSERT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(0U, kfd_load(&self->board->be_done));
	EXPECT_EQ(0, kfd_queue_destroy(&be));
	EXPECT_EQ(0, kfd_queue_destroy(&lc));
}

/* No LC queue is left that could ever let BE go: it must be let go. */
TEST_F(process, kill_lc)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue be;

	ASSERT_EQ(0, kfd_env_open(env, 0));
	ASSERT_EQ(0, gp_create_aql(env, &be, BE_PRIORITY));
	ASSERT_EQ(0, kfd_env_dispatch(env, &be, 0, 5, BE_NS));
	self->child = start(lc_process, self->board);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kfd_poll_eq32(&self->board->lc_begun, 1, WAIT_MS));
	ASSERT_EQ(0, kfd_knob_wait_state(self->props.node, "preempted",
					 WAIT_MS));
	ASSERT_EQ(0, kill(self->child, SIGKILL));
	ASSERT_EQ(self->child, waitpid(self->child, NULL, 0));
	self->child = 0;
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(0, kfd_queue_destroy(&be));
}

/* The same when the LC process takes its queue away in good order */
TEST_F(process, destroy_lc)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue be, lc;

	ASSERT_EQ(0, kfd_env_open(env, 0));
	ASSERT_EQ(0, gp_create_aql(env, &be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(env, &lc, LC_PRIORITY));
	ASSERT_EQ(0, gp_be_reside(env, &be));
	ASSERT_EQ(0, gp_lc_begin(env, &lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->props.node, "preempted",
					 WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &be, 0, 5, 1000));
	EXPECT_EQ(0, kfd_queue_destroy(&lc));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&be));
}

/* Both die at once. */
TEST_F(process, exit_while_preempted)
{
	struct kfd_queue be, lc;

	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	ASSERT_EQ(0, gp_create_aql(&self->env, &be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &lc, LC_PRIORITY));
	ASSERT_EQ(0, gp_be_reside(&self->env, &be));
	ASSERT_EQ(0, gp_lc_begin(&self->env, &lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->props.node, "preempted",
					 WAIT_MS));
	self->child = start(lc_process, self->board);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kfd_poll_eq32(&self->board->lc_begun, 1, WAIT_MS));
	/* The memory must not be freed under the queues that stay behind. */
	memset(&self->env.mem, 0, sizeof(self->env.mem));
}

TEST_HARNESS_MAIN

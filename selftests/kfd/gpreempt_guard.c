// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: latency-critical work that waits for best-effort work. Holding the
 * one off for the other would be a deadlock.
 */
#include "gpreempt_test.h"

#define TIMEOUT_US	10000
/* Before hardware that can say what runs is first asked */
#define ASK_US		200
/* Not yet done when a slow machine, with others busy, gets LC to wait for it */
#define BE_WORK_NS	(400 * NSEC_PER_MSEC)

/* One more signal, in memory that two processes share */
struct shared {
	struct kfd_signal signal;
	__u32 lc_waits;
	__u32 be_runs;
};

struct guarded {
	__u64 guards;
	__u64 guard_ns;
};

FIXTURE(guard) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	struct guarded before;
};

FIXTURE_SETUP(guard)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "lc_progress_timeout_us",
				  TIMEOUT_US));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guards",
				  &self->before.guards));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guard_ns",
				  &self->before.guard_ns));
}

FIXTURE_TEARDOWN(guard)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

/*
 * Each guard held BE off in vain for the timeout and hardly longer; for much less
 * where the hardware can be asked.
 */
static void expect_guarded(struct __test_metadata *_metadata,
			   const struct kfd_props *props,
			   const struct guarded *before)
{
	bool can_ask = !kfd_test_mes(props);
	__u64 timeout_us = can_ask ? ASK_US : TIMEOUT_US;
	__u64 guards, guard_ns;

	EXPECT_EQ(0, kfd_knob_get(props->node, "stats/guards", &guards));
	EXPECT_EQ(0, kfd_knob_get(props->node, "stats/guard_ns", &guard_ns));
	guards -= before->guards;
	guard_ns -= before->guard_ns;
	EXPECT_LT(0ULL, guards);
	EXPECT_LE(guards * timeout_us * NSEC_PER_USEC, guard_ns);
	if (kfd_test_is_exact()) {
		EXPECT_LT(guard_ns, guards * 2 * timeout_us * NSEC_PER_USEC);
	}
}

TEST_F(guard, barrier_on_be_signal)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *dep = &env->signal[0];
	int n;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	n = kfd_env_fill(env, &self->be, 0, BE_WORK_NS, WAIT_MS);
	ASSERT_LT(0, n);
	kfd_signal_init(&env->signal[PASSED_SLOT], 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->lc, &dep, 1,
					 &env->signal[PASSED_SLOT]));
	kfd_queue_ring(&self->lc);
	EXPECT_EQ(0, kfd_env_wait(env, PASSED_SLOT, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	expect_guarded(_metadata, &env->gpu.props, &self->before);
}

/* The dependency is there already when BE is preempted for something else. */
TEST_F(guard, two_lc_queues)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *dep = &env->signal[0];
	struct kfd_queue other;
	unsigned int i;
	int n;

	ASSERT_EQ(0, gp_create_aql(env, &other, LC_PRIORITY));
	n = kfd_env_fill(env, &self->be, 0, BE_WORK_NS, WAIT_MS);
	ASSERT_LT(0, n);
	kfd_signal_init(&env->signal[PASSED_SLOT], 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->lc, &dep, 1,
					 &env->signal[PASSED_SLOT]));
	kfd_queue_ring(&self->lc);
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &other, LC_SLOT, 1,
					      NSEC_PER_USEC));
		ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	}
	EXPECT_EQ(0, kfd_env_wait(env, PASSED_SLOT, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

/* A long launch is progress, though the read pointer stands still. */
TEST_F(guard, running_is_no_dependency)
{
	struct kfd_env *env = &self->env;
	const __u32 rounds = 20;
	__u64 guards;

	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "the hardware can't say what runs");
	ASSERT_LT(0, kfd_env_fill(env, &self->be, 0, BE_WORK_NS, WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, LC_SLOT,
				      rounds * kfd_props_waves(&env->gpu.props),
				      5 * NSEC_PER_MSEC));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	EXPECT_EQ(0, kfd_knob_get(self->node, "stats/guards", &guards));
	/* A simulator that has to wait for a CPU launches nothing meanwhile. */
	if (kfd_test_is_exact()) {
		EXPECT_EQ(self->before.guards, guards);
	}
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* ---- across processes -------------------------------------------------- */

static struct shared *open_shared(struct kfd_env *env, struct kfd_bo *bo, int fd)
{
	return kfd_bo_create_shared(&env->gpu, bo, sizeof(struct shared), fd, 0) ?
		NULL : kfd_bo_ptr(bo);
}

/* Best-effort work that the other process waits for */
static int be_process(int fd)
{
	struct kfd_aql_dispatch d = { .workgroup_size = 4 * 64 };
	struct kfd_queue q;
	struct kfd_env env;
	struct shared *shared;
	struct kfd_bo bo;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, BE_PRIORITY))
		return 1;
	shared = open_shared(&env, &bo, fd);
	if (!shared)
		return 2;
	d.kernel = &env.kernel[0];
	d.workgroups = kfd_props_waves(&env.gpu.props) / 4;
	d.completion = &shared->signal;
	kfd_kernel_init(&env.kernel[0], BE_WORK_NS, &env.counter[0], 4);
	if (kfd_aql_dispatch(&q, &d))
		return 3;
	kfd_queue_ring(&q);
	if (kfd_queue_wait_idle(&q, WAIT_MS))
		return 4;
	__atomic_store_n(&shared->be_runs, 1, __ATOMIC_SEQ_CST);
	if (kfd_signal_wait_below(&shared->signal, 1, NULL, WAIT_MS))
		return 5;
	if (kfd_load(&env.counter[0]) != d.workgroups)
		return 6;
	if (kfd_queue_destroy(&q) || kfd_bo_destroy(&bo, &env.gpu))
		return 7;
	kfd_env_close(&env);
	return 0;
}

TEST_F(guard, shared_signal)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *dep;
	struct shared *shared;
	struct kfd_bo bo;
	int status, fd;
	pid_t child;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	fd = memfd_create("signal", 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, getpagesize()));
	shared = open_shared(env, &bo, fd);
	ASSERT_NE(NULL, shared);
	kfd_signal_init(&shared->signal, 1, NULL);
	dep = &shared->signal;

	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(be_process(fd));
	while (!__atomic_load_n(&shared->be_runs, __ATOMIC_SEQ_CST) &&
	       !waitpid(child, &status, WNOHANG))
		usleep(1000);

	kfd_signal_init(&env->signal[PASSED_SLOT], 1, NULL);
	ASSERT_EQ(0, kfd_aql_barrier_and(&self->lc, &dep, 1,
					 &env->signal[PASSED_SLOT]));
	kfd_queue_ring(&self->lc);
	EXPECT_EQ(0, kfd_env_wait(env, PASSED_SLOT, WAIT_MS));
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	expect_guarded(_metadata, &env->gpu.props, &self->before);
	EXPECT_EQ(0, kfd_bo_destroy(&bo, &env->gpu));
	close(fd);
}

TEST_HARNESS_MAIN

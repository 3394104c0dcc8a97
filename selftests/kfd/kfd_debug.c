// SPDX-License-Identifier: GPL-2.0
/*
 * The debugger's suspend and resume of queues, of this process by itself.
 */
#include "kfd_test.h"

#define QUEUES		4
#define QUIET_MS	30
#define INVALID		0x80000000U

FIXTURE(debug) {
	struct kfd_env env;
	struct kfd_queue q[QUEUES];
	__u32 ids[QUEUES];
	int notify[2];
};

FIXTURE_SETUP(debug)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	struct kfd_queue_snapshot_entry entries[QUEUES];
	int ret = kfd_env_open(&self->env, 0);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (kfd_test_no_hws())
		SKIP(return, "no debugger without HWS");
	ASSERT_EQ(0, pipe(self->notify));
	ASSERT_EQ(0, kfd_runtime_enable(&self->env.proc, true));
	ASSERT_EQ(0, kfd_dbg_enable(&self->env.proc, self->notify[1]));
	for (i = 0; i < QUEUES; i++) {
		ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr,
					      &self->q[i]));
		self->ids[i] = self->q[i].id;
	}
	ASSERT_EQ(QUEUES, kfd_dbg_snapshot(&self->env.proc, entries, QUEUES));
	for (i = 0; i < QUEUES; i++) {
		EXPECT_EQ(self->env.gpu.props.gpu_id, entries[i].gpu_id)
			TH_LOG("number %u", i);
	}
}

FIXTURE_TEARDOWN(debug)
{
	unsigned int i;

	EXPECT_EQ(0, kfd_dbg_disable(&self->env.proc));
	for (i = 0; i < QUEUES; i++) {
		EXPECT_EQ(0, kfd_queue_destroy(&self->q[i]))
			TH_LOG("number %u", i);
	}
	EXPECT_EQ(0, kfd_runtime_enable(&self->env.proc, false));
	kfd_env_close(&self->env);
}

TEST_F(debug, suspend_resume)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	ASSERT_EQ(QUEUES, kfd_dbg_suspend(&env->proc, self->ids, QUEUES));
	for (i = 0; i < QUEUES; i++) {
		EXPECT_EQ(self->q[i].id, self->ids[i]);
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i], i, 4, 1000));
	}
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	for (i = 0; i < QUEUES; i++) {
		EXPECT_EQ(0ULL, kfd_load(&env->counter[i]))
			TH_LOG("number %u", i);
	}
	ASSERT_EQ(QUEUES, kfd_dbg_resume(&env->proc, self->ids, QUEUES));
	for (i = 0; i < QUEUES; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ(4ULL, kfd_load(&env->counter[i]));
	}
}

TEST_F(debug, suspend_one_of_several)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(1, kfd_dbg_suspend(&env->proc, &self->ids[1], 1));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 0, 4, 1000));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[1], 1, 4, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[1]));
	ASSERT_EQ(1, kfd_dbg_resume(&env->proc, &self->ids[1], 1));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
}

TEST_F(debug, suspend_running)
{
	struct kfd_env *env = &self->env;
	unsigned int i;
	__u64 seen;
	int n;

	n = kfd_env_fill(env, &self->q[0], 0, 20 * NSEC_PER_MSEC, WAIT_MS);
	ASSERT_LT(0, n);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(1, kfd_dbg_suspend(&env->proc, self->ids, 1));
		seen = kfd_load(&env->counter[0]);
		usleep(QUIET_MS * 1000);
		EXPECT_EQ(seen, kfd_load(&env->counter[0]));
		ASSERT_EQ(1, kfd_dbg_resume(&env->proc, self->ids, 1));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

/* On top of a queue that is off: it is on again only when both allow it. */
TEST_F(debug, suspend_unmapped)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 0));
	ASSERT_EQ(1, kfd_dbg_suspend(&env->proc, self->ids, 1));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 0, 4, 1000));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 100));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 0));
	ASSERT_EQ(1, kfd_dbg_resume(&env->proc, self->ids, 1));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 100));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(4ULL, kfd_load(&env->counter[0]));
}

TEST_F(debug, bad_ids)
{
	__u32 ids[2] = { self->q[0].id, 999 };

	EXPECT_EQ(1, kfd_dbg_suspend(&self->env.proc, ids, 2));
	EXPECT_EQ(self->q[0].id, ids[0]);
	EXPECT_EQ(999U | INVALID, ids[1]);
	ids[1] = 999;
	EXPECT_EQ(1, kfd_dbg_resume(&self->env.proc, ids, 2));
	EXPECT_EQ(999U | INVALID, ids[1]);
}

/* The end of debugging resumes what the debugger has left suspended. */
TEST_F(debug, disable_resumes)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(QUEUES, kfd_dbg_suspend(&env->proc, self->ids, QUEUES));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 0, 4, 1000));
	ASSERT_EQ(0, kfd_dbg_disable(&env->proc));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	ASSERT_EQ(0, kfd_dbg_enable(&env->proc, self->notify[1]));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * AQL rings: wrap-around, and doorbells of queues that are not mapped.
 */
#include "kfd_test.h"

/* Long enough for a mapped queue to have executed something small */
#define QUIET_MS		50

FIXTURE(ring) {
	struct kfd_env env;
	struct kfd_queue q;
};

FIXTURE_SETUP(ring)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
}

FIXTURE_TEARDOWN(ring)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	kfd_env_close(&self->env);
}

static int dispatch_when_space(struct kfd_env *env, struct kfd_queue *q,
			       struct kfd_aql_dispatch *d)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;

	while (kfd_aql_space(q) <= 0) {
		if (kfd_now_ns() > end)
			return -ETIMEDOUT;
		usleep(20);
	}
	return kfd_aql_dispatch(q, d);
}

TEST_F(ring, wrap)
{
	struct kfd_env *env = &self->env;
	const unsigned int packets = 5 * self->q.attr.ring_bytes /
				     KFD_AQL_PACKET_SIZE + 3;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = 3,
		.workgroup_size = 64,
		.completion = &env->signal[0],
	};
	unsigned int i;

	kfd_kernel_init(&env->kernel[0], 200, &env->counter[0], 1);
	kfd_signal_init(&env->signal[0], packets, NULL);
	for (i = 0; i < packets; i++) {
		ASSERT_EQ(0, dispatch_when_space(env, &self->q, &d));
		kfd_queue_ring(&self->q);
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(3ULL * packets, kfd_load(&env->counter[0]));
	EXPECT_EQ((__u64)packets, kfd_queue_rptr(&self->q));
}

TEST_F(ring, full)
{
	struct kfd_env *env = &self->env;
	unsigned int i, packets = self->q.attr.ring_bytes / KFD_AQL_PACKET_SIZE;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = 1,
		.workgroup_size = 64,
		.completion = &env->signal[0],
	};

	kfd_kernel_init(&env->kernel[0], 0, &env->counter[0], 1);
	kfd_signal_init(&env->signal[0], packets, NULL);
	for (i = 0; i < packets; i++) {
		ASSERT_EQ(0, kfd_aql_dispatch(&self->q, &d))
			TH_LOG("number %u", i);
	}
	EXPECT_EQ(-EAGAIN, kfd_aql_dispatch(&self->q, &d));
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)packets, kfd_load(&env->counter[0]));
}

/* A write without a ring may be seen late, but only once. */
TEST_F(ring, one_ring_for_many)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, i, 1, 100))
			TH_LOG("number %u", i);
	}
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS))
			TH_LOG("number %u", i);
	}
	kfd_queue_ring(&self->q);
	kfd_queue_ring(&self->q);
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 10, 1, 100));
	ASSERT_EQ(0, kfd_env_wait(env, 10, WAIT_MS));
	for (i = 0; i <= 10; i++) {
		EXPECT_EQ(1ULL, kfd_load(&env->counter[i]))
			TH_LOG("number %u", i);
	}
}

TEST_F(ring, rung_while_unmapped)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 6, 100));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0ULL, kfd_queue_rptr(&self->q));

	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(6ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(1ULL, kfd_queue_rptr(&self->q));
}

/* The same for a queue that was never mapped */
TEST_F(ring, created_unmapped)
{
	struct kfd_queue_attr attr = self->q.attr;
	struct kfd_env *env = &self->env;
	struct kfd_queue q;

	attr.percent = 0;
	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &attr, &q));
	ASSERT_EQ(0, kfd_env_dispatch(env, &q, 0, 6, 100));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, kfd_queue_set_percent(&q, 100));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(6ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&q));
}

/* Many rings while unmapped, mapped, unmapped: each packet counts once. */
TEST_F(ring, map_unmap_many)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, i, 2, 300));
		ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
		/* Now and then from a drained ring */
		ASSERT_EQ(0, i % 4 ? 0 : kfd_env_wait(env, i, WAIT_MS));
	}
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ(2ULL, kfd_load(&env->counter[i]));
	}
	EXPECT_EQ(40ULL, kfd_queue_rptr(&self->q));
}

/* A queue that is off does not keep the doorbells of others from working. */
TEST_F(ring, neighbours_of_unmapped)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue other;
	unsigned int i;

	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->q.attr, &other));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 1, 100));
	for (i = 1; i < 20; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &other, i, 1, 100));
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
	}
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * Several GPU nodes in one process: whole GPUs, or partitions of one.
 */
#include "kfd_test.h"

#define WORKGROUPS	37

FIXTURE(gpus) {
	struct kfd_env env;
	int num;
	struct kfd_gpu other[KFD_MAX_GPUS];
	struct kfd_gpu *gpu[KFD_MAX_GPUS];
	struct kfd_queue q[KFD_MAX_GPUS];
};

FIXTURE_SETUP(gpus)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int i, ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->num = kfd_topology_count();
	if (self->num < 2)
		SKIP(return, "only one GPU node");
	self->gpu[0] = &self->env.gpu;
	for (i = 1; i < self->num; i++) {
		self->gpu[i] = &self->other[i];
		ASSERT_EQ(0, kfd_gpu_open(&self->env.proc, self->gpu[i], i));
		ASSERT_EQ(0, kfd_bo_map(&self->env.mem, self->gpu[i]));
	}
	for (i = 0; i < self->num; i++) {
		ASSERT_EQ(0, kfd_queue_create(self->gpu[i], &attr,
					      &self->q[i]));
	}
}

FIXTURE_TEARDOWN(gpus)
{
	int i;

	for (i = 0; i < self->num; i++) {
		EXPECT_EQ(0, kfd_queue_destroy(&self->q[i]))
			TH_LOG("GPU %d", i);
	}
	for (i = 1; i < self->num; i++) {
		EXPECT_EQ(0, kfd_bo_unmap(&self->env.mem, self->gpu[i]));
		kfd_gpu_close(self->gpu[i]);
	}
	kfd_env_close(&self->env);
}

TEST_F(gpus, each_works)
{
	struct kfd_env *env = &self->env;
	int i;

	for (i = 0; i < self->num; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i], i, WORKGROUPS,
					      1000));
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS))
			TH_LOG("GPU %d", i);
		EXPECT_EQ((__u64)WORKGROUPS, kfd_load(&env->counter[i]));
	}
}

/* All at once, and all count into the same counter */
TEST_F(gpus, shared_counter)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = WORKGROUPS,
		.workgroup_size = 64,
		.completion = &env->signal[0],
	};
	int i, round;

	kfd_kernel_init(&env->kernel[0], 2000, &env->counter[0], 1);
	kfd_signal_init(&env->signal[0], 10 * self->num, NULL);
	for (round = 0; round < 10; round++) {
		for (i = 0; i < self->num; i++) {
			ASSERT_EQ(0, kfd_aql_dispatch(&self->q[i], &d));
			kfd_queue_ring(&self->q[i]);
		}
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(10ULL * self->num * WORKGROUPS, kfd_load(&env->counter[0]));
}

/* A chain of barriers through all GPUs */
TEST_F(gpus, chain)
{
	struct kfd_env *env = &self->env;
	int i;

	for (i = self->num - 1; i > 0; i--) {
		struct kfd_signal *dep = &env->signal[i - 1];

		kfd_signal_init(dep, 1, NULL);
		ASSERT_EQ(0, kfd_aql_barrier_and(&self->q[i], &dep, 1, NULL));
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i], i, 1, 1000));
	}
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 0, 1, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, self->num - 1, WAIT_MS));
	for (i = 1; i < self->num; i++) {
		EXPECT_LE(kfd_load(&env->signal[i - 1].end_ts),
			  kfd_load(&env->signal[i].start_ts));
	}
}

/* One that is busy to the brim does not hold up its neighbours. */
TEST_F(gpus, independent)
{
	struct kfd_env *env = &self->env;
	int n, i;

	n = kfd_env_fill(env, &self->q[0], 0, 2000 * NSEC_PER_MSEC, WAIT_MS);
	ASSERT_LT(0, n);
	for (i = 1; i < self->num; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i], i, WORKGROUPS,
					      1000));
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
	}
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

/* Memory of one GPU, on all of them */
TEST_F(gpus, map_unmap)
{
	struct kfd_bo bo;
	int i;

	ASSERT_EQ(0, kfd_bo_alloc(self->gpu[1], &bo, 65536, KFD_MEM_GTT));
	for (i = 0; i < self->num; i++) {
		EXPECT_EQ(0, kfd_bo_map(&bo, self->gpu[i]))
			TH_LOG("GPU %d", i);
	}
	for (i = 0; i < self->num; i++) {
		EXPECT_EQ(0, kfd_bo_unmap(&bo, self->gpu[i]))
			TH_LOG("GPU %d", i);
	}
	EXPECT_EQ(0, kfd_bo_free(&bo));
}

TEST_HARNESS_MAIN

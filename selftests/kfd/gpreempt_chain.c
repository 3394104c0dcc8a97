// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: latency-critical work that goes back and forth between two GPUs,
 * each full of best-effort work. Each has a scheduler that knows nothing of
 * the other one.
 */
#include "gpreempt_test.h"

#define NUM_GPUS	2
#define HOPS		20
#define BE_WORK_NS	(100 * NSEC_PER_MSEC)
/*
 * A hop ends with a barrier that another GPU opens, of which nobody is told: a
 * period of the timer, and a preemption
 */
#define HOP_NS		(1500 * NSEC_PER_USEC)

/* Slots of struct kfd_env */
#define BE_OF(_gpu)	(_gpu)
#define HOP_OF(_i)	(NUM_GPUS + (_i))

FIXTURE(chain) {
	struct kfd_env env;
	struct kfd_gpu second;
	struct kfd_gpu *gpu[NUM_GPUS];
	struct kfd_queue be[NUM_GPUS];
	struct kfd_queue lc[NUM_GPUS];
};

FIXTURE_SETUP(chain)
{
	struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = kfd_env_open(&self->env, 0);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (kfd_topology_count() < NUM_GPUS)
		SKIP(return, "only one GPU node");
	ASSERT_EQ(0, kfd_gpu_open(&self->env.proc, &self->second, 1));
	ASSERT_EQ(0, kfd_bo_map(&self->env.mem, &self->second));
	self->gpu[0] = &self->env.gpu;
	self->gpu[1] = &self->second;
	for (i = 0; i < NUM_GPUS; i++) {
		ASSERT_EQ(0, kfd_knobs_reset(self->gpu[i]->props.node));
		attr.priority = BE_PRIORITY;
		ASSERT_EQ(0, kfd_queue_create(self->gpu[i], &attr,
					      &self->be[i]));
		attr.priority = LC_PRIORITY;
		ASSERT_EQ(0, kfd_queue_create(self->gpu[i], &attr,
					      &self->lc[i]));
	}
}

FIXTURE_TEARDOWN(chain)
{
	unsigned int i;

	for (i = 0; i < NUM_GPUS; i++) {
		EXPECT_EQ(0, kfd_knobs_reset(self->gpu[i]->props.node));
		EXPECT_EQ(0, kfd_queue_destroy(&self->lc[i]));
		EXPECT_EQ(0, kfd_queue_destroy(&self->be[i]));
	}
	EXPECT_EQ(0, kfd_bo_unmap(&self->env.mem, &self->second));
	kfd_gpu_close(&self->second);
	kfd_env_close(&self->env);
}

/* Each kernel waits for the one before it, on the other GPU. */
static int enqueue_hops(struct _test_data_chain *self)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[LC_SLOT],
		.workgroups = 4,
		.workgroup_size = 64,
	};
	unsigned int i;
	int ret = 0;

	kfd_kernel_init(&env->kernel[LC_SLOT], 20 * NSEC_PER_USEC,
			&env->counter[LC_SLOT], 1);
	for (i = 0; i < HOPS; i++)
		kfd_signal_init(&env->signal[HOP_OF(i)], 1, NULL);
	for (i = 0; i < HOPS && !ret; i++) {
		struct kfd_queue *q = &self->lc[i % NUM_GPUS];
		struct kfd_signal *dep = &env->signal[HOP_OF(i) - 1];

		if (i)
			ret = kfd_aql_barrier_and(q, &dep, 1, NULL);
		d.completion = &env->signal[HOP_OF(i)];
		if (!ret)
			ret = kfd_aql_dispatch(q, &d);
	}
	for (i = NUM_GPUS; i-- && !ret;)
		kfd_queue_ring(&self->lc[i]);
	return ret;
}

TEST_F(chain, between_full_gpus)
{
	struct kfd_env *env = &self->env;
	__u64 start_ns, took_ns;
	unsigned int i;
	int n = 0;

	for (i = 0; i < NUM_GPUS; i++) {
		n = kfd_env_fill(env, &self->be[i], BE_OF(i), BE_WORK_NS,
				 WAIT_MS);
		ASSERT_LT(0, n);
		ASSERT_EQ(0, kfd_knob_set(self->gpu[i]->props.node, "enable",
					  1));
	}
	start_ns = kfd_now_ns();
	ASSERT_EQ(0, enqueue_hops(self));
	ASSERT_EQ(0, kfd_env_wait(env, HOP_OF(HOPS - 1), WAIT_MS));
	took_ns = kfd_now_ns() - start_ns;
	TH_LOG("%d hops in %llu us", HOPS, took_ns / NSEC_PER_USEC);
	if (kfd_test_is_exact() && !kfd_test_drains()) {
		EXPECT_GE(HOPS * HOP_NS, took_ns);
		for (i = 0; i < NUM_GPUS; i++)
			EXPECT_EQ(0, kfd_load(&env->counter[BE_OF(i)]));
	}
	EXPECT_EQ(4 * HOPS, kfd_load(&env->counter[LC_SLOT]));
	for (i = 1; i < HOPS; i++) {
		EXPECT_LE(kfd_load(&env->signal[HOP_OF(i) - 1].end_ts),
			  kfd_load(&env->signal[HOP_OF(i)].start_ts));
	}
	for (i = 0; i < NUM_GPUS; i++) {
		EXPECT_EQ(0, kfd_env_wait(env, BE_OF(i), WAIT_MS));
		EXPECT_EQ(n, kfd_load(&env->counter[BE_OF(i)]));
	}
}

TEST_HARNESS_MAIN

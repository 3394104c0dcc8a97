// SPDX-License-Identifier: GPL-2.0
/*
 * The GPU has one clock, whoever reads it and wherever it is written: what is
 * read later is not less.
 */
#include "kfd_test.h"

/* As many as a loaded machine has time for */
#define ROUNDS		1000
#define ROUNDS_NS	(10000 * NSEC_PER_MSEC)

FIXTURE(time) {
	struct kfd_env env;
	struct kfd_queue q;
	struct kfd_event ev;
	struct kfd_bo bo;
	__u64 *stamp;
};

FIXTURE_VARIANT(time) {
	__u32 type;
};

FIXTURE_VARIANT_ADD(time, aql) {
	.type = KFD_IOC_QUEUE_TYPE_COMPUTE_AQL,
};

FIXTURE_VARIANT_ADD(time, pm4) {
	.type = KFD_IOC_QUEUE_TYPE_COMPUTE,
};

FIXTURE_VARIANT_ADD(time, sdma) {
	.type = KFD_IOC_QUEUE_TYPE_SDMA,
};

FIXTURE_SETUP(time)
{
	const struct kfd_queue_attr attr = KFD_QUEUE_ATTR(variant->type);
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, kfd_bo_create(&self->env.gpu, &self->bo, KFD_PAGE_SIZE,
				   KFD_MEM_GTT));
	self->stamp = kfd_bo_ptr(&self->bo);
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
	ASSERT_EQ(0, kfd_event_create(&self->env.gpu, &self->ev, true));
}

FIXTURE_TEARDOWN(time)
{
	EXPECT_EQ(0, kfd_event_destroy(&self->ev));
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	EXPECT_EQ(0, kfd_bo_destroy(&self->bo, &self->env.gpu));
	kfd_env_close(&self->env);
}

/*
 * Have the GPU write its clock, to @at or, as start and end of a dispatch, to
 * the first signal, and raise @ev.
 */
static int stamp(struct kfd_env *env, struct kfd_queue *q,
		 const struct kfd_event *ev, const __u64 *at)
{
	struct kfd_signal *sig = &env->signal[0];
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = 1,
		.workgroup_size = 64,
		.completion = sig,
	};
	__u64 va = (uintptr_t)at;
	int ret;

	switch (q->attr.type) {
	case KFD_IOC_QUEUE_TYPE_COMPUTE_AQL:
		kfd_kernel_init(&env->kernel[0], 0, NULL, 1);
		kfd_signal_init(sig, 1, ev);
		ret = kfd_aql_dispatch(q, &d);
		break;
	case KFD_IOC_QUEUE_TYPE_COMPUTE:
		ret = kfd_pm4_write_data(q, ev->slot, ev->id);
		if (!ret)
			ret = kfd_pm4_timestamp(q, va, ev);
		break;
	default:
		ret = kfd_sdma_timestamp(q, va);
		if (!ret)
			ret = kfd_sdma_fence(q, ev->slot, ev->id);
		if (!ret)
			ret = kfd_sdma_trap(q, ev);
	}
	if (!ret)
		kfd_queue_ring(q);
	return ret;
}

/* What a program has read is past when the GPU sees what it did next. */
TEST_F_TIMEOUT(time, around_a_packet, 60)
{
	struct kfd_env *env = &self->env;
	bool aql = variant->type == KFD_IOC_QUEUE_TYPE_COMPUTE_AQL;
	__u64 stop = kfd_now_ns() + ROUNDS_NS, before, start, end, after = 0;
	unsigned int i;

	for (i = 0; i < ROUNDS && kfd_now_ns() < stop; i++) {
		ASSERT_EQ(0, kfd_gpu_clock(&env->gpu, &before));
		ASSERT_LE(after, before);
		ASSERT_EQ(0, stamp(env, &self->q, &self->ev, self->stamp));
		ASSERT_EQ(0, kfd_event_wait(&self->ev, WAIT_MS));
		ASSERT_EQ(0, kfd_gpu_clock(&env->gpu, &after));
		start = kfd_load(aql ? &env->signal[0].start_ts : self->stamp);
		end = kfd_load(aql ? &env->signal[0].end_ts : self->stamp);
		ASSERT_LE(before, start)
			TH_LOG("round %u", i);
		ASSERT_LE(start, end)
			TH_LOG("round %u", i);
		ASSERT_LE(end, after)
			TH_LOG("round %u", i);
	}
}

TEST_HARNESS_MAIN

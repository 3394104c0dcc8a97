// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: the CU mask of a queue that is held. A change of it is an update of
 * the descriptor, which must neither bring the queue back nor lose its waves.
 */
#include "gpreempt_test.h"

#define MASK_BITS	128
#define CHANGES		200
/* It does not end by itself before the test has looked. */
#define WORK_NS		(kfd_test_is_exact() ? 50 * NSEC_PER_MSEC : BE_NS)

FIXTURE(cumask) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
};

FIXTURE_SETUP(cumask)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(cumask)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

static int set_mask(struct kfd_env *env, const struct kfd_queue *q, __u32 word)
{
	__u32 mask[MASK_BITS / 32] = { word, word, word, word };
	struct kfd_ioctl_set_cu_mask_args args = {
		.queue_id = q->id,
		.num_cu_mask = MASK_BITS,
		.cu_mask_ptr = (uintptr_t)mask,
	};

	return kfd_ioctl(env->proc.fd, AMDKFD_IOC_SET_CU_MASK, &args);
}

TEST_F(cumask, changed_while_held)
{
	struct kfd_env *env = &self->env;
	unsigned int i;
	__u64 done;
	int n;

	n = kfd_env_fill(env, &self->be, 0, WORK_NS, WAIT_MS);
	ASSERT_LT(0, n);
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	done = kfd_load(&env->counter[0]);
	for (i = 0; i < CHANGES; i++) {
		ASSERT_EQ(0, set_mask(env, &self->be, i & 1 ? ~0U : 0xffff))
			TH_LOG("change %u", i);
	}
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "preempted", 0));
	usleep(100000);
	EXPECT_EQ(done, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(n, kfd_load(&env->counter[0]));
}

/* and while it is taken off and comes back, again and again */
TEST_F(cumask, changed_beside_requests)
{
	struct kfd_env *env = &self->env;
	unsigned int i;
	int n;

	n = kfd_env_fill(env, &self->be, 0, WORK_NS, WAIT_MS);
	ASSERT_LT(0, n);
	for (i = 0; i < CHANGES / 10; i++) {
		ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
		ASSERT_EQ(0, set_mask(env, &self->be, i & 1 ? ~0U : 0xffff));
		ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
		ASSERT_EQ(0, gp_lc_end(env));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(n, kfd_load(&env->counter[0]));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: one preemption costs the hardware scheduler one unmap, one fence
 * and one runlist, whatever the number of queues; and so does a resume.
 */
#include "gpreempt_test.h"

#define MAX_BE		80
#define MAX_LC		20
#define MAPPED_SLOT	(MAX_BE + MAX_LC)

FIXTURE(batch) {
	struct kfd_env env;
	struct kfd_queue be[MAX_BE];
	struct kfd_queue lc[MAX_LC];
	unsigned int node;
};

FIXTURE_VARIANT(batch) {
	unsigned int be;
	unsigned int lc;
};

FIXTURE_VARIANT_ADD(batch, of_1) { .be = 1, .lc = 1 };
FIXTURE_VARIANT_ADD(batch, of_10) { .be = 10, .lc = 1 };
FIXTURE_VARIANT_ADD(batch, of_80) { .be = 80, .lc = 20 };

FIXTURE_SETUP(batch)
{
	int ret = kfd_env_open(&self->env, 0);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim counts packets");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	for (i = 0; i < variant->be; i++) {
		ASSERT_EQ(0, gp_create_aql(&self->env, &self->be[i],
					   BE_PRIORITY));
	}
	for (i = 0; i < variant->lc; i++) {
		ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc[i],
					   LC_PRIORITY));
	}
	/*
	 * The driver does not wait for a runlist: the last one has been counted
	 * when the queue that it brought runs.
	 */
	ASSERT_EQ(0, kfd_env_dispatch(&self->env, &self->lc[variant->lc - 1],
				      MAPPED_SLOT, 1, NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_env_wait(&self->env, MAPPED_SLOT, WAIT_MS));
}

FIXTURE_TEARDOWN(batch)
{
	unsigned int i;

	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	for (i = 0; i < variant->lc; i++) {
		EXPECT_EQ(0, kfd_queue_destroy(&self->lc[i]))
			TH_LOG("number %u", i);
	}
	for (i = 0; i < variant->be; i++) {
		EXPECT_EQ(0, kfd_queue_destroy(&self->be[i]))
			TH_LOG("number %u", i);
	}
	kfd_env_close(&self->env);
}

/* LC work in every LC queue; that of the first one also keeps BE off. */
static int ring_lc(struct kfd_env *env, struct kfd_queue *lc, unsigned int num,
		   unsigned int first_slot)
{
	int ret = gp_lc_begin(env, &lc[0], 2);
	unsigned int i;

	for (i = 1; i < num && !ret; i++)
		ret = kfd_env_dispatch(env, &lc[i], first_slot + i, 2,
				       NSEC_PER_USEC);
	return ret;
}

TEST_F(batch, one_submission)
{
	struct kfd_env *env = &self->env;
	const struct kfd_props *p = &env->gpu.props;
	const __u32 workgroups = kfd_props_waves(p) / variant->be + 1;
	const __u64 work_ns = 200 * NSEC_PER_MSEC / variant->be;
	struct gp_stats s0, s1, s2;
	unsigned int i;

	for (i = 0; i < variant->be; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->be[i], i, workgroups,
					      work_ns));
	}
	/* All of them mapped, also if they have to share the slots. */
	ASSERT_EQ(0, kfd_knob_set(self->node, "hqd_be_max", 0));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_stats_read(p, &s0));
	ASSERT_EQ(0, ring_lc(env, self->lc, variant->lc, MAX_BE));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	for (i = 1; i < variant->lc; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, MAX_BE + i, WAIT_MS))
			TH_LOG("number %u", i);
	}
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));

	ASSERT_EQ(0, gp_stats_read(p, &s1));
	EXPECT_EQ(s0.preemptions + 1, s1.preemptions);
	EXPECT_EQ(s0.queues_preempted + variant->be, s1.queues_preempted);
	EXPECT_EQ(s0.unmaps + 1, s1.unmaps);
	EXPECT_EQ(s0.fences + 1, s1.fences);
	EXPECT_EQ(s0.runlists + 1, s1.runlists);
	EXPECT_EQ(s0.resumes, s1.resumes);

	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	/* The driver does not wait for the runlist, but this work needs it. */
	for (i = 0; i < variant->be; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ(workgroups, kfd_load(&env->counter[i]));
	}
	ASSERT_EQ(0, gp_stats_read(p, &s2));
	EXPECT_EQ(s1.resumes + 1, s2.resumes);
	EXPECT_EQ(s1.queues_resumed + variant->be, s2.queues_resumed);
	EXPECT_EQ(s1.unmaps + 1, s2.unmaps);
	EXPECT_EQ(s1.fences + 1, s2.fences);
	EXPECT_EQ(s1.runlists + 1, s2.runlists);
	EXPECT_EQ(s1.preemptions, s2.preemptions);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: one preemption costs the hardware scheduler one unmap, one fence
 * and one runlist, whatever the number of queues; and so does a resume. MES is
 * asked once for each queue, and never for one that stays where it is; without
 * either the driver takes those queues off and puts them on, and no other.
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
	__u64 total;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim counts packets");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, kfd_knob_get(self->node, "hqd_total", &total));
	if (kfd_test_no_hws() && variant->be + variant->lc > total)
		SKIP(return, "a queue needs a slot, and there are %llu", total);
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

/* A preemption is over when its runlist was submitted, not when it was counted. */
static int read_after(const struct kfd_props *p, const struct gp_stats *before,
		      struct gp_stats *after)
{
	bool runlists = !kfd_test_mes(p) && !kfd_test_no_hws();
	unsigned int i;
	int ret = 0;

	for (i = 0; i < 1000 && !ret; i++) {
		ret = gp_stats_read(p, after);
		if (!runlists || after->runlists > before->runlists)
			break;
		usleep(1000);
	}
	return ret;
}

/* What @off queues that go off and @on queues that come back have cost */
static void expect_cost(struct __test_metadata *_metadata,
			const struct kfd_props *p, const struct gp_stats *a,
			const struct gp_stats *b, __u32 off, __u32 on)
{
	bool mes = kfd_test_mes(p);
	__u32 runlists = !mes && !kfd_test_no_hws();

	EXPECT_EQ(a->unmaps + runlists, b->unmaps);
	EXPECT_EQ(a->fences + runlists, b->fences);
	EXPECT_EQ(a->runlists + runlists, b->runlists);
	EXPECT_EQ(a->mes_removed + (mes ? off : 0), b->mes_removed);
	EXPECT_EQ(a->mes_added + (mes ? on : 0), b->mes_added);
	if (kfd_test_no_hws()) {
		EXPECT_EQ(a->unmapped + off, b->unmapped);
		EXPECT_EQ(a->mapped + on, b->mapped);
	}
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

	ASSERT_EQ(0, read_after(p, &s0, &s1));
	EXPECT_EQ(s0.preemptions + 1, s1.preemptions);
	EXPECT_EQ(s0.queues_preempted + variant->be, s1.queues_preempted);
	expect_cost(_metadata, p, &s0, &s1, variant->be, 0);
	EXPECT_EQ(s0.resumes, s1.resumes);

	ASSERT_EQ(0, gp_lc_end(env));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	/* The driver does not wait for the runlist, but this work needs it. */
	for (i = 0; i < variant->be; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ(workgroups, kfd_load(&env->counter[i]));
	}
	ASSERT_EQ(0, read_after(p, &s1, &s2));
	EXPECT_EQ(s1.resumes + 1, s2.resumes);
	EXPECT_EQ(s1.queues_resumed + variant->be, s2.queues_resumed);
	expect_cost(_metadata, p, &s1, &s2, 0, variant->be);
	EXPECT_EQ(s1.preemptions, s2.preemptions);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: latency-critical kernels that take long. A read pointer moves when
 * a kernel has been launched: with an empty ring it may have all of its run
 * before it, and best-effort work must not come back so soon.
 */
#include "gpreempt_crew.h"
#include "gpreempt_requests.h"

#define NUM_BE		2
#define BE_WORK_NS	(30 * NSEC_PER_MSEC)
/* not the same for both, so that they don't march in step */
#define BE_STEP_NS	(4600 * NSEC_PER_USEC)
#define LC_WORK_NS	(2 * NSEC_PER_MSEC)
#define LC_GAP_NS	(3 * NSEC_PER_MSEC)

FIXTURE(long_lc) {
	struct gp_member *be[NUM_BE];
	struct kfd_env env;
	struct kfd_event event;
	struct kfd_queue lc;
	unsigned int node;
	struct gp_requests alone;
	struct gp_requests beside;
};

FIXTURE_VARIANT(long_lc) {
	unsigned int per_cu;	/* workgroups of half a compute unit's waves */
};

FIXTURE_VARIANT_ADD(long_lc, half) {
	.per_cu = 1,
};

FIXTURE_VARIANT_ADD(long_lc, full) {
	.per_cu = 2,
};

FIXTURE_SETUP(long_lc)
{
	struct gp_member be = { .priority = BE_PRIORITY, .queues = 2 };
	struct kfd_props props;
	unsigned int i;
	int ret = kfd_topology_gpu(0, &props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	self->node = props.node;
	ASSERT_EQ(0, kfd_knobs_reset(self->node));
	/* A trial of that would be most of so short a time. */
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", 0));
	for (i = 0; i < NUM_BE; i++) {
		be.workgroup_ns = BE_WORK_NS + i * BE_STEP_NS;
		self->be[i] = gp_crew_start(&be);
		ASSERT_NE(NULL, self->be[i]);
	}
	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	ASSERT_EQ(0, kfd_event_create(&self->env.gpu, &self->event, true));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(long_lc)
{
	unsigned int i;

	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_event_destroy(&self->event));
	kfd_env_close(&self->env);
	for (i = 0; i < NUM_BE; i++)
		EXPECT_EQ(0, gp_crew_end(self->be[i]));
}

TEST_F(long_lc, ends_as_soon_as_alone)
{
	struct gp_requests requests = {
		.workgroups = variant->per_cu *
			      kfd_props_cus(&self->env.gpu.props),
		.waves = GP_WAVES,
		.workgroup_ns = LC_WORK_NS,
		.gap_ns = LC_GAP_NS,
		.num = kfd_test_is_exact() ? 50 : 10,
	};
	struct kfd_env *env = &self->env;
	unsigned int i, last = requests.num - 1;

	self->alone = requests;
	ASSERT_EQ(0, gp_requests_run(env, &self->lc, &self->event,
				     &self->alone));
	TH_LOG("alone: %s", gp_requests_show(&self->alone));
	for (i = 0; i < NUM_BE; i++)
		ASSERT_EQ(0, gp_crew_tell(self->be[i], GP_WORK));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	self->beside = requests;
	ASSERT_EQ(0, gp_requests_run(env, &self->lc, &self->event,
				     &self->beside));
	TH_LOG("beside BE: %s", gp_requests_show(&self->beside));
	if (kfd_test_is_exact()) {
		/* But for two that find out whether waiting for BE pays */
		EXPECT_LE(self->beside.end_ns[last - 2] * 10,
			  self->alone.end_ns[last] * 13);
		EXPECT_LE(self->beside.end_ns[last],
			  self->alone.end_ns[last] * 2);
	}
	EXPECT_EQ(2ULL * requests.num * requests.workgroups,
		  kfd_load(&env->counter[LC_SLOT]));
	for (i = 0; i < NUM_BE; i++)
		EXPECT_EQ(0, gp_crew_tell(self->be[i], GP_REST));
}

TEST_HARNESS_MAIN

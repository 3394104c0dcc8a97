// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: a best-effort queue that is mapped is not for that in the way.
 * With an empty ring and no waves it takes nothing from anybody; with an empty
 * ring and waves it does.
 */
#include "gpreempt_crew.h"
#include "gpreempt_requests.h"

/* For the fault of a ring and a look at the GPU */
#define SLACK_NS	(25 * NSEC_PER_USEC)

FIXTURE(bystander) {
	struct gp_member *be;
	struct kfd_env env;
	struct kfd_event event;
	struct kfd_queue lc;
	struct kfd_queue own_be;
	unsigned int node;
};

FIXTURE_SETUP(bystander)
{
	struct gp_member be = {
		.priority = BE_PRIORITY,
		.queues = 1,
		.workgroup_ns = NSEC_PER_USEC,
	};
	struct kfd_props props;
	int ret = kfd_topology_gpu(0, &props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	if (kfd_test_mes(&props))
		SKIP(return, "the hardware can't say what runs");
	self->node = props.node;
	ASSERT_EQ(0, kfd_knobs_reset(self->node));
	self->be = gp_crew_start(&be);
	ASSERT_NE(NULL, self->be);
	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	ASSERT_EQ(0, kfd_event_create(&self->env.gpu, &self->event, true));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(bystander)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->own_be));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_event_destroy(&self->event));
	kfd_env_close(&self->env);
	EXPECT_EQ(0, gp_crew_end(self->be));
}

static struct gp_requests small_requests(unsigned int num)
{
	return (struct gp_requests) {
		.workgroups = 80,
		.waves = GP_WAVES,
		.workgroup_ns = 20 * NSEC_PER_USEC,
		.gap_ns = 3 * NSEC_PER_MSEC,
		.num = kfd_test_is_exact() ? num : 10,
	};
}

static void expect_undisturbed(struct __test_metadata *_metadata,
			       struct _test_data_bystander *self)
{
	struct gp_requests off = small_requests(60);
	struct gp_requests on = small_requests(60);
	__u64 before, after;

	ASSERT_EQ(0, gp_requests_run(&self->env, &self->lc, &self->event,
				     &off));
	TH_LOG("off: %s", gp_requests_show(&off));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions", &before));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_requests_run(&self->env, &self->lc, &self->event,
				     &on));
	TH_LOG("on: %s", gp_requests_show(&on));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions", &after));
	EXPECT_EQ(before, after);
	if (kfd_test_is_exact()) {
		EXPECT_LE(on.start_ns[on.num / 2],
			  off.start_ns[on.num / 2] + SLACK_NS);
		EXPECT_LE(on.end_ns[on.num - 1],
			  off.end_ns[on.num - 1] + 2 * SLACK_NS);
	}
}

TEST_F(bystander, never_rung)
{
	expect_undisturbed(_metadata, self);
}

TEST_F(bystander, rung_once)
{
	ASSERT_EQ(0, gp_crew_ring(self->be, 1));
	expect_undisturbed(_metadata, self);
}

/* Of the process that has the LC queue */
TEST_F(bystander, own)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, gp_create_aql(env, &self->own_be, BE_PRIORITY));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->own_be, 0, 1,
				      NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	expect_undisturbed(_metadata, self);
}

/* All launched, so the ring is empty; none ended. */
TEST_F(bystander, running_is_preempted)
{
	struct gp_requests requests = small_requests(20);
	const __u64 waves = kfd_props_waves(&self->env.gpu.props);
	__u64 before, after;

	self->be->workgroup_ns = 400 * NSEC_PER_MSEC;
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions", &before));
	self->be->mask = 1;
	gp_crew_order(self->be, GP_ONCE);
	usleep(5000);
	ASSERT_EQ(0, gp_requests_run(&self->env, &self->lc, &self->event,
				     &requests));
	TH_LOG("beside waves: %s", gp_requests_show(&requests));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions", &after));
	if (kfd_test_is_exact() && !kfd_test_drains()) {
		EXPECT_LE(before + requests.num, after);
		EXPECT_GT(NSEC_PER_MSEC, requests.end_ns[requests.num - 1]);
	}
	EXPECT_EQ(0, gp_crew_wait(self->be));
	EXPECT_EQ(waves / GP_WAVES, gp_crew_finished(self->be));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: what one latency-critical process does must not cost another one
 * its protection.
 */
#include "gpreempt_crew.h"
#include "gpreempt_requests.h"

#define BE_QUANTUM_NS	(10 * NSEC_PER_MSEC)
#define BE_MAX_WAIT_NS	(100 * NSEC_PER_MSEC)
/* Longer than lc_progress_timeout_us */
#define BLOCK_NS	(25 * NSEC_PER_MSEC)
/* More than BE's way back and off again takes, in any mode */
#define SWITCH_NS	(2 * NSEC_PER_MSEC)

FIXTURE(honest) {
	struct gp_member *be;
	struct gp_member *other;
	struct kfd_env env;
	struct kfd_event event;
	struct kfd_queue lc;
	unsigned int node;
};

FIXTURE_SETUP(honest)
{
	struct gp_member m = { .queues = 2 };
	struct kfd_props props;
	int ret = kfd_topology_gpu(0, &props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->node = props.node;
	ASSERT_EQ(0, kfd_knobs_reset(self->node));
	m.priority = BE_PRIORITY;
	self->be = gp_crew_start(&m);
	ASSERT_NE(NULL, self->be);
	m.priority = LC_PRIORITY;
	self->other = gp_crew_start(&m);
	ASSERT_NE(NULL, self->other);
	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	ASSERT_EQ(0, kfd_event_create(&self->env.gpu, &self->event, true));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(honest)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_event_destroy(&self->event));
	kfd_env_close(&self->env);
	EXPECT_EQ(0, gp_crew_end(self->other));
	EXPECT_EQ(0, gp_crew_end(self->be));
}

static struct gp_requests small_requests(unsigned int num)
{
	return (struct gp_requests) {
		.workgroups = 1,
		.workgroup_ns = 20 * NSEC_PER_USEC,
		.gap_ns = 5 * NSEC_PER_MSEC,
		.num = kfd_test_is_exact() ? num : 10,
	};
}

/*
 * It waits for itself; only a guard can tell, and each costs it alone. Who comes
 * while BE is on its way back for it waits for that switch, which few do, and
 * not for BE's workgroups.
 */
TEST_F(honest, beside_one_that_waits)
{
	struct gp_requests before = small_requests(100);
	struct gp_requests beside = small_requests(100);
	__u64 guards, guards_after;

	self->be->workgroup_ns = 200 * NSEC_PER_MSEC;
	self->other->workgroup_ns = BLOCK_NS;
	ASSERT_EQ(0, gp_crew_tell(self->be, GP_WORK));
	ASSERT_EQ(0, gp_requests_run(&self->env, &self->lc, &self->event,
				     &before));
	TH_LOG("without it: %s", gp_requests_show(&before));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guards", &guards));
	ASSERT_EQ(0, gp_crew_tell(self->other, GP_BLOCK));
	ASSERT_EQ(0, gp_requests_run(&self->env, &self->lc, &self->event,
				     &beside));
	TH_LOG("with it: %s", gp_requests_show(&beside));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guards", &guards_after));
	TH_LOG("%llu guards", guards_after - guards);
	if (kfd_test_is_exact()) {
		EXPECT_LE(beside.end_ns[beside.num * 9 / 10],
			  2 * before.end_ns[before.num - 1]);
		EXPECT_LE(beside.end_ns[beside.num - 1],
			  before.end_ns[before.num - 1] + SWITCH_NS);
	}
	EXPECT_EQ(0, gp_crew_tell(self->other, GP_REST));
	EXPECT_EQ(0, gp_crew_tell(self->be, GP_REST));
}

/*
 * It fills the GPU. In the quantum that BE is owed then it steps back, so that
 * BE really has the GPU; who did not cause that is served as ever.
 */
TEST_F(honest, beside_one_that_starves_be)
{
	const __u32 fill = kfd_props_waves(&self->env.gpu.props) / GP_WAVES;
	struct gp_requests before = small_requests(100);
	struct gp_requests beside = small_requests(200);
	__u64 quanta, quanta_after, work, start_ns, took_ns;
	const __u64 be_work_ns = NSEC_PER_MSEC;

	self->be->workgroup_ns = be_work_ns;
	self->other->workgroup_ns = 500 * NSEC_PER_USEC;
	ASSERT_EQ(0, gp_crew_tell(self->other, GP_WORK));
	ASSERT_EQ(0, gp_requests_run(&self->env, &self->lc, &self->event,
				     &before));
	TH_LOG("without BE: %s", gp_requests_show(&before));

	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/starvations", &quanta));
	gp_crew_order(self->be, GP_WORK);
	/* the first dispatch may come before it is noticed */
	usleep(10000);
	work = gp_crew_finished(self->be);
	start_ns = kfd_now_ns();
	ASSERT_EQ(0, gp_requests_run(&self->env, &self->lc, &self->event,
				     &beside));
	took_ns = kfd_now_ns() - start_ns;
	work = (gp_crew_finished(self->be) - work) / fill * be_work_ns;
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/starvations",
				  &quanta_after));
	quanta = quanta_after - quanta;
	TH_LOG("with BE: %s", gp_requests_show(&beside));
	TH_LOG("in %llu ms BE was owed %llu quanta, and ran for %llu ms",
	       took_ns / NSEC_PER_MSEC, quanta, work / NSEC_PER_MSEC);
	if (kfd_test_is_exact()) {
		EXPECT_LE(took_ns * 8 / 10,
			  (quanta + 1) * (BE_MAX_WAIT_NS + BE_QUANTUM_NS));
		EXPECT_LE(quanta * BE_QUANTUM_NS * 8 / 10, work);
		EXPECT_LE(beside.end_ns[beside.num - 1],
			  2 * before.end_ns[before.num - 1]);
	}
	EXPECT_EQ(0, gp_crew_tell(self->other, GP_REST));
	EXPECT_EQ(0, gp_crew_tell(self->be, GP_REST));
}

/* BE is mapped all the time, and would get no compute units but in its quanta. */
TEST_F(honest, starves_be_by_priority_alone)
{
	const __u32 fill = kfd_props_waves(&self->env.gpu.props) / GP_WAVES;
	__u64 quanta, quanta_after, preemptions, preemptions_after;
	__u64 work, start_ns, took_ns;
	const __u64 be_work_ns = NSEC_PER_MSEC;

	if (kfd_test_mes(&self->env.gpu.props))
		SKIP(return, "the hardware can't say what runs");
	ASSERT_EQ(0, kfd_knob_set(self->node, "confirm_us", 1000000));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/starvations", &quanta));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions",
				  &preemptions));
	self->be->workgroup_ns = be_work_ns;
	self->other->workgroup_ns = 500 * NSEC_PER_USEC;
	ASSERT_EQ(0, gp_crew_tell(self->other, GP_WORK));
	gp_crew_order(self->be, GP_WORK);
	usleep(10000);
	work = gp_crew_finished(self->be);
	start_ns = kfd_now_ns();
	usleep(1000000);
	took_ns = kfd_now_ns() - start_ns;
	work = (gp_crew_finished(self->be) - work) / fill * be_work_ns;
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/starvations",
				  &quanta_after));
	quanta = quanta_after - quanta;
	TH_LOG("in %llu ms BE was owed %llu quanta, and ran for %llu ms",
	       took_ns / NSEC_PER_MSEC, quanta, work / NSEC_PER_MSEC);
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions",
				  &preemptions_after));
	EXPECT_EQ(preemptions, preemptions_after);
	EXPECT_LT(0, work);
	/* It takes an eighth longer to see that it waits. */
	if (kfd_test_is_exact())
		EXPECT_LE(took_ns * 8 / 10, work / BE_QUANTUM_NS *
			  (BE_MAX_WAIT_NS * 9 / 8 + BE_QUANTUM_NS));
	EXPECT_EQ(0, gp_crew_tell(self->other, GP_REST));
	EXPECT_EQ(0, gp_crew_tell(self->be, GP_REST));
}

/* and its queues say why they are off then. */
TEST_F(honest, debt_is_shown)
{
	__u64 end = kfd_now_ns() + 1000 * NSEC_PER_MSEC;
	char state[128] = "";

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	self->be->workgroup_ns = NSEC_PER_MSEC;
	self->other->workgroup_ns = 500 * NSEC_PER_USEC;
	ASSERT_EQ(0, gp_crew_tell(self->other, GP_WORK));
	gp_crew_order(self->be, GP_WORK);
	if (!kfd_test_is_exact())
		end += 10000 * NSEC_PER_MSEC;
	while (!strstr(state, "debt") && kfd_now_ns() < end) {
		usleep(1000);
		ASSERT_LT(0, kfd_process_read(self->other->pid,
					      self->other->ids[0], "state",
					      state, sizeof(state)));
	}
	EXPECT_NE(NULL, strstr(state, "debt"));
	EXPECT_EQ(0, gp_crew_tell(self->other, GP_REST));
	EXPECT_EQ(0, gp_crew_tell(self->be, GP_REST));
}

/*
 * Behind another LC process' long workgroups, with BE held: there is no more
 * to wait for than those, and that is no dependency.
 */
TEST_F(honest, behind_a_long_one)
{
	struct gp_requests requests = small_requests(10);
	__u64 guards, guards_after, own;

	if (kfd_test_mes(&self->env.gpu.props))
		SKIP(return, "the hardware can't say what runs");
	self->be->workgroup_ns = 10 * NSEC_PER_MSEC;
	self->other->workgroup_ns = 60 * NSEC_PER_MSEC;
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guards", &guards));
	ASSERT_EQ(0, gp_crew_tell(self->other, GP_WORK));
	gp_crew_order(self->be, GP_WORK);
	ASSERT_EQ(0, gp_requests_run(&self->env, &self->lc, &self->event,
				     &requests));
	TH_LOG("behind it: %s", gp_requests_show(&requests));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guards", &guards_after));
	ASSERT_EQ(0, kfd_process_stat(getpid(), self->lc.id, "guards", &own));
	/* else the machine itself may stand still for so long */
	if (kfd_test_is_exact()) {
		EXPECT_EQ(guards, guards_after);
		EXPECT_EQ(0, own);
	}
	EXPECT_EQ(0, gp_crew_tell(self->other, GP_REST));
	EXPECT_EQ(0, gp_crew_tell(self->be, GP_REST));
}

TEST_HARNESS_MAIN

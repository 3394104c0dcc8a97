// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: a latency-critical stream that waits for its host most of the time,
 * with all of its packets in the ring from the start. While it waits there is
 * nothing to hold best-effort work off for.
 */
#include "gpreempt_crew.h"
#include "gpreempt_requests.h"

#define ROUNDS		30
#define PERIOD_NS	(15 * NSEC_PER_MSEC)
#define LC_WORK_NS	(100 * NSEC_PER_USEC)
#define BE_WORK_NS	(5 * NSEC_PER_MSEC)
/* Nobody tells of a signal that the CPU stores: a timer has to look */
#define START_NS	(1500 * NSEC_PER_USEC)

/* Slots of struct kfd_env */
#define GATE_OF(_i)	(_i)
#define DONE_OF(_i)	(ROUNDS + (_i))

FIXTURE(gaps) {
	struct gp_member *be;
	struct kfd_env env;
	struct kfd_queue lc;
	unsigned int node;
};

FIXTURE_SETUP(gaps)
{
	struct gp_member be = {
		.priority = BE_PRIORITY,
		.queues = 1,
		.workgroup_ns = BE_WORK_NS,
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
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(gaps)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	kfd_env_close(&self->env);
	EXPECT_EQ(0, gp_crew_end(self->be));
}

static int enqueue_all(struct kfd_env *env, struct kfd_queue *lc)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[LC_SLOT],
		.workgroups = kfd_props_cus(&env->gpu.props),
		.workgroup_size = GP_WAVES * 64,
	};
	unsigned int i;
	int ret = 0;

	kfd_kernel_init(&env->kernel[LC_SLOT], LC_WORK_NS,
			&env->counter[LC_SLOT], GP_WAVES);
	for (i = 0; i < ROUNDS && !ret; i++) {
		struct kfd_signal *gate = &env->signal[GATE_OF(i)];

		d.completion = &env->signal[DONE_OF(i)];
		kfd_signal_init(gate, 1, NULL);
		kfd_signal_init(d.completion, 1, NULL);
		ret = kfd_aql_barrier_and(lc, &gate, 1, NULL);
		if (!ret)
			ret = kfd_aql_dispatch(lc, &d);
	}
	if (!ret)
		kfd_queue_ring(lc);
	return ret;
}

TEST_F(gaps, be_has_them)
{
	struct kfd_env *env = &self->env;
	__u64 gate_ns[ROUNDS], alone, beside, start_ns, most_ns = 0;
	unsigned int i;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, gp_crew_tell(self->be, GP_WORK));
	alone = gp_crew_finished(self->be);
	gp_sleep_ns(ROUNDS * PERIOD_NS);
	alone = gp_crew_finished(self->be) - alone;

	beside = gp_crew_finished(self->be);
	ASSERT_EQ(0, enqueue_all(env, &self->lc));
	for (i = 0; i < ROUNDS; i++) {
		gp_sleep_ns(PERIOD_NS);
		gate_ns[i] = kfd_now_ns();
		__atomic_store_n(&env->signal[GATE_OF(i)].value, 0,
				 __ATOMIC_SEQ_CST);
	}
	beside = gp_crew_finished(self->be) - beside;
	for (i = 0; i < ROUNDS; i++) {
		struct kfd_signal *done = &env->signal[DONE_OF(i)];

		ASSERT_EQ(0, kfd_signal_wait_below(done, 1, NULL, WAIT_MS));
		start_ns = done->start_ts * KFDSIM_GPU_CLOCK_NS - gate_ns[i];
		most_ns = start_ns > most_ns ? start_ns : most_ns;
	}
	TH_LOG("BE: %llu workgroups alone, %llu beside LC; LC at most %llu us after its signal",
	       alone, beside, most_ns / NSEC_PER_USEC);
	if (kfd_test_is_exact()) {
		EXPECT_LE(alone * 80, beside * 100);
		EXPECT_GE(START_NS, most_ns);
	}
	EXPECT_EQ(0, gp_crew_tell(self->be, GP_REST));
}

TEST_HARNESS_MAIN

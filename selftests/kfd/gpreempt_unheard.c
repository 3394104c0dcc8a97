// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: rings of a process for which nobody was preempted for long are not made to
 * fault any more: the timer sees to it until somebody is in its way.
 */
#include "gpreempt_test.h"

/* Until they are not heard any more, as not each is; how many are looked at then */
#define SMOOTH		800
#define UNHEARD		100

/* After a request, for its process to be armed again; and for one that is idle */
#define PAUSE_US	500
#define IDLE_US		250000

/* More than a single wave of BE leaves free */
#define LC_WAVES	16

#define BE_WORK_NS	(400 * NSEC_PER_MSEC)
/* The timer, and then a preemption */
#define INTERVAL_NS	NSEC_PER_MSEC
#define PREEMPT_NS	NSEC_PER_MSEC

FIXTURE(unheard) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue filler;
	struct kfd_queue lc;
	unsigned int node;
};

FIXTURE_SETUP(unheard)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, kfd_knobs_reset(self->node));
	/* There it would find room whatever BE has. */
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", 0));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->filler, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(unheard)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->filler));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

static int request(struct kfd_env *env, struct kfd_queue *lc, unsigned int times)
{
	const struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[LC_SLOT],
		.workgroups = 1,
		.workgroup_size = 64 * LC_WAVES,
		.completion = &env->signal[LC_SLOT],
	};
	int ret = 0;

	kfd_kernel_init(&env->kernel[LC_SLOT], NSEC_PER_USEC,
			&env->counter[LC_SLOT], LC_WAVES);
	while (times-- && !ret) {
		kfd_signal_init(d.completion, 1, NULL);
		ret = kfd_aql_dispatch(lc, &d);
		if (ret)
			break;
		kfd_queue_ring(lc);
		ret = kfd_env_wait(env, LC_SLOT, WAIT_MS);
		usleep(PAUSE_US);
	}
	return ret;
}

static __u64 stat(unsigned int node, const char *name)
{
	__u64 value;

	return kfd_knob_get(node, name, &value) ? ~0ULL : value;
}

TEST_F(unheard, until_somebody_is_in_the_way)
{
	struct kfd_env *env = &self->env;
	__u64 rings, preemptions, begin_ns;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "whoever may have waves is in the way");
	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	rings = stat(self->node, "stats/doorbells");
	ASSERT_EQ(0, request(env, &self->lc, SMOOTH));
	EXPECT_LT(rings + UNHEARD, stat(self->node, "stats/doorbells"));
	rings = stat(self->node, "stats/doorbells");
	ASSERT_EQ(0, request(env, &self->lc, UNHEARD));
	/* A host that stalls makes a pause of it. */
	EXPECT_GT(rings + (kfd_test_is_exact() ? 1 : UNHEARD),
		  stat(self->node, "stats/doorbells"));

	/* BE needs all of the GPU now. */
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->filler, 0,
				      kfd_props_waves(&env->gpu.props),
				      BE_WORK_NS));
	usleep(10 * PAUSE_US);
	preemptions = stat(self->node, "stats/preemptions");
	begin_ns = kfd_now_ns();
	ASSERT_EQ(0, request(env, &self->lc, 1));
	if (kfd_test_is_exact()) {
		EXPECT_GT(INTERVAL_NS + PREEMPT_NS + PAUSE_US * NSEC_PER_USEC,
			  kfd_now_ns() - begin_ns);
	}
	EXPECT_LT(preemptions, stat(self->node, "stats/preemptions"));

	/* And from then on they are heard again. */
	rings = stat(self->node, "stats/doorbells");
	usleep(10 * PAUSE_US);
	ASSERT_EQ(0, request(env, &self->lc, 10));
	EXPECT_LE(rings + (kfd_test_is_exact() ? 5 : 1),
		  stat(self->node, "stats/doorbells"));
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* So the timer may sleep. */
TEST_F(unheard, not_after_a_pause)
{
	struct kfd_env *env = &self->env;
	__u64 rings;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	ASSERT_EQ(0, request(env, &self->lc, SMOOTH));
	usleep(IDLE_US);
	rings = stat(self->node, "stats/doorbells");
	ASSERT_EQ(0, request(env, &self->lc, 1));
	EXPECT_LT(rings, stat(self->node, "stats/doorbells"));
}

/* How many it needs is known from what does not fit. */
TEST_F(unheard, not_with_compute_units_of_its_own)
{
	struct kfd_env *env = &self->env;
	__u64 rings;

	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved",
				  kfd_props_cus(&env->gpu.props) / 4));
	ASSERT_EQ(0, gp_be_reside(env, &self->be));
	ASSERT_EQ(0, request(env, &self->lc, SMOOTH));
	rings = stat(self->node, "stats/doorbells");
	ASSERT_EQ(0, request(env, &self->lc, UNHEARD));
	EXPECT_LT(rings + UNHEARD / 4, stat(self->node, "stats/doorbells"));
}

TEST_HARNESS_MAIN

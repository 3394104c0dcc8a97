// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: a program whose high-priority stream waits for its own normal one.
 * To take the normal one off the GPU for that wait would make the program
 * slower than it is without priorities at all.
 */
#include "gpreempt_crew.h"

#define BE_SLOT		0
#define NORMAL_NS	NSEC_PER_MSEC
#define HIGH_NS		(200 * NSEC_PER_USEC)

FIXTURE(own) {
	struct gp_member *other;
	struct kfd_env env;
	struct kfd_event event;
	struct kfd_queue normal;
	struct kfd_queue high;
	unsigned int node;
};

FIXTURE_VARIANT(own) {
	unsigned int per_cu;	/* normal workgroups, each of half its waves */
	bool beside;		/* another BE process */
	unsigned int percent;	/* of what it takes with gpreempt off */
};

FIXTURE_VARIANT_ADD(own, half_alone) {
	.per_cu = 1,
	.percent = 110,
};

FIXTURE_VARIANT_ADD(own, full_alone) {
	.per_cu = 2,
	.percent = 110,
};

FIXTURE_VARIANT_ADD(own, half_beside_be) {
	.per_cu = 1,
	.beside = true,
	.percent = 115,
};

FIXTURE_VARIANT_ADD(own, full_beside_be) {
	.per_cu = 2,
	.beside = true,
	.percent = 115,
};

FIXTURE_SETUP(own)
{
	struct gp_member other = {
		.priority = BE_PRIORITY,
		.queues = 1,
		.workgroup_ns = 5 * NSEC_PER_MSEC,
	};
	struct kfd_props props;
	int ret = kfd_topology_gpu(0, &props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	if (kfd_test_mes(&props))
		SKIP(return, "the hardware can't say that it waits for its own");
	self->node = props.node;
	ASSERT_EQ(0, kfd_knobs_reset(self->node));
	if (variant->beside) {
		self->other = gp_crew_start(&other);
		ASSERT_NE(NULL, self->other);
	}
	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	ASSERT_EQ(0, kfd_event_create(&self->env.gpu, &self->event, true));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->normal, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->high, LC_PRIORITY));
}

FIXTURE_TEARDOWN(own)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->high));
	EXPECT_EQ(0, kfd_queue_destroy(&self->normal));
	EXPECT_EQ(0, kfd_event_destroy(&self->event));
	kfd_env_close(&self->env);
	EXPECT_EQ(0, gp_crew_end(self->other));
}

static int iterate(struct _test_data_own *self, __u32 workgroups)
{
	struct kfd_env *env = &self->env;
	struct kfd_signal *normal_done = &env->signal[BE_SLOT];
	struct kfd_signal *high_done = &env->signal[LC_SLOT];
	struct kfd_aql_dispatch normal = {
		.kernel = &env->kernel[BE_SLOT],
		.workgroups = workgroups,
		.workgroup_size = GP_WAVES * 64,
		.completion = normal_done,
	};
	struct kfd_aql_dispatch high = {
		.kernel = &env->kernel[LC_SLOT],
		.workgroups = kfd_props_cus(&env->gpu.props),
		.workgroup_size = GP_WAVES * 64,
		.completion = high_done,
	};
	int ret;

	kfd_signal_init(normal_done, 1, NULL);
	kfd_signal_init(high_done, 1, &self->event);
	ret = kfd_aql_dispatch(&self->normal, &normal);
	if (ret)
		return ret;
	kfd_queue_ring(&self->normal);
	ret = kfd_aql_barrier_and(&self->high, &normal_done, 1, NULL);
	if (ret)
		return ret;
	kfd_queue_ring(&self->high);
	ret = kfd_aql_dispatch(&self->high, &high);
	if (ret)
		return ret;
	kfd_queue_ring(&self->high);
	return kfd_signal_wait_below(high_done, 1, &self->event, WAIT_MS);
}

/* What so many iterations take, in ns; a negative errno */
static __s64 time_iterations(struct _test_data_own *self, unsigned int num,
			     __u32 workgroups)
{
	__u64 start_ns = kfd_now_ns();
	unsigned int i;
	int ret = 0;

	for (i = 0; i < num && !ret; i++)
		ret = iterate(self, workgroups);
	return ret ? ret : (__s64)(kfd_now_ns() - start_ns);
}

TEST_F(own, as_fast_as_off)
{
	struct kfd_env *env = &self->env;
	const __u32 workgroups = variant->per_cu *
				 kfd_props_cus(&env->gpu.props);
	const unsigned int num = !kfd_test_is_exact() ? 10 :
				 variant->beside ? 50 : 200;
	__s64 off_ns, on_ns;
	__u64 before, after;

	kfd_kernel_init(&env->kernel[BE_SLOT], NORMAL_NS,
			&env->counter[BE_SLOT], GP_WAVES);
	kfd_kernel_init(&env->kernel[LC_SLOT], HIGH_NS,
			&env->counter[LC_SLOT], GP_WAVES);
	if (variant->beside) {
		ASSERT_EQ(0, gp_crew_tell(self->other, GP_WORK));
	}
	off_ns = time_iterations(self, num, workgroups);
	ASSERT_LT(0, off_ns);
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guards", &before));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	on_ns = time_iterations(self, num, workgroups);
	ASSERT_LT(0, on_ns);
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/guards", &after));
	TH_LOG("an iteration: off %lld us, on %lld us; %llu guards",
	       off_ns / num / 1000, on_ns / num / 1000, after - before);
	EXPECT_EQ(2ULL * num * workgroups, kfd_load(&env->counter[BE_SLOT]));
	if (kfd_test_is_exact()) {
		EXPECT_LE(on_ns * 100, off_ns * variant->percent);
	}
	if (variant->beside) {
		EXPECT_EQ(0, gp_crew_tell(self->other, GP_REST));
	}
}

TEST_HARNESS_MAIN

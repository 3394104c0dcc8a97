// SPDX-License-Identifier: GPL-2.0
/*
 * Wave save and restore: work that is interrupted is neither lost nor done
 * twice. The counters of the workgroups say so.
 */
#include "kfd_test.h"

#define ROUNDS		60
#define WORKGROUP_NS	(3 * NSEC_PER_MSEC)

/* What fills the GPU before a test begins, so that there is work to interrupt */
#define FILL_SLOT	400
#define FILL_NS		(500 * NSEC_PER_MSEC)

FIXTURE(cwsr) {
	struct kfd_env env;
	struct kfd_queue work;
	struct kfd_queue other;
	__u64 saved, restored, errors;
	int fill;
};

FIXTURE_SETUP(cwsr)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = kfd_env_open(&self->env, 0);
	unsigned int sim = self->env.gpu.props.sim;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "not on kfdsim");
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->work));
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->other));
	ASSERT_EQ(0, kfdsim_stat(sim, "waves_saved", &self->saved));
	ASSERT_EQ(0, kfdsim_stat(sim, "waves_restored", &self->restored));
	ASSERT_EQ(0, kfdsim_stat(sim, "cwsr_errors", &self->errors));
	self->fill = kfd_env_fill(&self->env, &self->work, FILL_SLOT, FILL_NS,
				  WAIT_MS);
	ASSERT_LT(0, self->fill);
}

FIXTURE_TEARDOWN(cwsr)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->other));
	EXPECT_EQ(0, kfd_queue_destroy(&self->work));
	kfd_env_close(&self->env);
}

/* What the hardware says: it saved something, and gave all of it back. */
static int check_stats(unsigned int sim, __u64 *saved, __u64 *restored,
		       __u64 *errors)
{
	__u64 s, r, e;
	int ret;

	ret = kfdsim_stat(sim, "waves_saved", &s);
	if (!ret)
		ret = kfdsim_stat(sim, "waves_restored", &r);
	if (!ret)
		ret = kfdsim_stat(sim, "cwsr_errors", &e);
	if (ret)
		return ret;
	*saved = s - *saved;
	*restored = r - *restored;
	*errors = e - *errors;
	return 0;
}

#define CHECK_ALL() do {						\
	ASSERT_EQ(0, kfd_env_wait(&self->env, FILL_SLOT, WAIT_MS));	\
	EXPECT_EQ((__u64)self->fill,					\
		  kfd_load(&self->env.counter[FILL_SLOT]));		\
	ASSERT_EQ(0, check_stats(self->env.gpu.props.sim, &self->saved,	\
				 &self->restored, &self->errors));	\
	EXPECT_LT(0ULL, self->saved);					\
	EXPECT_EQ(self->saved, self->restored);				\
	EXPECT_EQ(0ULL, self->errors);					\
} while (0)

/* Every change of a queue makes the scheduler save and restore all others. */
TEST_F(cwsr, update_of_another_queue)
{
	struct kfd_env *env = &self->env;
	__u32 workgroups = 4 * kfd_props_waves(&env->gpu.props) + 7;
	unsigned int i;

	if (kfd_test_no_hws() || kfd_test_mes(&env->gpu.props))
		SKIP(return, "without HWS only the queue itself is touched");
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->work, 0, workgroups,
				      WORKGROUP_NS));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, kfd_queue_set_percent(&self->other,
						   i % 2 ? 100 : 0));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(workgroups, kfd_load(&env->counter[0]));
	CHECK_ALL();
}

/* The queue itself goes off and comes back. */
TEST_F(cwsr, update_of_itself)
{
	struct kfd_env *env = &self->env;
	__u32 workgroups = 4 * kfd_props_waves(&env->gpu.props) + 7;
	__u64 before;
	unsigned int i;

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->work, 0, workgroups,
				      WORKGROUP_NS));
	for (i = 0; i < 10; i++) {
		usleep(500);
		ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 0));
		before = kfd_load(&env->counter[0]);
		usleep(5000);
		EXPECT_EQ(before, kfd_load(&env->counter[0]))
			TH_LOG("workgroups finished while the queue was off");
		ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 100));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(workgroups, kfd_load(&env->counter[0]));
	CHECK_ALL();
}

/* Several dispatches of one queue are in flight at the same time. */
TEST_F(cwsr, many_dispatches)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	if (kfd_test_no_hws() || kfd_test_mes(&env->gpu.props))
		SKIP(return, "without HWS only the queue itself is touched");
	for (i = 0; i < 30; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->work, i, 20 + i,
					      WORKGROUP_NS + i * 100000));
	}
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, kfd_queue_set_priority(&self->other, i % 16))
			TH_LOG("number %u", i);
	}
	for (i = 0; i < 30; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ(20ULL + i, kfd_load(&env->counter[i]));
	}
	CHECK_ALL();
}

/* A full GPU: what was saved comes back to a GPU that another queue fills. */
TEST_F(cwsr, two_full_queues)
{
	struct kfd_env *env = &self->env;
	__u32 workgroups = 2 * kfd_props_waves(&env->gpu.props);
	unsigned int i;

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->work, 0, workgroups,
				      WORKGROUP_NS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->other, 1, workgroups,
				      WORKGROUP_NS));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 0));
		ASSERT_EQ(0, kfd_queue_set_percent(&self->other, 0));
		ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 100));
		ASSERT_EQ(0, kfd_queue_set_percent(&self->other, 100));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(workgroups, kfd_load(&env->counter[0]));
	EXPECT_EQ(workgroups, kfd_load(&env->counter[1]));
	CHECK_ALL();
}

/* The driver reads how much was saved from the MQD of a queue that is off. */
TEST_F(cwsr, wave_state)
{
	struct kfd_env *env = &self->env;
	struct kfd_props *p = &env->gpu.props;
	struct kfd_ioctl_get_queue_wave_state_args args = {
		.queue_id = self->work.id,
	};
	void *stack = calloc(p->num_xcc, p->cwsr_size);
	int fd = env->proc.fd;

	ASSERT_NE(NULL, stack);
	args.ctl_stack_address = (uintptr_t)stack;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_GET_QUEUE_WAVE_STATE,
				     &args));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 0));
	EXPECT_EQ(0, kfd_ioctl(fd, AMDKFD_IOC_GET_QUEUE_WAVE_STATE, &args));
	EXPECT_LT(0U, args.save_area_used_size);
	EXPECT_LE(args.save_area_used_size, p->cwsr_size - p->ctl_stack_size);
	ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 100));
	CHECK_ALL();
	free(stack);
}

TEST_HARNESS_MAIN

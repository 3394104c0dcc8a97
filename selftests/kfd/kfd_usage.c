// SPDX-License-Identifier: GPL-2.0
/*
 * What kfdsim says that the waves of a process have run: all of it, to the ns,
 * once, and only while they run. The figures of BE work are made of it.
 */
#include "kfd_test.h"

#define RUN_NS		(50 * NSEC_PER_MSEC)
#define PART_US		5000

FIXTURE(usage) {
	struct kfd_env env;
	struct kfd_queue q;
	__u64 waves, before;
};

/*
 * Of this process, and those that had its PASID before: wave slots x ns. Nothing
 * before any of their waves has ended.
 */
static int usage_of(const struct kfd_env *env, __u64 *wave_ns)
{
	char text[16384], pasid[16];
	__u32 number;
	int ret = kfd_pasid(&number);

	if (ret)
		return ret;
	snprintf(pasid, sizeof(pasid), "%u", number);
	ret = kfdsim_read(env->gpu.props.sim, "usage", text, sizeof(text));
	if (ret < 0)
		return ret;
	*wave_ns = 0;
	ret = kfd_table_find(text, pasid, wave_ns);
	return ret == -ENOENT ? 0 : ret;
}

FIXTURE_SETUP(usage)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "not on kfdsim");
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
	self->waves = kfd_props_waves(&self->env.gpu.props);
	ASSERT_EQ(0, usage_of(&self->env, &self->before));
}

FIXTURE_TEARDOWN(usage)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	kfd_env_close(&self->env);
}

TEST_F(usage, all_that_ran)
{
	struct kfd_env *env = &self->env;
	__u64 ran;

	ASSERT_LT(0, kfd_env_fill(env, &self->q, 0, RUN_NS, WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	ASSERT_EQ(0, usage_of(env, &ran));
	EXPECT_EQ(self->waves * RUN_NS, ran - self->before);
}

/* Waves in memory do not run, and what they have run before is not lost. */
TEST_F(usage, interrupted)
{
	struct kfd_env *env = &self->env;
	__u64 off, later, ran;

	ASSERT_LT(0, kfd_env_fill(env, &self->q, 0, RUN_NS, WAIT_MS));
	usleep(PART_US);
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	ASSERT_EQ(0, usage_of(env, &off));
	EXPECT_LT(self->before, off);
	if (!kfd_test_drains())
		EXPECT_GT(self->waves * RUN_NS, off - self->before);
	usleep(PART_US);
	ASSERT_EQ(0, usage_of(env, &later));
	EXPECT_EQ(off, later);
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	ASSERT_EQ(0, usage_of(env, &ran));
	EXPECT_EQ(self->waves * RUN_NS, ran - self->before);
}

/* Waves that have not ended count for what they have run so far. */
TEST_F(usage, while_it_runs)
{
	struct kfd_env *env = &self->env;
	__u64 begin, begun, end, ended, first, second;

	/* that a process has a line at all takes one that has ended */
	ASSERT_LT(0, kfd_env_fill(env, &self->q, 0, 0, WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	ASSERT_LT(0, kfd_env_fill(env, &self->q, 0, RUN_NS, WAIT_MS));
	usleep(PART_US / 10);
	begin = kfd_now_ns();
	ASSERT_EQ(0, usage_of(env, &first));
	begun = kfd_now_ns();
	usleep(PART_US);
	end = kfd_now_ns();
	ASSERT_EQ(0, usage_of(env, &second));
	ended = kfd_now_ns();
	if (!kfd_test_is_exact())
		SKIP(goto drain, "a loaded machine may look too late");
	EXPECT_LE(self->waves * (end - begun), second - first);
	EXPECT_GE(self->waves * (ended - begin), second - first);
drain:
	EXPECT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

TEST_HARNESS_MAIN

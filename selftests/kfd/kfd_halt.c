// SPDX-License-Identifier: GPL-2.0
/*
 * The scheduler is halted for a while: amdgpu does so while graphics has the GPU to
 * itself. Queues wait, and may come, change and go meanwhile.
 */
#include "kfd_test.h"

#define QUEUES		4
#define QUIET_MS	20

FIXTURE(halt) {
	struct kfd_env env;
	struct kfd_queue q[QUEUES];
	struct kfd_queue_attr attr;
	unsigned int sim;
	bool halted;
};

static int halt(struct _test_data_halt *self, bool on)
{
	int ret = kfdsim_write(self->sim, "halt", on ? "1" : "0");

	if (!ret)
		self->halted = on;
	return ret;
}

FIXTURE_SETUP(halt)
{
	int ret = kfd_env_open(&self->env, 0);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim halts on demand");
	if (kfd_test_no_hws())
		SKIP(return, "no scheduler to halt");
	self->sim = self->env.gpu.props.sim;
	self->attr = (struct kfd_queue_attr)
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	for (i = 0; i < QUEUES; i++)
		ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &self->attr,
					      &self->q[i]));
}

FIXTURE_TEARDOWN(halt)
{
	unsigned int i;

	if (self->halted)
		EXPECT_EQ(0, halt(self, false));
	for (i = 0; i < QUEUES; i++)
		EXPECT_EQ(0, kfd_queue_destroy(&self->q[i]));
	kfd_env_close(&self->env);
}

static int is_mapped(struct _test_data_halt *self, const struct kfd_queue *q)
{
	struct kfdsim_hqd hqd;
	int ret = kfdsim_hqd_find(self->sim, q->ring.va, &hqd);

	return ret == -ENOENT ? 0 : ret ? ret : 1;
}

/* Everything waits, and everything goes on. */
TEST_F(halt, idle)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	ASSERT_EQ(0, halt(self, true));
	for (i = 0; i < QUEUES; i++) {
		EXPECT_EQ(0, is_mapped(self, &self->q[i]));
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i], i, 4, 1000));
	}
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, halt(self, false));
	for (i = 0; i < QUEUES; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ(4ULL, kfd_load(&env->counter[i]));
	}
}

/* Waves are saved, and no work is lost, however often. */
TEST_F(halt, running)
{
	struct kfd_env *env = &self->env;
	unsigned int i;
	int n;

	n = kfd_env_fill(env, &self->q[0], 0, 20 * NSEC_PER_MSEC, WAIT_MS);
	ASSERT_LT(0, n);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, halt(self, true));
		EXPECT_EQ(0, is_mapped(self, &self->q[0]));
		usleep(1000);
		ASSERT_EQ(0, halt(self, false));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

TEST_F(halt, create_while_halted)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue other;

	ASSERT_EQ(0, halt(self, true));
	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->attr, &other));
	EXPECT_EQ(0, is_mapped(self, &other));
	ASSERT_EQ(0, kfd_env_dispatch(env, &other, 0, 4, 1000));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, halt(self, false));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(4ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
}

TEST_F(halt, change_while_halted)
{
	struct kfd_env *env = &self->env;
	struct kfd_queue other;

	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->attr, &other));
	ASSERT_EQ(0, halt(self, true));
	EXPECT_EQ(0, kfd_queue_destroy(&other));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 0));
	ASSERT_EQ(0, kfd_queue_set_priority(&self->q[1], 15));
	EXPECT_EQ(0, is_mapped(self, &self->q[1]));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 0, 4, 1000));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[1], 1, 4, 1000));
	ASSERT_EQ(0, halt(self, false));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(0, is_mapped(self, &self->q[0]));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 100));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
}

/* Evicted before, and restored meanwhile, and the other way round */
TEST_F(halt, evict_while_halted)
{
	int restored = kfd_smi_open(&self->env.gpu, KFD_SMI_EVENT_QUEUE_RESTORE);
	struct kfd_env *env = &self->env;

	ASSERT_LE(0, restored);
	ASSERT_EQ(0, halt(self, true));
	ASSERT_EQ(0, kfdsim_evict(self->sim));
	ASSERT_EQ(0, kfd_smi_wait(restored, WAIT_MS));
	EXPECT_EQ(0, is_mapped(self, &self->q[0]));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 0, 4, 1000));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, QUIET_MS));
	ASSERT_EQ(0, kfdsim_evict(self->sim));
	ASSERT_EQ(0, halt(self, false));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(4ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_smi_wait(restored, WAIT_MS));
	close(restored);
}

TEST_HARNESS_MAIN

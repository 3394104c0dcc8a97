// SPDX-License-Identifier: GPL-2.0
/*
 * Eviction: the driver takes all queues of a process off the hardware for a
 * while, because it needs the memory, and puts them back.
 */
#include "kfd_test.h"

FIXTURE(evict) {
	struct kfd_env env;
	struct kfd_queue q;
	int evicted;
	int restored;
};

FIXTURE_SETUP(evict)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim evicts on demand");
	if (kfd_test_restore_breaks_driver())
		SKIP(return, "the driver does not survive a restore here");
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
	self->evicted = kfd_smi_open(&self->env.gpu,
				     KFD_SMI_EVENT_QUEUE_EVICTION);
	ASSERT_LE(0, self->evicted);
	self->restored = kfd_smi_open(&self->env.gpu,
				      KFD_SMI_EVENT_QUEUE_RESTORE);
	ASSERT_LE(0, self->restored);
}

FIXTURE_TEARDOWN(evict)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	close(self->evicted);
	close(self->restored);
	kfd_env_close(&self->env);
}

static int evict_and_restore(struct _test_data_evict *self)
{
	int ret = kfdsim_evict(self->env.gpu.props.sim);

	if (!ret)
		ret = kfd_smi_wait(self->evicted, WAIT_MS);
	if (!ret)
		ret = kfd_smi_wait(self->restored, WAIT_MS);
	return ret;
}

TEST_F(evict, idle)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, evict_and_restore(self));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 5, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
}

TEST_F(evict, running)
{
	struct kfd_env *env = &self->env;
	unsigned int i;
	int n;

	n = kfd_env_fill(env, &self->q, 0, 500 * NSEC_PER_MSEC, WAIT_MS);
	ASSERT_LT(0, n);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, evict_and_restore(self))
			TH_LOG("eviction %u", i);
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)n, kfd_load(&env->counter[0]));
}

/* What is rung meanwhile waits for the restore. */
TEST_F(evict, rung_while_evicted)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, kfdsim_evict(env->gpu.props.sim));
	ASSERT_EQ(0, kfd_smi_wait(self->evicted, WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 5, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
	/* A restore that has not been reported yet would mean: not evicted. */
	EXPECT_EQ(0, kfd_smi_wait(self->restored, WAIT_MS));
}

/* Created, updated and destroyed while the process is evicted */
TEST_F(evict, change_while_evicted)
{
	const struct kfd_queue_attr attr = self->q.attr;
	struct kfd_env *env = &self->env;
	struct kfd_queue a, b;

	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &attr, &a));
	ASSERT_EQ(0, kfdsim_evict(env->gpu.props.sim));
	ASSERT_EQ(0, kfd_smi_wait(self->evicted, WAIT_MS));
	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &attr, &b));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	ASSERT_EQ(0, kfd_queue_set_priority(&b, 15));
	EXPECT_EQ(0, kfd_queue_destroy(&a));
	ASSERT_EQ(0, kfd_env_dispatch(env, &b, 1, 5, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q, 0, 5, 1000));
	EXPECT_EQ(-ETIMEDOUT, kfd_env_wait(env, 0, 30));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&b));
}

static void evict_after(unsigned int sim, unsigned int ms)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", getpid());
	if (fork())
		return;
	usleep(1000 * ms);
	_exit(!!kfdsim_write(sim, "evict", text));
}

/*
 * The driver lets go of its lock while it creates a queue. One that is there when
 * the process has been evicted must be evicted as well.
 */
TEST_F(evict, evict_while_created)
{
	const struct kfd_queue_attr attr = self->q.attr;
	struct kfd_env *env = &self->env;
	unsigned int sim = env->gpu.props.sim;
	struct kfdsim_hqd hqd;
	struct kfd_queue q;
	int status, found;

	ASSERT_EQ(0, kfdsim_write(sim, "slow_alloc_gtt_us", "80000"));
	evict_after(sim, 30);
	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &attr, &q));
	ASSERT_EQ(0, kfdsim_write(sim, "slow_alloc_gtt_us", "0"));
	ASSERT_EQ(0, kfd_smi_wait(self->evicted, WAIT_MS));
	found = kfdsim_hqd_find(sim, q.ring.va, &hqd);
	/* On a busy machine it may be over already. */
	if (kfd_smi_wait(self->restored, 1) == -ETIMEDOUT) {
		EXPECT_EQ(-ENOENT, found);
		ASSERT_EQ(0, kfd_smi_wait(self->restored, WAIT_MS));
	} else {
		EXPECT_FALSE(kfd_test_is_exact());
	}
	ASSERT_EQ(0, kfd_env_dispatch(env, &q, 0, 5, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(5ULL, kfd_load(&env->counter[0]));
	EXPECT_EQ(0, kfd_queue_destroy(&q));
	ASSERT_LT(0, wait(&status));
	EXPECT_EQ(0, status);
}

/* Another process is not touched. */
static int bystander(void *arg)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	struct kfd_queue q;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || kfd_queue_create(&env.gpu, &attr, &q))
		return 1;
	if (kfd_env_dispatch(&env, &q, 0, 5, 1000) ||
	    kfd_env_wait(&env, 0, WAIT_MS))
		return 2;
	if (kfd_queue_destroy(&q))
		return 3;
	kfd_env_close(&env);
	return 0;
}

TEST_F(evict, bystander)
{
	ASSERT_EQ(0, kfdsim_evict(self->env.gpu.props.sim));
	ASSERT_EQ(0, kfd_smi_wait(self->evicted, WAIT_MS));
	EXPECT_EQ(0, kfd_test_in_child(bystander, NULL));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * More queues than slots, and more processes than VMIDs: everyone gets
 * through, and nothing is executed twice or not at all.
 */
#include "kfd_test.h"

#define QUEUES		100
#define DISPATCHES	5
#define WORKGROUPS	20
/* Longer than the scheduler lets a process have the GPU in one go */
#define LONG_NS		(25 * NSEC_PER_MSEC)
#define PROCESSES	12
#define PROCESS_QUEUES	6

static int run_all(struct kfd_env *env, struct kfd_queue *q, unsigned int num,
		   __u64 workgroup_ns)
{
	unsigned int i, d;
	int ret;

	for (d = 0; d < DISPATCHES; d++) {
		for (i = 0; i < num; i++) {
			ret = kfd_env_dispatch(env, &q[i], i, WORKGROUPS,
					       workgroup_ns);
			if (ret)
				return ret;
		}
		for (i = 0; i < num; i++) {
			ret = kfd_env_wait(env, i, WAIT_MS);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static unsigned int count_inexact(struct kfd_env *env, unsigned int num)
{
	unsigned int i, bad = 0;

	for (i = 0; i < num; i++)
		bad += kfd_load(&env->counter[i]) != DISPATCHES * WORKGROUPS;
	return bad;
}

static int create_all(struct kfd_env *env, struct kfd_queue *q,
		      unsigned int num)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	unsigned int i;

	for (i = 0; i < num; i++) {
		int ret = kfd_queue_create(&env->gpu, &attr, &q[i]);

		if (ret)
			return ret;
	}
	return 0;
}

static int destroy_all(struct kfd_queue *q, unsigned int num)
{
	int ret = 0;

	while (num--) {
		int err = kfd_queue_destroy(&q[num]);

		if (!ret)
			ret = err;
	}
	return ret;
}

FIXTURE(oversubscribe) {
	struct kfd_env env;
	struct kfd_queue q[QUEUES];
};

FIXTURE_SETUP(oversubscribe)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (kfd_test_no_hws())
		SKIP(return, "a queue keeps its slot for life without HWS");
	ASSERT_EQ(0, create_all(&self->env, self->q, QUEUES));
}

FIXTURE_TEARDOWN(oversubscribe)
{
	EXPECT_EQ(0, destroy_all(self->q, QUEUES));
	kfd_env_close(&self->env);
}

TEST_F(oversubscribe, short_work)
{
	ASSERT_LT(self->env.gpu.props.num_cp_queues, QUEUES);
	ASSERT_EQ(0, run_all(&self->env, self->q, QUEUES, 1000));
	EXPECT_EQ(0U, count_inexact(&self->env, QUEUES));
}

/* Work that outlasts its time slice is saved and restored on the way. */
TEST_F(oversubscribe, long_work)
{
	unsigned int sim = self->env.gpu.props.sim;
	__u64 rotations, saved, errors, value;

	if (!kfd_test_on_kfdsim())
		SKIP(return, "not on kfdsim");
	ASSERT_EQ(0, kfdsim_stat(sim, "hws_rotations", &rotations));
	ASSERT_EQ(0, kfdsim_stat(sim, "waves_saved", &saved));
	ASSERT_EQ(0, kfdsim_stat(sim, "cwsr_errors", &errors));

	ASSERT_EQ(0, run_all(&self->env, self->q, QUEUES, LONG_NS));
	EXPECT_EQ(0U, count_inexact(&self->env, QUEUES));

	ASSERT_EQ(0, kfdsim_stat(sim, "hws_rotations", &value));
	EXPECT_LT(rotations + QUEUES / 30, value);
	ASSERT_EQ(0, kfdsim_stat(sim, "waves_saved", &value));
	EXPECT_LT(saved, value);
	ASSERT_EQ(0, kfdsim_stat(sim, "cwsr_errors", &value));
	EXPECT_EQ(errors, value);
}

/* One busy queue among many idle ones is reached as well. */
TEST_F(oversubscribe, last_of_many)
{
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[QUEUES - 1], 0, 3, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(3ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 1, 3, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(3ULL, kfd_load(&env->counter[1]));
}

/* The runlist shrinks and grows under work. */
TEST_F(oversubscribe, destroy_half)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	for (i = 0; i < QUEUES; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i], i, WORKGROUPS,
					      5 * NSEC_PER_MSEC));
	}
	for (i = 0; i < QUEUES; i += 2) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		ASSERT_EQ(0, kfd_queue_destroy(&self->q[i]));
	}
	for (i = 1; i < QUEUES; i += 2) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS))
			TH_LOG("number %u", i);
	}
	for (i = 0; i < QUEUES; i++) {
		EXPECT_EQ((__u64)WORKGROUPS, kfd_load(&env->counter[i]))
			TH_LOG("number %u", i);
	}
}

/* Status: 0 is good, others say where it went wrong */
static int one_process(void *arg)
{
	struct kfd_queue *q = calloc(PROCESS_QUEUES, sizeof(*q));
	const int *gate = arg;
	struct kfd_env env;
	char c;

	close(gate[1]);
	if (!q || kfd_env_open(&env, 0))
		return 1;
	if (create_all(&env, q, PROCESS_QUEUES))
		return 2;
	/* The end of file is the starting signal for all. */
	if (read(gate[0], &c, 1))
		return 3;
	if (run_all(&env, q, PROCESS_QUEUES, 3 * NSEC_PER_MSEC))
		return 4;
	if (count_inexact(&env, PROCESS_QUEUES))
		return 5;
	if (destroy_all(q, PROCESS_QUEUES))
		return 6;
	kfd_env_close(&env);
	return 0;
}

TEST(processes)
{
	pid_t pid[PROCESSES];
	unsigned int i;
	int gate[2];

	if (kfd_test_no_gpu(kfd_topology_count() <= 0))
		SKIP(return, "no KFD GPU");
	if (kfd_test_no_hws())
		SKIP(return, "a queue keeps its slot for life without HWS");
	ASSERT_EQ(0, pipe(gate));
	for (i = 0; i < PROCESSES; i++) {
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (!pid[i])
			_exit(one_process(gate));
	}
	close(gate[0]);
	close(gate[1]);
	for (i = 0; i < PROCESSES; i++) {
		int status;

		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status));
	}
}

TEST_HARNESS_MAIN

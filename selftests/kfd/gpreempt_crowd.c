// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: processes that come and go by the hundred, in good order or not.
 * Nothing of them may stay behind.
 */
#include "gpreempt_stage.h"

#define PROCESSES	120
#define AT_ONCE		6

enum leave {
	TIDILY,			/* queues destroyed, all closed */
	WITH_QUEUES,		/* just out */
	WITH_WORK,		/* the same, with waves on the GPU */
	NUM_LEAVES,
};

FIXTURE(crowd) {
	struct kfd_props props;
	__u64 failures;
};

FIXTURE_SETUP(crowd)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	ASSERT_EQ(0, kfd_knobs_reset(self->props.node));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	ASSERT_EQ(0, kfd_knob_get(self->props.node, "stats/failures",
				  &self->failures));
}

FIXTURE_TEARDOWN(crowd)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
}

/* A queue of each class, or of the one that the number says */
static int one_process(unsigned int number)
{
	const enum leave leave = number % NUM_LEAVES;
	const bool lc = number & 1, be = number & 2 || !lc;
	struct kfd_queue q[2] = {};
	struct kfd_event event;
	struct kfd_env env;
	int ret = kfd_env_open(&env, 0);

	if (!ret)
		ret = kfd_event_create(&env.gpu, &event, true);
	if (!ret && be)
		ret = gp_create_aql(&env, &q[0], BE_PRIORITY);
	if (!ret && lc)
		ret = gp_create_aql(&env, &q[1], LC_PRIORITY);
	if (!ret && be)
		ret = kfd_env_dispatch(&env, &q[0], 0,
				       kfd_props_waves(&env.gpu.props),
				       3 * NSEC_PER_MSEC);
	if (!ret && lc)
		ret = kfd_env_dispatch(&env, &q[1], 1, 4, 20 * NSEC_PER_USEC);
	if (!ret && lc)
		ret = kfd_env_wait(&env, 1, WAIT_MS);
	if (!ret && be && leave != WITH_WORK)
		ret = kfd_env_wait(&env, 0, WAIT_MS);
	if (ret || leave != TIDILY)
		return !!ret;
	ret = kfd_queue_destroy(&q[0]);
	if (!ret)
		ret = kfd_queue_destroy(&q[1]);
	if (!ret)
		ret = kfd_event_destroy(&event);
	kfd_env_close(&env);
	return !!ret;
}

TEST_F_TIMEOUT(crowd, come_and_go, 120)
{
	const unsigned int num = kfd_test_is_exact() ? PROCESSES :
						       PROCESSES / 3;
	unsigned int i, running = 0, bad = 0;
	__u64 failures;
	int status;
	pid_t pid;

	for (i = 0; i < num || running; i++) {
		if (i < num) {
			pid = fork();
			ASSERT_LE(0, pid);
			if (!pid)
				_exit(one_process(i));
			running++;
		}
		if (running == AT_ONCE || i >= num) {
			ASSERT_LT(0, waitpid(-1, &status, 0));
			bad += !!status;
			running--;
		}
	}
	EXPECT_EQ(0, bad);
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	/* KFD frees a process some time after it has ended. */
	EXPECT_EQ(0, gp_wait_state(&self->props, 0, "active", 0));
	EXPECT_EQ(0, gp_wait_state(&self->props, 0, "inactive", 0));
	EXPECT_EQ(0, gp_count_off(&self->props));
	EXPECT_EQ(0, kfd_knob_get(self->props.node, "stats/failures",
				  &failures));
	EXPECT_EQ(self->failures, failures);
}

TEST_HARNESS_MAIN

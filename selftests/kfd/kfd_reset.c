// SPDX-License-Identifier: GPL-2.0
/*
 * A scheduler that does not answer, and GPU resets: processes that come
 * afterwards find a GPU that works.
 */
#include "kfd_test.h"

FIXTURE(reset) {
	struct kfd_props props;
};

FIXTURE_SETUP(reset)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim hangs on demand");
}

FIXTURE_TEARDOWN(reset)
{
	kfdsim_write(self->props.sim, "fail_hws_hang", "0");
}

static int work(void *arg)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	struct kfd_queue q;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || kfd_queue_create(&env.gpu, &attr, &q))
		return 1;
	if (kfd_env_dispatch(&env, &q, 0, 100, 1000) ||
	    kfd_env_wait(&env, 0, WAIT_MS))
		return 2;
	if (kfd_load(&env.counter[0]) != 100)
		return 3;
	if (kfd_queue_destroy(&q))
		return 4;
	kfd_env_close(&env);
	return 0;
}

/* All nodes of a partitioned GPU are reset, and the event names one of them. */
static bool is_of_gpu(const struct kfd_props *gpu, __u32 gpu_id)
{
	struct kfd_props p;
	unsigned int i;

	for (i = 0; !kfd_topology_gpu(i, &p); i++) {
		if (p.gpu_id == gpu_id && p.sim == gpu->sim)
			return true;
	}
	return false;
}

/* Waits for the event that tells a process that its GPU was reset. */
static int wait_for_reset_event(struct kfd_env *env, struct kfd_event *ev)
{
	struct kfd_event_data data = { .event_id = ev->id };
	struct kfd_ioctl_wait_events_args args = {
		.events_ptr = (uintptr_t)&data,
		.num_events = 1,
		.timeout = WAIT_MS,
	};
	int ret = kfd_ioctl(env->proc.fd, AMDKFD_IOC_WAIT_EVENTS, &args);

	if (ret)
		return ret;
	if (args.wait_result != KFD_IOC_WAIT_RESULT_COMPLETE)
		return -ETIMEDOUT;
	if (!is_of_gpu(&env->gpu.props, data.hw_exception_data.gpu_id))
		return -ENODEV;
	return data.hw_exception_data.reset_cause ==
	       KFD_HW_EXCEPTION_GPU_HANG ? 0 : -EINVAL;
}

static int create_reset_event(struct kfd_env *env, struct kfd_event *ev)
{
	struct kfd_ioctl_create_event_args args = {
		.event_type = KFD_IOC_EVENT_HW_EXCEPTION,
		.node_id = env->gpu.props.node,
	};
	int ret = kfd_ioctl(env->proc.fd, AMDKFD_IOC_CREATE_EVENT, &args);

	ev->proc = &env->proc;
	ev->id = args.event_id;
	return ret;
}

/* A process that lives through a reset, caused by @arg */
struct victim {
	unsigned int sim;
	bool hang;
};

static int victim(void *arg)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	const struct victim *v = arg;
	struct kfd_queue q;
	struct kfd_event ev;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || kfd_queue_create(&env.gpu, &attr, &q))
		return 1;
	if (create_reset_event(&env, &ev))
		return 2;
	/* For longer than the driver waits for an unmap: 9 s, if not told otherwise */
	if (kfd_env_dispatch(&env, &q, 0, 10, 30000 * NSEC_PER_MSEC))
		return 3;
	if (!v->hang) {
		if (kfdsim_write(v->sim, "reset", "1"))
			return 4;
	} else {
		if (kfdsim_write(v->sim, "fail_hws_hang", "1"))
			return 5;
		/* Runs into the timeout, which is what asks for the reset. */
		if (!kfd_queue_set_percent(&q, 0))
			return 6;
	}
	if (wait_for_reset_event(&env, &ev))
		return 7;
	/* Its queues are lost, but it can still end in good order. */
	if (kfd_load(&env.counter[0]))
		return 8;
	return 0;
}

TEST_F(reset, by_hand)
{
	struct victim v = { .sim = self->props.sim };
	__u64 before, after;

	ASSERT_EQ(0, kfdsim_stat(self->props.sim, "resets", &before));
	ASSERT_EQ(0, kfd_test_in_child(work, NULL));
	ASSERT_EQ(0, kfd_test_in_child(victim, &v));
	ASSERT_EQ(0, kfdsim_stat(self->props.sim, "resets", &after));
	EXPECT_EQ(before + 1, after);
	EXPECT_EQ(0, kfd_test_in_child(work, NULL));
}

TEST_F(reset, idle)
{
	ASSERT_EQ(0, kfdsim_write(self->props.sim, "reset", "1"));
	EXPECT_EQ(0, kfd_test_in_child(work, NULL));
	ASSERT_EQ(0, kfdsim_write(self->props.sim, "reset", "1"));
	EXPECT_EQ(0, kfd_test_in_child(work, NULL));
}

TEST_F_TIMEOUT(reset, hws_hang, 120)
{
	struct victim v = { .sim = self->props.sim, .hang = true };
	__u64 before, after;

	if (kfd_test_no_hws())
		SKIP(return, "there is no scheduler to hang");
	ASSERT_EQ(0, kfdsim_stat(self->props.sim, "hws_hangs", &before));
	ASSERT_EQ(0, kfd_test_in_child(victim, &v));
	ASSERT_EQ(0, kfdsim_stat(self->props.sim, "hws_hangs", &after));
	EXPECT_EQ(before + 1, after);
	EXPECT_EQ(0, kfd_test_in_child(work, NULL));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * How many compute units a process has: the driver counts the waves of its
 * queues, by doorbell, on one XCC.
 */
#include "kfd_test.h"

#define LONG_NS		(500 * NSEC_PER_MSEC)

FIXTURE(occupancy) {
	struct kfd_env env;
	struct kfd_queue q;
	char path[128];
};

FIXTURE_SETUP(occupancy)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->q));
	snprintf(self->path, sizeof(self->path),
		 "/sys/class/kfd/kfd/proc/%d/stats_%u/cu_occupancy", getpid(),
		 self->env.gpu.props.gpu_id);
}

FIXTURE_TEARDOWN(occupancy)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	kfd_env_close(&self->env);
}

static long occupancy(const char *path)
{
	char buf[16] = "";
	int ret = kfd_file_read(path, buf, sizeof(buf));

	return ret < 0 ? ret : strtol(buf, NULL, 10);
}

static int no_queue(void *arg)
{
	struct _test_data_occupancy *self = arg;
	struct kfd_queue q;
	struct kfd_env env;
	char path[128];

	if (kfd_env_open(&env, 0) ||
	    kfd_queue_create(&env.gpu, &self->q.attr, &q))
		return 1;
	snprintf(path, sizeof(path),
		 "/sys/class/kfd/kfd/proc/%d/stats_%u/cu_occupancy", getpid(),
		 env.gpu.props.gpu_id);
	return occupancy(path) ? 2 : 0;
}

TEST_F(occupancy, all_or_nothing)
{
	struct kfd_env *env = &self->env;
	int fill;

	if (kfd_test_mes(&env->gpu.props))
		SKIP(return, "the driver can't count on this GPU");
	EXPECT_EQ(0, occupancy(self->path));
	fill = kfd_env_fill(env, &self->q, 0, LONG_NS, WAIT_MS);
	ASSERT_LT(0, fill);
	EXPECT_EQ(kfd_props_cus(&env->gpu.props), occupancy(self->path));
	/* They are not another process's. */
	EXPECT_EQ(0, kfd_test_in_child(no_queue, self));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 0));
	EXPECT_EQ(0, occupancy(self->path));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q, 100));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(0, occupancy(self->path));
}

/* Linux 6.12 has no way to count waves on gfx11. */
TEST_F(occupancy, unknown)
{
	if (!kfd_test_mes(&self->env.gpu.props))
		SKIP(return, "it is known on this GPU");
	EXPECT_EQ(-ENOENT, occupancy(self->path));
}

TEST_HARNESS_MAIN

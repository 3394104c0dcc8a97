// SPDX-License-Identifier: GPL-2.0
/*
 * Sleep: queues go off and come back with nothing lost and nothing done twice,
 * and a GPU that nobody uses goes to sleep by itself.
 *
 * The system goes as far as suspending its devices (pm_test).
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "kfd_test.h"

#define QUEUES		4
#define ROUNDS		3
#define WORKGROUPS	50
#define LONG_NS		(300 * NSEC_PER_MSEC)

static int write_text(const char *path, const char *text)
{
	return kfd_file_write(path, text, strlen(text));
}

FIXTURE(suspend) {
	struct kfd_env env;
	struct kfd_queue q[QUEUES];
	unsigned int sim;
};

FIXTURE_SETUP(suspend)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = kfd_env_open(&self->env, 0);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only in a machine that may be put to sleep");
	if (access("/sys/power/pm_test", W_OK))
		SKIP(return, "the kernel has no CONFIG_PM_DEBUG");
	if (kfd_test_restore_breaks_driver())
		SKIP(return, "the driver does not survive a restore here");
	self->sim = self->env.gpu.props.sim;
	for (i = 0; i < QUEUES; i++) {
		ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr,
					      &self->q[i]));
	}
}

FIXTURE_TEARDOWN(suspend)
{
	unsigned int i;

	for (i = 0; i < QUEUES; i++) {
		EXPECT_EQ(0, kfd_queue_destroy(&self->q[i]))
			TH_LOG("queue %u", i);
	}
	kfd_env_close(&self->env);
}

TEST_F(suspend, idle)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, kfd_system_sleep());
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i], i, WORKGROUPS,
					      1000));
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ((__u64)WORKGROUPS, kfd_load(&env->counter[i]));
	}
}

/* One queue has the whole GPU, the others wait for it. */
TEST_F(suspend, busy)
{
	struct kfd_env *env = &self->env;
	__u64 saved, restored, errors, value;
	unsigned int i;
	int fill;

	ASSERT_EQ(0, kfdsim_stat(self->sim, "waves_saved", &saved));
	ASSERT_EQ(0, kfdsim_stat(self->sim, "waves_restored", &restored));
	ASSERT_EQ(0, kfdsim_stat(self->sim, "cwsr_errors", &errors));
	fill = kfd_env_fill(env, &self->q[0], 0, LONG_NS, WAIT_MS);
	ASSERT_LT(0, fill);
	for (i = 1; i < QUEUES; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i], i, WORKGROUPS,
					      5 * NSEC_PER_MSEC));
	}
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, kfd_system_sleep())
			TH_LOG("round %u", i);
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)fill, kfd_load(&env->counter[0]));
	for (i = 1; i < QUEUES; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ((__u64)WORKGROUPS, kfd_load(&env->counter[i]));
	}
	ASSERT_EQ(0, kfdsim_stat(self->sim, "waves_saved", &value));
	EXPECT_LE(saved + fill, value);
	saved = value - saved;
	ASSERT_EQ(0, kfdsim_stat(self->sim, "waves_restored", &value));
	EXPECT_EQ(saved, value - restored);
	ASSERT_EQ(0, kfdsim_stat(self->sim, "cwsr_errors", &value));
	EXPECT_EQ(errors, value);
}

/* What is off stays off, what is new is found. */
TEST_F(suspend, changes)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	struct kfd_env *env = &self->env;

	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 0));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 0, WORKGROUPS, 1000));
	ASSERT_EQ(0, kfd_system_sleep());
	ASSERT_EQ(0, kfd_queue_destroy(&self->q[1]));
	ASSERT_EQ(0, kfd_queue_create(&env->gpu, &attr, &self->q[1]));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[1], 1, WORKGROUPS, 1000));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ((__u64)WORKGROUPS, kfd_load(&env->counter[1]));
	EXPECT_EQ(0ULL, kfd_load(&env->counter[0]));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 100));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)WORKGROUPS, kfd_load(&env->counter[0]));
}

/* ---- at runtime --------------------------------------------------------- */

FIXTURE(runtime) {
	char dir[64];
};

static int power_file(const char *dir, const char *name, char *buf, size_t len)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), "%s/power/%s", dir, name);
	ret = kfd_file_read(path, buf, len);
	return ret < 0 ? ret : 0;
}

FIXTURE_SETUP(runtime)
{
	struct kfd_props p;
	char buf[32], path[128];
	int ret = kfd_topology_gpu(0, &p);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only where nobody else wakes it up");
	snprintf(self->dir, sizeof(self->dir),
		 "/sys/bus/pci/devices/%04x:%02x:%02x.0", p.domain,
		 p.location_id >> 8, p.location_id >> 3 & 0x1f);
	ASSERT_EQ(0, power_file(self->dir, "control", buf, sizeof(buf)));
	if (strncmp(buf, "auto", 4))
		SKIP(return, "this GPU does not sleep by itself");
	snprintf(path, sizeof(path), "%s/power/autosuspend_delay_ms",
		 self->dir);
	ASSERT_EQ(0, write_text(path, "10"));
}

FIXTURE_TEARDOWN(runtime)
{
}

static bool wait_status(const char *dir, const char *status)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	char buf[32] = "";

	do {
		usleep(1000);
		if (power_file(dir, "runtime_status", buf, sizeof(buf)))
			return false;
	} while (strncmp(buf, status, strlen(status)) && kfd_now_ns() < end);
	return !strncmp(buf, status, strlen(status));
}

/* Status: 0 is good, others say where it went wrong */
static int work_and_idle(void *arg)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	struct kfd_queue q;
	struct kfd_env env;
	char buf[32];
	unsigned int i;

	if (kfd_env_open(&env, 0) || kfd_queue_create(&env.gpu, &attr, &q))
		return 1;
	for (i = 0; i < 3; i++) {
		if (kfd_env_dispatch(&env, &q, i, WORKGROUPS, 1000) ||
		    kfd_env_wait(&env, i, WAIT_MS))
			return 2;
		/* As long as it is there the GPU stays awake. */
		usleep(50000);
		if (power_file(arg, "runtime_status", buf, sizeof(buf)) ||
		    strncmp(buf, "active", 6))
			return 3;
		if (kfd_load(&env.counter[i]) != WORKGROUPS)
			return 4;
	}
	if (kfd_queue_destroy(&q))
		return 5;
	kfd_env_close(&env);
	return 0;
}

TEST_F(runtime, sleeps_between_processes)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		EXPECT_TRUE(wait_status(self->dir, "suspended"));
		EXPECT_EQ(0, kfd_test_in_child(work_and_idle, self->dir));
	}
	EXPECT_TRUE(wait_status(self->dir, "suspended"));
}

/* Put to sleep twice over */
TEST_F(runtime, system_sleeps_too)
{
	if (access("/sys/power/pm_test", W_OK))
		SKIP(return, "the kernel has no CONFIG_PM_DEBUG");
	EXPECT_TRUE(wait_status(self->dir, "suspended"));
	ASSERT_EQ(0, kfd_system_sleep());
	EXPECT_EQ(0, kfd_test_in_child(work_and_idle, self->dir));
	EXPECT_TRUE(wait_status(self->dir, "suspended"));
}

TEST_HARNESS_MAIN

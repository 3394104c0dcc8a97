// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: compute units that LC has for itself. The simulator says which
 * compute units have waves.
 */
#include <sched.h>

#include "gpreempt_test.h"

/* Its workgroups do not end by themselves before a test has looked. */
#define WORK_NS		(kfd_test_is_exact() ? 400 * NSEC_PER_MSEC : BE_NS)
#define MASK_BITS	1024
#define SETTLE_MS	2000

FIXTURE(cus) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	unsigned int cus;
	unsigned int half;	/* rounded down as what is reserved is */
	unsigned int quarter;
	int workgroups;
};

/* One of each XCC, and whole workgroup processors from gfx10 on */
static unsigned int round_down(const struct kfd_props *props, unsigned int cus)
{
	return cus - cus % (props->num_xcc * (kfd_test_mes(props) ? 2 : 1));
}

FIXTURE_SETUP(cus)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim says where waves are");
	if (kfd_topology_count() > 1)
		SKIP(return, "compute units of all nodes are in one list");
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", 0));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	self->cus = kfd_props_cus(&self->env.gpu.props);
	self->half = round_down(&self->env.gpu.props, self->cus / 2);
	self->quarter = round_down(&self->env.gpu.props, self->cus / 4);
}

FIXTURE_TEARDOWN(cus)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
}

/* Compute units without a wave, or < 0 */
static int idle_cus(struct _test_data_cus *self)
{
	static char text[64 * 1024];
	const char *at = text;
	int idle = 0;

	if (kfdsim_read(self->env.gpu.props.sim, "cus", text, sizeof(text)) < 0)
		return -EIO;
	while ((at = strstr(at, "waves="))) {
		at += strlen("waves=");
		idle += !strtoul(at, NULL, 10);
	}
	return idle;
}

static int wait_idle(struct _test_data_cus *self, int want)
{
	__u64 end_ns = kfd_now_ns() + SETTLE_MS * NSEC_PER_MSEC;
	int idle;

	do {
		idle = idle_cus(self);
		if (idle == want)
			return idle;
		usleep(1000);
	} while (kfd_now_ns() < end_ns);
	return idle;
}

static int fill(struct _test_data_cus *self)
{
	self->workgroups = kfd_env_fill(&self->env, &self->be, 0, WORK_NS,
					WAIT_MS);
	return self->workgroups;
}

static int drain(struct _test_data_cus *self)
{
	int ret = kfd_env_wait(&self->env, 0, WAIT_MS);

	if (!ret && kfd_load(&self->env.counter[0]) != (__u64)self->workgroups)
		ret = -EIO;
	return ret;
}

static int set_mask(struct _test_data_cus *self, unsigned int first)
{
	__u32 mask[MASK_BITS / 32] = {};
	struct kfd_ioctl_set_cu_mask_args args = {
		.queue_id = self->be.id,
		.num_cu_mask = MASK_BITS,
		.cu_mask_ptr = (uintptr_t)mask,
	};
	unsigned int i;

	for (i = first; i < MASK_BITS; i++)
		mask[i / 32] |= 1U << (i % 32);
	return kfd_ioctl(self->env.proc.fd, AMDKFD_IOC_SET_CU_MASK, &args);
}

TEST_F(cus, be_is_kept_off_them)
{
	__u64 before, after, reserved;

	ASSERT_LT(0, fill(self));
	ASSERT_EQ(0, wait_idle(self, 0));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", self->quarter));
	ASSERT_EQ(self->quarter, wait_idle(self, self->quarter));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/cu_lc_reserved",
				  &reserved));
	EXPECT_EQ(self->quarter, reserved);

	/* There LC runs beside it, and nobody is preempted. */
	ASSERT_EQ(0, kfd_knob_set(self->node, "confirm_us", 1000000));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions", &before));
	ASSERT_EQ(0, kfd_env_dispatch(&self->env, &self->lc, 1, 4,
				      NSEC_PER_USEC));
	ASSERT_EQ(0, kfd_env_wait(&self->env, 1, WAIT_MS));
	EXPECT_EQ(0, kfd_load(&self->env.counter[0]));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions", &after));
	EXPECT_EQ(before, after);

	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", 0));
	EXPECT_EQ(0, wait_idle(self, 0));
	EXPECT_EQ(0, drain(self));
}

TEST_F(cus, a_number_is_rounded_down)
{
	__u64 most, reserved;

	ASSERT_EQ(0, kfd_knob_get(self->node, "cu_lc_reserved_max", &most));
	EXPECT_GT(self->cus, most);
	EXPECT_EQ(-EINVAL, kfd_knob_set(self->node, "cu_lc_reserved",
					most + 1));
	ASSERT_LT(0, fill(self));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved",
				  self->cus - most + 1));
	ASSERT_EQ(self->cus - most, wait_idle(self, self->cus - most));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/cu_lc_reserved",
				  &reserved));
	EXPECT_EQ(self->cus - most, reserved);
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", 1));
	EXPECT_EQ(0, wait_idle(self, 0));
	EXPECT_EQ(0, drain(self));
}

/* What is reserved comes first in the order of a mask's bits. */
TEST_F(cus, what_a_program_masks_stays_masked)
{
	unsigned int half = self->half, quarter = self->quarter;

	ASSERT_EQ(0, set_mask(self, half));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", quarter));
	ASSERT_LT(0, kfd_env_dispatch(&self->env, &self->be, 0, 1, 1) + 1);
	ASSERT_EQ(0, kfd_env_wait(&self->env, 0, WAIT_MS));
	ASSERT_EQ(0, kfd_env_dispatch(&self->env, &self->be, 0,
				      32 * self->cus, WORK_NS));
	EXPECT_EQ(half, wait_idle(self, half));

	/* Another one, in the middle of it */
	ASSERT_EQ(0, set_mask(self, 0));
	EXPECT_EQ(quarter, wait_idle(self, quarter));
	ASSERT_EQ(0, set_mask(self, half));
	EXPECT_EQ(half, wait_idle(self, half));

	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	EXPECT_EQ(half, wait_idle(self, half));
	ASSERT_EQ(0, set_mask(self, 0));
	EXPECT_EQ(0, wait_idle(self, 0));
	ASSERT_EQ(0, kfd_env_wait(&self->env, 0, WAIT_MS));
}

TEST_F(cus, who_has_no_other_keeps_them)
{
	unsigned int quarter = self->quarter;
	__u32 mask[MASK_BITS / 32] = { (1U << 8) - 1 };
	struct kfd_ioctl_set_cu_mask_args args = {
		.queue_id = self->be.id,
		.num_cu_mask = MASK_BITS,
		.cu_mask_ptr = (uintptr_t)mask,
	};

	if (quarter < 8)
		SKIP(return, "too few compute units");
	ASSERT_EQ(0, kfd_ioctl(self->env.proc.fd, AMDKFD_IOC_SET_CU_MASK,
			       &args));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", quarter));
	ASSERT_EQ(0, kfd_env_dispatch(&self->env, &self->be, 0, 1,
				      NSEC_PER_USEC));
	EXPECT_EQ(0, kfd_env_wait(&self->env, 0, WAIT_MS));
}

TEST_F(cus, disable_gives_them_back)
{
	ASSERT_LT(0, fill(self));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", self->half));
	ASSERT_EQ(self->half, wait_idle(self, self->half));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	EXPECT_EQ(0, wait_idle(self, 0));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	EXPECT_EQ(self->half, wait_idle(self, self->half));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	EXPECT_EQ(0, wait_idle(self, 0));
	EXPECT_EQ(0, drain(self));
}

TEST_F(cus, who_becomes_lc_gets_them)
{
	char class[64];

	ASSERT_LT(0, fill(self));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", self->quarter));
	ASSERT_EQ(self->quarter, wait_idle(self, self->quarter));
	snprintf(class, sizeof(class),
		 "/sys/class/kfd/kfd/proc/%d/gpreempt/class", getpid());
	ASSERT_EQ(0, kfd_file_write(class, "lc", 2));
	EXPECT_EQ(0, wait_idle(self, 0));
	ASSERT_EQ(0, kfd_file_write(class, "auto", 4));
	EXPECT_EQ(self->quarter, wait_idle(self, self->quarter));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", 0));
	EXPECT_EQ(0, drain(self));
}

/* While best-effort queues are held off, no submission is needed for it. */
TEST_F(cus, changed_while_held)
{
	ASSERT_LT(0, fill(self));
	ASSERT_EQ(0, gp_lc_begin(&self->env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", self->quarter));
	usleep(10000);
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "preempted", 0));
	EXPECT_EQ(0, kfd_load(&self->env.counter[0]));
	ASSERT_EQ(0, gp_lc_end(&self->env));
	EXPECT_EQ(self->quarter, wait_idle(self, self->quarter));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", 0));
	EXPECT_EQ(0, drain(self));
}

/* ---- the scheduler finds out --------------------------------------------- */

#define REQUESTS	4000
#define HOG_NS		(300 * NSEC_PER_MSEC)
/* As often as the timer may look while the worker can't (kfd_gpreempt_monitor.c) */
#define LOOK_NS		(50 * NSEC_PER_USEC)

static int request(struct _test_data_cus *self)
{
	int ret = kfd_env_dispatch(&self->env, &self->lc, 1, 4,
				   10 * NSEC_PER_USEC);

	if (!ret)
		ret = kfd_env_wait(&self->env, 1, WAIT_MS);
	usleep(200);
	return ret;
}

/* Small LC work that nobody has room for, until it has compute units of its own */
static int earn_cus(struct _test_data_cus *self)
{
	__u64 reserved = 0;
	int i, ret = 0;

	for (i = 0; i < REQUESTS && !ret && !reserved; i++) {
		ret = request(self);
		if (!ret)
			ret = kfd_knob_get(self->node, "stats/cu_lc_reserved",
					   &reserved);
	}
	/* what is tried next waits for the end of a window with packets in it */
	for (i = 0; i < 200 && !ret; i++)
		ret = request(self);
	return ret ? ret : reserved ? 0 : -ETIME;
}

/* Nobody of this CPU runs for so long but the simulator and interrupts. */
static int hog(void)
{
	const struct sched_param realtime = { .sched_priority = 10 };
	const struct sched_param normal = {};
	__u64 end_ns;

	if (sched_setscheduler(0, SCHED_FIFO, &realtime))
		return -errno;
	end_ns = kfd_now_ns() + HOG_NS;
	while (kfd_now_ns() < end_ns)
		;
	return sched_setscheduler(0, SCHED_OTHER, &normal) ? -errno : 0;
}

/*
 * It is time to look how many are best, and the worker, which does that, gets no CPU:
 * the timer must not ask for it all the time.
 */
TEST_F_TIMEOUT(cus, timer_lets_a_worker_that_waits_wait, 60)
{
	__u64 before, after;

	ASSERT_EQ(0, kfd_knob_write(self->node, "cu_lc_reserved", "auto"));
	ASSERT_LT(0, fill(self));
	ASSERT_EQ(0, earn_cus(self));
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/checks", &before));
	ASSERT_EQ(0, hog());
	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/checks", &after));
	EXPECT_GE(HOG_NS / LOOK_NS + 100, after - before);
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", 0));
	EXPECT_EQ(0, drain(self));
}

TEST_HARNESS_MAIN

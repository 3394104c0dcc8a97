// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt and what happens to it and to its queues: whatever it is, and in
 * whatever stage it meets them, no queue stays off, no work is lost or done
 * twice, and the scheduler can be used again.
 */
#include "gpreempt_stage.h"

#define QUIET_MS	30
/* Slots of the test's own best-effort queue */
#define OWN_SLOT	100
#define OWN_WORKGROUPS	50

FIXTURE(stage) {
	struct kfd_props props;
	struct kfd_env env;
	struct kfd_queue lc;
	struct kfd_queue be;
	struct gp_board *board;
	pid_t child;
	int evicted;
	int restored;
};

FIXTURE_VARIANT(stage) {
	enum gp_stage stage;
};

FIXTURE_VARIANT_ADD(stage, running) { .stage = GP_RUNNING };
FIXTURE_VARIANT_ADD(stage, being_preempted) { .stage = GP_BEING_PREEMPTED };
FIXTURE_VARIANT_ADD(stage, preempted) { .stage = GP_PREEMPTED };
FIXTURE_VARIANT_ADD(stage, resumed) { .stage = GP_RESUMED };
FIXTURE_VARIANT_ADD(stage, throttled) { .stage = GP_THROTTLED };
FIXTURE_VARIANT_ADD(stage, lazy) { .stage = GP_LAZY };
FIXTURE_VARIANT_ADD(stage, asleep) { .stage = GP_ASLEEP };
FIXTURE_VARIANT_ADD(stage, held) { .stage = GP_HELD };

FIXTURE_SETUP(stage)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	ASSERT_EQ(0, gp_reset_knobs(self->props.node));
	ASSERT_EQ(0, gp_stage_prepare(self->props.node, variant->stage));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	self->board = gp_board_new(self->props.node, variant->stage,
				   !kfd_test_no_hws());
	ASSERT_NE(NULL, self->board);
	self->child = gp_victim_start(self->board);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kfd_poll_eq32(&self->board->ready, 1, WAIT_MS));
	ASSERT_EQ(0, self->board->error);

	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	/* Only the other process' queues are to be lazy. */
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "lazy_activation", 0));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, gp_stage_enter(&self->env, &self->lc, variant->stage,
				    self->child));
	/* For who wants to see what happens around a program that is in it. */
	if (getenv("KSFT_STAND_STILL"))
		raise(SIGSTOP);
}

static void kill_child(struct _test_data_stage *self)
{
	if (self->child <= 0)
		return;
	kill(self->child, SIGKILL);
	waitpid(self->child, NULL, 0);
	self->child = 0;
}

/* Whatever has happened: all that works is works, and off is off. */
FIXTURE_TEARDOWN(stage)
{
	struct kfd_env *env = &self->env;
	char state[64];

	kill_child(self);
	EXPECT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	ASSERT_EQ(0, gp_create_aql(env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, OWN_SLOT, OWN_WORKGROUPS,
				      NSEC_PER_MSEC));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 2));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	ASSERT_EQ(0, gp_lc_end(env));
	EXPECT_EQ(0, kfd_env_wait(env, OWN_SLOT, WAIT_MS));
	EXPECT_EQ(OWN_WORKGROUPS, kfd_load(&env->counter[OWN_SLOT]));

	EXPECT_EQ(0, kfd_knob_set(self->props.node, "enable", 0));
	EXPECT_EQ(0, gp_count_off(&self->props));
	EXPECT_LT(0, kfd_knob_read(self->props.node, "state", state,
				   sizeof(state)));
	EXPECT_STREQ("off", state);
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	kfd_env_close(env);
}

static int leave(struct _test_data_stage *self, enum gp_stage stage)
{
	return gp_stage_leave(&self->env, stage, self->child, self->child > 0);
}

/* The process does the rest of its work; its exit status */
static int finish(struct _test_data_stage *self)
{
	int status, ret = gp_victim_tell(self->board, GP_FINISH);

	if (ret)
		return ret;
	if (waitpid(self->child, &status, 0) != self->child)
		return -errno;
	self->child = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

static int evict_child(struct _test_data_stage *self)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", self->child);
	return kfdsim_write(self->props.sim, "evict", text);
}

TEST_F(stage, nothing_else)
{
	ASSERT_EQ(0, leave(self, variant->stage));
	EXPECT_EQ(0, finish(self));
}

TEST_F(stage, killed)
{
	kill_child(self);
	ASSERT_EQ(0, leave(self, variant->stage));
}

/* LC still waits for its gate then, and is no reason any more. */
TEST_F(stage, disabled)
{
	char state[64];

	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 0));
	EXPECT_EQ(0, gp_count_off(&self->props));
	EXPECT_LT(0, kfd_knob_read(self->props.node, "state", state,
				   sizeof(state)));
	EXPECT_STREQ("off", state);
	EXPECT_EQ(0, finish(self));
	/* What was held by hand was let go with the rest. */
	ASSERT_EQ(0, variant->stage == GP_HELD ? 0 :
		     leave(self, variant->stage));
}

/* On again: what was held off by then is so again if there is a reason. */
TEST_F(stage, toggled)
{
	unsigned int i;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 0));
		EXPECT_EQ(0, gp_count_off(&self->props));
		ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	}
	ASSERT_EQ(0, leave(self, variant->stage));
	EXPECT_EQ(0, finish(self));
}

TEST_F(stage, evicted)
{
	if (kfd_test_restore_breaks_driver()) {
		ASSERT_EQ(0, leave(self, variant->stage));
		SKIP(return, "the driver does not survive a restore here");
	}
	ASSERT_EQ(0, evict_child(self));
	usleep(QUIET_MS * 1000);
	ASSERT_EQ(0, leave(self, variant->stage));
	EXPECT_EQ(0, finish(self));
}

/* The other order: the reason for which gpreempt has it off lasts longer. */
TEST_F(stage, evicted_and_restored)
{
	unsigned int i;

	if (kfd_test_restore_breaks_driver()) {
		ASSERT_EQ(0, leave(self, variant->stage));
		SKIP(return, "the driver does not survive a restore here");
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, evict_child(self));
		usleep(150 * 1000);
	}
	ASSERT_EQ(0, leave(self, variant->stage));
	EXPECT_EQ(0, finish(self));
}

TEST_F(stage, suspended_by_debugger)
{
	if (!self->board->debug) {
		ASSERT_EQ(0, leave(self, variant->stage));
		SKIP(return, "no debugger without HWS");
	}
	ASSERT_EQ(0, gp_victim_tell(self->board, GP_SUSPEND));
	ASSERT_EQ(0, leave(self, variant->stage));
	usleep(QUIET_MS * 1000);
	EXPECT_EQ(0, gp_count_state(&self->props, self->child, "active"));
	ASSERT_EQ(0, gp_victim_tell(self->board, GP_RESUME));
	EXPECT_EQ(0, finish(self));
}

TEST_F(stage, resumed_by_debugger)
{
	if (!self->board->debug) {
		ASSERT_EQ(0, leave(self, variant->stage));
		SKIP(return, "no debugger without HWS");
	}
	ASSERT_EQ(0, gp_victim_tell(self->board, GP_SUSPEND));
	ASSERT_EQ(0, gp_victim_tell(self->board, GP_RESUME));
	ASSERT_EQ(0, leave(self, variant->stage));
	EXPECT_EQ(0, finish(self));
}

/* Every class and every reason goes; no queue may be lost on the way. */
TEST_F(stage, reclassified)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, kfd_knob_set(self->props.node, "lc_priority_min",
					  1));
		ASSERT_EQ(0, kfd_knob_set(self->props.node, "lc_priority_min",
					  11));
	}
	ASSERT_EQ(0, leave(self, variant->stage));
	EXPECT_EQ(0, finish(self));
}

/* ---- under load ---------------------------------------------------------- */

#define LOAD_QUEUES	4
#define LOAD_ROUNDS	15
#define LOAD_WORKGROUPS	200

struct load {
	unsigned int node;
	__u32 stop;
	__u32 be_ready;
	__u32 requests;
	__u32 failed;
};

FIXTURE(load) {
	struct kfd_props props;
	struct load *load;
	pid_t be;
	pid_t lc;
};

/* Dispatches without end, until told; the counters tell whether all was done */
static int be_load(struct load *load)
{
	struct kfd_queue q[LOAD_QUEUES];
	struct kfd_env env;
	__u64 expected = 0;
	unsigned int i;

	if (kfd_env_open(&env, 0))
		return 1;
	for (i = 0; i < LOAD_QUEUES; i++) {
		if (gp_create_aql(&env, &q[i], BE_PRIORITY))
			return 2;
	}
	__atomic_store_n(&load->be_ready, 1, __ATOMIC_RELEASE);
	while (!kfd_load(&load->stop)) {
		for (i = 0; i < LOAD_QUEUES; i++) {
			if (kfd_env_dispatch(&env, &q[i], i, LOAD_WORKGROUPS,
					     NSEC_PER_MSEC / 2))
				return 3;
		}
		expected += LOAD_WORKGROUPS;
		for (i = 0; i < LOAD_QUEUES; i++) {
			if (kfd_env_wait(&env, i, WAIT_MS))
				return 4;
			if (kfd_load(&env.counter[i]) != expected)
				return 5;
		}
	}
	for (i = 0; i < LOAD_QUEUES; i++) {
		if (kfd_queue_destroy(&q[i]))
			return 6;
	}
	kfd_env_close(&env);
	return 0;
}

static int lc_load(struct load *load)
{
	struct kfd_queue q;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &q, LC_PRIORITY))
		return 1;
	while (!kfd_load(&load->stop)) {
		if (kfd_env_dispatch(&env, &q, 0, 8, 20 * NSEC_PER_USEC))
			return 2;
		if (kfd_env_wait(&env, 0, WAIT_MS))
			return 3;
		__atomic_add_fetch(&load->requests, 1, __ATOMIC_RELEASE);
		if (kfd_load(&env.counter[0]) != 8ULL * load->requests)
			return 4;
		usleep(300);
	}
	if (kfd_queue_destroy(&q))
		return 5;
	kfd_env_close(&env);
	return 0;
}

static pid_t start_load(int (*fn)(struct load *), struct load *load)
{
	pid_t pid = fork();

	if (!pid)
		_exit(fn(load));
	return pid;
}

FIXTURE_SETUP(load)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	ASSERT_EQ(0, gp_reset_knobs(self->props.node));
	self->load = mmap(NULL, sizeof(*self->load), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->load);
	self->be = start_load(be_load, self->load);
	ASSERT_LT(0, self->be);
	EXPECT_EQ(0, kfd_poll_eq32(&self->load->be_ready, 1, WAIT_MS));
	self->lc = start_load(lc_load, self->load);
	ASSERT_LT(0, self->lc);
}

static int end_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

FIXTURE_TEARDOWN(load)
{
	char state[64];

	__atomic_store_n(&self->load->stop, 1, __ATOMIC_RELEASE);
	EXPECT_EQ(0, end_of(self->lc));
	EXPECT_EQ(0, end_of(self->be));
	EXPECT_EQ(0, kfd_knob_set(self->props.node, "enable", 0));
	EXPECT_LT(0, kfd_knob_read(self->props.node, "state", state,
				   sizeof(state)));
	EXPECT_STREQ("off", state);
	EXPECT_EQ(0, gp_count_off(&self->props));
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
}

static int wait_requests(struct load *load, __u32 more)
{
	__u32 wanted = kfd_load(&load->requests) + more;
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;

	while ((__s32)(kfd_load(&load->requests) - wanted) < 0) {
		if (kfd_now_ns() >= end)
			return -ETIMEDOUT;
		usleep(100);
	}
	return 0;
}

/* With the answer to the write nothing is off, at that moment. */
TEST_F_TIMEOUT(load, toggle, 120)
{
	char state[64];
	unsigned int i;

	for (i = 0; i < LOAD_ROUNDS; i++) {
		ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
		ASSERT_EQ(0, wait_requests(self->load, 3));
		ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 0));
		ASSERT_LT(0, kfd_knob_read(self->props.node, "state", state,
					   sizeof(state)));
		EXPECT_STREQ("off", state);
		EXPECT_EQ(0, gp_count_off(&self->props));
	}
}

/* Slots are handed out anew with the next check, whoever has them. */
TEST_F_TIMEOUT(load, slots, 120)
{
	__u64 be_max;
	unsigned int i;

	ASSERT_EQ(0, kfd_knob_get(self->props.node, "hqd_be_max", &be_max));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	for (i = 0; i < LOAD_ROUNDS; i++) {
		ASSERT_EQ(0, kfd_knob_set(self->props.node, "hqd_be_max", 1));
		ASSERT_EQ(0, wait_requests(self->load, 3));
		ASSERT_EQ(0, kfd_knob_set(self->props.node, "hqd_be_max",
					  be_max));
		ASSERT_EQ(0, kfd_knob_set(self->props.node, "hqd_lc_reserved",
					  i % 4));
		ASSERT_EQ(0, wait_requests(self->load, 3));
	}
}

TEST_F_TIMEOUT(load, evictions, 120)
{
	char pid[16];
	unsigned int i;

	if (kfd_test_restore_breaks_driver())
		SKIP(return, "the driver does not survive a restore here");
	snprintf(pid, sizeof(pid), "%d", self->be);
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	for (i = 0; i < LOAD_ROUNDS; i++) {
		ASSERT_EQ(0, wait_requests(self->load, 2));
		ASSERT_EQ(0, kfdsim_write(self->props.sim, "evict", pid));
	}
}

TEST_HARNESS_MAIN

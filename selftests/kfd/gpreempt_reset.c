// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt and a GPU that hangs or is reset: it turns itself off, says why,
 * leaves no queue off, and works again when it is turned on again.
 */
#include "gpreempt_stage.h"

FIXTURE(gp_reset) {
	struct kfd_props props;
};

FIXTURE_SETUP(gp_reset)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim hangs on demand");
	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, gp_reset_knobs(self->props.node));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
}

FIXTURE_TEARDOWN(gp_reset)
{
	kfdsim_write(self->props.sim, "fail_hws_hang", "0");
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
}

/* The preemption itself runs into the scheduler's silence. */
static int hang_in_preemption(void *arg)
{
	const struct kfd_props *props = arg;
	struct kfd_queue be, lc;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &be, BE_PRIORITY) ||
	    gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	if (kfd_env_fill(&env, &be, 0, 100 * BE_NS, WAIT_MS) < 0)
		return 2;
	if (kfdsim_write(props->sim, "fail_hws_hang", "1"))
		return 3;
	if (gp_lc_begin(&env, &lc, 1))
		return 4;
	if (kfd_knob_wait_state(props->node, "error:", 3 * WAIT_MS))
		return 5;
	return 0;
}

/* Reset while BE is held */
static int reset_while_held(void *arg)
{
	const struct kfd_props *props = arg;
	struct kfd_queue be, lc;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &be, BE_PRIORITY) ||
	    gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	if (gp_be_reside(&env, &be) || gp_lc_begin(&env, &lc, 1) ||
	    kfd_knob_wait_state(props->node, "preempted", WAIT_MS))
		return 2;
	if (kfdsim_write(props->sim, "reset", "1"))
		return 3;
	return 0;
}

TEST_F_TIMEOUT(gp_reset, hang, 120)
{
	__u64 enabled;

	if (kfd_test_no_hws())
		SKIP(return, "there is no scheduler to hang");
	ASSERT_EQ(0, kfd_test_in_child(hang_in_preemption, &self->props));
	ASSERT_EQ(0, kfd_knob_get(self->props.node, "enable", &enabled));
	EXPECT_EQ(0ULL, enabled);
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "error:", 0));

	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(0, kfd_test_in_child(gp_preempt_once, NULL));
}

TEST_F(gp_reset, reset_while_held)
{
	ASSERT_EQ(0, kfd_test_in_child(gp_preempt_once, NULL));
	ASSERT_EQ(0, kfd_test_in_child(reset_while_held, &self->props));
	ASSERT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(0, kfd_test_in_child(gp_preempt_once, NULL));
}

TEST_F(gp_reset, reset_while_idle)
{
	ASSERT_EQ(0, kfdsim_write(self->props.sim, "reset", "1"));
	ASSERT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(0, kfd_test_in_child(gp_preempt_once, NULL));
}

/* The resume runs into the silence. */
static int hang_in_resume(void *arg)
{
	const struct kfd_props *props = arg;
	struct kfd_queue be, lc;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &be, BE_PRIORITY) ||
	    gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	if (kfd_env_fill(&env, &be, 0, 100 * BE_NS, WAIT_MS) < 0)
		return 2;
	/* Nobody waits for the runlist: LC is mapped when its work gets done. */
	if (gp_lc_begin(&env, &lc, 1) ||
	    kfd_knob_wait_state(props->node, "preempted", WAIT_MS) ||
	    kfd_env_wait(&env, LC_SLOT, WAIT_MS))
		return 3;
	if (kfdsim_write(props->sim, "fail_hws_hang", "1"))
		return 4;
	gp_lc_open_gate(&env);
	if (kfd_knob_wait_state(props->node, "error:hws-hang", 3 * WAIT_MS))
		return 5;
	return gp_count_off(props) ? 6 : 0;
}

TEST_F_TIMEOUT(gp_reset, hang_in_resume, 120)
{
	if (kfd_test_no_hws())
		SKIP(return, "there is no scheduler to hang");
	ASSERT_EQ(0, kfd_test_in_child(hang_in_resume, &self->props));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(0, kfd_test_in_child(gp_preempt_once, NULL));
}

/* The disable itself runs into it: it is answered, and nothing is off. */
static int hang_in_disable(void *arg)
{
	const struct kfd_props *props = arg;
	struct kfd_queue be, lc;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &be, BE_PRIORITY) ||
	    gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	if (gp_be_reside(&env, &be) || gp_lc_begin(&env, &lc, 1) ||
	    kfd_knob_wait_state(props->node, "preempted", WAIT_MS))
		return 2;
	if (kfdsim_write(props->sim, "fail_hws_hang", "1"))
		return 3;
	if (kfd_knob_set(props->node, "enable", 0))
		return 4;
	return gp_count_off(props) ? 5 : 0;
}

TEST_F_TIMEOUT(gp_reset, hang_in_disable, 120)
{
	if (kfd_test_no_hws())
		SKIP(return, "there is no scheduler to hang");
	if (!kfd_test_hangs_are_short())
		SKIP(return, "the write would not wait for that long");
	ASSERT_EQ(0, kfd_test_in_child(hang_in_disable, &self->props));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	EXPECT_EQ(0, kfd_test_in_child(gp_preempt_once, NULL));
}

/* A process whose queue ignores the request to leave; its rings are its own */
static int deaf_process(void *arg)
{
	const struct kfd_props *props = arg;
	struct kfdsim_hqd hqd;
	struct kfd_bo apart;
	struct kfd_queue q;
	struct kfd_env env;
	char text[32];

	/* amdkfd finds a queue that it has to reset by the address of its ring */
	if (kfd_env_open(&env, 0) ||
	    kfd_bo_create(&env.gpu, &apart, 1 << 20, KFD_MEM_GTT) ||
	    gp_create_aql(&env, &q, BE_PRIORITY))
		return 1;
	if (kfd_env_dispatch(&env, &q, 0, 8, 100 * BE_NS) ||
	    kfd_queue_wait_idle(&q, WAIT_MS))
		return 2;
	if (kfdsim_hqd_find(props->sim, q.ring.va, &hqd))
		return 3;
	snprintf(text, sizeof(text), "%llu", hqd.doorbell);
	if (kfdsim_write(props->sim, "fail_preempt", text))
		return 4;
	pause();
	return 0;
}

static int work_beside_deaf(void *arg)
{
	const struct kfd_props *props = arg;
	__u64 failed = 0, before;
	pid_t pid = fork();
	int ret;

	if (!pid)
		_exit(deaf_process(arg));
	if (kfdsim_stat(props->sim, "preempt_failed", &before))
		return 11;
	while (kfd_test_on_kfdsim() && gp_count_state(props, pid, "active") != 1)
		usleep(1000);
	usleep(100000);
	ret = gp_preempt_once(NULL);
	kfdsim_write(props->sim, "fail_preempt", "0");
	if (kfdsim_stat(props->sim, "preempt_failed", &failed) ||
	    failed != before + 1)
		ret = ret ? ret : 12;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ret;
}

/* One queue that does not answer costs the others nothing. */
TEST_F_TIMEOUT(gp_reset, deaf_queue, 120)
{
	__u64 before, after;

	if (kfd_test_mes(&self->props))
		SKIP(return, "it hangs MES: see gpreempt_mes");
	if (kfd_test_no_hws())
		SKIP(return, "there is no scheduler that gives up on a queue");
	ASSERT_EQ(0, kfdsim_stat(self->props.sim, "resets", &before));
	EXPECT_EQ(0, kfd_test_in_child(work_beside_deaf, &self->props));
	ASSERT_EQ(0, kfdsim_stat(self->props.sim, "resets", &after));
	EXPECT_EQ(before, after);
	EXPECT_EQ(0, kfd_knob_wait_state(self->props.node, "idle", WAIT_MS));
	EXPECT_EQ(0, kfd_test_in_child(gp_preempt_once, NULL));
}

/* ---- a reset, in whatever stage it finds the queues ---------------------- */

FIXTURE(stage) {
	struct kfd_props props;
	struct gp_board *board;
	pid_t child;
};

FIXTURE_VARIANT(stage) {
	enum gp_stage stage;
};

FIXTURE_VARIANT_ADD(stage, running) {
	.stage = GP_RUNNING,
};

FIXTURE_VARIANT_ADD(stage, being_preempted) {
	.stage = GP_BEING_PREEMPTED,
};

FIXTURE_VARIANT_ADD(stage, preempted) {
	.stage = GP_PREEMPTED,
};

FIXTURE_VARIANT_ADD(stage, throttled) {
	.stage = GP_THROTTLED,
};

FIXTURE_VARIANT_ADD(stage, lazy) {
	.stage = GP_LAZY,
};

FIXTURE_VARIANT_ADD(stage, asleep) {
	.stage = GP_ASLEEP,
};

FIXTURE_VARIANT_ADD(stage, held) {
	.stage = GP_HELD,
};

FIXTURE_SETUP(stage)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim is reset on demand");
	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, gp_reset_knobs(self->props.node));
	ASSERT_EQ(0, gp_stage_prepare(self->props.node, variant->stage));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	self->board = gp_board_new(self->props.node, variant->stage, false);
	ASSERT_NE(NULL, self->board);
	self->child = gp_victim_start(self->board);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kfd_poll_eq32(&self->board->ready, 1, WAIT_MS));
	ASSERT_EQ(0, self->board->error);
}

FIXTURE_TEARDOWN(stage)
{
	kill(self->child, SIGKILL);
	waitpid(self->child, NULL, 0);
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
	EXPECT_EQ(0, gp_count_off(&self->props));
}

struct reset_case {
	const struct kfd_props *props;
	enum gp_stage stage;
	pid_t pid;
};

static int reset_in_stage(void *arg)
{
	const struct reset_case *c = arg;
	struct kfd_queue lc;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) ||
	    kfd_knob_set(c->props->node, "lazy_activation", 0) ||
	    gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	if (gp_stage_enter(&env, &lc, c->stage, c->pid))
		return 2;
	if (kfdsim_write(c->props->sim, "reset", "1"))
		return 3;
	if (kfd_knob_wait_state(c->props->node, "idle", WAIT_MS))
		return 4;
	/* All queues that lived through it are lost; none of them is ours. */
	return gp_count_off(c->props) ? 5 : 0;
}

TEST_F(stage, reset)
{
	struct reset_case c = {
		.props = &self->props,
		.stage = variant->stage,
		.pid = self->child,
	};

	ASSERT_EQ(0, kfd_test_in_child(reset_in_stage, &c));
	kill(self->child, SIGKILL);
	waitpid(self->child, NULL, 0);
	ASSERT_EQ(0, gp_reset_knobs(self->props.node));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	EXPECT_EQ(0, kfd_test_in_child(gp_preempt_once, NULL));
}

TEST_HARNESS_MAIN

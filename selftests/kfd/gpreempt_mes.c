// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt and a MES that refuses a request, answers too late or not at all, or
 * waits for a queue that does not let go:
 * whatever was asked for, gpreempt turns itself off, says why, has no queue off,
 * and works again when the GPU has been reset and it is turned on again.
 */
#include "gpreempt_stage.h"

#define BE_QUEUES	3

enum fault {
	REFUSED,
	LATE,
	UNANSWERED,
	DEAF,
};

/* Longer than the driver waits: 2.1 s, and what a timer of the kernel adds */
#define LATE_US		"2500000"

static const struct {
	const char *file;
	const char *value;
} faults[] = {
	[REFUSED] = { "fail_mes_refuse", "1" },
	[LATE] = { "fail_slow_fence_us", LATE_US },
	[UNANSWERED] = { "fail_hws_hang", "1" },
	/* the doorbell of a queue */
	[DEAF] = { "fail_preempt" },
};

FIXTURE(mes) {
	struct kfd_props props;
	__u64 resets;
	__u64 failures;
	bool ran;
};

FIXTURE_VARIANT(mes) {
	enum fault fault;
};

FIXTURE_VARIANT_ADD(mes, refused) {
	.fault = REFUSED,
};

FIXTURE_VARIANT_ADD(mes, late) {
	.fault = LATE,
};

FIXTURE_VARIANT_ADD(mes, unanswered) {
	.fault = UNANSWERED,
};

FIXTURE_VARIANT_ADD(mes, deaf) {
	.fault = DEAF,
};

static int no_faults(const struct kfd_props *props)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(faults) && !ret; i++)
		ret = kfdsim_write(props->sim, faults[i].file, "0");
	return ret;
}

FIXTURE_SETUP(mes)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim fails on demand");
	if (!kfd_test_mes(&self->props))
		SKIP(return, "the chip has no MES");
	ASSERT_EQ(0, gp_reset_knobs(self->props.node));
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	ASSERT_EQ(0, kfdsim_stat(self->props.sim, "resets", &self->resets));
	ASSERT_EQ(0, kfd_knob_get(self->props.node, "stats/failures",
				  &self->failures));
}

/* One failure, one reset, if any; and all is well afterwards. */
FIXTURE_TEARDOWN(mes)
{
	const struct kfd_props *props = &self->props;
	__u64 resets, failures;

	EXPECT_EQ(0, no_faults(props));
	EXPECT_EQ(0, kfd_knob_set(props->node, "enable", 1));
	EXPECT_EQ(0, kfd_knob_wait_state(props->node, "idle", WAIT_MS));
	EXPECT_EQ(0, gp_count_off(props));
	EXPECT_EQ(0, kfd_test_in_child(gp_preempt_once, NULL));
	EXPECT_EQ(0, kfdsim_stat(props->sim, "resets", &resets));
	EXPECT_EQ(self->resets + self->ran, resets);
	EXPECT_EQ(0, kfd_knob_get(props->node, "stats/failures", &failures));
	EXPECT_EQ(self->failures + self->ran, failures);
	EXPECT_EQ(0, kfd_knobs_reset(props->node));
}

/* ---- in a process of its own, whose queues a reset takes along ------------ */

struct mes_case {
	const struct kfd_props *props;
	enum fault fault;
	__u64 resets;
};

struct actors {
	struct kfd_env env;
	struct kfd_queue be[BE_QUEUES];
	struct kfd_queue lc;
};

/* BE fills the GPU for longer than anybody waits. */
static int enter(struct actors *a)
{
	unsigned int i;
	int ret = kfd_env_open(&a->env, 0);

	for (i = 0; i < BE_QUEUES && !ret; i++)
		ret = gp_create_aql(&a->env, &a->be[i], BE_PRIORITY);
	if (!ret)
		ret = gp_create_aql(&a->env, &a->lc, LC_PRIORITY);
	if (!ret && kfd_env_fill(&a->env, &a->be[0], 0, 100 * BE_NS,
				 WAIT_MS) < 0)
		ret = -ENODEV;
	return ret;
}

static int preempted(const struct mes_case *c, struct actors *a)
{
	int ret = gp_lc_begin(&a->env, &a->lc, 1);

	return ret ? ret : kfd_knob_wait_state(c->props->node, "preempted",
					       WAIT_MS);
}

static int inject(const struct mes_case *c, const struct actors *a)
{
	const char *value = faults[c->fault].value;
	struct kfdsim_hqd hqd;
	char text[32];

	if (c->fault == DEAF) {
		if (kfdsim_hqd_find(c->props->sim, a->be[0].ring.va, &hqd))
			return -ENOENT;
		snprintf(text, sizeof(text), "%llu", hqd.doorbell);
		value = text;
	}
	return kfdsim_write(c->props->sim, faults[c->fault].file, value);
}

/* Else the end of this process would find MES as silent as before. */
static int wait_reset(const struct mes_case *c)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	__u64 resets;
	int ret;

	do {
		usleep(1000);
		ret = kfdsim_stat(c->props->sim, "resets", &resets);
	} while (!ret && resets == c->resets && kfd_now_ns() < end);
	return ret ? ret : resets == c->resets ? -ETIMEDOUT : 0;
}

/* gpreempt is off, has said why, and let go of everything. */
static int given_up(const struct mes_case *c)
{
	__u64 enabled;

	if (kfd_knob_wait_state(c->props->node, "error:hws-hang", WAIT_MS))
		return 21;
	if (kfd_knob_get(c->props->node, "enable", &enabled) || enabled)
		return 22;
	if (gp_count_off(c->props))
		return 23;
	if (no_faults(c->props))
		return 24;
	return wait_reset(c) ? 25 : 0;
}

static int fail_preemption(void *arg)
{
	const struct mes_case *c = arg;
	struct actors a;

	if (enter(&a))
		return 1;
	if (inject(c, &a) || gp_lc_begin(&a.env, &a.lc, 1))
		return 2;
	return given_up(c);
}

static int fail_resume(void *arg)
{
	const struct mes_case *c = arg;
	struct actors a;

	if (enter(&a) || preempted(c, &a))
		return 1;
	if (inject(c, &a))
		return 2;
	gp_lc_open_gate(&a.env);
	return given_up(c);
}

/* The write is answered, in time, and means what it says. */
static int fail_disable(void *arg)
{
	const struct mes_case *c = arg;
	struct actors a;

	if (enter(&a) || preempted(c, &a))
		return 1;
	if (inject(c, &a))
		return 2;
	if (kfd_knob_set(c->props->node, "enable", 0))
		return 3;
	return gp_count_off(c->props) ? 4 : given_up(c);
}

/* Who asks by hand is told what went wrong. */
static int fail_hold(void *arg)
{
	const struct mes_case *c = arg;
	struct actors a;

	if (enter(&a))
		return 1;
	if (inject(c, &a))
		return 2;
	if (gp_by_hand(c->props, "preempt", getpid(), a.be[0].id, NULL) !=
	    -ETIMEDOUT)
		return 3;
	return given_up(c);
}

static int fail_let_go(void *arg)
{
	const struct mes_case *c = arg;
	struct actors a;

	if (enter(&a) ||
	    gp_by_hand(c->props, "preempt", getpid(), -1, NULL))
		return 1;
	if (inject(c, &a))
		return 2;
	if (gp_by_hand(c->props, "resume", getpid(), -1, NULL) != -ETIMEDOUT)
		return 3;
	return given_up(c);
}

static int run(struct _test_data_mes *self,
	       const struct _fixture_variant_mes *variant, int (*fn)(void *arg))
{
	struct mes_case c = {
		.props = &self->props,
		.fault = variant->fault,
		.resets = self->resets,
	};

	self->ran = true;
	return kfd_test_in_child(fn, &c);
}

TEST_F_TIMEOUT(mes, preemption, 120)
{
	EXPECT_EQ(0, run(self, variant, fail_preemption));
}

TEST_F_TIMEOUT(mes, resume, 120)
{
	if (variant->fault == DEAF)
		SKIP(return, "a queue that is put on has nothing to let go of");
	EXPECT_EQ(0, run(self, variant, fail_resume));
}

TEST_F_TIMEOUT(mes, disable, 120)
{
	if (variant->fault == DEAF)
		SKIP(return, "a queue that is put on has nothing to let go of");
	EXPECT_EQ(0, run(self, variant, fail_disable));
}

TEST_F_TIMEOUT(mes, hold, 120)
{
	EXPECT_EQ(0, run(self, variant, fail_hold));
}

TEST_F_TIMEOUT(mes, let_go, 120)
{
	if (variant->fault == DEAF)
		SKIP(return, "a queue that is put on has nothing to let go of");
	EXPECT_EQ(0, run(self, variant, fail_let_go));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: more queues than slots, of which most have nothing to do, as of
 * programs that open four streams and use one. Slots go round among those who
 * have work, and to nobody's cost while nobody has.
 */
#include "gpreempt_crew.h"

#define NUM_PROCESSES	5
#define NUM_QUEUES	4
#define SETTLE_US	(500000 * kfd_test_time_factor())
#define LOOK_US		300000
/* From a ring to the end of a kernel of 10 us, with a slot to be made free */
#define AT_ONCE_NS	NSEC_PER_MSEC

FIXTURE(resting) {
	struct gp_member *be[NUM_PROCESSES];
	struct kfd_env env;
	struct kfd_event event;
	struct kfd_queue lc;
	unsigned int node;
};

FIXTURE_VARIANT(resting) {
	bool enabled_last;	/* when all queues are there */
};

FIXTURE_VARIANT_ADD(resting, enabled_first) {
	.enabled_last = false,
};

FIXTURE_VARIANT_ADD(resting, enabled_last) {
	.enabled_last = true,
};

/* All have been used once; LC too. */
FIXTURE_SETUP(resting)
{
	struct gp_member be = {
		.priority = BE_PRIORITY,
		.queues = NUM_QUEUES,
		.workgroups = 1,
		.workgroup_ns = 10 * NSEC_PER_USEC,
	};
	struct kfd_props props;
	int ret = kfd_topology_gpu(0, &props);
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim says what is mapped");
	if (kfd_test_mes(&props))
		SKIP(return, "the hardware can't say what runs");
	self->node = props.node;
	ASSERT_EQ(0, kfd_knobs_reset(self->node));
	ASSERT_EQ(0, kfd_knob_set(self->node, "cu_lc_reserved", 0));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable",
				  !variant->enabled_last));
	for (i = 0; i < NUM_PROCESSES; i++) {
		self->be[i] = gp_crew_start(&be);
		ASSERT_NE(NULL, self->be[i]);
	}
	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	ASSERT_EQ(0, kfd_event_create(&self->env.gpu, &self->event, true));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_env_dispatch(&self->env, &self->lc, LC_SLOT, 1, 1000));
	ASSERT_EQ(0, kfd_env_wait(&self->env, LC_SLOT, WAIT_MS));
	for (i = 0; i < NUM_PROCESSES; i++)
		ASSERT_EQ(0, gp_crew_ring(self->be[i], (1 << NUM_QUEUES) - 1));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	usleep(SETTLE_US);
}

FIXTURE_TEARDOWN(resting)
{
	unsigned int i;

	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_event_destroy(&self->event));
	kfd_env_close(&self->env);
	/* Turning it off puts all of them back: more than there are slots. */
	for (i = 0; i < NUM_PROCESSES; i++)
		EXPECT_EQ(0, gp_crew_end(self->be[i]));
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
}

struct activity {
	__u64 rotations;
	__u64 checks;
	__u64 runlists;
	__u64 unmaps;
};

static int read_activity(const struct kfd_props *p, struct activity *a)
{
	int ret = kfd_knob_get(p->node, "stats/rotations", &a->rotations);

	if (!ret)
		ret = kfd_knob_get(p->node, "stats/checks", &a->checks);
	if (!ret)
		ret = kfdsim_stat(p->sim, "hiq_run_list", &a->runlists);
	return ret ? ret : kfdsim_stat(p->sim, "hqd_unmaps", &a->unmaps);
}

/* A queue that waits for a slot: its process, and in *@queue its number */
static struct gp_member *find_throttled(struct _test_data_resting *self,
					unsigned int *queue)
{
	char state[128];
	unsigned int i, j;

	for (i = 0; i < NUM_PROCESSES; i++) {
		for (j = 0; j < NUM_QUEUES; j++) {
			if (kfd_process_read(self->be[i]->pid,
					     self->be[i]->ids[j], "state",
					     state, sizeof(state)) < 0 ||
			    !strstr(state, "throttled"))
				continue;
			*queue = j;
			return self->be[i];
		}
	}
	return NULL;
}

TEST_F(resting, nothing_moves)
{
	const struct kfd_props *p = &self->env.gpu.props;
	struct activity before, after;

	ASSERT_EQ(0, read_activity(p, &before));
	usleep(LOOK_US);
	ASSERT_EQ(0, read_activity(p, &after));
	TH_LOG("%llu rotations, %llu runlists, %llu unmaps, %llu checks",
	       after.rotations - before.rotations,
	       after.runlists - before.runlists, after.unmaps - before.unmaps,
	       after.checks - before.checks);
	EXPECT_EQ(before.rotations, after.rotations);
	EXPECT_EQ(before.runlists, after.runlists);
	EXPECT_EQ(before.unmaps, after.unmaps);
	EXPECT_EQ(before.checks, after.checks);
}

TEST_F(resting, lc_is_left_alone)
{
	struct kfd_env *env = &self->env;
	const __u32 waves = kfd_props_waves(&env->gpu.props) / 2;
	__u64 before, after;

	ASSERT_EQ(0, kfdsim_stat(env->gpu.props.sim, "waves_saved", &before));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->lc, LC_SLOT, waves,
				      200 * NSEC_PER_MSEC));
	ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
	ASSERT_EQ(0, kfdsim_stat(env->gpu.props.sim, "waves_saved", &after));
	TH_LOG("all waves saved %llu times", (after - before) / waves);
	EXPECT_LE(after - before, waves);
}

/* The others have their slots and do nothing with them. */
TEST_F(resting, who_is_rung_runs)
{
	struct gp_member *m;
	unsigned int i, queue;

	for (i = 0; i < 5; i++) {
		m = find_throttled(self, &queue);
		ASSERT_NE(NULL, m);
		ASSERT_EQ(0, gp_crew_ring(m, 1 << queue));
		TH_LOG("after %llu us", m->took_ns / NSEC_PER_USEC);
		if (kfd_test_is_exact()) {
			EXPECT_GE(AT_ONCE_NS, m->took_ns);
		}
		/* and then another one */
		usleep(30000 + 700 * i);
	}
}

/* With work for all of them they take turns. */
TEST_F(resting, all_are_served)
{
	__u64 done, least = ~0ULL, most = 0, before[NUM_PROCESSES][NUM_QUEUES];
	unsigned int i, j;

	for (i = 0; i < NUM_PROCESSES; i++) {
		memcpy(before[i], self->be[i]->finished, sizeof(before[i]));
		self->be[i]->workgroup_ns = 2 * NSEC_PER_MSEC;
		gp_crew_order(self->be[i], GP_WORK);
	}
	usleep(kfd_test_is_exact() ? 500000 : 2000000);
	for (i = 0; i < NUM_PROCESSES; i++) {
		for (j = 0; j < NUM_QUEUES; j++) {
			done = kfd_load(&self->be[i]->finished[j]) -
			       before[i][j];
			least = done < least ? done : least;
			most = done > most ? done : most;
		}
	}
	TH_LOG("workgroups of a queue: %llu to %llu", least, most);
	EXPECT_LT(0, least);
	if (kfd_test_is_exact()) {
		EXPECT_LE(most, 2 * least);
	}
	for (i = 0; i < NUM_PROCESSES; i++)
		gp_crew_order(self->be[i], GP_REST);
	for (i = 0; i < NUM_PROCESSES; i++)
		EXPECT_EQ(0, gp_crew_wait(self->be[i]));
}

TEST_HARNESS_MAIN

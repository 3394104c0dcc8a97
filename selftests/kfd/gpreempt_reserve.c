// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: a program first moves the write index, then fills in the packet,
 * then rings. A thread may be stopped in between, and the packet be there much
 * later than the index said; latency-critical work counts from the ring.
 */
#include "gpreempt_crew.h"
#include "gpreempt_requests.h"

#define BE_WORK_NS	(200 * NSEC_PER_MSEC)
/* of the test's own BE queue: as many as have work for all of the test */
#define BE_DISPATCHES	20
#define AQL_INVALID	1
#define ROUNDS		3
/* A preemption, as long a wait before it, and a fifth of a millisecond */
#define BOUND_NS	(700 * NSEC_PER_USEC)

FIXTURE(reserve) {
	struct gp_member *be;
	struct kfd_env env;
	struct kfd_event event;
	struct kfd_queue lc;
	struct kfd_queue own_be;
	unsigned int node;
};

FIXTURE_VARIANT(reserve) {
	bool own;
};

FIXTURE_VARIANT_ADD(reserve, other_process) {
	.own = false,
};

FIXTURE_VARIANT_ADD(reserve, same_process) {
	.own = true,
};

FIXTURE_SETUP(reserve)
{
	struct gp_member be = {
		.priority = BE_PRIORITY,
		.queues = 2,
		.workgroup_ns = BE_WORK_NS,
	};
	struct kfd_props props;
	int ret = kfd_topology_gpu(0, &props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	self->node = props.node;
	ASSERT_EQ(0, kfd_knobs_reset(self->node));
	/* A packet that is late holds BE; what it is owed for that is not at issue. */
	ASSERT_EQ(0, kfd_knob_set(self->node, "be_max_wait_us", 0));
	if (!variant->own) {
		self->be = gp_crew_start(&be);
		ASSERT_NE(NULL, self->be);
	}
	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	ASSERT_EQ(0, kfd_event_create(&self->env.gpu, &self->event, true));
	if (variant->own) {
		ASSERT_EQ(0, gp_create_aql(&self->env, &self->own_be,
					   BE_PRIORITY));
	}
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
}

FIXTURE_TEARDOWN(reserve)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->own_be));
	EXPECT_EQ(0, kfd_event_destroy(&self->event));
	kfd_env_close(&self->env);
	EXPECT_EQ(0, gp_crew_end(self->be));
}

static int fill(struct kfd_env *env, struct kfd_queue *q)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = kfd_props_waves(&env->gpu.props) / GP_WAVES,
		.workgroup_size = GP_WAVES * 64,
		.barrier = true,
	};
	unsigned int i;
	int ret = 0;

	kfd_kernel_init(&env->kernel[0], BE_WORK_NS, &env->counter[0],
			GP_WAVES);
	for (i = 0; i < BE_DISPATCHES && !ret; i++)
		ret = kfd_aql_dispatch(q, &d);
	if (!ret)
		kfd_queue_ring(q);
	return ret;
}

/* The slot is taken, and holds no packet yet. */
static void take_slot(struct kfd_queue *q)
{
	__u32 slots = q->attr.ring_bytes / KFD_AQL_PACKET_SIZE;
	char *slot = (char *)kfd_bo_ptr(&q->ring) +
		     q->next % slots * KFD_AQL_PACKET_SIZE;
	__u64 *wptr = kfd_bo_ptr(&q->wptr);

	__atomic_store_n((__u16 *)(void *)slot, AQL_INVALID, __ATOMIC_RELEASE);
	__atomic_store_n(wptr, q->next + 1, __ATOMIC_SEQ_CST);
}

/* From the ring to the end; a negative errno */
static __s64 late_packet(struct _test_data_reserve *self, __u64 gap_ns)
{
	struct kfd_env *env = &self->env;
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[LC_SLOT],
		.workgroups = 1,
		.workgroup_size = 64,
		.completion = &env->signal[LC_SLOT],
	};
	__s64 took_ns;
	__u64 ring_ns;
	int ret;

	kfd_kernel_init(&env->kernel[LC_SLOT], 10 * NSEC_PER_USEC,
			&env->counter[LC_SLOT], 1);
	kfd_signal_init(d.completion, 1, &self->event);
	take_slot(&self->lc);
	if (gap_ns)
		gp_sleep_ns(gap_ns);
	ret = kfd_aql_dispatch(&self->lc, &d);
	if (ret)
		return ret;
	ring_ns = kfd_now_ns();
	kfd_queue_ring(&self->lc);
	ret = kfd_signal_wait_below(d.completion, 1, &self->event, WAIT_MS);
	if (ret)
		return ret;
	/* Once it is there it may be seen, and done, before the ring. */
	took_ns = d.completion->end_ts * KFDSIM_GPU_CLOCK_NS - ring_ns;
	return took_ns > 0 ? took_ns : 0;
}

TEST_F(reserve, served_from_the_ring_on)
{
	static const unsigned int gaps_ms[] = { 0, 5, 15, 30, 60, 150 };
	unsigned int i, round;
	__s64 took_ns, most_ns;

	if (variant->own) {
		ASSERT_EQ(0, fill(&self->env, &self->own_be));
	} else {
		ASSERT_EQ(0, gp_crew_tell(self->be, GP_WORK));
	}
	for (i = 0; i < ARRAY_SIZE(gaps_ms); i++) {
		most_ns = 0;
		for (round = 0; round < ROUNDS; round++) {
			/* so that BE is back, and never at the same point */
			usleep(7000 + 900 * round);
			took_ns = late_packet(self, gaps_ms[i] * NSEC_PER_MSEC);
			ASSERT_LE(0, took_ns);
			if (took_ns > most_ns)
				most_ns = took_ns;
		}
		TH_LOG("gap of %u ms: %lld us", gaps_ms[i],
		       most_ns / (__s64)NSEC_PER_USEC);
		if (kfd_test_is_exact()) {
			EXPECT_GE(BOUND_NS, most_ns)
				TH_LOG("gap of %u ms", gaps_ms[i]);
		}
	}
	EXPECT_EQ((__u64)ROUNDS * ARRAY_SIZE(gaps_ms),
		  kfd_load(&self->env.counter[LC_SLOT]));
	if (!variant->own) {
		EXPECT_EQ(0, gp_crew_tell(self->be, GP_REST));
	}
}

TEST_HARNESS_MAIN

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the gpreempt tests share: one latency-critical queue, and a way to
 * keep it waiting for as long as a test wants to look at a preempted GPU.
 */
#ifndef GPREEMPT_TEST_H
#define GPREEMPT_TEST_H

#include <sys/mman.h>

#include "kfd_test.h"

#define BE_PRIORITY	7
#define LC_PRIORITY	15

/* Slots of struct kfd_env that the LC queue uses; tests take those below */
#define LC_SLOT		500
#define GATE_SLOT	501
#define PASSED_SLOT	502
#define RESIDENT_SLOT	503

/* So long that it does not end by itself while a test looks at something */
#define BE_NS		(2000 * NSEC_PER_MSEC)

struct gp_stats {
	__u64 preemptions;
	__u64 resumes;
	__u64 queues_preempted;
	__u64 queues_resumed;
	__u64 inversions;
	__u64 failures;
	__u64 preempt_ns;
	__u64 unmaps;
	__u64 fences;
	__u64 runlists;
	__u64 mes_added;
	__u64 mes_removed;
	__u64 mapped;
	__u64 unmapped;
};

static inline int gp_stats_read(const struct kfd_props *p, struct gp_stats *s)
{
	const struct {
		const char *name;
		__u64 *value;
		bool hardware;
	} table[] = {
		{ "stats/preemptions", &s->preemptions },
		{ "stats/resumes", &s->resumes },
		{ "stats/queues_preempted", &s->queues_preempted },
		{ "stats/queues_resumed", &s->queues_resumed },
		{ "stats/inversions", &s->inversions },
		{ "stats/failures", &s->failures },
		{ "stats/preempt_ns", &s->preempt_ns },
		{ "hiq_unmap_queues", &s->unmaps, true },
		{ "hiq_query_status", &s->fences, true },
		{ "hiq_run_list", &s->runlists, true },
		{ "mes_add_queue", &s->mes_added, true },
		{ "mes_remove_queue", &s->mes_removed, true },
		{ "hqd_maps", &s->mapped, true },
		{ "hqd_unmaps", &s->unmapped, true },
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(table) && !ret; i++) {
		if (!table[i].hardware)
			ret = kfd_knob_get(p->node, table[i].name,
					   table[i].value);
		else if (kfd_test_on_kfdsim())
			ret = kfdsim_stat(p->sim, table[i].name,
					  table[i].value);
		else
			*table[i].value = 0;
	}
	return ret;
}

/*
 * All knobs as they are after boot, and the scheduler off; but for those that
 * would put a preemption off, make it needless, or end it while a test looks at
 * it. What they do has tests of its own. A test that is done leaves nothing so:
 * kfd_knobs_reset().
 */
static inline int gp_reset_knobs(unsigned int node)
{
	int ret = kfd_knobs_reset(node);

	if (!ret)
		ret = kfd_knob_set(node, "be_max_wait_us", 0);
	if (!ret)
		ret = kfd_knob_set(node, "lc_progress_timeout_us", 0);
	if (!ret)
		ret = kfd_knob_set(node, "confirm_us", 0);
	if (!ret)
		ret = kfd_knob_set(node, "cu_lc_reserved", 0);
	return ret;
}

static inline int gp_create(struct kfd_env *env, struct kfd_queue *q,
			    __u32 type, __u32 priority)
{
	struct kfd_queue_attr attr = KFD_QUEUE_ATTR(type);

	attr.priority = priority;
	return kfd_queue_create(&env->gpu, &attr, q);
}

static inline int gp_create_aql(struct kfd_env *env, struct kfd_queue *q,
				__u32 priority)
{
	return gp_create(env, q, KFD_IOC_QUEUE_TYPE_COMPUTE_AQL, priority);
}

/* A signal that is 1, and that the GPU can read and write, and no CPU */
static inline int gp_hide_signal(struct kfd_env *env, struct kfd_bo *bo)
{
	int ret = kfd_bo_create(&env->gpu, bo, KFD_PAGE_SIZE, KFD_MEM_GTT);

	if (ret)
		return ret;
	kfd_signal_init(kfd_bo_ptr(bo), 1, NULL);
	return mprotect(kfd_bo_ptr(bo), KFD_PAGE_SIZE, PROT_NONE) ? -errno : 0;
}

/* One after the other, for as long as a test takes that looks at them */
static inline int gp_be_often(struct kfd_env *env, struct kfd_queue *be)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[RESIDENT_SLOT],
		.workgroups = 1,
		.workgroup_size = 64,
		.barrier = true,
	};
	unsigned int i;
	int ret = 0;

	kfd_kernel_init(&env->kernel[RESIDENT_SLOT], 25 * NSEC_PER_MSEC,
			&env->counter[RESIDENT_SLOT], 1);
	for (i = 0; i < 40 && !ret; i++)
		ret = kfd_aql_dispatch(be, &d);
	if (!ret)
		kfd_queue_ring(be);
	return ret;
}

/*
 * One workgroup that never ends, so that a best-effort queue is in LC's way: one
 * that has nothing to do is left alone. Only what comes without a barrier bit
 * gets past it. Where waves can't be saved they have to end.
 */
static inline int gp_be_reside(struct kfd_env *env, struct kfd_queue *be)
{
	if (kfd_test_drains())
		return gp_be_often(env, be);

	return kfd_env_dispatch(env, be, RESIDENT_SLOT, 1, 1000 * BE_NS);
}

/*
 * One LC request: @workgroups, then a barrier that gp_lc_end() opens. Until
 * then the LC queue has work pending, and best-effort queues stay off. Both
 * are rung at once: between two rings the queue might be seen empty.
 */
static inline int gp_lc_begin(struct kfd_env *env, struct kfd_queue *lc,
			      __u32 workgroups)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[LC_SLOT],
		.workgroups = workgroups,
		.workgroup_size = 64,
		.completion = &env->signal[LC_SLOT],
	};
	struct kfd_signal *gate = &env->signal[GATE_SLOT];
	int ret;

	kfd_signal_init(gate, 1, NULL);
	kfd_signal_init(&env->signal[PASSED_SLOT], 1, NULL);
	kfd_signal_init(d.completion, 1, NULL);
	kfd_kernel_init(&env->kernel[LC_SLOT], NSEC_PER_USEC,
			&env->counter[LC_SLOT], 1);
	ret = kfd_aql_dispatch(lc, &d);
	if (!ret)
		ret = kfd_aql_barrier_and(lc, &gate, 1,
					  &env->signal[PASSED_SLOT]);
	if (!ret)
		kfd_queue_ring(lc);
	return ret;
}

static inline void gp_lc_open_gate(struct kfd_env *env)
{
	__atomic_store_n(&env->signal[GATE_SLOT].value, 0, __ATOMIC_SEQ_CST);
}

/* The end of the request; the slots may be used again. */
static inline int gp_lc_end(struct kfd_env *env)
{
	gp_lc_open_gate(env);
	return kfd_env_wait(env, PASSED_SLOT, WAIT_MS);
}

/*
 * For kfd_test_in_child(): one preemption and one resume, by a process that comes
 * and goes. Return: 0, or the number of the step that failed.
 */
static inline int gp_preempt_once(void *arg)
{
	struct kfd_queue be, lc;
	struct kfd_env env;
	int n;

	if (kfd_env_open(&env, 0) || gp_create_aql(&env, &be, BE_PRIORITY) ||
	    gp_create_aql(&env, &lc, LC_PRIORITY))
		return 1;
	n = kfd_env_fill(&env, &be, 0, BE_NS, WAIT_MS);
	if (n < 0)
		return 2;
	if (gp_lc_begin(&env, &lc, 1) || kfd_env_wait(&env, LC_SLOT, WAIT_MS))
		return 3;
	if (kfd_load(&env.counter[0]))
		return 4;
	if (gp_lc_end(&env) || kfd_env_wait(&env, 0, WAIT_MS) ||
	    kfd_load(&env.counter[0]) != (__u64)n)
		return 5;
	if (kfd_queue_destroy(&be) || kfd_queue_destroy(&lc))
		return 6;
	kfd_env_close(&env);
	return 0;
}

#endif

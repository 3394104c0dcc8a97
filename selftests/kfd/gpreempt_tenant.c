// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: tenants who attack others by what their queues hold.
 */
#include "gpreempt_tenant_test.h"

/* Enough for all of a measurement, and for the ring */
#define STEPS		240

/* As many as amdkfd gives to a process, but for one */
#define MAX_CROWD	126

static int dispatch_on(struct gt_tenant *t, struct kfd_queue *q, unsigned int slot,
		       __u32 workgroups, __u32 waves, __u64 ns)
{
	const struct kfd_aql_dispatch d = {
		.kernel = &t->env.kernel[slot],
		.workgroups = workgroups,
		.workgroup_size = waves * 64,
		.completion = &t->env.signal[slot],
	};

	kfd_kernel_init(&t->env.kernel[slot], ns, NULL, waves);
	kfd_signal_init(&t->env.signal[slot], 1, NULL);
	return kfd_aql_dispatch(q, &d);
}

/* The GPU's size or less, once, in the slot of that number */
static int dispatch(struct gt_tenant *t, unsigned int slot, __u32 workgroups,
		    __u32 waves, __u64 ns)
{
	return dispatch_on(t, &t->q, slot, workgroups, waves, ns);
}

/* Until @done, but not for so long that the attack could not end */
static void await(struct gt_tenant *t, const struct kfd_signal *done)
{
	while (kfd_load(&done->value) > 0 && !kfd_load(&t->board->stop))
		gt_sleep(5 * NSEC_PER_USEC);
}

/* ---- many queues ------------------------------------------------------- */

/*
 * They share their buffers with the first, and their pointers too: all of them
 * are empty. There are at most as many as a process gets.
 */
static int many_queues(struct gt_tenant *t)
{
	static struct kfd_queue first;
	struct kfd_ioctl_create_queue_args args;
	int ret = gt_create(&t->env, &first, LC_PRIORITY);

	for (t->made = 1; t->made < t->attack->number && !ret; t->made++) {
		args = first.args;
		ret = kfd_ioctl(t->env.proc.fd, AMDKFD_IOC_CREATE_QUEUE, &args);
	}
	t->made -= !!ret;
	ksft_print_msg("%u empty queues\n", t->made);
	/* Without a hardware scheduler each of them has a slot of its own. */
	return ret == -ENOSPC || ret == -ENOMEM || ret == -EBUSY ? 0 : ret;
}

/* Of best-effort priority: work for some of the compute units, one after the other */
static struct kfd_queue crowd[MAX_CROWD];

static int crowd_comes(struct gt_tenant *t)
{
	int ret = 0;

	for (t->made = 0; t->made < t->attack->number && !ret; t->made++)
		ret = gt_create(&t->env, &crowd[t->made], BE_PRIORITY);
	return ret;
}

static int crowd_works(struct gt_tenant *t)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < t->made && !ret; i++) {
		if (!kfd_queue_idle(&crowd[i]))
			continue;
		ret = dispatch_on(t, &crowd[i], i, 1 + i % 10, 16, NSEC_PER_MSEC);
		kfd_queue_ring(&crowd[i]);
	}
	gt_sleep(NSEC_PER_MSEC / 2);
	return ret;
}

static int rest(struct gt_tenant *t)
{
	gt_sleep(10 * NSEC_PER_MSEC);
	return 0;
}

/* ---- work without end -------------------------------------------------- */

/*
 * Work for 1 ms, then nothing for less time than BE needs to do anything. The
 * barrier keeps the ring from being empty before the work is done.
 */
static int with_gaps(struct gt_tenant *t)
{
	struct kfd_signal *done = &t->env.signal[0];
	struct kfd_signal *passed = &t->env.signal[1];
	int ret = dispatch(t, 0, 1, 1, NSEC_PER_MSEC);

	kfd_signal_init(passed, 1, NULL);
	if (!ret)
		ret = kfd_aql_barrier_and(&t->q, &done, 1, passed);
	if (ret)
		return ret;
	kfd_queue_ring(&t->q);
	await(t, passed);
	gt_sleep(60 * NSEC_PER_USEC);
	return 0;
}

/* Every wave slot, again and again */
static int fill(struct gt_tenant *t)
{
	const __u32 workgroups = kfd_props_waves(&t->env.gpu.props) / 16;
	int ret = 0;

	while (!ret && t->q.next - kfd_queue_rptr(&t->q) < 16)
		ret = dispatch(t, 0, workgroups, 16, NSEC_PER_MSEC);
	kfd_queue_ring(&t->q);
	gt_sleep(5 * NSEC_PER_MSEC);
	return ret;
}

/* ---- waits that are nobody's affair ------------------------------------ */

/* Waits for what it does itself, a little later than lc_progress_timeout_us */
static int false_dependency(struct gt_tenant *t)
{
	struct kfd_signal *dep = &t->env.signal[1];
	struct kfd_signal *passed = &t->env.signal[2];
	int ret;

	kfd_signal_init(dep, 1, NULL);
	kfd_signal_init(passed, 1, NULL);
	ret = kfd_aql_barrier_and(&t->q, &dep, 1, passed);
	if (ret)
		return ret;
	kfd_queue_ring(&t->q);
	gt_sleep(21 * NSEC_PER_MSEC);
	__atomic_store_n(&dep->value, 0, __ATOMIC_SEQ_CST);
	await(t, passed);
	return 0;
}

/* Steps of a program of which every second is done by the CPU */
static int steps(struct gt_tenant *t)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < STEPS && !ret; i++) {
		struct kfd_signal *dep = &t->env.signal[i];

		ret = dispatch(t, LC_SLOT, 1, 1, NSEC_PER_MSEC / 10);
		kfd_signal_init(dep, 1, NULL);
		if (!ret)
			ret = kfd_aql_barrier_and(&t->q, &dep, 1, NULL);
	}
	kfd_queue_ring(&t->q);
	return ret;
}

static int step(struct gt_tenant *t)
{
	gt_sleep(15 * NSEC_PER_MSEC);
	if (t->made < STEPS)
		__atomic_store_n(&t->env.signal[t->made++].value, 0,
				 __ATOMIC_SEQ_CST);
	return 0;
}

/* A packet that is said to be there long before it is */
static int early_index(struct gt_tenant *t)
{
	static const __u16 invalid[KFD_AQL_PACKET_SIZE / sizeof(__u16)] = { 1 };
	int ret = kfd_aql_raw(&t->q, invalid);

	if (ret)
		return ret;
	kfd_queue_ring(&t->q);
	gt_sleep(30 * NSEC_PER_MSEC);
	/* A barrier that waits for nothing takes its place. */
	t->q.next--;
	ret = kfd_aql_barrier_and(&t->q, NULL, 0, NULL);
	kfd_queue_ring(&t->q);
	while (!ret && !kfd_queue_idle(&t->q) && !kfd_load(&t->board->stop))
		gt_sleep(20 * NSEC_PER_USEC);
	return ret;
}

/* ---- the table --------------------------------------------------------- */

FIXTURE_VARIANT_ADD(tenant, idle_queues_100) {
	{ "idle_queues_100", .prepare = many_queues, .strike = rest, .number = 100 }
};

FIXTURE_VARIANT_ADD(tenant, crowd) {
	{ "crowd", .prepare = crowd_comes, .strike = crowd_works,
	  .number = MAX_CROWD, .takes_slots = true, .turns = true,
	  .worker_permille = 90, .latency_factor = 5 }
};

FIXTURE_VARIANT_ADD(tenant, gaps_alone) {
	/* 800 preemptions and resumes a second; the worker waits for the GPU. */
	{ "gaps_alone", .strike = with_gaps, .alone = true, .worker_permille = 80 }
};

FIXTURE_VARIANT_ADD(tenant, gaps) {
	{ "gaps", .strike = with_gaps, .worker_permille = 80 }
};

FIXTURE_VARIANT_ADD(tenant, fill_alone) {
	{ "fill_alone", .strike = fill, .alone = true }
};

FIXTURE_VARIANT_ADD(tenant, fill) {
	{ "fill", .strike = fill, .shares = true }
};

FIXTURE_VARIANT_ADD(tenant, false_dependency) {
	{ "false_dependency", .strike = false_dependency }
};

FIXTURE_VARIANT_ADD(tenant, steps_alone) {
	{ "steps_alone", .prepare = steps, .strike = step, .alone = true, .be_permille = 800 }
};

FIXTURE_VARIANT_ADD(tenant, steps) {
	{ "steps", .prepare = steps, .strike = step, .be_permille = 800 }
};

FIXTURE_VARIANT_ADD(tenant, early_index) {
	{ "early_index", .strike = early_index }
};

TEST_HARNESS_MAIN

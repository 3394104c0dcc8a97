/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A latency-critical stream of the test's own, one request after the other, and
 * what each of them took.
 */
#ifndef GPREEMPT_REQUESTS_H
#define GPREEMPT_REQUESTS_H

#include <time.h>

#include "gpreempt_test.h"

#define GP_REQUESTS_MAX		256

/**
 * struct gp_requests - LC requests of the test, one after the other
 * @workgroups: of each
 * @waves: of a workgroup; 0 is 1
 * @workgroup_ns: how long one runs
 * @gap_ns: mean time from the end of one to the next, 0.1 to 1.9 times that
 * @num: how many
 * @start_ns: from the ring to the first wave
 * @end_ns: from the ring to the last wave
 * @text: of gp_requests_show()
 */
struct gp_requests {
	__u32 workgroups;
	__u32 waves;
	__u64 workgroup_ns;
	__u64 gap_ns;
	unsigned int num;
	__u64 start_ns[GP_REQUESTS_MAX];
	__u64 end_ns[GP_REQUESTS_MAX];
	char text[128];
};

static inline void gp_sleep_ns(__u64 ns)
{
	const struct timespec ts = {
		.tv_sec = ns / 1000000000ULL,
		.tv_nsec = ns % 1000000000ULL,
	};

	nanosleep(&ts, NULL);
}

/* Always the same gaps, which no period of anybody else falls in step with */
static inline __u64 gp_gap_ns(__u64 mean_ns, __u64 *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return mean_ns / 10 + mean_ns * (*state >> 33) / (1ULL << 31) * 18 / 10;
}

static inline int gp_compare_ns(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

/* @r's times are sorted afterwards, each by itself. */
static inline int gp_requests_run(struct kfd_env *env, struct kfd_queue *lc,
				  struct kfd_event *event,
				  struct gp_requests *r)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[LC_SLOT],
		.workgroups = r->workgroups,
		.workgroup_size = (r->waves ? r->waves : 1) * 64,
		.completion = &env->signal[LC_SLOT],
	};
	__u64 ring_ns, state = 1;
	unsigned int i;
	int ret = 0;

	kfd_kernel_init(&env->kernel[LC_SLOT], r->workgroup_ns,
			&env->counter[LC_SLOT], r->waves ? r->waves : 1);
	for (i = 0; i < r->num && !ret; i++) {
		gp_sleep_ns(gp_gap_ns(r->gap_ns, &state));
		kfd_signal_init(d.completion, 1, event);
		ret = kfd_aql_dispatch(lc, &d);
		if (ret)
			break;
		ring_ns = kfd_now_ns();
		kfd_queue_ring(lc);
		ret = kfd_signal_wait_below(d.completion, 1, event, WAIT_MS);
		r->start_ns[i] = d.completion->start_ts * KFDSIM_GPU_CLOCK_NS -
				 ring_ns;
		/* a tick of the GPU's clock before the ring is at the ring */
		if ((__s64)r->start_ns[i] < 0)
			r->start_ns[i] = 0;
		r->end_ns[i] = d.completion->end_ts * KFDSIM_GPU_CLOCK_NS -
			       ring_ns;
	}
	qsort(r->start_ns, r->num, sizeof(*r->start_ns), gp_compare_ns);
	qsort(r->end_ns, r->num, sizeof(*r->end_ns), gp_compare_ns);
	return ret;
}

/* What is worth telling of them */
static inline const char *gp_requests_show(struct gp_requests *r)
{
	snprintf(r->text, sizeof(r->text),
		 "start p50 %llu max %llu us, end p50 %llu max %llu us",
		 r->start_ns[r->num / 2] / NSEC_PER_USEC,
		 r->start_ns[r->num - 1] / NSEC_PER_USEC,
		 r->end_ns[r->num / 2] / NSEC_PER_USEC,
		 r->end_ns[r->num - 1] / NSEC_PER_USEC);
	return r->text;
}

#endif

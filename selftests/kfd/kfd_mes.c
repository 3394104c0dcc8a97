// SPDX-License-Identifier: GPL-2.0
/*
 * A scheduler that is told queue by queue (MES): what each change costs the
 * others, more queues than slots, more processes than VMIDs, a process that
 * faults, and a queue that does not let go.
 */
#include <sys/mman.h>

#include "kfd_test.h"

#define LONG_NS		(20 * NSEC_PER_MSEC)
#define MAX_QUEUES	48

FIXTURE(mes) {
	struct kfd_env env;
	struct kfd_queue q[MAX_QUEUES];
	unsigned int num;
	unsigned int slots;
	unsigned int sim;
};

FIXTURE_SETUP(mes)
{
	int ret = kfd_env_open(&self->env, 0);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim counts requests");
	if (!kfd_test_mes(&self->env.gpu.props))
		SKIP(return, "this GPU has no MES");
	self->sim = self->env.gpu.props.sim;
	self->slots = self->env.gpu.props.num_cp_queues;
	ASSERT_LT(self->slots * 3, MAX_QUEUES);
}

FIXTURE_TEARDOWN(mes)
{
	while (self->num--)
		EXPECT_EQ(0, kfd_queue_destroy(&self->q[self->num]));
	kfd_env_close(&self->env);
	kfdsim_write(self->sim, "fail_preempt", "0");
}

static int add(struct _test_data_mes *self, unsigned int num)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = 0;

	while (num-- && !ret) {
		ret = kfd_queue_create(&self->env.gpu, &attr,
				       &self->q[self->num]);
		self->num += !ret;
	}
	return ret;
}

static __u64 stat(struct _test_data_mes *self, const char *name)
{
	__u64 value = 0;

	return kfdsim_stat(self->sim, name, &value) ? ~0ULL : value;
}

TEST_F(mes, one_request_each)
{
	__u64 added = stat(self, "mes_add_queue");
	__u64 removed = stat(self, "mes_remove_queue");

	ASSERT_EQ(0, add(self, 2));
	EXPECT_EQ(added + 2, stat(self, "mes_add_queue"));
	EXPECT_EQ(removed, stat(self, "mes_remove_queue"));

	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 0));
	EXPECT_EQ(removed + 1, stat(self, "mes_remove_queue"));
	/* It is off: there is nothing to tell. */
	ASSERT_EQ(0, kfd_queue_set_priority(&self->q[0], 3));
	EXPECT_EQ(added + 2, stat(self, "mes_add_queue"));
	EXPECT_EQ(removed + 1, stat(self, "mes_remove_queue"));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->q[0], 100));
	EXPECT_EQ(added + 3, stat(self, "mes_add_queue"));

	self->num = 0;
	ASSERT_EQ(0, kfd_queue_destroy(&self->q[1]));
	ASSERT_EQ(0, kfd_queue_destroy(&self->q[0]));
	EXPECT_EQ(removed + 3, stat(self, "mes_remove_queue"));
}

/* Whatever becomes of other queues, the waves of this one stay. */
TEST_F(mes, others_are_left_alone)
{
	struct kfd_env *env = &self->env;
	unsigned int i;
	__u64 saved;
	int fill;

	ASSERT_EQ(0, add(self, 1));
	fill = kfd_env_fill(env, &self->q[0], 0, 5 * LONG_NS, WAIT_MS);
	ASSERT_LT(0, fill);
	saved = stat(self, "waves_saved");
	ASSERT_EQ(0, add(self, 1));
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, kfd_queue_set_percent(&self->q[1], 0));
		ASSERT_EQ(0, kfd_queue_set_percent(&self->q[1], 100));
	}
	EXPECT_EQ(saved, stat(self, "waves_saved"));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)fill, kfd_load(&env->counter[0]));
}

/*
 * Three times as many busy queues as slots: they take turns, so all have got
 * something done before the first has got everything done.
 */
TEST_F(mes, turns)
{
	const __u32 workgroups = 40;
	__u64 rotations = stat(self, "hws_rotations");
	__u64 errors = stat(self, "cwsr_errors");
	__u64 saved = stat(self, "waves_saved");
	__u64 restored = stat(self, "waves_restored");
	struct kfd_env *env = &self->env;
	unsigned int i, n = self->slots * 3, started = 0;

	ASSERT_EQ(0, add(self, n));
	/* Each is longer than many turns. */
	for (i = 0; i < n * 2; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i % n], i,
					      workgroups,
					      100 * NSEC_PER_MSEC));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	for (i = 0; i < n * 2; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS))
			TH_LOG("dispatch %u", i);
		EXPECT_EQ((__u64)workgroups, kfd_load(&env->counter[i]));
		started += env->signal[i].start_ts < env->signal[0].end_ts;
	}
	EXPECT_LE(n, started);
	EXPECT_LT(rotations + 3, stat(self, "hws_rotations"));
	EXPECT_LT(saved, stat(self, "waves_saved"));
	EXPECT_EQ(stat(self, "waves_saved") - saved,
		  stat(self, "waves_restored") - restored);
	EXPECT_EQ(errors, stat(self, "cwsr_errors"));
}

/* A queue with work takes the slot of an idle one, and nobody is preempted. */
TEST_F(mes, idle_queues_give_way)
{
	unsigned int i, n = self->slots * 2 + 1;
	struct kfd_env *env = &self->env;
	__u64 rotations;

	ASSERT_EQ(0, add(self, n));
	rotations = stat(self, "hws_rotations");
	for (i = 0; i < 2 * n; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i % n], i, 3,
					      1000));
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS))
			TH_LOG("dispatch %u", i);
		EXPECT_EQ(3ULL, kfd_load(&env->counter[i]));
	}
	EXPECT_EQ(rotations, stat(self, "hws_rotations"));
}

/* Queues come and go while others wait for their turn. */
TEST_F(mes, remove_while_waiting)
{
	unsigned int i, n = self->slots * 3;
	struct kfd_env *env = &self->env;
	__u64 done;

	ASSERT_EQ(0, add(self, n));
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[i], i, 100,
					      LONG_NS));
	}
	for (i = 1; i < n; i += 2) {
		ASSERT_EQ(0, kfd_queue_set_percent(&self->q[i], 0));
		done = kfd_load(&env->counter[i]);
		usleep(1000);
		EXPECT_EQ(done, kfd_load(&env->counter[i]))
			TH_LOG("queue %u works while it is off", i);
	}
	for (i = 0; i < n; i += 2) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS))
			TH_LOG("queue %u", i);
	}
	for (i = 1; i < n; i += 2) {
		ASSERT_EQ(0, kfd_queue_set_percent(&self->q[i], 100))
			TH_LOG("queue %u", i);
	}
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ(100ULL, kfd_load(&env->counter[i]))
			TH_LOG("queue %u", i);
	}
}

/* A pair of compute units is the least that a mask can name. */
TEST_F(mes, cu_mask)
{
	__u32 mask[3] = { 3U << 14 };
	struct kfd_ioctl_set_cu_mask_args args = {
		.num_cu_mask = 96,
		.cu_mask_ptr = (uintptr_t)mask,
	};
	struct kfd_env *env = &self->env;
	const struct kfd_props *p = &env->gpu.props;
	__u32 fit = 2 * p->simd_per_cu * p->max_waves_per_simd;
	__u64 end_ns = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	char buf[4096], *at;
	__u32 waves = 0;

	ASSERT_EQ(0, add(self, 1));
	args.queue_id = self->q[0].id;
	ASSERT_EQ(0, kfd_ioctl(env->proc.fd, AMDKFD_IOC_SET_CU_MASK, &args));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->q[0], 0, 2 * fit, LONG_NS));
	/* On a busy host it may take a while to begin. */
	while (!waves && kfd_now_ns() < end_ns) {
		usleep(1000);
		ASSERT_LT(0, kfdsim_read(self->sim, "hqds", buf, sizeof(buf)));
		at = strstr(buf, " waves=");
		ASSERT_NE(NULL, at);
		waves = strtoul(at + strlen(" waves="), NULL, 10);
	}
	EXPECT_EQ(fit, waves);
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(2ULL * fit, kfd_load(&env->counter[0]));
}

/* Status: 0 is good, others say where it went wrong */
static int one_sdma_queue(void *arg)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_SDMA);
	__u32 *word, i;
	struct kfd_queue q;
	struct kfd_env env;
	int *gate = arg;
	char c;

	close(gate[1]);
	if (kfd_env_open(&env, 0) || kfd_queue_create(&env.gpu, &attr, &q))
		return 1;
	word = (__u32 *)env.counter;
	/* The end of file says that all are there. */
	if (read(gate[0], &c, 1))
		return 2;
	for (i = 1; i <= 5; i++) {
		if (kfd_sdma_write(&q, (uintptr_t)word, i))
			return 3;
		kfd_queue_ring(&q);
		if (kfd_poll_eq32(word, i, WAIT_MS))
			return 4;
	}
	if (kfd_queue_destroy(&q))
		return 5;
	kfd_env_close(&env);
	return 0;
}

/* Slots for all of them, but not VMIDs. */
TEST_F(mes, more_processes_than_vmids)
{
	pid_t pid[11];
	unsigned int i;
	int gate[2];

	ASSERT_EQ(0, pipe(gate));
	for (i = 0; i < ARRAY_SIZE(pid); i++) {
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (!pid[i])
			_exit(one_sdma_queue(gate));
	}
	close(gate[0]);
	close(gate[1]);
	for (i = 0; i < ARRAY_SIZE(pid); i++) {
		int status;

		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status));
	}
}

/* A packet whose kernel is nowhere */
static int faulting(void *arg)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	struct kfd_aql_dispatch d = {
		.kernel = (void *)0x1000,
		.workgroups = 1,
		.workgroup_size = 32,
	};
	unsigned int sim = *(unsigned int *)arg;
	__u64 before, after, end;
	struct kfd_queue q;
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || kfd_queue_create(&env.gpu, &attr, &q) ||
	    kfdsim_stat(sim, "mes_resume", &before))
		return 1;
	if (kfd_aql_dispatch(&q, &d))
		return 2;
	kfd_queue_ring(&q);
	/* The driver evicts this process, and does not let it come back. */
	end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	do {
		usleep(1000);
		if (kfdsim_stat(sim, "mes_resume", &after))
			return 3;
	} while (after == before && kfd_now_ns() < end);
	return after == before + 1 ? 0 : 4;
}

/*
 * The driver stops everybody to get hold of one process. The others go on
 * where they were.
 */
TEST_F(mes, fault_of_a_process)
{
	__u64 suspended = stat(self, "mes_suspend");
	__u64 resumed = stat(self, "mes_resume");
	struct kfd_env *env = &self->env;
	__u64 saved;
	int fill;

	ASSERT_EQ(0, add(self, 1));
	fill = kfd_env_fill(env, &self->q[0], 0, 1000 * NSEC_PER_MSEC, WAIT_MS);
	ASSERT_LT(0, fill);
	saved = stat(self, "waves_saved");
	EXPECT_EQ(0, kfd_test_in_child(faulting, &self->sim));
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ((__u64)fill, kfd_load(&env->counter[0]));
	EXPECT_EQ(suspended + 1, stat(self, "mes_suspend"));
	EXPECT_EQ(resumed + 1, stat(self, "mes_resume"));
	EXPECT_LT(saved, stat(self, "waves_saved"));
}

/* Asked to leave, it does not, so MES does not answer, and the GPU is reset. */
static int deaf(void *arg)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	unsigned int sim = *(unsigned int *)arg;
	struct kfdsim_hqd hqd;
	struct kfd_queue q;
	struct kfd_env env;
	char text[16];

	if (kfd_env_open(&env, 0) || kfd_queue_create(&env.gpu, &attr, &q) ||
	    kfdsim_hqd_find(sim, q.ring.va, &hqd))
		return 1;
	snprintf(text, sizeof(text), "%llu", hqd.doorbell);
	if (kfdsim_write(sim, "fail_preempt", text))
		return 2;
	/* To the program its queue is one that was lost in a reset. */
	return kfd_queue_set_percent(&q, 0) == -EACCES ? 0 : 3;
}

/* Opens it as soon as the driver lets anybody in again. */
static int work(void *arg)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	struct kfd_queue q;
	struct kfd_env env;

	while (kfd_env_open(&env, 0)) {
		if (kfd_now_ns() > end)
			return 1;
		usleep(1000);
	}
	if (kfd_queue_create(&env.gpu, &attr, &q))
		return 2;
	if (kfd_env_dispatch(&env, &q, 0, 100, 1000) ||
	    kfd_env_wait(&env, 0, WAIT_MS))
		return 3;
	if (kfd_load(&env.counter[0]) != 100)
		return 4;
	if (kfd_queue_destroy(&q))
		return 5;
	kfd_env_close(&env);
	return 0;
}

TEST_F(mes, deaf_queue)
{
	__u64 resets = stat(self, "resets"), now = kfd_now_ns(), end;

	kfd_env_close(&self->env);
	ASSERT_EQ(0, kfd_test_in_child(deaf, &self->sim));
	/* This is how long amdgpu waits. */
	EXPECT_LE(2000 * NSEC_PER_MSEC, kfd_now_ns() - now);
	end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	while (stat(self, "resets") == resets && kfd_now_ns() < end)
		usleep(1000);
	EXPECT_EQ(resets + 1, stat(self, "resets"));
	EXPECT_EQ(0, kfd_test_in_child(work, NULL));
}

TEST_HARNESS_MAIN

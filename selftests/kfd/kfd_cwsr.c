// SPDX-License-Identifier: GPL-2.0
/*
 * Wave save and restore: work that is interrupted is neither lost nor done
 * twice. The counters of the workgroups say so.
 */
#include "kfd_test.h"

#define ROUNDS		60
#define WORKGROUP_NS	(3 * NSEC_PER_MSEC)

/* What fills the GPU before a test begins, so that there is work to interrupt */
#define FILL_SLOT	400
#define FILL_NS		(500 * NSEC_PER_MSEC)

FIXTURE(cwsr) {
	struct kfd_env env;
	struct kfd_queue work;
	struct kfd_queue other;
	__u64 saved, restored, errors;
	int fill;
};

FIXTURE_SETUP(cwsr)
{
	const struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	int ret = kfd_env_open(&self->env, 0);
	unsigned int sim = self->env.gpu.props.sim;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "not on kfdsim");
	if (kfd_test_drains())
		SKIP(return, "running waves can't be saved");
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->work));
	ASSERT_EQ(0, kfd_queue_create(&self->env.gpu, &attr, &self->other));
	ASSERT_EQ(0, kfdsim_stat(sim, "waves_saved", &self->saved));
	ASSERT_EQ(0, kfdsim_stat(sim, "waves_restored", &self->restored));
	ASSERT_EQ(0, kfdsim_stat(sim, "cwsr_errors", &self->errors));
	self->fill = kfd_env_fill(&self->env, &self->work, FILL_SLOT, FILL_NS,
				  WAIT_MS);
	ASSERT_LT(0, self->fill);
}

FIXTURE_TEARDOWN(cwsr)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->other));
	EXPECT_EQ(0, kfd_queue_destroy(&self->work));
	kfd_env_close(&self->env);
}

/* What the hardware says: it saved something, and gave all of it back. */
static int check_stats(unsigned int sim, __u64 *saved, __u64 *restored,
		       __u64 *errors)
{
	__u64 s, r, e;
	int ret;

	ret = kfdsim_stat(sim, "waves_saved", &s);
	if (!ret)
		ret = kfdsim_stat(sim, "waves_restored", &r);
	if (!ret)
		ret = kfdsim_stat(sim, "cwsr_errors", &e);
	if (ret)
		return ret;
	*saved = s - *saved;
	*restored = r - *restored;
	*errors = e - *errors;
	return 0;
}

#define CHECK_ALL() do {						\
	ASSERT_EQ(0, kfd_env_wait(&self->env, FILL_SLOT, WAIT_MS));	\
	EXPECT_EQ((__u64)self->fill,					\
		  kfd_load(&self->env.counter[FILL_SLOT]));		\
	ASSERT_EQ(0, check_stats(self->env.gpu.props.sim, &self->saved,	\
				 &self->restored, &self->errors));	\
	EXPECT_LT(0ULL, self->saved);					\
	EXPECT_EQ(self->saved, self->restored);				\
	EXPECT_EQ(0ULL, self->errors);					\
} while (0)

/* Every change of a queue makes the scheduler save and restore all others. */
TEST_F(cwsr, update_of_another_queue)
{
	struct kfd_env *env = &self->env;
	__u32 workgroups = 4 * kfd_props_waves(&env->gpu.props) + 7;
	unsigned int i;

	if (kfd_test_no_hws() || kfd_test_mes(&env->gpu.props))
		SKIP(return, "without HWS only the queue itself is touched");
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->work, 0, workgroups,
				      WORKGROUP_NS));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, kfd_queue_set_percent(&self->other,
						   i % 2 ? 100 : 0));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(workgroups, kfd_load(&env->counter[0]));
	CHECK_ALL();
}

/* The queue itself goes off and comes back. */
TEST_F(cwsr, update_of_itself)
{
	struct kfd_env *env = &self->env;
	__u32 workgroups = 4 * kfd_props_waves(&env->gpu.props) + 7;
	__u64 before;
	unsigned int i;

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->work, 0, workgroups,
				      WORKGROUP_NS));
	for (i = 0; i < 10; i++) {
		usleep(500);
		ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 0));
		before = kfd_load(&env->counter[0]);
		usleep(5000);
		EXPECT_EQ(before, kfd_load(&env->counter[0]))
			TH_LOG("workgroups finished while the queue was off");
		ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 100));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	EXPECT_EQ(workgroups, kfd_load(&env->counter[0]));
	CHECK_ALL();
}

/* Several dispatches of one queue are in flight at the same time. */
TEST_F(cwsr, many_dispatches)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	if (kfd_test_no_hws() || kfd_test_mes(&env->gpu.props))
		SKIP(return, "without HWS only the queue itself is touched");
	for (i = 0; i < 30; i++) {
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->work, i, 20 + i,
					      WORKGROUP_NS + i * 100000));
	}
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, kfd_queue_set_priority(&self->other, i % 16))
			TH_LOG("number %u", i);
	}
	for (i = 0; i < 30; i++) {
		ASSERT_EQ(0, kfd_env_wait(env, i, WAIT_MS));
		EXPECT_EQ(20ULL + i, kfd_load(&env->counter[i]));
	}
	CHECK_ALL();
}

/* A full GPU: what was saved comes back to a GPU that another queue fills. */
TEST_F(cwsr, two_full_queues)
{
	struct kfd_env *env = &self->env;
	__u32 workgroups = 2 * kfd_props_waves(&env->gpu.props);
	unsigned int i;

	ASSERT_EQ(0, kfd_env_dispatch(env, &self->work, 0, workgroups,
				      WORKGROUP_NS));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->other, 1, workgroups,
				      WORKGROUP_NS));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 0));
		ASSERT_EQ(0, kfd_queue_set_percent(&self->other, 0));
		ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 100));
		ASSERT_EQ(0, kfd_queue_set_percent(&self->other, 100));
	}
	ASSERT_EQ(0, kfd_env_wait(env, 0, WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
	EXPECT_EQ(workgroups, kfd_load(&env->counter[0]));
	EXPECT_EQ(workgroups, kfd_load(&env->counter[1]));
	CHECK_ALL();
}

/* The driver reads how much was saved from the MQD of a queue that is off. */
TEST_F(cwsr, wave_state)
{
	struct kfd_env *env = &self->env;
	struct kfd_props *p = &env->gpu.props;
	struct kfd_ioctl_get_queue_wave_state_args args = {
		.queue_id = self->work.id,
	};
	void *stack = calloc(p->num_xcc, p->cwsr_size);
	int fd = env->proc.fd;

	ASSERT_NE(NULL, stack);
	args.ctl_stack_address = (uintptr_t)stack;
	EXPECT_EQ(-EINVAL, kfd_ioctl(fd, AMDKFD_IOC_GET_QUEUE_WAVE_STATE,
				     &args));
	ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 0));
	EXPECT_EQ(0, kfd_ioctl(fd, AMDKFD_IOC_GET_QUEUE_WAVE_STATE, &args));
	EXPECT_LT(0U, args.save_area_used_size);
	EXPECT_LE(args.save_area_used_size, p->cwsr_size - p->ctl_stack_size);
	ASSERT_EQ(0, kfd_queue_set_percent(&self->work, 100));
	CHECK_ALL();
	free(stack);
}

/* What a save area holds behind its control stack, of one dispatch */
struct saved {
	__u64 magic;
	__u32 xcc;
	__u32 dispatches;
	__u32 bytes;
	__u32 crc;
	__u64 packet_id;
	__u64 signal_va;
	__u64 start_ns;
	struct kfdsim_kernel kernel;
	__u32 total;
	__u32 unlaunched;
	__u32 groups;
	__u32 reserved;
	__u64 left_ns;
	__u32 wgs;
};

/* crc32_le() of the kernel */
static __u32 crc32(const void *data, size_t len)
{
	const unsigned char *p = data;
	__u32 crc = ~0U;
	int bit;

	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

static struct saved *saved_on(struct kfd_queue *q, unsigned int xcc)
{
	const struct kfd_props *p = &q->gpu->props;

	return (void *)((char *)kfd_bo_ptr(&q->cwsr) + xcc * p->cwsr_size +
			p->ctl_stack_size);
}

static void forge(struct saved *s, unsigned int how)
{
	switch (how) {
	case 0:
		s->kernel.waves_per_workgroup = 0;
		break;
	case 1:
		s->kernel.waves_per_workgroup = ~0U;
		break;
	case 2:
		s->kernel.save_bytes_per_wave = ~0U;
		break;
	case 3:
		s->wgs = ~0U;
		break;
	case 4:
		s->wgs = 0;
		break;
	case 5:
		s->unlaunched = ~0U;
		break;
	case 6:
		s->groups = ~0U;
		break;
	case 7:
		s->groups = 0;
		break;
	case 8:
		s->total = 0;
		break;
	}
	s->crc = crc32(&s->packet_id, s->bytes);
}

/*
 * A program can write its save area. What is impossible there stops its queue,
 * and nobody else's.
 */
TEST_F(cwsr, forged)
{
	struct kfd_env *env = &self->env;
	struct kfd_props *p = &env->gpu.props;
	struct kfd_queue q;
	struct saved *s;
	__u64 errors, after;
	unsigned int how, xcc;

	if (kfd_test_mes(p))
		SKIP(return, "with MES Linux 6.12 keeps the process for ever");
	ASSERT_EQ(0, kfd_env_wait(env, FILL_SLOT, WAIT_MS));
	for (how = 0; how <= 8; how++) {
		ASSERT_EQ(0, kfd_queue_create(&env->gpu, &self->work.attr, &q));
		ASSERT_EQ(0, kfd_env_dispatch(env, &q, 0, 8,
					      100 * NSEC_PER_MSEC));
		ASSERT_EQ(0, kfd_queue_wait_idle(&q, WAIT_MS));
		ASSERT_EQ(0, kfd_queue_set_percent(&q, 0));
		for (xcc = 0; xcc < p->num_xcc; xcc++) {
			s = saved_on(&q, xcc);
			ASSERT_EQ(1U, s->dispatches);
			ASSERT_EQ(s->crc, crc32(&s->packet_id, s->bytes));
			forge(s, how);
		}
		ASSERT_EQ(0, kfdsim_stat(p->sim, "cwsr_errors", &errors));
		ASSERT_EQ(0, kfd_queue_set_percent(&q, 100));
		ASSERT_EQ(0, kfd_env_dispatch(env, &self->work, 1, 5, 1000));
		ASSERT_EQ(0, kfd_env_wait(env, 1, WAIT_MS));
		EXPECT_EQ(0, kfd_queue_destroy(&q));
		ASSERT_EQ(0, kfdsim_stat(p->sim, "cwsr_errors", &after));
		EXPECT_EQ(errors + 1, after)
			TH_LOG("number %u", how);
	}
}

TEST_HARNESS_MAIN

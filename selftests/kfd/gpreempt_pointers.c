// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt and the addresses of a queue's read and write pointers, which are
 * whatever a program says they are: what can't be read safely is not watched,
 * for a reason that can be read, and nothing else is different for its queue.
 */
#include <sys/resource.h>
#include <sys/syscall.h>

#include "gpreempt_test.h"

#define NOBODY		65534
#define BESIDE		64

/* Where the next look of the timer is for certain over */
#define LOOKED_US	20000

/* What kind of queue, its pointers in what kind of memory */
struct kind {
	__u32 type;
	__u32 memory;
	unsigned int word;
};

FIXTURE(pointers) {
	struct kfd_env env;
	unsigned int node;
};

FIXTURE_VARIANT(pointers) {
	struct kind kind;
};

FIXTURE_VARIANT_ADD(pointers, aql_gtt) {
	.kind = {
		.type = KFD_IOC_QUEUE_TYPE_COMPUTE_AQL,
		.memory = KFD_MEM_GTT,
		.word = sizeof(__u64),
	},
};

FIXTURE_VARIANT_ADD(pointers, aql_userptr) {
	.kind = {
		.type = KFD_IOC_QUEUE_TYPE_COMPUTE_AQL,
		.memory = KFD_MEM_USERPTR,
		.word = sizeof(__u64),
	},
};

FIXTURE_VARIANT_ADD(pointers, pm4_gtt) {
	.kind = {
		.type = KFD_IOC_QUEUE_TYPE_COMPUTE,
		.memory = KFD_MEM_GTT,
		.word = sizeof(__u32),
	},
};

FIXTURE_VARIANT_ADD(pointers, pm4_userptr) {
	.kind = {
		.type = KFD_IOC_QUEUE_TYPE_COMPUTE,
		.memory = KFD_MEM_USERPTR,
		.word = sizeof(__u32),
	},
};

static bool has_mes(void)
{
	struct kfd_props props;

	return !kfd_topology_gpu(0, &props) && kfd_test_mes(&props);
}

/* 0, or a negative errno: then there is nothing to test, or it is a failure */
static int set_up(struct kfd_env *env)
{
	int ret = kfd_env_open(env, 0);

	if (!ret)
		ret = gp_reset_knobs(env->gpu.props.node);
	if (!ret)
		ret = kfd_knob_set(env->gpu.props.node, "enable", 1);
	return ret;
}

FIXTURE_SETUP(pointers)
{
	int ret;

	if (variant->kind.memory == KFD_MEM_USERPTR && has_mes())
		SKIP(return, "MES takes no pointers in memory of the program");
	ret = set_up(&self->env);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU, or no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
	self->node = self->env.gpu.props.node;
}

FIXTURE_TEARDOWN(pointers)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	kfd_env_close(&self->env);
}

/* A queue whose pointers are in pages of their own, and somewhere in these */
struct placed {
	struct kfd_queue q;
	struct kfd_bo page[2];
	struct kfd_gpu *gpu;
};

/* The buffers, with the arguments not yet used; unplace() in any case */
static int prepare(struct kfd_gpu *gpu, const struct kind *kind,
		   struct placed *p, __u64 rptr, __u64 wptr)
{
	struct kfd_queue_attr attr = KFD_QUEUE_ATTR(kind->type);
	unsigned int i;
	int ret;

	memset(p, 0, sizeof(*p));
	p->gpu = gpu;
	for (i = 0; i < 2; i++) {
		ret = kfd_bo_create(gpu, &p->page[i], KFD_PAGE_SIZE,
				    kind->memory);
		if (ret)
			return ret;
		memset(kfd_bo_ptr(&p->page[i]), 0, KFD_PAGE_SIZE);
	}
	attr.priority = LC_PRIORITY;
	ret = kfd_queue_prepare(gpu, &attr, &p->q);
	p->q.args.read_pointer_address = p->page[0].va + rptr;
	p->q.args.write_pointer_address = p->page[1].va + wptr;
	return ret;
}

static int place(struct kfd_gpu *gpu, const struct kind *kind,
		 struct placed *p, __u64 rptr, __u64 wptr)
{
	int ret = prepare(gpu, kind, p, rptr, wptr);

	return ret ? ret : kfd_queue_submit(&p->q);
}

static int unplace(struct placed *p)
{
	int ret = kfd_queue_destroy(&p->q), err;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		err = kfd_bo_destroy(&p->page[i], p->gpu);
		ret = ret ? ret : err;
	}
	return ret;
}

static bool state_is(const struct kfd_queue *q, const char *state)
{
	char text[128];
	int len = kfd_process_read(getpid(), q->id, "state", text,
				   sizeof(text));

	if (len > 0 && text[len - 1] == '\n')
		text[len - 1] = '\0';
	if (len > 0 && !strcmp(text, state))
		return true;
	printf("# state: \"%s\", not \"%s\"\n", len > 0 ? text : "", state);
	return false;
}

/* What debugfs shows of a queue's ring; -ENODATA when it can't be watched */
static int ring_of(const struct kfd_queue *q, unsigned long long *wptr,
		   int *pending)
{
	static char text[65536];
	char *line = text, *next, word[8];
	unsigned int qid;
	int pid;
	int ret = kfd_debug_read(q->gpu->props.gpu_id, "queues", text,
				 sizeof(text));

	for (; ret > 0 && (next = strchr(line, '\n')); line = next) {
		*next++ = '\0';
		if (sscanf(line, "%d %u", &pid, &qid) != 2 ||
		    pid != getpid() || qid != q->id)
			continue;
		if (sscanf(line, "%*d %*u %*s %*s %*u %*u %llu %7s", wptr,
			   word) != 2)
			return -ENODATA;
		*pending = atoi(word);
		return 0;
	}
	return ret < 0 ? ret : -ENOENT;
}

static const unsigned int offsets[] = {
	0, 1, 2, 4, 7, 8, 128, 2052, 4080, 4084, 4088, 4089, 4090, 4092, 4093,
	4095,
};

static bool is_safe(unsigned int offset, unsigned int word)
{
	return !(offset % word) && offset + word <= KFD_PAGE_SIZE;
}

/* With the pointers there for as long as the timer needs to look at them */
static int check_place(struct kfd_gpu *gpu, const struct kind *kind,
		       unsigned int rptr, unsigned int wptr)
{
	bool safe = is_safe(rptr, kind->word) && is_safe(wptr, kind->word);
	struct placed p;
	int ret = place(gpu, kind, &p, rptr, wptr);

	if (!ret) {
		usleep(LOOKED_US);
		if (!state_is(&p.q, safe ? "active" :
			      "active unwatchable:misaligned")) {
			printf("# pointers at +%u and +%u\n", rptr, wptr);
			ret = -EILSEQ;
		}
	}
	if (unplace(&p) && !ret)
		ret = -EBUSY;
	return ret;
}

static int check_places(struct kfd_gpu *gpu, const struct kind *kind)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(offsets) && !ret; i++) {
		ret = check_place(gpu, kind, offsets[i], 0);
		if (!ret)
			ret = check_place(gpu, kind, 0, offsets[i]);
	}
	return ret;
}

TEST_F(pointers, edges)
{
	EXPECT_EQ(0, check_places(&self->env.gpu, &variant->kind));
}

static int edges_as_nobody(void *arg)
{
	struct kfd_env env;

	if (kfd_env_open(&env, 0) || setuid(NOBODY))
		return 1;
	return check_places(&env.gpu, arg) ? 2 : 0;
}

TEST_F(pointers, edges_as_nobody)
{
	struct kind kind = variant->kind;

	EXPECT_EQ(0, kfd_test_in_child(edges_as_nobody, &kind));
}

/* What is watched is what the program writes there, to the last word. */
TEST_F(pointers, value)
{
	unsigned int word = variant->kind.word, i;
	const unsigned int places[] = { 0, word, 2048, KFD_PAGE_SIZE - word };
	unsigned long long wptr = 0;
	struct placed p;
	int pending = 0;
	char *page;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		ASSERT_EQ(0, place(&self->env.gpu, &variant->kind, &p,
				   places[i], places[i]));
		page = kfd_bo_ptr(&p.page[1]);
		memset(page, 0xff, KFD_PAGE_SIZE);
		memset(page + places[i], 0, word);
		page[places[i]] = 3;
		EXPECT_EQ(0, ring_of(&p.q, &wptr, &pending));
		EXPECT_EQ(3ULL, wptr);
		EXPECT_EQ(1, pending);
		page[places[i]] = 0;
		EXPECT_EQ(0, ring_of(&p.q, &wptr, &pending));
		EXPECT_EQ(0ULL, wptr);
		EXPECT_EQ(0, pending);
		EXPECT_EQ(0, unplace(&p));
	}
}

/* amdkfd says no to these, and gpreempt never hears of them. */
TEST_F(pointers, refused)
{
	const __u64 addresses[] = {
		0, 1, 0x7ffffffff000, 0x7fffffffeff9, 0x800000000000,
		0xdead000000000000, 0xffff888000000000, 0xfffffffffffff000,
		~0ULL,
	};
	struct placed p;
	unsigned int i, which;
	int ret;

	for (i = 0; i < 2 * ARRAY_SIZE(addresses); i++) {
		which = i % 2;
		ASSERT_EQ(0, prepare(&self->env.gpu, &variant->kind, &p, 0, 0));
		*(which ? &p.q.args.read_pointer_address :
			  &p.q.args.write_pointer_address) = addresses[i / 2];
		ret = kfd_queue_submit(&p.q);
		EXPECT_TRUE(ret == -EINVAL || ret == -EFAULT)
			TH_LOG("0x%llx: %d", addresses[i / 2], ret);
		EXPECT_EQ(0, unplace(&p));
	}
}

/* A mapping begins with its pointers' page and ends with it, or is refused. */
TEST_F(pointers, several_pages)
{
	struct kfd_gpu *gpu = &self->env.gpu;
	struct kfd_bo two;
	struct placed p;
	unsigned int page;

	ASSERT_EQ(0, kfd_bo_create(gpu, &two, 2 * KFD_PAGE_SIZE,
				   variant->kind.memory));
	for (page = 0; page < 2; page++) {
		ASSERT_EQ(0, prepare(gpu, &variant->kind, &p, 0, 0));
		p.q.args.read_pointer_address = two.va + page * KFD_PAGE_SIZE;
		EXPECT_EQ(-EINVAL, kfd_queue_submit(&p.q));
		EXPECT_EQ(0, unplace(&p));
	}
	EXPECT_EQ(0, kfd_bo_destroy(&two, gpu));
}

/* The ring's size masks PM4's pointers: none makes an address of it. */
TEST_F(pointers, ring_size)
{
	const struct {
		__u32 bytes;
		int ret;
	} sizes[] = {
		{ 3, -EINVAL }, { 4095, -EINVAL }, { 4097, -EINVAL },
		{ 12288, -EINVAL }, { 0x80000000, -EINVAL },
		{ 0xffffffff, -EINVAL }, { 8192, -EINVAL }, { 4096, 0 },
	};
	struct kfd_ioctl_update_queue_args update = {
		.queue_percentage = 100,
		.queue_priority = LC_PRIORITY,
	};
	struct placed p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, prepare(&self->env.gpu, &variant->kind, &p, 0, 0));
		p.q.args.ring_size = sizes[i].bytes;
		EXPECT_EQ(sizes[i].ret, kfd_queue_submit(&p.q))
			TH_LOG("%u bytes", sizes[i].bytes);
		if (!sizes[i].ret)
			break;
		EXPECT_EQ(0, unplace(&p));
	}
	/* An update may change it; what is refused changes nothing. */
	update.queue_id = p.q.id;
	update.ring_base_address = p.q.ring.va;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		update.ring_size = sizes[i].bytes;
		kfd_ioctl(self->env.proc.fd, AMDKFD_IOC_UPDATE_QUEUE, &update);
		usleep(2000);
	}
	EXPECT_TRUE(state_is(&p.q, "active"));
	EXPECT_EQ(0, unplace(&p));
}

/* ---- what can't be watched works --------------------------------------- */

static const struct kind aql = {
	.type = KFD_IOC_QUEUE_TYPE_COMPUTE_AQL,
	.memory = KFD_MEM_GTT,
	.word = sizeof(__u64),
};

FIXTURE(unwatched) {
	struct kfd_env env;
	unsigned int node;
};

FIXTURE_SETUP(unwatched)
{
	int ret;

	if (has_mes())
		SKIP(return, "MES takes no pointers in memory of the program");
	ret = set_up(&self->env);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU, or no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
	self->node = self->env.gpu.props.node;
}

FIXTURE_TEARDOWN(unwatched)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	kfd_env_close(&self->env);
}

/* A request on a queue the write pointer of which is not where it was made */
static int request(struct kfd_env *env, struct placed *p, unsigned int wptr)
{
	struct kfd_aql_dispatch d = {
		.kernel = &env->kernel[0],
		.workgroups = 1,
		.workgroup_size = 64,
		.completion = &env->signal[0],
	};
	int ret;

	kfd_kernel_init(&env->kernel[0], NSEC_PER_USEC, &env->counter[0], 1);
	kfd_signal_init(&env->signal[0], 1, NULL);
	ret = kfd_aql_dispatch(&p->q, &d);
	if (ret)
		return ret;
	memcpy((char *)kfd_bo_ptr(&p->page[1]) + wptr, &p->q.next,
	       sizeof(p->q.next));
	__atomic_store_n(p->q.doorbell, p->q.next - 1, __ATOMIC_SEQ_CST);
	return kfd_env_wait(env, 0, WAIT_MS);
}

TEST_F(unwatched, works)
{
	struct placed p;
	unsigned int i;

	ASSERT_EQ(0, place(&self->env.gpu, &aql, &p, 0, 4));
	EXPECT_TRUE(state_is(&p.q, "active unwatchable:misaligned"));
	for (i = 1; i <= 10; i++) {
		usleep(3000);
		ASSERT_EQ(0, request(&self->env, &p, 4));
		EXPECT_EQ((__u64)i, kfd_load(&self->env.counter[0]));
	}
	EXPECT_EQ(0, unplace(&p));
}

/* Nobody would see that it has something to do. */
TEST_F(unwatched, never_asleep)
{
	struct placed p;

	ASSERT_EQ(0, kfd_knob_set(self->node, "lazy_activation", 1));
	ASSERT_EQ(0, kfd_knob_set(self->node, "auto_deactivate_us", 1000));
	ASSERT_EQ(0, place(&self->env.gpu, &aql, &p, 4, 0));
	EXPECT_TRUE(state_is(&p.q, "active unwatchable:misaligned"));
	usleep(LOOKED_US);
	EXPECT_TRUE(state_is(&p.q, "active unwatchable:misaligned"));
	EXPECT_EQ(0, request(&self->env, &p, 0));
	EXPECT_EQ(0, unplace(&p));
}

TEST_F(unwatched, vram)
{
	struct kfd_queue_attr attr = KFD_QUEUE_ATTR(aql.type);
	struct kfd_queue q;
	struct kfd_bo vram;

	ASSERT_EQ(0, kfd_bo_create(&self->env.gpu, &vram, KFD_PAGE_SIZE,
				   KFD_MEM_VRAM));
	ASSERT_EQ(0, kfd_queue_prepare(&self->env.gpu, &attr, &q));
	q.args.read_pointer_address = vram.va;
	ASSERT_EQ(0, kfd_queue_submit(&q));
	EXPECT_TRUE(state_is(&q, "active unwatchable:vram"));
	EXPECT_EQ(0, kfd_queue_destroy(&q));
	EXPECT_EQ(0, kfd_bo_destroy(&vram, &self->env.gpu));
}

/*
 * Pages of the program beside pages that the kernel itself can't read: a byte
 * beyond the former is in one of the latter, if it is anywhere.
 */
static int beside_secrets(void *arg)
{
	const struct kind kind = {
		.type = KFD_IOC_QUEUE_TYPE_COMPUTE_AQL,
		.memory = KFD_MEM_USERPTR,
	};
	static struct placed p[BESIDE];
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct kfd_env env;
	unsigned int i;
	char *secret;
	int fd;

	if (setrlimit(RLIMIT_MEMLOCK, &unlimited) || kfd_env_open(&env, 0) ||
	    setuid(NOBODY))
		return 1;
	fd = syscall(__NR_memfd_secret, 0);
	if (fd < 0)
		return 0;
	if (ftruncate(fd, (2 * BESIDE + 1) * KFD_PAGE_SIZE))
		return 2;
	secret = mmap(NULL, 2 * BESIDE * KFD_PAGE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	if (secret == MAP_FAILED)
		return 3;
	for (i = 0; i < BESIDE; i++) {
		secret[(2 * i) * KFD_PAGE_SIZE] = 1;
		if (place(&env.gpu, &kind, &p[i], i % 2 ? 0 : 4093,
			  i % 2 ? 4093 : 0))
			return 4;
		secret[(2 * i + 1) * KFD_PAGE_SIZE] = 1;
	}
	usleep(10 * LOOKED_US);
	for (i = 0; i < BESIDE; i++) {
		if (!state_is(&p[i].q, "active unwatchable:misaligned") ||
		    unplace(&p[i]))
			return 5;
	}
	return 0;
}

TEST_F(unwatched, beside_secrets)
{
	if (kfd_test_no_hws())
		SKIP(return, "not as many queues as that");
	EXPECT_EQ(0, kfd_test_in_child(beside_secrets, NULL));
}

/* ---- pinned pages are counted ------------------------------------------- */

static const struct kind user_aql = {
	.type = KFD_IOC_QUEUE_TYPE_COMPUTE_AQL,
	.memory = KFD_MEM_USERPTR,
	.word = sizeof(__u64),
};

static long pinned_pages(void)
{
	static char text[8192];
	char *line;
	int ret = kfd_file_read("/proc/self/status", text, sizeof(text));

	line = ret > 0 ? strstr(text, "VmPin:") : NULL;
	return line ? atol(line + strlen("VmPin:")) * 1024 / KFD_PAGE_SIZE : -1;
}

static int limit_pages(unsigned int pages)
{
	struct rlimit limit = { pages * KFD_PAGE_SIZE, pages * KFD_PAGE_SIZE };

	return setrlimit(RLIMIT_MEMLOCK, &limit) ? -errno : 0;
}

/* Two pages are what one queue takes; and it gives them back. */
static int exceed_memlock(void *arg)
{
	struct placed p[2];
	struct kfd_env env;
	unsigned int i;

	if (limit_pages(2) || kfd_env_open(&env, 0) || setuid(NOBODY))
		return 1;
	for (i = 0; i < 3; i++) {
		if (place(&env.gpu, &user_aql, &p[0], 0, 0) ||
		    !state_is(&p[0].q, "active") || pinned_pages() != 2)
			return 2;
		if (place(&env.gpu, &user_aql, &p[1], 0, 0) ||
		    !state_is(&p[1].q, "active unwatchable:memlock") ||
		    pinned_pages() != 2)
			return 3;
		if (request(&env, &p[1], 0))
			return 4;
		if (unplace(&p[0]) || pinned_pages() != 0)
			return 5;
		if (unplace(&p[1]) || pinned_pages() != 0)
			return 6;
	}
	/* One of two: the first is given back. */
	if (limit_pages(1) || place(&env.gpu, &user_aql, &p[0], 0, 0) ||
	    !state_is(&p[0].q, "active unwatchable:memlock") ||
	    pinned_pages() != 0 || unplace(&p[0]))
		return 7;
	return 0;
}

TEST_F(unwatched, memlock)
{
	EXPECT_EQ(0, kfd_test_in_child(exceed_memlock, NULL));
}

/* Who may lock memory may pin it. */
TEST_F(unwatched, memlock_of_root)
{
	struct placed p;

	ASSERT_EQ(0, limit_pages(0));
	ASSERT_EQ(0, place(&self->env.gpu, &user_aql, &p, 0, 0));
	EXPECT_TRUE(state_is(&p.q, "active"));
	EXPECT_EQ(2, pinned_pages());
	EXPECT_EQ(0, unplace(&p));
	EXPECT_EQ(0, pinned_pages());
}

/* A page is pinned once, however many pointers are in it. */
static int shared_page(void *arg)
{
	struct placed p[3];
	struct kfd_env env;
	unsigned int i;

	if (limit_pages(1) || kfd_env_open(&env, 0) || setuid(NOBODY))
		return 1;
	for (i = 0; i < 3; i++) {
		if (prepare(&env.gpu, &user_aql, &p[i], 0, 0))
			return 2;
		p[i].q.args.read_pointer_address = p[0].page[0].va + 64 * i;
		p[i].q.args.write_pointer_address =
			p[0].page[0].va + 64 * i + 8;
		if (kfd_queue_submit(&p[i].q) || pinned_pages() != 1 ||
		    !state_is(&p[i].q, "active"))
			return 3;
	}
	for (i = 0; i < 3; i++) {
		if (pinned_pages() != 1 || kfd_queue_destroy(&p[i].q))
			return 4;
	}
	if (pinned_pages() != 0)
		return 5;
	for (i = 0; i < 3; i++) {
		if (unplace(&p[i]))
			return 6;
	}
	return 0;
}

TEST_F(unwatched, shared_page)
{
	EXPECT_EQ(0, kfd_test_in_child(shared_page, NULL));
}

TEST_HARNESS_MAIN

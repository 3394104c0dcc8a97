// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt and memory that is short: whichever allocation of gpreempt's fails
 * in an operation, the operation succeeds all the same or says so and leaves
 * nothing. Only gpreempt's: amdkfd in Linux 6.12 does not survive that its own
 * files in sysfs can't be made.
 */
#include <fcntl.h>

#include "gpreempt_stage.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"
/* More allocations than any of the operations makes */
#define MOST		2000
/* What became of an operation, if not 0; exit statuses of a child, too */
#define UNTOUCHED	10
#define REFUSED		11
#define BROKEN		12

/* Let the @nth allocation from now on fail; 0: none */
static int fail_nth(unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return kfd_file_write(FAIL_NTH, text, len);
}

/* End it. Return: whether an allocation failed, or a negative errno. */
static int has_failed(void)
{
	char text[16];
	int ret = kfd_file_read(FAIL_NTH, text, sizeof(text));

	if (ret < 0)
		return ret;
	ret = fail_nth(0);
	return ret ? ret : atoi(text) == 0;
}

/* Where gpreempt's functions are, which are linked one after the other */
static int find_text(unsigned long *start, unsigned long *end)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	unsigned long address;
	char name[256], type;

	if (!symbols)
		return -errno;
	*start = ~0UL;
	*end = 0;
	while (fscanf(symbols, "%lx %c %255s%*[^\n]", &address, &type,
		      name) == 3) {
		/* what is seldom executed lies elsewhere: function.cold */
		if (strncmp(name, "kfd_gpreempt_", 13) || strchr(name, '.') ||
		    (type != 't' && type != 'T'))
			continue;
		*start = address < *start ? address : *start;
		*end = address > *end ? address : *end;
	}
	fclose(symbols);
	return *start < *end && *end - *start < 0x100000 ? 0 : -ENOENT;
}

static int set(const char *kind, const char *file, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kind, file);
	return kfd_file_write(path, value, strlen(value));
}

/* Allocations on behalf of gpreempt, also such that may sleep; and quietly */
static int prepare_faults(void)
{
	static const char * const kinds[] = { "failslab", "fail_page_alloc" };
	unsigned long start = 0, end = 0;
	char from[32], to[32];
	unsigned int i;
	int ret = find_text(&start, &end);

	snprintf(from, sizeof(from), "0x%lx", start);
	snprintf(to, sizeof(to), "0x%lx", end);
	for (i = 0; i < ARRAY_SIZE(kinds) && !ret; i++) {
		ret = set(kinds[i], "require-start", from);
		if (!ret)
			ret = set(kinds[i], "require-end", to);
		if (!ret)
			ret = set(kinds[i], "ignore-gfp-wait", "N");
		if (!ret)
			ret = set(kinds[i], "verbose", "0");
	}
	return ret ? ret : set("fail_page_alloc", "min-order", "0");
}

/* In a child, as a process has one life only: one preemption, no work lost */
static int works(void *arg)
{
	const struct kfd_props *p = arg;
	struct kfd_queue be, lc;
	struct kfd_env env;
	int ret = kfd_env_open(&env, 0);

	if (ret)
		return -ret;
	ret = gp_create_aql(&env, &be, BE_PRIORITY);
	if (!ret)
		ret = gp_create_aql(&env, &lc, LC_PRIORITY);
	if (!ret)
		ret = kfd_env_dispatch(&env, &be, 0, 10, 20 * NSEC_PER_MSEC);
	if (!ret)
		ret = gp_lc_begin(&env, &lc, 1);
	if (!ret)
		ret = kfd_knob_wait_state(p->node, "preempted", WAIT_MS);
	if (!ret)
		ret = gp_lc_end(&env);
	if (!ret)
		ret = kfd_env_wait(&env, 0, WAIT_MS);
	if (!ret && kfd_load(&env.counter[0]) != 10)
		ret = -EIO;
	if (!ret)
		ret = kfd_queue_destroy(&lc);
	if (!ret)
		ret = kfd_queue_destroy(&be);
	kfd_env_close(&env);
	return -ret;
}

FIXTURE(fault) {
	struct kfd_props props;
};

FIXTURE_SETUP(fault)
{
	int ret = kfd_topology_gpu(0, &self->props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim runs kernels that are descriptors");
	if (access(FAIL_NTH, W_OK))
		SKIP(return, "this kernel can't inject faults");
	ASSERT_EQ(0, prepare_faults());
	ASSERT_EQ(0, gp_reset_knobs(self->props.node));
}

/* What was short of memory once is as good as new. */
FIXTURE_TEARDOWN(fault)
{
	EXPECT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	EXPECT_EQ(0, kfd_test_in_child(works, &self->props));
	EXPECT_EQ(0, kfd_knobs_reset(self->props.node));
	EXPECT_EQ(0, gp_count_off(&self->props));
}

/* Of an operation that returned @ret: what the failure made of it */
static int outcome(int ret)
{
	int failed = has_failed();

	if (failed < 0 || (ret && (!failed || ret != -ENOMEM)))
		return BROKEN;
	if (ret)
		return REFUSED;
	return failed ? 0 : UNTOUCHED;
}

/*
 * Let each allocation of @operation fail once. It gets the number of the one
 * that is to fail, and says what became of it.
 *
 * Return: how many allocations there are, or a negative errno.
 */
static int each_allocation(int (*operation)(unsigned int nth, void *arg),
			   void *arg)
{
	unsigned int nth, refused = 0;
	int ret;

	for (nth = 1; nth < MOST; nth++) {
		ret = operation(nth, arg);
		if (ret == UNTOUCHED)
			break;
		if (ret && ret != REFUSED)
			return ret < 0 ? ret : -EIO;
		refused += ret == REFUSED;
	}
	printf("# %u allocations, %u were needed\n", nth - 1, refused);
	return nth < MOST ? (int)nth - 1 : -E2BIG;
}

/* ---- what a process may do again and again ------------------------------ */

static int enable(unsigned int nth, void *arg)
{
	const struct kfd_props *p = arg;

	if (fail_nth(nth))
		return BROKEN;
	return outcome(kfd_knob_set(p->node, "enable", 1));
}

/* For the first time since there is the GPU: with a worker to be made */
TEST_F(fault, enable)
{
	EXPECT_LT(0, each_allocation(enable, &self->props));
}

static int create_queue(unsigned int nth, void *arg)
{
	struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	struct kfd_env *env = arg;
	struct kfd_queue q;
	int ret;

	attr.priority = nth & 1 ? BE_PRIORITY : LC_PRIORITY;
	if (kfd_queue_prepare(&env->gpu, &attr, &q) || fail_nth(nth))
		return BROKEN;
	ret = outcome(kfd_queue_submit(&q));
	/* It may be without a file; it has to work. */
	if ((!ret || ret == UNTOUCHED) &&
	    (kfd_env_dispatch(env, &q, 0, 1, NSEC_PER_USEC) ||
	     kfd_env_wait(env, 0, WAIT_MS)))
		return BROKEN;
	return kfd_queue_destroy(&q) ? BROKEN : ret;
}

/* One more queue of a process that has some, with all that goes with it */
TEST_F(fault, create_queue)
{
	struct kfd_queue first;
	struct kfd_env env;

	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	ASSERT_EQ(0, kfd_env_open(&env, 0));
	ASSERT_EQ(0, gp_create_aql(&env, &first, BE_PRIORITY));
	EXPECT_LT(0, each_allocation(create_queue, &env));
	EXPECT_EQ(0, kfd_queue_destroy(&first));
	kfd_env_close(&env);
}

/* ---- what happens once in a process' life -------------------------------- */

/* In a child: the first open, which makes the process known. */
static int open_device(void *arg)
{
	unsigned int *nth = arg;
	int fd, ret;

	if (fail_nth(*nth))
		return BROKEN;
	fd = open("/dev/kfd", O_RDWR | O_CLOEXEC);
	ret = outcome(fd < 0 ? -errno : 0);
	if (fd >= 0)
		close(fd);
	return ret;
}

/* In a child: the first queue, which maps the doorbells, and the first ring */
static int first_queue(void *arg)
{
	struct kfd_queue_attr attr =
		KFD_QUEUE_ATTR(KFD_IOC_QUEUE_TYPE_COMPUTE_AQL);
	unsigned int *nth = arg;
	struct kfd_env env;
	struct kfd_queue q;
	int ret;

	attr.priority = LC_PRIORITY;
	if (kfd_env_open(&env, 0) ||
	    kfd_queue_prepare(&env.gpu, &attr, &q) || fail_nth(*nth))
		return BROKEN;
	ret = kfd_queue_submit(&q);
	if (!ret)
		ret = kfd_env_dispatch(&env, &q, 0, 1, NSEC_PER_USEC);
	ret = outcome(ret);
	if (ret && ret != UNTOUCHED)
		return ret;
	if (kfd_env_wait(&env, 0, WAIT_MS) || kfd_queue_destroy(&q))
		return BROKEN;
	kfd_env_close(&env);
	return ret;
}

static int in_child(unsigned int nth, void *fn)
{
	return kfd_test_in_child(fn, &nth);
}

TEST_F(fault, open_device)
{
	EXPECT_LT(0, each_allocation(in_child, open_device));
}

TEST_F(fault, first_queue)
{
	ASSERT_EQ(0, kfd_knob_set(self->props.node, "enable", 1));
	EXPECT_LT(0, each_allocation(in_child, first_queue));
}

TEST_HARNESS_MAIN

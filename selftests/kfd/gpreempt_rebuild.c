// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt on one GPU while another one comes and goes: amdkfd then takes down
 * the whole topology in sysfs and builds it again. No value may get lost on
 * the way, and no queue may notice.
 *
 * The process is started while the other GPU is out, because amdkfd can't
 * stand that a GPU goes which a process has.
 */
#include <dirent.h>
#include <fcntl.h>

#include "gpreempt_test.h"

#define OTHER_SIM	1
#define ROUNDS		5
#define MAX_KNOBS	32
#define READERS		2

#define BE_SLOT		0
#define BE_WORKGROUPS	50

struct knob {
	char name[64];
	char text[128];
};

FIXTURE(rebuild) {
	struct kfd_env env;
	struct kfd_queue be;
	struct kfd_queue lc;
	unsigned int node;
	struct knob knob[MAX_KNOBS];
	unsigned int num;
};

static int plug(const char *file)
{
	char path[64], text[8];

	snprintf(path, sizeof(path), "/sys/kernel/debug/kfdsim/%s", file);
	snprintf(text, sizeof(text), "%u", OTHER_SIM);
	return kfd_file_write(path, text, strlen(text));
}

/* A process that has just ended may still have it. */
static int plug_out(void)
{
	__u64 end = kfd_now_ns() + WAIT_MS * NSEC_PER_MSEC;
	int ret;

	do {
		ret = plug("del_device");
		if (ret != -EBUSY)
			break;
		usleep(10000);
	} while (kfd_now_ns() < end);
	return ret;
}

/* It comes, and goes again: the tree is built twice. */
static int come_and_go(void)
{
	int ret = plug("new_device");

	return ret ? ret : plug("del_device");
}

/* ---- knobs --------------------------------------------------------------- */

/* Another value than the default one, that tests can work with */
static int set_other_value(unsigned int node, struct knob *knob)
{
	__u64 value, max;
	char file[96];
	int ret;

	if (!strcmp(knob->name, "triggers")) {
		ret = kfd_knob_write(node, knob->name, "timer");
	} else if (!strcmp(knob->name, "enable")) {
		ret = kfd_knob_set(node, knob->name, 1);
	} else if (kfd_knob_get(node, knob->name, &value) == -EINVAL) {
		/* It was "auto". */
		ret = kfd_knob_set(node, knob->name, 1);
	} else {
		snprintf(file, sizeof(file), "%s_max", knob->name);
		ret = kfd_knob_get(node, file, &max);
		if (!ret)
			ret = kfd_knob_set(node, knob->name,
					   value < max ? value + 1 : value - 1);
	}
	if (!ret)
		ret = kfd_knob_read(node, knob->name, knob->text,
				    sizeof(knob->text));
	return ret < 0 ? ret : 0;
}

static int set_other_values(struct _test_data_rebuild *self)
{
	char path[128];
	struct dirent *entry;
	DIR *dir;
	int ret = 0;

	snprintf(path, sizeof(path), KFD_TOPOLOGY "/%u/gpreempt/.defaults",
		 self->node);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		struct knob *knob = &self->knob[self->num];

		if (entry->d_name[0] == '.')
			continue;
		if (++self->num == MAX_KNOBS)
			ret = -E2BIG;
		snprintf(knob->name, sizeof(knob->name), "%.63s",
			 entry->d_name);
		if (!ret)
			ret = set_other_value(self->node, knob);
	}
	closedir(dir);
	return ret;
}

/* Number of knobs that do not say what they said */
static int count_changed(struct _test_data_rebuild *self)
{
	char text[128];
	unsigned int i;
	int changed = 0;

	for (i = 0; i < self->num; i++) {
		const struct knob *knob = &self->knob[i];

		if (kfd_knob_read(self->node, knob->name, text,
				  sizeof(text)) >= 0 &&
		    !strcmp(text, knob->text))
			continue;
		printf("# %s: \"%s\", was \"%s\"\n", knob->name, text,
		       knob->text);
		changed++;
	}
	return changed;
}

/* ---- fixture ------------------------------------------------------------- */

FIXTURE_SETUP(rebuild)
{
	int ret;

	if (!kfd_test_on_kfdsim())
		SKIP(return, "only kfdsim lets a GPU come and go");
	ret = plug_out();
	if (ret == -EINVAL)
		SKIP(return, "only one GPU");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, kfd_env_open(&self->env, 0));
	self->node = self->env.gpu.props.node;
	ASSERT_EQ(0, gp_reset_knobs(self->node));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->be, BE_PRIORITY));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->lc, LC_PRIORITY));
}

FIXTURE_TEARDOWN(rebuild)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	EXPECT_EQ(0, kfd_queue_destroy(&self->lc));
	EXPECT_EQ(0, kfd_queue_destroy(&self->be));
	kfd_env_close(&self->env);
	EXPECT_EQ(0, plug("new_device"));
}

TEST_F(rebuild, values)
{
	unsigned int i;

	ASSERT_EQ(0, set_other_values(self));
	ASSERT_LT(10, self->num);
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, plug("new_device"));
		EXPECT_EQ(0, count_changed(self)) TH_LOG("it came");
		ASSERT_EQ(0, plug("del_device"));
		EXPECT_EQ(0, count_changed(self)) TH_LOG("it went");
	}
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
}

/* The other one is new each time, and knows nothing of what it was before. */
TEST_F(rebuild, other_one_is_new)
{
	struct kfd_props props;
	unsigned int i;
	__u64 value;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, plug("new_device"));
		ASSERT_EQ(0, kfd_topology_gpu(1, &props));
		ASSERT_EQ(0, kfd_knob_get(props.node, "be_min_runtime_us",
					  &value));
		EXPECT_EQ(0, value);
		EXPECT_EQ(0, kfd_knob_wait_state(props.node, "off", 0));
		ASSERT_EQ(0, kfd_knob_set(props.node, "be_min_runtime_us", 7));
		ASSERT_EQ(0, kfd_knob_set(props.node, "enable", 1));
		ASSERT_EQ(0, plug("del_device"));
	}
}

/* Counters go on from where they were, and count the rest. */
TEST_F(rebuild, while_preempting)
{
	struct kfd_env *env = &self->env;
	__u64 before, after, last = 0;
	unsigned int i;

	ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions", &before));
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, BE_SLOT, BE_WORKGROUPS,
				      NSEC_PER_MSEC * 100));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
		ASSERT_EQ(0, come_and_go());
		ASSERT_EQ(0, kfd_env_wait(env, LC_SLOT, WAIT_MS));
		ASSERT_EQ(0, gp_lc_end(env));
		ASSERT_EQ(0, kfd_knob_get(self->node, "stats/preemptions",
					  &after));
		EXPECT_LE(last, after);
		last = after;
	}
	EXPECT_LT(before, after);
	ASSERT_EQ(0, kfd_env_wait(env, BE_SLOT, WAIT_MS));
	EXPECT_EQ(BE_WORKGROUPS, kfd_load(&env->counter[BE_SLOT]));
}

/* What is off stays off, and comes back when it should. */
TEST_F(rebuild, while_preempted)
{
	struct kfd_env *env = &self->env;
	unsigned int i;

	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_env_dispatch(env, &self->be, BE_SLOT, BE_WORKGROUPS,
				      NSEC_PER_MSEC * 100));
	ASSERT_EQ(0, gp_lc_begin(env, &self->lc, 1));
	ASSERT_EQ(0, kfd_knob_wait_state(self->node, "preempted", WAIT_MS));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, come_and_go());
		EXPECT_EQ(0, kfd_knob_wait_state(self->node, "preempted", 0));
	}
	EXPECT_EQ(0, kfd_load(&env->counter[BE_SLOT]));
	ASSERT_EQ(0, gp_lc_end(env));
	EXPECT_EQ(0, kfd_knob_wait_state(self->node, "idle", WAIT_MS));
	ASSERT_EQ(0, kfd_env_wait(env, BE_SLOT, WAIT_MS));
	EXPECT_EQ(BE_WORKGROUPS, kfd_load(&env->counter[BE_SLOT]));
}

/* A file of the old tree is dead, and its name leads to the new one. */
TEST_F(rebuild, open_file)
{
	char path[128], text[16];
	int fd;

	snprintf(path, sizeof(path), KFD_TOPOLOGY "/%u/gpreempt/state",
		 self->node);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_LT(0, pread(fd, text, sizeof(text), 0));
	ASSERT_EQ(0, come_and_go());
	EXPECT_EQ(-1, pread(fd, text, sizeof(text), 0));
	EXPECT_EQ(ENODEV, errno);
	close(fd);
	EXPECT_LT(0, kfd_file_read(path, text, sizeof(text)));
}

/* Writes one of two values for as long as it may; 0 if none else was seen */
static int write_and_read(unsigned int node, const __u32 *stop, __u64 mine)
{
	__u64 value;
	int ret;

	while (!kfd_load(stop)) {
		ret = kfd_knob_set(node, "confirm_us", mine);
		if (!ret)
			ret = kfd_knob_get(node, "confirm_us", &value);
		/* between two trees there is no file, or a dead one */
		if (ret == -ENOENT || ret == -ENODEV)
			continue;
		if (ret)
			return 1;
		if (!value || value > READERS)
			return 2;
	}
	return 0;
}

TEST_F(rebuild, while_written)
{
	pid_t child[READERS];
	unsigned int i;
	__u32 *stop;
	int status;

	stop = mmap(NULL, sizeof(*stop), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, stop);
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_EQ(0, kfd_knob_set(self->node, "confirm_us", 1));
	for (i = 0; i < READERS; i++) {
		child[i] = fork();
		ASSERT_LE(0, child[i]);
		if (!child[i])
			_exit(write_and_read(self->node, stop, i + 1));
	}
	for (i = 0; i < 2 * ROUNDS; i++) {
		EXPECT_EQ(0, come_and_go());
		usleep(2000);
	}
	__atomic_store_n(stop, 1, __ATOMIC_RELEASE);
	for (i = 0; i < READERS; i++) {
		ASSERT_EQ(child[i], waitpid(child[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status));
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * The directory nodes/<n>/gpreempt as a whole: which files there are, what
 * they look like, and who may write to them.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "gpreempt_test.h"

FIXTURE(files) {
	unsigned int node;
	char dir[128];
};

FIXTURE_SETUP(files)
{
	struct kfd_props props;
	int ret = kfd_topology_gpu(0, &props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->node = props.node;
	snprintf(self->dir, sizeof(self->dir), KFD_TOPOLOGY "/%u/gpreempt",
		 props.node);
	ret = access(self->dir, F_OK) ? -errno : 0;
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
}

FIXTURE_TEARDOWN(files)
{
	EXPECT_EQ(0, kfd_knobs_reset(self->node));
}

TEST_F(files, state)
{
	char state[64];

	ASSERT_LT(0, kfd_knob_read(self->node, "state", state, sizeof(state)));
	EXPECT_STREQ("off", state);
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	EXPECT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	ASSERT_LT(0, kfd_knob_read(self->node, "state", state, sizeof(state)));
	EXPECT_STREQ("idle", state);
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	EXPECT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	ASSERT_LT(0, kfd_knob_read(self->node, "state", state, sizeof(state)));
	EXPECT_STREQ("off", state);
}

static bool is_one_line(const char *text, int len)
{
	return len > 1 && strchr(text, '\n') == text + len - 1;
}

/* Every file can be read, and has a mode that fits its use. */
static int check_dir(const char *path, unsigned int *num)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int bad = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		char file[512], text[4096];
		struct stat st;
		bool write;
		int len;

		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (stat(file, &st) || !S_ISREG(st.st_mode))
			continue;
		len = kfd_file_read(file, text, sizeof(text));
		write = st.st_mode & 0222;
		if (len < 0 || !is_one_line(text, len) ||
		    (st.st_mode & 0777) != (write ? 0644 : 0444)) {
			printf("# %s: %d, mode %o\n", file, len, st.st_mode);
			bad++;
		}
		(*num)++;
	}
	closedir(dir);
	return bad;
}

TEST_F(files, one_value_each)
{
	unsigned int knobs = 0, top = 0, num = 0;
	char path[192];

	snprintf(path, sizeof(path), "%s/.defaults", self->dir);
	EXPECT_EQ(0, check_dir(path, &knobs));
	EXPECT_LE(16U, knobs);
	/* enable, state, slots, and what an operator has to know */
	EXPECT_EQ(0, check_dir(self->dir, &top));
	EXPECT_EQ(1 + 1 + 3 + 3 * 8, top);
	snprintf(path, sizeof(path), "%s/tuning", self->dir);
	EXPECT_EQ(0, check_dir(path, &num));
	/* 3 for each knob, 1 for triggers and enable; state and slots */
	EXPECT_EQ(3 * (knobs - 2) + 2 + 4, top + num);
	num = 0;
	snprintf(path, sizeof(path), "%s/stats", self->dir);
	EXPECT_EQ(0, check_dir(path, &num));
	EXPECT_LE(49U, num);
}

TEST_F(files, stages)
{
	static const char *const stages[] = {
		"detect", "decide", "submit", "acknowledge", "progress",
		"resume",
	};
	static const char *const values[] = {
		"count", "ns", "p50_us", "p99_us", "max_us",
	};
	unsigned int i, j;
	char file[64];
	__u64 value;

	for (i = 0; i < ARRAY_SIZE(stages); i++) {
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			snprintf(file, sizeof(file), "stats/%s_%s", stages[i],
				 values[j]);
			EXPECT_EQ(0, kfd_knob_get(self->node, file, &value))
				TH_LOG("%s", file);
		}
	}
}

TEST_F(files, slots)
{
	__u64 total, active, left;

	ASSERT_EQ(0, kfd_knob_get(self->node, "hqd_total", &total));
	ASSERT_EQ(0, kfd_knob_get(self->node, "hqd_active", &active));
	ASSERT_EQ(0, kfd_knob_get(self->node, "hqd_free", &left));
	EXPECT_LT(0ULL, total);
	EXPECT_EQ(total, active + left);
}

/* Modes don't stop root: what is read-only must refuse by itself. */
TEST_F(files, read_only)
{
	const char *const files[] = {
		"state", "hqd_total", "hqd_active", "hqd_free",
		"stats/preemptions", "stats/detect_p50_us",
		"tuning/confirm_us_min", "tuning/confirm_us_max", ".defaults/confirm_us",
		".defaults/triggers", ".defaults/enable",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		EXPECT_GT(0, kfd_knob_write(self->node, files[i], "1"))
			TH_LOG("%s took it", files[i]);
	}
}

static int write_as_nobody(void *arg)
{
	const unsigned int *node = arg;

	if (setuid(65534))
		return 1;
	return kfd_knob_set(*node, "enable", 1) == -EACCES ? 0 : 2;
}

TEST_F(files, only_root_writes)
{
	EXPECT_EQ(0, kfd_test_in_child(write_as_nobody, &self->node));
}

/* Nothing to schedule: on and off as often as one likes */
TEST_F(files, enable_often)
{
	unsigned int i;

	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, kfd_knob_set(self->node, "enable", i % 2))
			TH_LOG("number %u", i);
	}
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt's files: every knob with good and bad values. What is rejected
 * leaves the value as it was.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "gpreempt_test.h"

FIXTURE(knob) {
	unsigned int node;
	__u64 saved;
	__u64 min, max;
};

FIXTURE_VARIANT(knob) {
	const char *name;
	__u64 value;
};

FIXTURE_VARIANT_ADD(knob, enable) { "enable", 0 };
FIXTURE_VARIANT_ADD(knob, monitor_interval_us) { "monitor_interval_us", 5000 };
FIXTURE_VARIANT_ADD(knob, lc_interval_us) { "lc_interval_us", 1000 };
FIXTURE_VARIANT_ADD(knob, lc_priority_min) { "lc_priority_min", 11 };
FIXTURE_VARIANT_ADD(knob, confirm_us) { "confirm_us", 0 };
FIXTURE_VARIANT_ADD(knob, resume_delay_us) { "resume_delay_us", 50 };

static int limit(unsigned int node, const char *name, const char *which,
		 __u64 *value)
{
	char file[64];

	snprintf(file, sizeof(file), "%s_%s", name, which);
	return kfd_knob_get(node, file, value);
}

FIXTURE_SETUP(knob)
{
	struct kfd_props props;
	int ret = kfd_topology_gpu(0, &props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->node = props.node;
	ret = kfd_knob_get(self->node, variant->name, &self->saved);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
	if (!strcmp(variant->name, "enable")) {
		self->max = 1;
		return;
	}
	ASSERT_EQ(0, limit(self->node, variant->name, "min", &self->min));
	ASSERT_EQ(0, limit(self->node, variant->name, "max", &self->max));
}

FIXTURE_TEARDOWN(knob)
{
	EXPECT_EQ(0, kfd_knob_set(self->node, variant->name, self->saved));
}

TEST_F(knob, default_value)
{
	char file[64];
	__u64 value;

	snprintf(file, sizeof(file), ".defaults/%s", variant->name);
	ASSERT_EQ(0, kfd_knob_get(self->node, file, &value));
	EXPECT_EQ(variant->value, value);
	EXPECT_EQ(variant->value, self->saved)
		TH_LOG("something has changed %s before", variant->name);
	EXPECT_LE(self->min, value);
	EXPECT_GE(self->max, value);
}

TEST_F(knob, good_values)
{
	const __u64 good[] = {
		self->min, self->max, (self->min + self->max) / 2,
	};
	unsigned int i;
	__u64 value;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		ASSERT_EQ(0, kfd_knob_set(self->node, variant->name, good[i]));
		ASSERT_EQ(0, kfd_knob_get(self->node, variant->name, &value));
		EXPECT_EQ(good[i], value);
	}
}

/* Without a newline, in hexadecimal, and as the shell writes it */
TEST_F(knob, notations)
{
	char text[32];
	__u64 value;

	snprintf(text, sizeof(text), "%llu", self->max);
	EXPECT_EQ(0, kfd_knob_write(self->node, variant->name, text));
	snprintf(text, sizeof(text), "0x%llx\n", self->max);
	EXPECT_EQ(0, kfd_knob_write(self->node, variant->name, text));
	ASSERT_EQ(0, kfd_knob_get(self->node, variant->name, &value));
	EXPECT_EQ(self->max, value);
}

TEST_F(knob, bad_values)
{
	char above[32], below[32];
	const char *const bad[] = {
		above, below, "\n", " ", "x", "-1", "1.5", "1 1", "0x", "1k",
		"4294967296", "18446744073709551616", "\xff", "1\n1\n",
	};
	unsigned int i;
	__u64 value;

	snprintf(above, sizeof(above), "%llu", self->max + 1);
	snprintf(below, sizeof(below), "%lld", (__s64)self->min - 1);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, kfd_knob_write(self->node, variant->name,
						  bad[i]))
			TH_LOG("wrote \"%s\"", bad[i]);
		ASSERT_EQ(0, kfd_knob_get(self->node, variant->name, &value));
		EXPECT_EQ(self->saved, value)
			TH_LOG("after \"%s\"", bad[i]);
	}
}

TEST_F(knob, page_of_text)
{
	char text[4097];
	__u64 value;

	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	EXPECT_EQ(-EINVAL, kfd_knob_write(self->node, variant->name, text));
	memset(text, 'x', sizeof(text) - 1);
	EXPECT_EQ(-EINVAL, kfd_knob_write(self->node, variant->name, text));
	ASSERT_EQ(0, kfd_knob_get(self->node, variant->name, &value));
	EXPECT_EQ(self->saved, value);
}

/* A write of nothing is no write; sysfs itself answers it. */
TEST_F(knob, empty_write)
{
	__u64 value;

	EXPECT_EQ(0, kfd_knob_write(self->node, variant->name, ""));
	ASSERT_EQ(0, kfd_knob_get(self->node, variant->name, &value));
	EXPECT_EQ(self->saved, value);
}

/* Changes under a running scheduler take effect or not, but do no harm. */
TEST_F(knob, change_while_enabled)
{
	ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
	EXPECT_EQ(0, kfd_knob_set(self->node, variant->name, self->max));
	EXPECT_EQ(0, kfd_knob_set(self->node, variant->name, self->min));
	EXPECT_EQ(0, kfd_knob_set(self->node, "enable", 0));
}

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
	kfd_knob_set(self->node, "enable", 0);
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

/* Every file is read: one line that ends, and a mode that fits its use. */
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
		bad += len < 2 || text[len - 1] != '\n' ||
		       strchr(text, '\n') != text + len - 1;
		write = st.st_mode & 0222;
		bad += (st.st_mode & 0777) != (write ? 0644 : 0444);
		(*num)++;
	}
	closedir(dir);
	return bad;
}

TEST_F(files, one_value_each)
{
	unsigned int num = 0;
	char path[192];

	EXPECT_EQ(0, check_dir(self->dir, &num));
	EXPECT_LE(17U, num);
	num = 0;
	snprintf(path, sizeof(path), "%s/.defaults", self->dir);
	EXPECT_EQ(0, check_dir(path, &num));
	EXPECT_LE(6U, num);
	num = 0;
	snprintf(path, sizeof(path), "%s/stats", self->dir);
	EXPECT_EQ(0, check_dir(path, &num));
	EXPECT_LE(5U, num);
}

/* Modes don't stop root: what is read-only must refuse by itself. */
TEST_F(files, read_only)
{
	const char *const files[] = {
		"state", "stats/preemptions", "confirm_us_min",
		"confirm_us_max", ".defaults/confirm_us",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		EXPECT_GT(0, kfd_knob_write(self->node, files[i], "1"))
			TH_LOG("%s took it", files[i]);
	}
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

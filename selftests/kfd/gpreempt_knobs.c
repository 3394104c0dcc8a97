// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt's knobs: every one that the node has, with good and bad values.
 * What is rejected leaves the value as it was.
 */
#include <dirent.h>
#include <fcntl.h>

#include "gpreempt_test.h"

#define MAX_KNOBS	32
#define WRITERS		4
#define WRITES		50

struct knob {
	char name[64];
	__u64 initial;
	__u64 min, max;
	bool is_set;
};

/* Numbers and sets of words end at the first one without a name. */
FIXTURE(knobs) {
	unsigned int node;
	struct knob knob[MAX_KNOBS];
	struct knob set[MAX_KNOBS];
	unsigned int num;
};

static int get(unsigned int node, const char *prefix, const char *name,
	       const char *suffix, __u64 *value)
{
	char file[300];

	snprintf(file, sizeof(file), "%s%s%s", prefix, name, suffix);
	return kfd_knob_get(node, file, value);
}

static bool exists(unsigned int node, const char *name, const char *suffix)
{
	__u64 value;

	return get(node, "", name, suffix, &value) != -ENOENT;
}

/* "auto" is a value of some that have numbers else. */
#define AUTO	(~0ULL)

static int get_value(unsigned int node, const char *name, __u64 *value)
{
	char text[64];
	int ret = kfd_knob_read(node, name, text, sizeof(text));

	if (ret > 0 && !strcmp(text, "auto")) {
		*value = AUTO;
		return 0;
	}
	return kfd_knob_get(node, name, value);
}

static int set_value(unsigned int node, const char *name, __u64 value)
{
	return value == AUTO ? kfd_knob_write(node, name, "auto") :
			       kfd_knob_set(node, name, value);
}

/* What is neither a number nor "auto" is a set of words. */
static int read_knob(unsigned int node, struct knob *knob)
{
	char file[128];
	int ret;

	snprintf(file, sizeof(file), ".defaults/%.63s", knob->name);
	ret = get_value(node, file, &knob->initial);
	knob->is_set = ret == -EINVAL;
	if (knob->is_set)
		return 0;
	knob->max = 1;
	if (!ret && exists(node, knob->name, "_min"))
		ret = get(node, "", knob->name, "_min", &knob->min);
	if (!ret && exists(node, knob->name, "_max"))
		ret = get(node, "", knob->name, "_max", &knob->max);
	return ret;
}

/* The knobs are what .defaults has, so a new one is found by itself. */
static int find_knobs(unsigned int node, struct knob *number,
		      struct knob *set)
{
	unsigned int left = MAX_KNOBS;
	struct dirent *entry;
	char path[128];
	int ret = 0;
	DIR *dir;

	snprintf(path, sizeof(path), KFD_TOPOLOGY "/%u/gpreempt/.defaults",
		 node);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		struct knob knob = {};

		if (entry->d_name[0] == '.')
			continue;
		snprintf(knob.name, sizeof(knob.name), "%.63s", entry->d_name);
		/* the last one has no name */
		ret = --left ? read_knob(node, &knob) : -E2BIG;
		if (knob.is_set)
			*set++ = knob;
		else
			*number++ = knob;
	}
	closedir(dir);
	return ret;
}

FIXTURE_SETUP(knobs)
{
	struct kfd_props props;
	int ret = kfd_topology_gpu(0, &props);

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	self->node = props.node;
	ret = find_knobs(self->node, self->knob, self->set);
	if (kfd_test_no_gpu(ret))
		SKIP(return, "no gpreempt: %d", ret);
	ASSERT_EQ(0, ret);
	while (self->knob[self->num].name[0])
		self->num++;
	ASSERT_LT(0, self->num);
}

/* Whatever a test leaves behind, the defaults can be written back. */
FIXTURE_TEARDOWN(knobs)
{
	unsigned int i;
	__u64 value;

	EXPECT_EQ(0, kfd_knobs_reset(self->node));
	for (i = 0; i < self->num; i++) {
		EXPECT_EQ(0, get_value(self->node, self->knob[i].name,
				       &value));
		EXPECT_EQ(self->knob[i].initial, value)
			TH_LOG("%s", self->knob[i].name);
	}
}

TEST_F(knobs, defaults_in_force)
{
	struct knob *k;
	__u64 value;

	for (k = self->knob; k < self->knob + self->num; k++) {
		EXPECT_LE(k->min, k->initial)
			TH_LOG("%s", k->name);
		EXPECT_TRUE(k->max >= k->initial || k->initial == AUTO)
			TH_LOG("%s", k->name);
		ASSERT_EQ(0, get_value(self->node, k->name, &value));
		EXPECT_EQ(k->initial, value)
			TH_LOG("something has changed %s before", k->name);
	}
}

TEST_F(knobs, good_values)
{
	struct knob *k;
	unsigned int i;
	__u64 value;

	for (k = self->knob; k < self->knob + self->num; k++) {
		const __u64 good[] = {
			k->min, k->max, (k->min + k->max) / 2, k->initial,
		};

		for (i = 0; i < ARRAY_SIZE(good); i++) {
			ASSERT_EQ(0, set_value(self->node, k->name, good[i]))
				TH_LOG("%s: %llu", k->name, good[i]);
			ASSERT_EQ(0, get_value(self->node, k->name, &value));
			EXPECT_EQ(good[i], value)
				TH_LOG("%s", k->name);
		}
	}
}

/* Without a newline, in hexadecimal, and as the shell writes it */
TEST_F(knobs, notations)
{
	char text[32];
	struct knob *k;
	__u64 value;

	for (k = self->knob; k < self->knob + self->num; k++) {
		snprintf(text, sizeof(text), "%llu", k->min);
		EXPECT_EQ(0, kfd_knob_write(self->node, k->name, text));
		snprintf(text, sizeof(text), "0x%llx\n", k->max);
		EXPECT_EQ(0, kfd_knob_write(self->node, k->name, text));
		ASSERT_EQ(0, get_value(self->node, k->name, &value));
		EXPECT_EQ(k->max, value)
			TH_LOG("%s", k->name);
	}
}

TEST_F(knobs, bad_values)
{
	char above[32], below[32];
	const char *const bad[] = {
		above, below, "\n", " ", "x", "-1", "1.5", "1 1", "0x", "1k",
		"4294967296", "18446744073709551616", "\xff", "1\n1\n",
		"default", "1,2",
	};
	struct knob *k;
	unsigned int i;
	__u64 value;

	for (k = self->knob; k < self->knob + self->num; k++) {
		snprintf(above, sizeof(above), "%llu", k->max + 1);
		snprintf(below, sizeof(below), "%lld", (__s64)k->min - 1);
		for (i = 0; i < ARRAY_SIZE(bad); i++) {
			EXPECT_EQ(-EINVAL, kfd_knob_write(self->node, k->name,
							  bad[i]))
				TH_LOG("%s: wrote \"%s\"", k->name, bad[i]);
		}
		ASSERT_EQ(0, get_value(self->node, k->name, &value));
		EXPECT_EQ(k->initial, value)
			TH_LOG("%s", k->name);
	}
}

TEST_F(knobs, page_of_text)
{
	const char fillers[] = { '1', '0', 'x', ' ' };
	char text[4097];
	struct knob *k;
	unsigned int i;
	__u64 value;

	for (k = self->knob; k < self->knob + self->num; k++) {
		for (i = 0; i < sizeof(fillers); i++) {
			memset(text, fillers[i], sizeof(text) - 1);
			text[sizeof(text) - 2] = '1';
			text[sizeof(text) - 1] = '\0';
			/* However many zeros a number begins with */
			if (fillers[i] == '0' && k->min <= 1 && k->max >= 1)
				continue;
			EXPECT_EQ(-EINVAL, kfd_knob_write(self->node, k->name,
							  text))
				TH_LOG("%s: '%c'", k->name, fillers[i]);
		}
		ASSERT_EQ(0, get_value(self->node, k->name, &value));
		EXPECT_EQ(k->initial, value)
			TH_LOG("%s", k->name);
	}
}

/* A write of nothing is no write; sysfs itself answers it. */
TEST_F(knobs, empty_write)
{
	struct knob *k;
	__u64 value;

	for (k = self->knob; k < self->knob + self->num; k++) {
		EXPECT_EQ(0, kfd_knob_write(self->node, k->name, ""));
		ASSERT_EQ(0, get_value(self->node, k->name, &value));
		EXPECT_EQ(k->initial, value);
	}
}

/* Changes under a running scheduler take effect or not, but do no harm. */
TEST_F(knobs, change_while_enabled)
{
	struct knob *k;

	for (k = self->knob; k < self->knob + self->num; k++) {
		ASSERT_EQ(0, kfd_knob_set(self->node, "enable", 1));
		EXPECT_EQ(0, set_value(self->node, k->name, k->max));
		EXPECT_EQ(0, set_value(self->node, k->name, k->min));
		EXPECT_EQ(0, set_value(self->node, k->name, k->initial));
		EXPECT_EQ(0, kfd_knob_set(self->node, "enable", 0));
	}
}

/* One of several who write the same knobs at the same time */
static int write_all(unsigned int node, const struct knob *knob,
		     unsigned int num, unsigned int writer)
{
	unsigned int i, j;
	__u64 value;

	for (i = 0; i < WRITES; i++) {
		for (j = 0; j < num; j++) {
			value = (i + writer) % 2 ? knob[j].min : knob[j].max;
			if (kfd_knob_set(node, knob[j].name, value) ||
			    kfd_knob_get(node, knob[j].name, &value))
				return 1;
			if (value != knob[j].min && value != knob[j].max)
				return 2;
		}
	}
	return 0;
}

TEST_F(knobs, concurrent_writers)
{
	pid_t child[WRITERS];
	unsigned int i;
	int status;

	for (i = 0; i < WRITERS; i++) {
		child[i] = fork();
		ASSERT_LE(0, child[i]);
		if (!child[i])
			_exit(write_all(self->node, self->knob, self->num, i));
	}
	for (i = 0; i < WRITERS; i++) {
		ASSERT_EQ(child[i], waitpid(child[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status));
	}
}

/* Rejected writes beside good ones: neither disturbs the other, or a reader. */
static int write_bad(unsigned int node, const struct knob *knob,
		     unsigned int num, unsigned int number)
{
	char text[32];
	unsigned int i, j;

	for (i = 0; i < WRITES; i++) {
		for (j = 0; j < num; j++) {
			snprintf(text, sizeof(text), "%llu\n",
				 knob[j].max + 1);
			if (kfd_knob_write(node, knob[j].name, text) != -EINVAL)
				return 3;
		}
	}
	return 0;
}

static int read_all(unsigned int node, const struct knob *knob,
		    unsigned int num, unsigned int number)
{
	unsigned int i, j;
	__u64 value;

	for (i = 0; i < WRITES; i++) {
		for (j = 0; j < num; j++) {
			if (get_value(node, knob[j].name, &value))
				return 4;
			if (value != knob[j].min && value != knob[j].max &&
			    value != knob[j].initial)
				return 5;
		}
	}
	return 0;
}

TEST_F(knobs, concurrent_readers)
{
	int (*const jobs[])(unsigned int node, const struct knob *knob,
			    unsigned int num, unsigned int number) = {
		write_all, write_bad, read_all, read_all,
	};
	pid_t child[ARRAY_SIZE(jobs)];
	unsigned int i;
	int status;

	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		child[i] = fork();
		ASSERT_LE(0, child[i]);
		if (!child[i])
			_exit(jobs[i](self->node, self->knob, self->num, i));
	}
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		ASSERT_EQ(child[i], waitpid(child[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(0, WEXITSTATUS(status));
	}
}

/* ---- sets of words ----------------------------------------------------- */

/* Every word alone: it is in force then, and no other. */
static int each_word(unsigned int node, const char *name, const char *initial)
{
	char words[128], wanted[80], text[128];
	char *word, *rest = words;
	int ret = 0;

	snprintf(words, sizeof(words), "%s", initial);
	while (!ret && (word = strsep(&rest, "+"))) {
		ret = kfd_knob_write(node, name, word);
		if (!ret)
			ret = kfd_knob_read(node, name, text, sizeof(text));
		snprintf(wanted, sizeof(wanted), "[%.70s]", word);
		if (ret > 0)
			ret = strstr(text, wanted) &&
			      strchr(text, '[') == strrchr(text, '[') ?
			      0 : -EBADMSG;
	}
	return ret;
}

TEST_F(knobs, sets)
{
	static const char *const bad[] = {
		"\n", " ", "x", "0", "1", "-1", "none", "+", "\xff",
	};
	char file[128], initial[128], before[128], text[4097];
	struct knob *k;
	unsigned int i;

	for (k = self->set; k->name[0]; k++) {
		snprintf(file, sizeof(file), ".defaults/%.63s", k->name);
		ASSERT_LT(0, kfd_knob_read(self->node, file, initial,
					   sizeof(initial)));
		EXPECT_EQ(0, each_word(self->node, k->name, initial))
			TH_LOG("%s", k->name);
		ASSERT_LT(0, kfd_knob_read(self->node, k->name, before,
					   sizeof(before)));
		for (i = 0; i < ARRAY_SIZE(bad); i++) {
			EXPECT_EQ(-EINVAL, kfd_knob_write(self->node, k->name,
							  bad[i]))
				TH_LOG("%s: wrote \"%s\"", k->name, bad[i]);
		}
		memset(text, 'x', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		EXPECT_EQ(-EINVAL, kfd_knob_write(self->node, k->name, text));
		ASSERT_LT(0, kfd_knob_read(self->node, k->name, text,
					   sizeof(text)));
		EXPECT_STREQ(before, text);
		EXPECT_EQ(0, kfd_knob_write(self->node, k->name, initial));
	}
}

/* ---- triggers --------------------------------------------------------- */

TEST_F(knobs, triggers)
{
	static const struct {
		const char *write;
		const char *read;
	} good[] = {
		{ "timer", "[timer] event doorbell" },
		{ "event\n", "timer [event] doorbell" },
		{ "doorbell", "timer event [doorbell]" },
		{ "timer+event\n", "[timer] [event] doorbell" },
		{ "doorbell,timer", "[timer] event [doorbell]" },
		{ "event doorbell\n", "timer [event] [doorbell]" },
		{ " timer \t event , doorbell\n ",
		  "[timer] [event] [doorbell]" },
		{ "timer + doorbell", "[timer] event [doorbell]" },
		{ "timer+event+doorbell", "[timer] [event] [doorbell]" },
	};
	char text[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, kfd_knob_write(self->node, "triggers",
					    good[i].write))
			TH_LOG("wrote \"%s\"", good[i].write);
		ASSERT_LT(0, kfd_knob_read(self->node, "triggers", text,
					   sizeof(text)));
		EXPECT_STREQ(good[i].read, text);
	}
}

TEST_F(knobs, bad_triggers)
{
	static const char *const bad[] = {
		"\n", " ", "none", "timer+", "+timer", "timer++event", ",",
		"timer timer", "timer+event+timer", "Timer", "timer;event",
		"tim", "timers", "timerevent", "0", "7", "[timer]", "timer,",
		"timer event doorbell x", "\xff",
	};
	char before[128], text[4097];
	unsigned int i;

	ASSERT_EQ(0, kfd_knob_write(self->node, "triggers", "event"));
	ASSERT_LT(0, kfd_knob_read(self->node, "triggers", before,
				   sizeof(before)));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL,
			  kfd_knob_write(self->node, "triggers", bad[i]))
			TH_LOG("wrote \"%s\"", bad[i]);
	}
	memset(text, 't', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	EXPECT_EQ(-EINVAL, kfd_knob_write(self->node, "triggers", text));
	memset(text, ' ', sizeof(text) - 1);
	EXPECT_EQ(-EINVAL, kfd_knob_write(self->node, "triggers", text));
	ASSERT_LT(0, kfd_knob_read(self->node, "triggers", text,
				   sizeof(text)));
	EXPECT_STREQ(before, text);
}

/* The default is shown as it is written, and a set has no limits. */
TEST_F(knobs, triggers_default)
{
	char text[128];

	ASSERT_LT(0, kfd_knob_read(self->node, ".defaults/triggers", text,
				   sizeof(text)));
	EXPECT_STREQ("timer+event+doorbell", text);
	EXPECT_EQ(0, kfd_knob_write(self->node, "triggers", "timer"));
	EXPECT_EQ(0, kfd_knob_write(self->node, "triggers", text));
	ASSERT_LT(0, kfd_knob_read(self->node, "triggers", text,
				   sizeof(text)));
	EXPECT_STREQ("[timer] [event] [doorbell]", text);
	EXPECT_FALSE(exists(self->node, "triggers", "_min"));
	EXPECT_FALSE(exists(self->node, "triggers", "_max"));
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt's files, and what Documentation/ABI says about them: every file has
 * an entry there, every entry is a file, and what the entries say about modes,
 * ranges, defaults and words is so.
 */
#include <ctype.h>
#include <dirent.h>
#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>

#include "gpreempt_test.h"
#include "kfd_abi.h"

#define NODE_DIR	KFD_TOPOLOGY "/<n>/gpreempt/"
#define MAX_FILES	256
#define MAX_ROOTS	3

/* A path that an entry stands for */
struct expected {
	const struct kfd_abi_entry *entry;
	char pattern[192];
	bool seen;
};

FIXTURE(abi) {
	struct kfd_env env;
	struct kfd_queue q;
	struct kfd_abi abi;
	struct expected expected[MAX_FILES];
	unsigned int num;
};

FIXTURE_VARIANT(abi) {
	const char *document;
	const char *roots[MAX_ROOTS];
};

FIXTURE_VARIANT_ADD(abi, sysfs) {
	.document = "doc/sysfs-class-kfd-gpreempt",
	.roots = {
		KFD_TOPOLOGY "/*/gpreempt",
		KFD_PROCESSES "/*/gpreempt",
		KFD_PROCESSES "/*/queues/*/gpreempt",
	},
};

FIXTURE_VARIANT_ADD(abi, debugfs) {
	.document = "doc/debugfs-kfd-gpreempt",
	.roots = { "/sys/kernel/debug/kfd/gpreempt/*" },
};

/* ---- what there should be ---------------------------------------------- */

static bool no_grace_period(const struct kfd_props *props)
{
	return kfd_test_no_hws() || kfd_test_mes(props);
}

/* Files that a node may lack, and why. */
static const struct {
	const char *name;
	bool (*absent)(const struct kfd_props *props);
	const char *why;
} optional[] = {
	{ "grace_period_kclk", no_grace_period,
	  "only packets for the hardware scheduler carry a grace period" },
};

static const char *why_absent(const struct kfd_props *props, const char *path)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(optional); i++) {
		if (strstr(path, optional[i].name) &&
		    optional[i].absent(props))
			return optional[i].why;
	}
	return NULL;
}

static int expect(struct _test_data_abi *self,
		  const struct kfd_abi_entry *entry, const char *head, int len,
		  const char *word, const char *tail)
{
	struct expected *e = &self->expected[self->num];

	if (self->num == MAX_FILES)
		return -E2BIG;
	e->entry = entry;
	snprintf(e->pattern, sizeof(e->pattern), "%.*s%s%s", len, head, word,
		 tail);
	self->num++;
	return 0;
}

/* Defaults are all in one directory. */
static const char *without_dir(const char *knob)
{
	const char *slash = strrchr(knob, '/');

	return slash ? slash + 1 : knob;
}

/* "<knob>" is each entry of a node that has the field which it is about. */
static int expect_knobs(struct _test_data_abi *self,
			const struct kfd_abi_entry *entry, int len,
			const char *tail)
{
	const char *field = *tail ? "Range" : "Default";
	const char *name;
	char value[256];
	unsigned int i;
	int ret = 0;

	for (i = 0; i < self->abi.num && !ret; i++) {
		const struct kfd_abi_entry *knob = &self->abi.entry[i];

		if (strncmp(knob->what, NODE_DIR, strlen(NODE_DIR)) ||
		    kfd_abi_field(knob, field, value, sizeof(value)) <= 0)
			continue;
		name = knob->what + strlen(NODE_DIR);
		ret = expect(self, entry, entry->pattern, len,
			     *tail ? name : without_dir(name), tail);
	}
	return ret;
}

static int expect_stages(struct _test_data_abi *self,
			 const struct kfd_abi_entry *entry, int len,
			 const char *tail)
{
	char stages[256], *word, *rest = stages;
	int ret;

	ret = kfd_abi_field(entry, "Stages", stages, sizeof(stages));
	while (ret >= 0 && (word = strsep(&rest, " "))) {
		ret = expect(self, entry, entry->pattern, len, word, tail);
		if (ret)
			break;
	}
	return ret > 0 ? 0 : ret;
}

static int expect_entry(struct _test_data_abi *self,
			const struct kfd_abi_entry *entry)
{
	const char *knob = strstr(entry->pattern, "<knob>");
	const char *stage = strstr(entry->pattern, "<stage>");

	if (knob)
		return expect_knobs(self, entry, knob - entry->pattern,
				    knob + strlen("<knob>"));
	if (stage)
		return expect_stages(self, entry, stage - entry->pattern,
				     stage + strlen("<stage>"));
	return expect(self, entry, entry->pattern, strlen(entry->pattern), "",
		      "");
}

FIXTURE_SETUP(abi)
{
	int ret = kfd_env_open(&self->env, 0);
	char error[256];
	unsigned int i;

	if (kfd_test_no_gpu(ret))
		SKIP(return, "no KFD GPU: %d", ret);
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, kfd_abi_load(variant->document, &self->abi, error,
				  sizeof(error)))
		TH_LOG("%s", error);
	for (i = 0; i < self->abi.num; i++)
		ASSERT_EQ(0, expect_entry(self, &self->abi.entry[i]));
	ASSERT_EQ(0, kfd_knobs_reset(self->env.gpu.props.node));
	ASSERT_EQ(0, gp_create_aql(&self->env, &self->q, BE_PRIORITY));
}

FIXTURE_TEARDOWN(abi)
{
	EXPECT_EQ(0, kfd_queue_destroy(&self->q));
	kfd_env_close(&self->env);
	kfd_abi_free(&self->abi);
}

/* ---- what there is ------------------------------------------------------- */

static struct expected *find(struct _test_data_abi *self, const char *path)
{
	unsigned int i;

	for (i = 0; i < self->num; i++) {
		if (!fnmatch(self->expected[i].pattern, path, FNM_PATHNAME))
			return &self->expected[i];
	}
	return NULL;
}

/* Does what the entry says about the file's mode agree with it? */
static bool mode_agrees(const struct expected *e, mode_t mode)
{
	static const struct {
		const char *word;
		mode_t mode;
	} modes[] = { { "(RW)", 0644 }, { "(RO)", 0444 }, { "(WO)", 0200 } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!strncmp(e->entry->description, modes[i].word, 4))
			return (mode & 0777) == modes[i].mode;
	}
	return false;
}

static int see_file(struct _test_data_abi *self, const char *path, mode_t mode)
{
	const char *why = why_absent(&self->env.gpu.props, path);
	struct expected *e = find(self, path);

	if (!e)
		printf("# %s has no entry\n", path);
	else if (why)
		printf("# %s exists, although %s\n", path, why);
	else if (!mode_agrees(e, mode))
		printf("# %s: mode %o\n", path, mode & 0777);
	else
		e->seen = true;
	return e && e->seen ? 0 : 1;
}

/* Number of files below @path that are not as they should be; < 0: errno */
static int see_tree(struct _test_data_abi *self, const char *path,
		    unsigned int *files)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	int bad = 0;

	if (!dir)
		return -errno;
	while (bad >= 0 && (entry = readdir(dir))) {
		char file[512];
		struct stat st;
		int ret = 0;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (lstat(file, &st))
			ret = -errno;
		else if (S_ISDIR(st.st_mode))
			ret = see_tree(self, file, files);
		else
			ret = see_file(self, file, st.st_mode);
		(*files) += !ret && S_ISREG(st.st_mode);
		bad = ret < 0 ? ret : bad + ret;
	}
	closedir(dir);
	return bad;
}

/* All directories that a root stands for; there has to be one at least. */
static int see_root(struct _test_data_abi *self, const char *root,
		    unsigned int *files)
{
	char path[192];
	struct expected *e;
	glob_t found;
	int ret = 0, bad = 0;
	size_t i;

	if (glob(root, 0, NULL, &found))
		return -ENOENT;
	for (i = 0; i < found.gl_pathc && ret >= 0; i++) {
		snprintf(path, sizeof(path), "%s/", found.gl_pathv[i]);
		e = find(self, path);
		if (e)
			e->seen = true;
		ret = see_tree(self, found.gl_pathv[i], files);
		bad += ret;
	}
	globfree(&found);
	return ret < 0 ? ret : bad;
}

static int see_all(struct _test_data_abi *self, const char *const *roots,
		   unsigned int *files)
{
	unsigned int i;
	int ret, bad = 0;

	for (i = 0; i < MAX_ROOTS && roots[i]; i++) {
		ret = see_root(self, roots[i], files);
		if (ret < 0)
			return ret;
		bad += ret;
	}
	return bad;
}

TEST_F(abi, every_file_has_an_entry)
{
	unsigned int files = 0;

	EXPECT_EQ(0, see_all(self, variant->roots, &files));
	EXPECT_LT(0, files);
}

TEST_F(abi, every_entry_is_a_file)
{
	unsigned int files = 0, i;

	ASSERT_LE(0, see_all(self, variant->roots, &files));
	for (i = 0; i < self->num; i++) {
		const struct expected *e = &self->expected[i];

		EXPECT_TRUE(e->seen || why_absent(&self->env.gpu.props,
						  e->pattern))
			TH_LOG("line %u: no %s", e->entry->line, e->pattern);
	}
}

/* ---- what the entries say ------------------------------------------------ */

static bool has(const struct kfd_abi_entry *entry, const char *field)
{
	char value[256];

	return kfd_abi_field(entry, field, value, sizeof(value)) > 0;
}

TEST_F(abi, entries_are_complete)
{
	unsigned int i, j;
	char range[64];

	for (i = 0; i < self->abi.num; i++) {
		const struct kfd_abi_entry *e = &self->abi.entry[i];

		for (j = 0; j < i; j++) {
			EXPECT_STRNE(e->what, self->abi.entry[j].what)
				TH_LOG("lines %u, %u", self->abi.entry[j].line,
				       e->line);
		}
		if (strncmp(e->description, "(RW)", 4))
			continue;
		EXPECT_TRUE(has(e, "Range") != has(e, "Values"))
			TH_LOG("%s: Range or Values", e->what);
		EXPECT_TRUE(has(e, "Default") != has(e, "Initially"))
			TH_LOG("%s: Default or Initially", e->what);
		EXPECT_TRUE(has(e, "Running queues"))
			TH_LOG("%s: Running queues", e->what);
		if (kfd_abi_field(e, "Range", range, sizeof(range)) > 0 &&
		    !atoi(range)) {
			EXPECT_TRUE(has(e, "Zero"))
				TH_LOG("%s: Zero", e->what);
		}
	}
}

/* A number or the name of another file of the node */
static int operand(unsigned int node, const char **text, __u64 *value)
{
	size_t len = strcspn(*text, " ");
	char word[64];
	int ret = 0;

	snprintf(word, sizeof(word), "%.*s", (int)len, *text);
	if (isdigit(word[0]))
		*value = strtoull(word, NULL, 10);
	else
		ret = kfd_knob_get(node, word, value);
	*text += len + strspn(*text + len, " ");
	return ret;
}

/* "hqd_total * 8 / 10 (remark)", from left to right */
static int evaluate(unsigned int node, const char *text, __u64 *value)
{
	int ret = operand(node, &text, value);
	__u64 right;
	char op;

	while (!ret && *text && *text != '(') {
		op = *text++;
		text += strspn(text, " ");
		ret = operand(node, &text, &right);
		if (ret)
			break;
		if (op == '*')
			*value *= right;
		else if (op == '/' && right)
			*value /= right;
		else if (op == '-')
			*value -= right;
		else
			ret = -EINVAL;
	}
	return ret;
}

static int compare(unsigned int node, const char *prefix, const char *knob,
		   const char *suffix, const char *said)
{
	__u64 expected, found;
	char file[128];
	int ret;

	snprintf(file, sizeof(file), "%s%s%s", prefix, knob, suffix);
	ret = evaluate(node, said, &expected);
	if (!ret)
		ret = kfd_knob_get(node, file, &found);
	if (!ret && found != expected) {
		printf("# %s: %llu, said to be \"%s\"\n", file, found, said);
		ret = -ERANGE;
	}
	return ret;
}

static int expect_auto(unsigned int node, const char *knob)
{
	char text[32], initial[32], file[128];

	snprintf(file, sizeof(file), ".defaults/%s", without_dir(knob));
	if (kfd_knob_read(node, knob, text, sizeof(text)) < 0 ||
	    kfd_knob_read(node, file, initial, sizeof(initial)) < 0)
		return -ENOENT;
	return strcmp(text, "auto") || strcmp(initial, "auto") ? -ERANGE : 0;
}

TEST_F(abi, numbers)
{
	unsigned int node = self->env.gpu.props.node, i, num = 0;
	char range[128], initial[128], *max, *or_auto;

	if (!strstr(variant->document, "sysfs"))
		SKIP(return, "no numbers in debugfs");
	for (i = 0; i < self->abi.num; i++) {
		const struct kfd_abi_entry *e = &self->abi.entry[i];
		const char *knob = e->what + strlen(NODE_DIR);

		if (strncmp(e->what, NODE_DIR, strlen(NODE_DIR)) ||
		    kfd_abi_field(e, "Range", range, sizeof(range)) < 0 ||
		    why_absent(&self->env.gpu.props, e->what))
			continue;
		max = strstr(range, " to ");
		ASSERT_NE(NULL, max) TH_LOG("%s: %s", knob, range);
		*max = '\0';
		max += strlen(" to ");
		or_auto = strstr(max, ", or auto");
		if (or_auto)
			*or_auto = '\0';
		EXPECT_EQ(0, compare(node, "", knob, "_min", range));
		EXPECT_EQ(0, compare(node, "", knob, "_max", max));
		ASSERT_LT(0, kfd_abi_field(e, "Default", initial,
					   sizeof(initial)));
		num++;
		if (kfd_test_mes(&self->env.gpu.props) &&
		    strstr(initial, "(0 with MES)"))
			snprintf(initial, sizeof(initial), "0");
		if (or_auto && !strncmp(initial, "auto", strlen("auto"))) {
			EXPECT_EQ(0, expect_auto(node, knob));
			continue;
		}
		EXPECT_EQ(0, compare(node, ".defaults/", without_dir(knob), "",
				     initial));
		EXPECT_EQ(0, compare(node, "", knob, "", initial));
	}
	EXPECT_LT(10, num);
}

/* "a [b] [c]": all words, and those in brackets; into buffers of zeros */
static void split_choices(const char *text, char *all, char *chosen)
{
	for (; *text && *text != '\n'; text++) {
		if (*text == '[') {
			if (*chosen)
				strcat(chosen, " ");
			strncat(chosen, text + 1, strcspn(text, "]") - 1);
		} else if (*text != ']') {
			*all++ = *text;
		}
	}
}

/* What is chosen at first: up to a remark, joined by blanks or by '+' */
static void first_choice(const struct kfd_abi_entry *e, char *value,
			 size_t size)
{
	char *plus;

	if (kfd_abi_field(e, "Initially", value, size) < 0)
		kfd_abi_field(e, "Default", value, size);
	value[strcspn(value, ",")] = '\0';
	while ((plus = strchr(value, '+')))
		*plus = ' ';
}

TEST_F(abi, words)
{
	unsigned int i, num = 0;
	char values[128];

	for (i = 0; i < self->abi.num; i++) {
		const struct kfd_abi_entry *e = &self->abi.entry[i];
		char text[128], all[128] = "", chosen[128] = "";
		glob_t found;

		if (strncmp(e->description, "(RW)", 4) ||
		    kfd_abi_field(e, "Values", values, sizeof(values)) < 0)
			continue;
		ASSERT_EQ(0, glob(e->pattern, 0, NULL, &found));
		ASSERT_LT(0, kfd_file_read(found.gl_pathv[0], text,
					   sizeof(text)));
		globfree(&found);
		if (!strchr(text, '['))
			continue;
		split_choices(text, all, chosen);
		EXPECT_STREQ(values, all) TH_LOG("%s", e->what);
		first_choice(e, values, sizeof(values));
		EXPECT_STREQ(values, chosen) TH_LOG("%s", e->what);
		num++;
	}
	EXPECT_EQ(strstr(variant->document, "sysfs") ? 4 : 0, num);
}

TEST_HARNESS_MAIN

// SPDX-License-Identifier: GPL-2.0
/*
 * Files of Documentation/ABI. An entry is
 *
 *	What: (one or more), Date:, KernelVersion:, Contact:, Description:
 *
 * in this order. Fields in a description are those of reStructuredText,
 * ":name: value", continued on lines that are indented further.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kfd_abi.h"
#include "kfd_lib.h"

#define MAX_BYTES	(256 * 1024)

/* Those of an entry that share a description */
#define MAX_SHARED	8

static const char *const tags[] = {
	"What:", "Date:", "KernelVersion:", "Contact:", "Description:",
};

enum { TAG_WHAT, TAG_DESCRIPTION = ARRAY_SIZE(tags) - 1, TAG_NONE };

struct parser {
	struct kfd_abi *abi;
	unsigned int line;
	unsigned int tag;
	unsigned int shared;
};

static const char *skip_blanks(const char *text)
{
	return text + strspn(text, " \t");
}

/* What stands for any one component of a path becomes what matches it. */
static char *pattern_of(const char *what)
{
	static const char *const any[] = { "<n>", "<pid>", "<qid>", "<gpu_id>" };
	char *pattern = strdup(what), *found;
	unsigned int i;

	for (i = 0; pattern && i < ARRAY_SIZE(any); i++) {
		found = strstr(pattern, any[i]);
		if (!found)
			continue;
		*found = '*';
		memmove(found + 1, found + strlen(any[i]),
			strlen(found + strlen(any[i])) + 1);
	}
	return pattern;
}

static int add_entry(struct parser *p, const char *what)
{
	struct kfd_abi *abi = p->abi;
	struct kfd_abi_entry *e;

	e = realloc(abi->entry, (abi->num + 1) * sizeof(*e));
	if (!e)
		return -ENOMEM;
	abi->entry = e;
	e += abi->num++;
	memset(e, 0, sizeof(*e));
	e->line = p->line;
	e->what = strdup(what);
	e->pattern = pattern_of(what);
	e->description = strdup("");
	return e->what && e->pattern && e->description ? 0 : -ENOMEM;
}

/* To all of those that share it */
static int describe(struct parser *p, const char *text)
{
	unsigned int i;

	for (i = p->abi->num - p->shared; i < p->abi->num; i++) {
		struct kfd_abi_entry *e = &p->abi->entry[i];
		char *longer = realloc(e->description, strlen(e->description) +
				       strlen(text) + 2);

		if (!longer)
			return -ENOMEM;
		e->description = longer;
		strcat(strcat(longer, text), "\n");
	}
	return 0;
}

static unsigned int tag_of(const char *line)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		if (!strncmp(line, tags[i], strlen(tags[i])))
			return i;
	}
	return TAG_NONE;
}

/* An entry may only begin where the last one is complete. */
static bool may_follow(unsigned int tag, unsigned int last)
{
	if (tag == TAG_WHAT)
		return last == TAG_WHAT || last == TAG_DESCRIPTION;
	return tag == last + 1;
}

static int parse_line(struct parser *p, char *line)
{
	unsigned int tag = tag_of(line);
	const char *value;

	if (tag == TAG_NONE) {
		if (p->tag == TAG_DESCRIPTION && (!*line || isspace(*line)))
			return describe(p, skip_blanks(line));
		return -EINVAL;
	}
	if (!may_follow(tag, p->tag))
		return -EINVAL;
	value = skip_blanks(line + strlen(tags[tag]));
	if (!*value && tag != TAG_DESCRIPTION)
		return -EINVAL;
	if (tag == TAG_WHAT) {
		p->shared = p->tag == TAG_WHAT ? p->shared + 1 : 1;
		if (p->shared > MAX_SHARED)
			return -EINVAL;
	}
	p->tag = tag;
	if (tag == TAG_WHAT)
		return add_entry(p, value);
	return tag == TAG_DESCRIPTION && *value ? describe(p, value) : 0;
}

static int parse(struct parser *p, char *text)
{
	char *line, *rest = text;
	int ret;

	while ((line = strsep(&rest, "\n"))) {
		p->line++;
		ret = parse_line(p, line);
		if (ret)
			return ret;
	}
	return p->tag == TAG_DESCRIPTION && p->abi->num ? 0 : -EINVAL;
}

/**
 * kfd_abi_load() - read a file of Documentation/ABI
 * @path: file
 * @abi: filled in; to be freed, whatever is returned
 * @error: what is wrong, in words
 * @size: of @error
 *
 * Return: 0; -EINVAL when it is not of the form above; another negative errno.
 */
int kfd_abi_load(const char *path, struct kfd_abi *abi, char *error,
		 size_t size)
{
	struct parser p = { .abi = abi, .tag = TAG_DESCRIPTION };
	char *text = malloc(MAX_BYTES);
	unsigned int i;
	int ret = -ENOMEM;

	memset(abi, 0, sizeof(*abi));
	if (text)
		ret = kfd_file_read(path, text, MAX_BYTES);
	if (ret >= 0)
		ret = parse(&p, text);
	if (ret)
		snprintf(error, size, "%s:%u: %s", path, p.line,
			 strerror(-ret));
	for (i = 0; i < abi->num && !ret; i++) {
		if (abi->entry[i].description[0])
			continue;
		snprintf(error, size, "%s:%u: no description", path,
			 abi->entry[i].line);
		ret = -EINVAL;
	}
	free(text);
	return ret;
}

/**
 * kfd_abi_free() - free what kfd_abi_load() has allocated
 * @abi: the entries
 */
void kfd_abi_free(struct kfd_abi *abi)
{
	unsigned int i;

	for (i = 0; i < abi->num; i++) {
		free(abi->entry[i].what);
		free(abi->entry[i].pattern);
		free(abi->entry[i].description);
	}
	free(abi->entry);
	memset(abi, 0, sizeof(*abi));
}

/**
 * kfd_abi_field() - first line of a field in a description
 * @entry: the entry
 * @name: between the colons
 * @value: result
 * @size: of @value
 *
 * Return: length; -ENOENT without such a field.
 */
int kfd_abi_field(const struct kfd_abi_entry *entry, const char *name,
		  char *value, size_t size)
{
	const char *line = entry->description;
	size_t len = strlen(name);

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (line[0] != ':' || strncmp(line + 1, name, len) ||
		    line[len + 1] != ':')
			continue;
		line = skip_blanks(line + len + 2);
		return snprintf(value, size, "%.*s", (int)strcspn(line, "\n"),
				line);
	}
	return -ENOENT;
}

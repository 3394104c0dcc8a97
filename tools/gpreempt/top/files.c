// SPDX-License-Identifier: GPL-2.0
/*
 * Reading small files. A file that can't be read is one that has just gone, or
 * was never there: that is no error here, for a process may end at any time.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"

/* A path that is too long is cut off, and then no file's. */
void files_path(char path[PATH_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(path, PATH_MAX, format, args);
	va_end(args);
}

/* Returns NULL if the file can't be read. */
static FILE *files_open(const char *dir, const char *name)
{
	char path[PATH_MAX];

	files_path(path, "%s/%s", dir, name);
	return fopen(path, "re");
}

/**
 * files_line - first line of a file, without its end
 * @line: filled in; empty if there is no such line
 * @size: of @line; what is longer is cut off
 * @dir: where the file is
 * @name: of the file
 *
 * Some lines are written by others, a process' name by anybody: characters that
 * a terminal might obey become question marks.
 *
 * Return: true if there was a line.
 */
bool files_line(char *line, size_t size, const char *dir, const char *name)
{
	FILE *file = files_open(dir, name);
	bool found = false;

	line[0] = '\0';
	if (!file)
		return false;

	if (fgets(line, (int)size, file)) {
		found = true;
		line[strcspn(line, "\n")] = '\0';
		for (char *c = line; *c; c++) {
			if (!isprint((unsigned char)*c))
				*c = '?';
		}
	}
	fclose(file);
	return found;
}

/**
 * files_u64 - the number in a file
 * @dir: where the file is
 * @name: of the file
 *
 * Return: the number, or TOP_ABSENT.
 */
uint64_t files_u64(const char *dir, const char *name)
{
	unsigned long long value;
	char line[32], *end;

	if (!files_line(line, sizeof(line), dir, name))
		return TOP_ABSENT;

	errno = 0;
	value = strtoull(line, &end, 0);
	return errno || end == line || *end ? TOP_ABSENT : value;
}

static int compare(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return (x > y) - (x < y);
}

/**
 * files_numbers - entries of a directory whose names are numbers, in order
 * @dir: the directory; one that isn't there has no entries
 * @num: how many there are
 *
 * Return: the numbers, to be freed; NULL if there are none.
 */
unsigned int *files_numbers(const char *dir, size_t *num)
{
	unsigned int *numbers = NULL;
	struct dirent *entry;
	DIR *stream;

	*num = 0;
	stream = opendir(dir);
	if (!stream)
		return NULL;

	while ((entry = readdir(stream))) {
		unsigned int *grown;
		char *end;
		unsigned long value = strtoul(entry->d_name, &end, 10);

		if (!isdigit((unsigned char)entry->d_name[0]) || *end)
			continue;
		grown = realloc(numbers, (*num + 1) * sizeof(*numbers));
		if (!grown)
			break;
		numbers = grown;
		numbers[(*num)++] = (unsigned int)value;
	}
	closedir(stream);
	if (numbers)
		qsort(numbers, *num, sizeof(*numbers), compare);
	return numbers;
}

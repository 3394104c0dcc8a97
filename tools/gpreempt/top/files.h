/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TOP_FILES_H
#define TOP_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a number is when its file isn't there */
#define TOP_ABSENT	UINT64_MAX

void files_path(char path[PATH_MAX], const char *format, ...);
bool files_line(char *line, size_t size, const char *dir, const char *name);
uint64_t files_u64(const char *dir, const char *name);
unsigned int *files_numbers(const char *dir, size_t *num);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of Documentation/ABI, as far as a test can hold them to what they say.
 */
#ifndef KFD_ABI_H
#define KFD_ABI_H

#include <stddef.h>

/**
 * struct kfd_abi_entry - one What, with the description that it shares
 * @what: the path as it stands there
 * @pattern: for fnmatch(): "*" for each <n>, <pid>, <qid> and <gpu_id>
 * @description: text of the Description, without leading blanks of its lines
 * @line: where it stands
 */
struct kfd_abi_entry {
	char *what;
	char *pattern;
	char *description;
	unsigned int line;
};

/**
 * struct kfd_abi - all entries of one file
 * @entry: in order
 * @num: how many
 */
struct kfd_abi {
	struct kfd_abi_entry *entry;
	unsigned int num;
};

int kfd_abi_load(const char *path, struct kfd_abi *abi, char *error,
		 size_t size);
void kfd_abi_free(struct kfd_abi *abi);
int kfd_abi_field(const struct kfd_abi_entry *entry, const char *name,
		  char *value, size_t size);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included by the compiler's command line before amdkfd's kfd_packet_manager.c,
 * and before no other file: the memory of a runlist can be made to run out.
 */
#ifndef KFDSIM_RUNLIST_REDIRECT_H
#define KFDSIM_RUNLIST_REDIRECT_H

#include "kfd_priv.h"

int kfdsim_runlist_allocate(struct kfd_node *node, unsigned int size,
			    struct kfd_mem_obj **mem_obj);

#define kfd_gtt_sa_allocate	kfdsim_runlist_allocate

#endif

/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * gpreempt policy: what its own files share.
 */
#ifndef KFD_GPREEMPT_POLICY_PRIV_H_INCLUDED
#define KFD_GPREEMPT_POLICY_PRIV_H_INCLUDED

#include "kfd_gpreempt_policy.h"

#define NS_PER_US	1000ULL

static inline u64 min_ns(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 max_ns(u64 a, u64 b)
{
	return a > b ? a : b;
}

#endif

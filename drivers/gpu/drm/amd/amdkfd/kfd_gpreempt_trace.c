// SPDX-License-Identifier: GPL-2.0 OR MIT
#include "kfd_gpreempt_priv.h"

#define CREATE_TRACE_POINTS
#include "kfd_gpreempt_trace.h"

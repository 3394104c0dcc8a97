/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kfd_gpreempt

#if !defined(KFD_GPREEMPT_TRACE_H_INCLUDED) || defined(TRACE_HEADER_MULTI_READ)
#define KFD_GPREEMPT_TRACE_H_INCLUDED

#include <linux/tracepoint.h>

#include "kfd_gpreempt_priv.h"

/**
 * DOC: kfd_gpreempt trace events
 *
 * Every event has the gpu_id of its node, as in nodes/<n>/gpu_id. The events
 * of one preemption, from the inversion that caused it to the resume that
 * ended it, share a sequence number, seq, that counts per node. Durations are
 * in ns. preempt_begin, preempt_end, resume_begin and resume_end are stable;
 * inversion and exit may get more fields.
 */

TRACE_DEFINE_ENUM(KFD_GPREEMPT_EXIT_HWS_HANG);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_EXIT_MAP_FAILED);

/* The timer found an LC queue waiting; a preemption with @seq follows, unless
 * the queue got on before the worker looked again.
 */
TRACE_EVENT(kfd_gpreempt_inversion,
	TP_PROTO(u32 gpu_id, u32 seq),
	TP_ARGS(gpu_id, seq),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, seq)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->seq = seq;
	),
	TP_printk("gpu_id=%u seq=%u", __entry->gpu_id, __entry->seq)
);

DECLARE_EVENT_CLASS(kfd_gpreempt_batch_begin,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues),
	TP_ARGS(gpu_id, seq, queues),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, seq)
		__field(u32, queues)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->seq = seq;
		__entry->queues = queues;
	),
	TP_printk("gpu_id=%u seq=%u queues=%u",
		  __entry->gpu_id, __entry->seq, __entry->queues)
);

DEFINE_EVENT(kfd_gpreempt_batch_begin, kfd_gpreempt_preempt_begin,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues),
	TP_ARGS(gpu_id, seq, queues)
);

DEFINE_EVENT(kfd_gpreempt_batch_begin, kfd_gpreempt_resume_begin,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues),
	TP_ARGS(gpu_id, seq, queues)
);

DECLARE_EVENT_CLASS(kfd_gpreempt_batch_end,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues, int ret, u64 duration_ns),
	TP_ARGS(gpu_id, seq, queues, ret, duration_ns),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, seq)
		__field(u32, queues)
		__field(int, ret)
		__field(u64, duration_ns)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->seq = seq;
		__entry->queues = queues;
		__entry->ret = ret;
		__entry->duration_ns = duration_ns;
	),
	TP_printk("gpu_id=%u seq=%u queues=%u ret=%d duration_ns=%llu",
		  __entry->gpu_id, __entry->seq, __entry->queues, __entry->ret,
		  __entry->duration_ns)
);

DEFINE_EVENT(kfd_gpreempt_batch_end, kfd_gpreempt_preempt_end,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues, int ret, u64 duration_ns),
	TP_ARGS(gpu_id, seq, queues, ret, duration_ns)
);

DEFINE_EVENT(kfd_gpreempt_batch_end, kfd_gpreempt_resume_end,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues, int ret, u64 duration_ns),
	TP_ARGS(gpu_id, seq, queues, ret, duration_ns)
);

TRACE_EVENT(kfd_gpreempt_exit,
	TP_PROTO(u32 gpu_id, enum kfd_gpreempt_exit reason),
	TP_ARGS(gpu_id, reason),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, reason)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->reason = reason;
	),
	TP_printk("gpu_id=%u reason=%s", __entry->gpu_id,
		  __print_symbolic(__entry->reason,
				   { KFD_GPREEMPT_EXIT_HWS_HANG, "hws-hang" },
				   { KFD_GPREEMPT_EXIT_MAP_FAILED,
				     "map-failed" }))
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE kfd_gpreempt_trace
#include <trace/define_trace.h>

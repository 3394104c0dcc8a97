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
 * in ns. No event has a pointer.
 *
 * Stable: inversion, preempt_begin, preempt_end, resume_begin, resume_end and
 * exit. They keep their names, their fields and what these mean; new fields go
 * behind those that there are. The words for causes, classes and reasons are
 * stable, their numbers are not: tools take them from the event's format.
 *
 * Not stable: guard, change, queue, wait and doorbell, which show how the scheduler
 * works inside.
 *
 * Documentation/gpu/amdgpu/gpreempt-tracing.rst has the table of them, which a
 * test holds against this file.
 */

TRACE_DEFINE_ENUM(KFD_GPREEMPT_LC);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_BE);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_SYSTEM);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_NONE);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_INVERSION);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_DRAINED);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_STARVED);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_BLOCKED);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_REPAID);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_SLOTS);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_IDLE);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_CLASS);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_CUS);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_HAND);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_CAUSE_OFF);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_EXIT_HWS_HANG);
TRACE_DEFINE_ENUM(KFD_GPREEMPT_EXIT_MAP_FAILED);

#define kfd_gpreempt_show_class(_class)					\
	__print_symbolic(_class, { KFD_GPREEMPT_LC, "lc" },		\
			 { KFD_GPREEMPT_BE, "be" },			\
			 { KFD_GPREEMPT_SYSTEM, "system" })

#define kfd_gpreempt_show_cause(_cause)					\
	__print_symbolic(_cause, { KFD_GPREEMPT_CAUSE_NONE, "none" },	\
			 { KFD_GPREEMPT_CAUSE_INVERSION, "inversion" },	\
			 { KFD_GPREEMPT_CAUSE_DRAINED, "drained" },	\
			 { KFD_GPREEMPT_CAUSE_STARVED, "starved" },	\
			 { KFD_GPREEMPT_CAUSE_BLOCKED, "blocked" },	\
			 { KFD_GPREEMPT_CAUSE_REPAID, "repaid" },	\
			 { KFD_GPREEMPT_CAUSE_SLOTS, "slots" },		\
			 { KFD_GPREEMPT_CAUSE_IDLE, "idle" },		\
			 { KFD_GPREEMPT_CAUSE_CLASS, "class" },		\
			 { KFD_GPREEMPT_CAUSE_CUS, "cus" },		\
			 { KFD_GPREEMPT_CAUSE_HAND, "hand" },		\
			 { KFD_GPREEMPT_CAUSE_OFF, "off" })

#define kfd_gpreempt_show_off(_off)					\
	__print_flags(_off, "+",					\
		      { KFD_GPREEMPT_OFF_INVERSION, "inversion" },	\
		      { KFD_GPREEMPT_OFF_THROTTLED, "throttled" },	\
		      { KFD_GPREEMPT_OFF_IDLE, "idle" },		\
		      { KFD_GPREEMPT_OFF_LAZY, "lazy" },		\
		      { KFD_GPREEMPT_OFF_HELD, "held" },		\
		      { KFD_GPREEMPT_OFF_DEBT, "debt" },		\
		      { KFD_GPREEMPT_OFF_CUS, "cus" })

/* The timer found an LC queue waiting; a preemption with @seq follows, unless
 * the queue got on before the worker looked again.
 */
TRACE_EVENT(kfd_gpreempt_inversion,
	TP_PROTO(u32 gpu_id, u32 seq, const struct kfd_gpreempt_name *lc,
		 u64 waited_ns),
	TP_ARGS(gpu_id, seq, lc, waited_ns),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, seq)
		__field(int, lc_pid)
		__field(u32, lc_queue_id)
		__field(u64, waited_ns)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->seq = seq;
		__entry->lc_pid = lc->pid;
		__entry->lc_queue_id = lc->queue_id;
		__entry->waited_ns = waited_ns;
	),
	TP_printk("gpu_id=%u seq=%u lc_pid=%d lc_queue_id=%u waited_ns=%llu",
		  __entry->gpu_id, __entry->seq, __entry->lc_pid,
		  __entry->lc_queue_id, __entry->waited_ns)
);

TRACE_EVENT(kfd_gpreempt_preempt_begin,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues, u32 cause,
		 const struct kfd_gpreempt_name *lc),
	TP_ARGS(gpu_id, seq, queues, cause, lc),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, seq)
		__field(u32, queues)
		__field(u32, cause)
		__field(int, lc_pid)
		__field(u32, lc_queue_id)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->seq = seq;
		__entry->queues = queues;
		__entry->cause = cause;
		__entry->lc_pid = lc->pid;
		__entry->lc_queue_id = lc->queue_id;
	),
	TP_printk("gpu_id=%u seq=%u queues=%u cause=%s lc_pid=%d lc_queue_id=%u",
		  __entry->gpu_id, __entry->seq, __entry->queues,
		  kfd_gpreempt_show_cause(__entry->cause), __entry->lc_pid,
		  __entry->lc_queue_id)
);

TRACE_EVENT(kfd_gpreempt_resume_begin,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues, u32 cause),
	TP_ARGS(gpu_id, seq, queues, cause),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, seq)
		__field(u32, queues)
		__field(u32, cause)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->seq = seq;
		__entry->queues = queues;
		__entry->cause = cause;
	),
	TP_printk("gpu_id=%u seq=%u queues=%u cause=%s",
		  __entry->gpu_id, __entry->seq, __entry->queues,
		  kfd_gpreempt_show_cause(__entry->cause))
);

DECLARE_EVENT_CLASS(kfd_gpreempt_batch_end,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues, u32 cause, int ret,
		 u64 duration_ns),
	TP_ARGS(gpu_id, seq, queues, cause, ret, duration_ns),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, seq)
		__field(u32, queues)
		__field(u32, cause)
		__field(int, ret)
		__field(u64, duration_ns)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->seq = seq;
		__entry->queues = queues;
		__entry->cause = cause;
		__entry->ret = ret;
		__entry->duration_ns = duration_ns;
	),
	TP_printk("gpu_id=%u seq=%u queues=%u cause=%s ret=%d duration_ns=%llu",
		  __entry->gpu_id, __entry->seq, __entry->queues,
		  kfd_gpreempt_show_cause(__entry->cause), __entry->ret,
		  __entry->duration_ns)
);

DEFINE_EVENT(kfd_gpreempt_batch_end, kfd_gpreempt_preempt_end,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues, u32 cause, int ret,
		 u64 duration_ns),
	TP_ARGS(gpu_id, seq, queues, cause, ret, duration_ns)
);

DEFINE_EVENT(kfd_gpreempt_batch_end, kfd_gpreempt_resume_end,
	TP_PROTO(u32 gpu_id, u32 seq, u32 queues, u32 cause, int ret,
		 u64 duration_ns),
	TP_ARGS(gpu_id, seq, queues, cause, ret, duration_ns)
);

/* Queues went off or on for another reason than an inversion or its end. */
TRACE_EVENT(kfd_gpreempt_change,
	TP_PROTO(u32 gpu_id, u32 off, u32 on, u32 cause, int ret,
		 u64 duration_ns),
	TP_ARGS(gpu_id, off, on, cause, ret, duration_ns),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, off)
		__field(u32, on)
		__field(u32, cause)
		__field(int, ret)
		__field(u64, duration_ns)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->off = off;
		__entry->on = on;
		__entry->cause = cause;
		__entry->ret = ret;
		__entry->duration_ns = duration_ns;
	),
	TP_printk("gpu_id=%u off=%u on=%u cause=%s ret=%d duration_ns=%llu",
		  __entry->gpu_id, __entry->off, __entry->on,
		  kfd_gpreempt_show_cause(__entry->cause), __entry->ret,
		  __entry->duration_ns)
);

/* The reasons for which a queue is off have changed. */
TRACE_EVENT(kfd_gpreempt_queue,
	TP_PROTO(u32 gpu_id, int pid, u32 queue_id, u32 class, u32 old_off,
		 u32 off),
	TP_ARGS(gpu_id, pid, queue_id, class, old_off, off),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(int, pid)
		__field(u32, queue_id)
		__field(u32, class)
		__field(u32, old_off)
		__field(u32, off)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->pid = pid;
		__entry->queue_id = queue_id;
		__entry->class = class;
		__entry->old_off = old_off;
		__entry->off = off;
	),
	TP_printk("gpu_id=%u pid=%d queue_id=%u class=%s old_off=%s off=%s",
		  __entry->gpu_id, __entry->pid, __entry->queue_id,
		  kfd_gpreempt_show_class(__entry->class),
		  kfd_gpreempt_show_off(__entry->old_off),
		  kfd_gpreempt_show_off(__entry->off))
);

/* An LC queue has made no progress without BE: what it waits for is BE. */
TRACE_EVENT(kfd_gpreempt_guard,
	TP_PROTO(u32 gpu_id, u32 seq, int pid, u32 queue_id, u64 waited_ns),
	TP_ARGS(gpu_id, seq, pid, queue_id, waited_ns),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, seq)
		__field(int, pid)
		__field(u32, queue_id)
		__field(u64, waited_ns)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->seq = seq;
		__entry->pid = pid;
		__entry->queue_id = queue_id;
		__entry->waited_ns = waited_ns;
	),
	TP_printk("gpu_id=%u seq=%u pid=%d queue_id=%u waited_ns=%llu",
		  __entry->gpu_id, __entry->seq, __entry->pid,
		  __entry->queue_id, __entry->waited_ns)
);

/* LC waited for BE, and got on by itself or did not. */
TRACE_EVENT(kfd_gpreempt_wait,
	TP_PROTO(u32 gpu_id, bool won, u64 waited_ns, u64 cost_ns, u32 skip),
	TP_ARGS(gpu_id, won, waited_ns, cost_ns, skip),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
		__field(u32, won)
		__field(u64, waited_ns)
		__field(u64, cost_ns)
		__field(u32, skip)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
		__entry->won = won;
		__entry->waited_ns = waited_ns;
		__entry->cost_ns = cost_ns;
		__entry->skip = skip;
	),
	TP_printk("gpu_id=%u won=%u waited_ns=%llu cost_ns=%llu skip=%u",
		  __entry->gpu_id, __entry->won, __entry->waited_ns,
		  __entry->cost_ns, __entry->skip)
);

/* An armed doorbell was rung. */
TRACE_EVENT(kfd_gpreempt_doorbell,
	TP_PROTO(u32 gpu_id),
	TP_ARGS(gpu_id),
	TP_STRUCT__entry(
		__field(u32, gpu_id)
	),
	TP_fast_assign(
		__entry->gpu_id = gpu_id;
	),
	TP_printk("gpu_id=%u", __entry->gpu_id)
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

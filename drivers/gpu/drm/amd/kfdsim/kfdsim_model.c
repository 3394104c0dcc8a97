// SPDX-License-Identifier: GPL-2.0
/*
 * The one table of the model's parameters: what the simulated GPU is, and how
 * long things take on it. Any figure measured on kfdsim is a consequence of
 * these, and of the driver code that ran.
 *
 * Where a source says "estimate", no published figure exists; the value is of
 * the right order and is meant to be varied.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "kfdsim_model.h"

#define GB_PER_S	1000000000ULL

/**
 * struct kfdsim_param - one parameter of the model
 *
 * @name: of the field of struct kfdsim_model
 * @unit: what it counts
 * @source: where the presets' values are from
 * @offset: of the field
 * @size: of the field
 * @preset: value in each preset
 */
struct kfdsim_param {
	const char *name;
	const char *unit;
	const char *source;
	size_t offset;
	size_t size;
	u64 preset[3];
};

#define PARAM(_field, _unit, _mi300x, _mi308x, _navi31, _source) {	\
	.name = #_field,						\
	.unit = _unit,							\
	.source = _source,						\
	.offset = offsetof(struct kfdsim_model, _field),		\
	.size = sizeof_field(struct kfdsim_model, _field),		\
	.preset = { _mi300x, _mi308x, _navi31 },			\
}

static const char * const preset_names[] = { "mi300x", "mi308x", "navi31" };

static const struct kfdsim_param params[] = {
	PARAM(gc_version, "1", 90403, 90403, 110000, "IP discovery"),
	PARAM(num_xcc, "1", 8, 4, 1, "product brief"),
	PARAM(num_partitions, "1", 1, 1, 1, "SPX is the default mode"),
	PARAM(cu_per_xcc, "1", 38, 20, 96,
	      "product brief: 304, 80 and 96 CUs"),
	PARAM(se_per_xcc, "1", 4, 4, 6, "product brief, ISA guide"),
	PARAM(sa_per_se, "1", 1, 1, 2, "product brief, ISA guide"),
	PARAM(simd_per_cu, "1", 4, 4, 2, "CDNA3 and RDNA3 ISA guides"),
	PARAM(waves_per_simd, "1", 8, 8, 16, "CDNA3 and RDNA3 ISA guides"),
	PARAM(wave_lanes, "1", 64, 64, 32, "CDNA3 and RDNA3 ISA guides"),
	PARAM(vram_bytes, "bytes", 192ULL * SZ_1G, 192ULL * SZ_1G,
	      24ULL * SZ_1G, "product brief"),
	PARAM(pipes, "1", 4, 4, 4, "gfx_v9_4_3, gfx_v11_0: MEC pipes"),
	PARAM(queues_per_pipe, "1", 8, 8, 4,
	      "gfx_v9_4_3, gfx_v11_0: MEC queues"),
	PARAM(kgd_queues, "1", 8, 8, 8, "amdgpu_gfx: 8 compute rings"),
	PARAM(sdma_engines, "1", 16, 16, 2,
	      "sdma_v4_4_2: 4 for each AID; sdma_v6_0"),
	PARAM(sdma_queues_per_engine, "1", 8, 8, 8,
	      "kfd_device: gfx 9.4.3, gfx 11"),
	PARAM(vram_bandwidth, "bytes/s", 5300 * GB_PER_S, 5300 * GB_PER_S,
	      960 * GB_PER_S, "product brief"),
	PARAM(sdma_bandwidth, "bytes/s", 50 * GB_PER_S, 50 * GB_PER_S,
	      25 * GB_PER_S, "estimate: one link's worth"),
	PARAM(gpu_clock_mhz, "MHz", 2100, 2100, 2500,
	      "product brief: peak clock, boost clock"),
	PARAM(doorbell_ns, "ns", 500, 500, 500, "estimate: one PCIe write"),
	PARAM(packet_ns, "ns", 500, 500, 500, "estimate: CP firmware"),
	PARAM(dispatch_ns, "ns", 1500, 1500, 1500,
	      "estimate: CP, SPI, launch"),
	PARAM(signal_ns, "ns", 1000, 1000, 1000,
	      "estimate: EOP write and fence"),
	PARAM(barrier_poll_ns, "ns", 2000, 2000, 2000,
	      "estimate: first re-read"),
	PARAM(barrier_poll_max_ns, "ns", 64000, 64000, 64000,
	      "bound of its doubling: limits simulation cost"),
	PARAM(hws_packet_ns, "ns", 1000, 1000, 2000,
	      "estimate: CP firmware; a MES packet is 256 bytes"),
	PARAM(hws_map_process_ns, "ns", 1000, 1000, 1000,
	      "estimate: registers"),
	PARAM(hws_map_queue_ns, "ns", 2000, 2000, 2000, "estimate: MQD load"),
	PARAM(hws_unmap_queue_ns, "ns", 1000, 1000, 1000,
	      "estimate: MQD store"),
	PARAM(hws_fence_ns, "ns", 500, 500, 500,
	      "estimate: one memory write"),
	PARAM(trap_ns, "ns", 2000, 2000, 2000,
	      "published preemption work: 1-10 us"),
	PARAM(cu_state_bytes, "bytes/CU", 596 * SZ_1K, 596 * SZ_1K, 468 * SZ_1K,
	      "kfd_queue.c: VGPR 512 K or 384 K, SGPR 16 K, LDS 64 K, 4 K"),
	PARAM(interference_pct, "percent", 0, 0, 0,
	      "none: to be varied"),
	PARAM(slow_motion, "1", 1, 1, 1, "parameter of the module"),
	PARAM(process_quantum_ns, "ns", 1000000, 1000000, 1000000,
	      "kfd_packet_manager: quantum 10 is 10 ms; unused by MES"),
};

/**
 * struct kfdsim_limit - what a parameter of a unit can be set to
 *
 * @unit: the unit; one that is not in the table is that of facts
 * @least: no less than this, also in slow motion
 * @most: and no more, so that sums of times do not overflow
 */
struct kfdsim_limit {
	const char *unit;
	u64 least;
	u64 most;
};

static const struct kfdsim_limit limits[] = {
	{ "ns", 1, U32_MAX / KFDSIM_MAX_SLOW },
	{ "bytes/s", KFDSIM_MAX_SLOW * 1000000ULL, 1000000 * GB_PER_S },
	{ "MHz", KFDSIM_MAX_SLOW, 100000 },
	{ "bytes/CU", SZ_4K, SZ_1G },
	{ "percent", 0, 1000 },
};

static void param_set(struct kfdsim_model *model, const struct kfdsim_param *p,
		      u64 value)
{
	void *field = (void *)model + p->offset;

	if (p->size == sizeof(u64))
		*(u64 *)field = value;
	else
		*(u32 *)field = value;
}

static u64 param_get(const struct kfdsim_model *model,
		     const struct kfdsim_param *p)
{
	const void *field = (const void *)model + p->offset;

	return p->size == sizeof(u64) ? *(const u64 *)field :
					*(const u32 *)field;
}

/**
 * kfdsim_model_init() - fill a model from a preset
 * @model: to fill, every field
 * @preset: name of the preset
 *
 * Return: 0, or -EINVAL for an unknown name.
 */
int kfdsim_model_init(struct kfdsim_model *model, const char *preset)
{
	int i, n = match_string(preset_names, ARRAY_SIZE(preset_names), preset);

	if (n < 0)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(params); i++)
		param_set(model, &params[i], params[i].preset[n]);
	return 0;
}

static const struct kfdsim_param *param_find(const char *name)
{
	const struct kfdsim_param *p;

	for (p = params; p < params + ARRAY_SIZE(params); p++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}

static const struct kfdsim_limit *param_limit(const struct kfdsim_param *p)
{
	const struct kfdsim_limit *l;

	for (l = limits; l < limits + ARRAY_SIZE(limits); l++)
		if (!strcmp(l->unit, p->unit))
			return l;
	return NULL;
}

/**
 * kfdsim_model_set() - give a parameter another value than its preset's
 * @model: filled in, and not slowed down yet
 * @name: of the parameter
 * @value: in the parameter's unit
 *
 * Return: 0, -ENOENT for an unknown name or one that is a fact of the chip, or
 * -ERANGE.
 */
int kfdsim_model_set(struct kfdsim_model *model, const char *name, u64 value)
{
	const struct kfdsim_param *p = param_find(name);
	const struct kfdsim_limit *l = p ? param_limit(p) : NULL;

	if (!l)
		return -ENOENT;
	if (value < l->least || value > l->most)
		return -ERANGE;
	param_set(model, p, value);
	return 0;
}

static u64 slowed(const struct kfdsim_param *p, u64 value, u32 factor)
{
	if (!strcmp(p->unit, "ns"))
		return value * factor;
	if (!strcmp(p->unit, "bytes/s") || !strcmp(p->unit, "MHz"))
		return value / factor;
	return value;
}

/**
 * kfdsim_model_slow_down() - let everything take longer
 * @model: filled in
 * @factor: how many times as long
 */
void kfdsim_model_slow_down(struct kfdsim_model *model, u32 factor)
{
	const struct kfdsim_param *p;

	for (p = params; p < params + ARRAY_SIZE(params); p++)
		param_set(model, p, slowed(p, param_get(model, p), factor));
	model->slow_motion = factor;
}

/**
 * kfdsim_model_show() - print every parameter with its unit and its source
 * @m: where to
 * @model: the values in use
 */
void kfdsim_model_show(struct seq_file *m, const struct kfdsim_model *model)
{
	const struct kfdsim_param *p;

	for (p = params; p < params + ARRAY_SIZE(params); p++)
		seq_printf(m, "%-24s %16llu %-8s %s\n", p->name,
			   param_get(model, p), p->unit, p->source);
}

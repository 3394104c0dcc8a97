// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * gpreempt: taking compute units out of a queue's mask, and putting them back.
 *
 * The mask is in the MQD, of each XCC its own, and takes effect when the queue is
 * mapped. What a program has set with AMDKFD_IOC_SET_CU_MASK stays in force: units
 * are taken out of that.
 */
#include "kfd_device_queue_manager.h"
#include "kfd_gpreempt_priv.h"
#include "kfd_mqd_manager.h"
#include "kfd_priv.h"
#include "v10_structs.h"
#include "v11_structs.h"
#include "v12_structs.h"
#include "v9_structs.h"

#define MAX_CUS		1024

static_assert(KFD_GPREEMPT_MAX_SE == KFD_MAX_NUM_SE);

/* ---- where it is --------------------------------------------------------- */

#define WORD(_mqd, _se) \
	(offsetof(struct _mqd, compute_static_thread_mgmt_se##_se) / sizeof(u32))

#define WORDS(_mqd)							\
	{ WORD(_mqd, 0), WORD(_mqd, 1), WORD(_mqd, 2), WORD(_mqd, 3),	\
	  WORD(_mqd, 4), WORD(_mqd, 5), WORD(_mqd, 6), WORD(_mqd, 7) }

static const u16 words_v9[KFD_GPREEMPT_MAX_SE] = WORDS(v9_mqd);
static const u16 words_v11[KFD_GPREEMPT_MAX_SE] = WORDS(v11_compute_mqd);
static const u16 words_v12[KFD_GPREEMPT_MAX_SE] = WORDS(v12_compute_mqd);

/* gfx10 has four shader engines at most. */
static const u16 words_v10[KFD_GPREEMPT_MAX_SE] = {
	WORD(v10_compute_mqd, 0), WORD(v10_compute_mqd, 1),
	WORD(v10_compute_mqd, 2), WORD(v10_compute_mqd, 3),
};

static const u16 *words_of(const struct kfd_node *node)
{
	u32 version = KFD_GC_VERSION(node);

	if (version < IP_VERSION(10, 1, 1))
		return words_v9;
	if (version < IP_VERSION(11, 0, 0))
		return words_v10;
	return version < IP_VERSION(12, 0, 0) ? words_v11 : words_v12;
}

/* gfx9.4.3 has something else where others have those from the fifth on. */
static u32 engines_of(const struct kfd_node *node)
{
	u32 engines = node->adev->gfx.config.max_shader_engines;
	u32 version = KFD_GC_VERSION(node);
	bool four = version >= IP_VERSION(9, 4, 3) &&
		    version < IP_VERSION(11, 0, 0);

	return min_t(u32, engines, four ? 4 : KFD_GPREEMPT_MAX_SE);
}

static u32 *mqd_of(const struct queue *q, u32 xcc)
{
	struct mqd_manager *mm = q->device->dqm->mqd_mgrs[KFD_MQD_TYPE_CP];

	return xcc ? q->mqd + xcc * mm->mqd_stride(mm, (void *)&q->properties) :
		     q->mqd;
}

/* ---- what is taken out --------------------------------------------------- */

/**
 * kfd_gpreempt_cumask_unit() - how many compute units are treated alike
 * @gp: the node's scheduler
 *
 * One of each XCC, and whole workgroup processors where the hardware has them.
 *
 * Context: any.
 *
 * Return: a number that what is reserved is a multiple of.
 */
u32 kfd_gpreempt_cumask_unit(const struct kfd_gpreempt *gp)
{
	const struct kfd_node *node = gp->dqm->dev;

	return NUM_XCC(node->xcc_mask) *
	       (KFD_GC_VERSION(node) >= IP_VERSION(10, 1, 1) ? 2 : 1);
}

/* Bits of the first @cus compute units, as they are spread over an XCC's engines */
static void bits_of(struct kfd_gpreempt *gp, u32 cus, u32 xcc,
		    u32 bits[KFD_GPREEMPT_MAX_SE])
{
	u32 mask[MAX_CUS / 32] = {};
	u32 i;

	memset(bits, 0, KFD_GPREEMPT_MAX_SE * sizeof(*bits));
	for (i = 0; i < min_t(u32, cus, MAX_CUS); i++)
		mask[i / 32] |= BIT(i % 32);
	mqd_symmetrically_map_cu_mask(gp->dqm->mqd_mgrs[KFD_MQD_TYPE_CP], mask,
				      MAX_CUS, bits, xcc);
}

/*
 * A program may have changed its mask since we did. Return: false if nothing would
 * be left for it on this XCC.
 */
static bool learn_own(struct kfd_gpreempt *gp, struct queue *q, u32 xcc,
		      const u32 bits[KFD_GPREEMPT_MAX_SE])
{
	struct kfd_gpreempt_cu_mask *cu_mask = &q->gpreempt.cu_mask;
	const u16 *words = words_of(q->device);
	u32 engines = engines_of(q->device);
	u32 *mqd = mqd_of(q, xcc);
	u32 full[KFD_GPREEMPT_MAX_SE];
	bool any = false;
	u32 se;

	bits_of(gp, MAX_CUS, xcc, full);
	for (se = 0; se < engines; se++) {
		u32 word = mqd[words[se]];

		if (!cu_mask->cus || word != cu_mask->written[xcc][se])
			cu_mask->own[xcc][se] = word;
		any |= cu_mask->own[xcc][se] & full[se] & ~bits[se];
	}
	return any;
}

static void write_mask(struct queue *q, u32 xcc, const u32 bits[KFD_GPREEMPT_MAX_SE],
		       bool takes)
{
	struct kfd_gpreempt_cu_mask *cu_mask = &q->gpreempt.cu_mask;
	const u16 *words = words_of(q->device);
	u32 engines = engines_of(q->device);
	u32 *mqd = mqd_of(q, xcc);
	u32 se;

	for (se = 0; se < engines; se++) {
		u32 word = cu_mask->own[xcc][se];

		if (takes)
			word &= ~bits[se];
		cu_mask->written[xcc][se] = word;
		mqd[words[se]] = word;
	}
}

/**
 * kfd_gpreempt_cumask_set() - keep a queue off the first compute units
 * @gp: the node's scheduler
 * @q: a queue that the hardware has not mapped
 * @cus: how many, a multiple of kfd_gpreempt_cumask_unit(); 0: none, the mask is
 *	what its program says
 *
 * A queue that would have nothing left keeps what it has.
 *
 * Context: process; dqm lock held.
 */
void kfd_gpreempt_cumask_set(struct kfd_gpreempt *gp, struct queue *q, u32 cus)
{
	u32 xccs = min_t(u32, NUM_XCC(q->device->xcc_mask), KFD_GPREEMPT_MAX_XCC);
	u32 bits[KFD_GPREEMPT_MAX_SE];
	bool takes = cus;
	u32 xcc;

	lockdep_assert_held(&gp->dqm->lock_hidden);

	for (xcc = 0; xcc < xccs; xcc++) {
		bits_of(gp, cus, xcc, bits);
		takes &= learn_own(gp, q, xcc, bits);
	}
	for (xcc = 0; xcc < xccs; xcc++) {
		bits_of(gp, cus, xcc, bits);
		write_mask(q, xcc, bits, takes);
	}
	q->gpreempt.cu_mask.cus = cus;
	q->gpreempt.cu_mask.changed = false;
}

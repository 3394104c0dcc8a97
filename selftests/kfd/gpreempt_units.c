// SPDX-License-Identifier: GPL-2.0
/*
 * gpreempt: how many compute units are reserved for LC, from what best-effort
 * work loses. The file that the driver is built from is compiled into this
 * program, which needs no GPU and no module.
 */
#include "kselftest_harness.h"

#include "kfd_gpreempt_reserve.c"

#define TOTAL		20
#define MOST		10
#define WINDOW_NS	(100000 * NS_PER_US)

/**
 * struct load - LC, as far as it matters here
 * @needs: with so many units for itself it need not have BE preempted
 * @off: of 1000, the time for which BE is off when it has fewer
 * @gone: it has no work at all
 * @noise: what is measured is wrong by so much of 100, at most
 * @rng: state of the random numbers
 */
struct load {
	u32 needs;
	u32 off;
	bool gone;
	u32 noise;
	u64 rng;
};

static u32 off_of(struct load *load, u32 units)
{
	u32 off = units >= load->needs ? 0 : load->off;

	load->rng = load->rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return off * (100 - load->noise +
		      (load->rng >> 33) % (2 * load->noise + 1)) / 100;
}

/* One window; returns what BE lost of it, of 1000. */
static u32 live(struct kfd_gpreempt_reserve *reserve, struct load *load)
{
	u32 off = load->gone ? 0 : off_of(load, reserve->units);
	struct kfd_gpreempt_window window = {
		.ns = WINDOW_NS,
		.off_ns = WINDOW_NS / PER_MILLE * off,
		.lc_active = !load->gone,
		.total = TOTAL,
		.most = MOST,
	};
	u32 loss = loss_of(reserve->units, TOTAL, off);

	kfd_gpreempt_reserve_next(reserve, &window);
	return loss;
}

TEST(it_finds_how_many_lc_needs)
{
	struct kfd_gpreempt_reserve reserve = {};
	u32 needs, i;

	for (needs = 1; needs <= 7; needs++) {
		struct load load = { .needs = needs, .off = 600 };

		reserve = (struct kfd_gpreempt_reserve) {};
		for (i = 0; i < 60 || reserve.trial; i++)
			live(&reserve, &load);
		EXPECT_EQ(needs, reserve.units);
	}
}

TEST(it_is_found_within_seconds)
{
	struct load load = { .needs = 4, .off = 500 };
	struct kfd_gpreempt_reserve reserve = {};
	u32 windows = 0;

	while (live(&reserve, &load) >= 300)
		windows++;
	EXPECT_GE(10, windows);
}

TEST(nothing_is_reserved_where_preemption_is_cheaper)
{
	struct load load = { .needs = 1, .off = 40 };
	struct kfd_gpreempt_reserve reserve = {};
	u32 i;

	for (i = 0; i < 1000; i++) {
		live(&reserve, &load);
		EXPECT_EQ(0, reserve.units);
	}
}

/* It is tried again, ever more seldom, and costs BE next to nothing. */
TEST(what_does_not_help_does_not_stay)
{
	struct load load = { .needs = TOTAL, .off = 500 };
	struct kfd_gpreempt_reserve reserve = {};
	u32 i, loss = 0;

	for (i = 0; i < 1000; i++) {
		loss += live(&reserve, &load);
		EXPECT_GE(MOST, reserve.units);
	}
	EXPECT_GE(1000 * 525, loss);
}

TEST(it_is_given_back_when_lc_is_gone)
{
	struct load load = { .needs = 3, .off = 500 };
	struct kfd_gpreempt_reserve reserve = {};
	u32 i;

	for (i = 0; i < 60 || reserve.trial; i++)
		live(&reserve, &load);
	EXPECT_EQ(3, reserve.units);
	load.gone = true;
	for (i = 0; i < IDLE_WINDOWS; i++)
		live(&reserve, &load);
	EXPECT_EQ(0, reserve.units);
}

TEST(it_is_given_back_when_lc_needs_less)
{
	struct load load = { .needs = 6, .off = 500 };
	struct kfd_gpreempt_reserve reserve = {};
	u32 i;

	for (i = 0; i < 60; i++)
		live(&reserve, &load);
	load.needs = 1;
	for (i = 0; i < 300; i++)
		live(&reserve, &load);
	EXPECT_GE(2, reserve.units);
}

/* With figures that are wrong by a fifth BE loses hardly more than without. */
TEST(chance_costs_little)
{
	u32 needs, off, i, loss;

	for (needs = 1; needs <= TOTAL; needs++) {
		for (off = 20; off <= 900; off += 40) {
			struct kfd_gpreempt_reserve reserve = {};
			struct load load = {
				.needs = needs,
				.off = off,
				.noise = 20,
				.rng = needs * 1000 + off,
			};

			loss = 0;
			for (i = 0; i < 1000; i++)
				loss += live(&reserve, &load);
			EXPECT_GE(1000 * (off + 15), loss)
				TH_LOG("needs %u, off %u", needs, off);
		}
	}
}

TEST(without_room_nothing_is_reserved)
{
	const struct kfd_gpreempt_window nothing = { .total = TOTAL, .most = MOST };
	const struct kfd_gpreempt_window no_units = {
		.ns = WINDOW_NS, .off_ns = WINDOW_NS, .lc_active = true,
	};
	struct kfd_gpreempt_reserve reserve = { .units = 4 };

	kfd_gpreempt_reserve_next(&reserve, &nothing);
	EXPECT_EQ(0, reserve.units);
	reserve.units = 4;
	kfd_gpreempt_reserve_next(&reserve, &no_units);
	EXPECT_EQ(0, reserve.units);
}

TEST_HARNESS_MAIN

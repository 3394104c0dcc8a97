// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "mask.h"

/**
 * mask_off - all compute units but the first ones
 * @mask: MASK_WORDS words, filled in
 * @cus: compute units, at most 32 * MASK_WORDS
 * @unit: what is left out is a multiple of this, and not everything
 * @percent: to leave out, 0 to 100; more than 0 leaves out something
 *
 * XCCs take turns in a mask, and in each XCC its shader engines: what is left
 * out is as many of each, or nearly.
 *
 * Return: bits of the mask, a multiple of 32.
 */
unsigned int mask_off(uint32_t *mask, unsigned int cus, unsigned int unit,
		      double percent)
{
	unsigned int units = cus / unit;
	unsigned int off = (unsigned int)(units * percent / 100 + 0.5);

	if (!off && percent > 0)
		off = 1;
	if (off >= units)
		off = units - 1;
	memset(mask, 0, MASK_WORDS * sizeof(*mask));
	for (unsigned int i = off * unit; i < cus; i++)
		mask[i / 32] |= 1U << i % 32;
	return (cus + 31) / 32 * 32;
}

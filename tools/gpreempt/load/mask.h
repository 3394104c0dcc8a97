/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GPREEMPT_LOAD_MASK_H
#define GPREEMPT_LOAD_MASK_H

#include <stdint.h>

#define MASK_WORDS	32	/* KFD takes no more than 1024 bits */

unsigned int mask_off(uint32_t *mask, unsigned int cus, unsigned int unit,
		      double percent);

#endif

# SPDX-License-Identifier: GPL-2.0
"""Sets of half-open intervals: sorted lists of disjoint (start, end)."""


def union(*sets):
    merged = []
    for start, end in sorted(pair for pairs in sets for pair in pairs):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def intersection(left, right):
    common = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        end = min(left[i][1], right[j][1])
        if start < end:
            common.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return common


def difference(left, right):
    """What is in @left and not in @right."""
    if not left:
        return []
    begin, finish = left[0][0], left[-1][1]
    gaps = []
    for start, end in right:
        if begin < start:
            gaps.append((begin, start))
        begin = max(begin, end)
    if begin < finish:
        gaps.append((begin, finish))
    return intersection(left, gaps)


def length(pairs):
    return sum(end - start for start, end in pairs)

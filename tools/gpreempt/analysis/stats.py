# SPDX-License-Identifier: GPL-2.0
"""Order statistics, in integers, so that a result never depends on rounding."""


def percentile(ordered, permille):
    """The nearest-rank percentile: the smallest sample that at least
    @permille / 1000 of all samples do not exceed.

    It is always a sample, never an interpolation between two: a p99.9 of
    fewer than 1000 samples is therefore their maximum. @ordered is sorted.
    """
    if not ordered:
        raise ValueError("no samples")
    if not 0 < permille <= 1000:
        raise ValueError(f"permille {permille} is not in 1..1000")
    rank = -(-len(ordered) * permille // 1000)
    return ordered[rank - 1]


def ccdf(ordered):
    """Points (x, share of the samples that are > x), one per distinct x.

    The last point, where the share is 0, is left out: it has no place on a
    logarithmic axis.
    """
    total = len(ordered)
    points = []
    for i, value in enumerate(ordered):
        above = total - i - 1
        last_of_equals = above == 0 or ordered[i + 1] != value
        if last_of_equals and above:
            points.append((value, above / total))
    return points

# SPDX-License-Identifier: GPL-2.0
"""A picture of who held the GPU when: policies above each other, one scale."""

from dataclasses import dataclass, field

from .intervals import difference, intersection, union
from .svg import Svg

WIDTH = 1200
LEFT = 110
RIGHT = 20
HEAD = 62
LANE = 20
LANE_GAP = 4
TITLE = 34
AXIS = 34
# A dispatch of 20 us is less than a pixel of a window of 40 ms.
LEAST_WIDTH = 1.6

COLOURS = {
    "LC waits": "#d7301f",
    "LC runs": "#1b7837",
    "BE runs": "#a6bddb",
    "BE is being saved": "#252525",
    "BE is being restored": "#fe9929",
}
LEGEND = {"LC runs": "LC runs (upper half: in part)"}
BEGIN_COLOUR = "#6a51a3"


@dataclass
class Lane:
    """One XCC: what its wave slots held, as disjoint interval lists, ns."""
    lc: list = field(default_factory=list)
    be: list = field(default_factory=list)
    save: list = field(default_factory=list)
    restore: list = field(default_factory=list)


@dataclass
class Activity:
    """@waiting: (doorbell, first wave) of LC dispatches; @preemptions: when
    the driver (decided, had the hardware's acknowledgement), ns."""
    title: str
    begin: int
    lanes: dict
    waiting: list
    preemptions: list


class Axis:
    """Maps ns to pixels."""

    def __init__(self, begin, length):
        self.begin = begin
        self.end = begin + length
        self.scale = (WIDTH - LEFT - RIGHT) / length

    def x(self, when):
        return LEFT + (when - self.begin) * self.scale

    def clip(self, pairs):
        return intersection(union(pairs), [(self.begin, self.end)])


def tick_step(length):
    """A round step (1, 2 or 5 x 10^n ns) that gives 8 to 20 ticks."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if length // (step * factor) <= 20:
                return step * factor
        step *= 10


def draw_pairs(svg, axis, y, pairs, kind, height=LANE):
    for start, end in axis.clip(pairs):
        width = max(LEAST_WIDTH, (end - start) * axis.scale)
        tip = (f"{kind}: {(end - start) / 1000:.1f} us from "
               f"{(start - axis.begin) / 1000:.1f} us")
        svg.rect(axis.x(start), y, width, height, COLOURS[kind], tip)


def draw_label(svg, y, label):
    svg.text(LEFT - 8, y + LANE - 6, label, "end")
    svg.rect(LEFT, y, WIDTH - LEFT - RIGHT, LANE, "#f7f7f7")


def draw_xcc(svg, axis, y, lane):
    """LC that gets its slots one by one, as BE frees them, shares the XCC:
    then it has the upper half of the lane."""
    swaps = union(lane.save, lane.restore)
    shared = union(lane.be, swaps)
    draw_pairs(svg, axis, y, difference(lane.be, swaps), "BE runs")
    draw_pairs(svg, axis, y, lane.save, "BE is being saved")
    draw_pairs(svg, axis, y, lane.restore, "BE is being restored")
    draw_pairs(svg, axis, y, intersection(lane.lc, shared), "LC runs",
               LANE / 2)
    draw_pairs(svg, axis, y, difference(lane.lc, shared), "LC runs")


def draw_axis(svg, axis, top, bottom):
    length = axis.end - axis.begin
    step = tick_step(length)
    micro = step < 500000
    for offset in range(0, length + 1, step):
        x = axis.x(axis.begin + offset)
        svg.line(x, top, x, bottom + 4, "#bdbdbd", 0.5)
        label = offset / (1000 if micro else 1000000)
        svg.text(x, bottom + 17, f"{label:g}", "middle", fill="#525252")
    svg.text(LEFT - 8, bottom + 17, "us" if micro else "ms", "end",
             fill="#525252")


def draw_preemptions(svg, axis, top, bottom, preemptions):
    for decided, acknowledged in preemptions:
        for when, dash in ((decided, None), (acknowledged, "3 2")):
            if axis.begin <= when < axis.end:
                x = axis.x(when)
                svg.line(x, top, x, bottom, BEGIN_COLOUR, 0.8, dash)
        if axis.begin <= decided < axis.end:
            x = axis.x(decided)
            svg.polygon([(x - 4, top - 7), (x + 4, top - 7), (x, top)],
                        BEGIN_COLOUR)


def panel_height(activity):
    lanes = len(activity.lanes) + 1
    return TITLE + lanes * (LANE + LANE_GAP) + AXIS


def longest_wait(activity, axis):
    waits = [start - doorbell for doorbell, start in activity.waiting
             if axis.begin <= doorbell < axis.end]
    if not waits:
        return "no LC dispatch"
    return f"longest LC wait here: {max(waits) / 1000:.0f} us"


def draw_panel(svg, y, activity, axis, title):
    svg.text(LEFT, y + 15, title, font_size=14, font_weight="bold")
    svg.text(WIDTH - RIGHT, y + 15, longest_wait(activity, axis), "end",
             fill="#525252")
    top = y + TITLE
    bottom = top + (len(activity.lanes) + 1) * (LANE + LANE_GAP)
    draw_axis(svg, axis, top, bottom)
    draw_label(svg, top, "LC waiting")
    draw_pairs(svg, axis, top, activity.waiting, "LC waits")
    for i, (xcc, lane) in enumerate(sorted(activity.lanes.items()), 1):
        draw_label(svg, top + i * (LANE + LANE_GAP), f"XCC {xcc}")
        draw_xcc(svg, axis, top + i * (LANE + LANE_GAP), lane)
    draw_preemptions(svg, axis, top, bottom, activity.preemptions)


def draw_legend(svg, y):
    x = LEFT
    for kind, colour in COLOURS.items():
        label = LEGEND.get(kind, kind)
        svg.rect(x, y, 14, 12, colour)
        svg.text(x + 19, y + 10, label)
        x += 38 + 6.5 * len(label)
    svg.polygon([(x, y + 3), (x + 8, y + 3), (x + 4, y + 11)], BEGIN_COLOUR)
    svg.text(x + 13, y + 10, "preemption decided, acknowledged (dashed)")


def zoom_window(activity, length):
    """(begin, length) around the first LC dispatch that had to wait until a
    save let it in, or None if there is none in the first @length ns."""
    saves = union(*(lane.save for lane in activity.lanes.values()))
    restores = union(*(lane.restore for lane in activity.lanes.values()))
    for doorbell, start in sorted(activity.waiting):
        inside = activity.begin <= doorbell < activity.begin + length
        if inside and any(doorbell < save[0] < start for save in saves):
            until = next((end for begin, end in restores if begin > start),
                         start)
            pad = (until - doorbell) // 10
            return doorbell - pad, until - doorbell + 2 * pad
    return None


def draw(activities, length, heading):
    """SVG text: a panel of @length ns for each activity, then the first
    preemption of the last one at its own scale."""
    zoom = zoom_window(activities[-1], length)
    panels = [(a, Axis(a.begin, length), a.title) for a in activities]
    if zoom:
        last = activities[-1]
        panels.append((last, Axis(*zoom),
                       f"{last.title}: the first preemption, magnified"))
    height = HEAD + sum(panel_height(panel[0]) for panel in panels)
    svg = Svg(WIDTH, height, heading)
    svg.text(LEFT, 24, heading, font_size=16, font_weight="bold")
    draw_legend(svg, 36)
    y = HEAD
    for activity, axis, title in panels:
        draw_panel(svg, y, activity, axis, title)
        y += panel_height(activity)
    return str(svg)

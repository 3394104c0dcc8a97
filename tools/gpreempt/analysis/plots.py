# SPDX-License-Identifier: GPL-2.0
"""The pictures of the bench, drawn by gnuplot, and the data in them as CSV."""

import csv
import pathlib
import tempfile

from . import gnuplot
from .bench_tables import by_policy, median, series_of
from .figures import BE_ALONE, LC_ALONE
from .stats import ccdf

# A policy has one colour and one mark in all pictures
STYLES = {
    "lc-alone": ("#000000", 2), "stock": ("#d7301f", 7),
    "stock-normal": ("#fc8d59", 6), "daemon-5ms": ("#a6761d", 4),
    "daemon-1ms": ("#7a5195", 5), "throttle-8": ("#c7b42c", 8),
    "throttle-2": ("#b39b00", 10), "throttle-1": ("#8c7a00", 9),
    "mask-10": ("#9ecae1", 12), "mask-25": ("#4292c6", 13),
    "mask-50": ("#084594", 15), "timer-5ms": ("#a1d99b", 1),
    "timer-1ms": ("#41ab5d", 11), "doorbell": ("#00441b", 3),
    "grace-1": ("#00a087", 14), "ideal": ("#777777", 0),
}
DOCUMENTED = ("tradeoff.svg", "short-be.svg", "lc-rate-be.svg",
              "be-queues.svg", "swaps.csv", "swaps.svg")


def styles():
    return "".join(f'set style line {i} linecolor rgb "{colour}" '
                   f"pointtype {mark} linewidth 1.5\n"
                   for i, (colour, mark) in enumerate(STYLES.values(), 1))


def blocks(lines):
    """gnuplot's data of {policy: [(x, y)]}, one block for each of STYLES"""
    parts = []
    for name in STYLES:
        points = lines.get(name) or [("NaN", "NaN")]
        parts.append(f"{name}\n" + "".join(f"{x} {y}\n" for x, y in points))
    return "\n\n".join(parts)


def plot(script, directory, **settings):
    (directory / "styles").write_text(styles())
    gnuplot.run(script, styles=directory / "styles", **settings)


def write_csv(path, lines):
    """@lines: {(what it is of...): [(x, y)]}"""
    with open(path, "w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        for key, points in lines.items():
            key = key if isinstance(key, tuple) else (key,)
            writer.writerows((*key, x, y) for x, y in points)


def draw_lines(path, lines, heading, x, y, logarithmic):
    lines = {name: points for name, points in lines.items()
             if name in STYLES and points}
    write_csv(path.with_suffix(".csv"), lines)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "points").write_text(blocks(lines))
        plot("lines.gp", scratch, points=scratch / "points",
             blocks=len(STYLES), heading=heading, x=x, y=y,
             logarithmic=logarithmic, output_svg=path)


def draw_panels(path, panels, columns, **settings):
    """@panels: {title: {policy: [(x, y)]}}"""
    write_csv(path.with_suffix(".csv"),
              {(title, name): points for title, lines in panels.items()
               for name, points in lines.items()})
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for i, (title, lines) in enumerate(panels.items(), 1):
            curve = front(lines) if settings["how"] == "points" else []
            (scratch / str(i)).write_text(
                f"{title}\n\n\n" + blocks(lines) + "\n\nfront\n" +
                "".join(f"{x} {y}\n" for x, y in curve or [("NaN", "NaN")]))
        plot("panels.gp", scratch, dir=scratch, panels=len(panels),
             blocks=len(STYLES), columns=columns,
             rows=len(panels) // columns + 1, output_svg=path, **settings)


def tradeoff(chosen, groups):
    """{title: {policy: [(BE work, LC p99)]}}"""
    panels = {}
    for workload in chosen:
        lines = {}
        for policy in workload.scenario.policies:
            rows = groups[workload.name, policy.name]
            point = (median(rows, "be_work_pct"),
                     median(rows, "lc_req_p99_us"))
            if policy.name == LC_ALONE:
                # what LC can have, wherever BE is
                point = (100, point[1])
            if None not in point and policy.name in STYLES:
                lines[policy.name] = [point]
        if lines:
            panels[workload.name] = lines
    return panels


def front(lines):
    """The (BE work, LC p99) that no policy is better than in both, by work"""
    points = sorted({point for name, found in lines.items()
                     if name != LC_ALONE for point in found},
                    key=lambda point: (-point[0], point[1]))
    best = []
    for point in points:
        if not best or point[1] < best[-1][1]:
            best.append(point)
    return best[::-1]


def series_lines(loads, groups, column):
    """{policy: [(value, median)]}"""
    return {policy.name: [
        (load.value, median(groups[load.name, policy.name], column))
        for load in loads
        if median(groups[load.name, policy.name], column) is not None]
        for policy in loads[0].scenario.policies}


def ideal_line(loads, groups):
    """The ideal in % of stock, where LC is served: beside a starving LC there
    is more for BE"""
    points = []
    for load in loads:
        rows = groups[load.name, "doorbell"]
        of_stock = median(rows, "be_work_pct")
        of_ideal = median(rows, "be_of_ideal_pct")
        if of_ideal:
            points.append((load.value, f"{100 * of_stock / of_ideal:.1f}"))
    return points


def distributions(chosen, outcomes):
    """{title: {policy: [(us, share of requests above it)]}}, all seeds"""
    panels = {}
    for workload in chosen:
        lines = {}
        for policy in workload.scenario.policies:
            found = sorted(ns for (_, name), run in
                           outcomes[workload.name].items()
                           if name == policy.name for ns in run.request)
            if len(found) > 1 and policy.name in STYLES:
                lines[policy.name] = [(f"{ns / 1000:.2f}", f"{share:.5f}")
                                      for ns, share in thin(ccdf(found))]
        if lines:
            panels[workload.name] = lines
    return panels


def thin(points, most=60):
    """Fewer of them, but the tail whole: a picture has so many pixels"""
    if len(points) <= 2 * most:
        return points
    return points[:-most:len(points) // most] + points[-most:]


def draw_series(out, loads, groups, name, unit):
    heading = f"{loads[0].title} (simulated)"
    draw_lines(out / f"{name}.svg",
               series_lines(loads, groups, "lc_req_p99_us"),
               f"LC request p99: {heading}", unit, "p99 of LC requests, us",
               "xy")
    lines = series_lines(loads, groups, "be_work_pct")
    lines.pop(LC_ALONE, None)
    lines.pop(BE_ALONE, None)
    lines["ideal"] = ideal_line(loads, groups)
    draw_lines(out / f"{name}-be.svg", lines, f"BE work: {heading}", unit,
               "BE work, % of stock", "x")
    return [f"{name}.svg", f"{name}-be.svg"]


UNITS = {"short-be": "BE workgroup, us", "lc-rate": "LC requests a second",
         "be-queues": "BE queues", "be-processes": "BE processes",
         "small-lc": "LC workgroups of 4 waves"}


def draw(out, chosen, table, outcomes):
    """All pictures that there are data for; returns their names."""
    groups = by_policy(table)
    names = []
    telling = [workload for workload in chosen if workload.quick]
    if telling:
        draw_panels(out / "tradeoff.svg", tradeoff(telling, groups), 4,
                    heading="BE work against LC p99: the lower right corner "
                    "is the best (simulated)",
                    x="BE work, % of stock", y="p99 of LC requests, us",
                    logarithmic="y", how="points")
        draw_panels(out / "latency-cdf.svg", distributions(telling, outcomes),
                    4, heading="Share of LC requests that took longer "
                    "(simulated)", x="us", y="share", logarithmic="xy",
                    how="lines")
        names += ["tradeoff.svg", "latency-cdf.svg"]
    for name, loads in series_of(chosen).items():
        names += draw_series(out, loads, groups, name, UNITS.get(name, name))
    return names

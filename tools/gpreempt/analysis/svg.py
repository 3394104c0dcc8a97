# SPDX-License-Identifier: GPL-2.0
"""Just enough SVG to draw lanes over time. Lengths are pixels."""

from xml.sax.saxutils import escape, quoteattr


class Svg:
    def __init__(self, width, height, title):
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" '
            f'font-family="sans-serif" font-size="12" role="img">',
            "<!-- SPDX-License-Identifier: GPL-2.0 -->",
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="white"/>',
        ]

    def rect(self, x, y, width, height, fill, tip=None):
        tail = f"><title>{escape(tip)}</title></rect>" if tip else "/>"
        self._parts.append(
            f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" '
            f'height="{height:.2f}" fill="{fill}"{tail}')

    def line(self, x1, y1, x2, y2, stroke, width=1.0, dash=None):
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" '
            f'stroke="{stroke}" stroke-width="{width}"{dashes}/>')

    def polygon(self, points, fill):
        path = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        self._parts.append(f'<polygon points="{path}" fill="{fill}"/>')

    def text(self, x, y, content, anchor="start", **attributes):
        extra = "".join(f" {key.replace('_', '-')}={quoteattr(str(value))}"
                        for key, value in attributes.items())
        self._parts.append(
            f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}"{extra}>'
            f"{escape(content)}</text>")

    def __str__(self):
        return "\n".join([*self._parts, "</svg>"]) + "\n"

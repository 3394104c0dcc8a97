# SPDX-License-Identifier: GPL-2.0
"""Pictures: the scripts *.gp here, and what they are given."""

import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent


def run(script, **settings):
    """@settings: variables of @script; numbers, or text without quotes"""
    text = "; ".join(f"{key}={value}" if isinstance(value, (int, float))
                     else f"{key}='{value}'"
                     for key, value in settings.items())
    subprocess.run(["gnuplot", "-e", text, HERE / script], check=True)


def draw(path, script, points, **settings):
    """A picture of one file of data. @points: its text"""
    with tempfile.NamedTemporaryFile("w", suffix=".dat") as data:
        data.write(points)
        data.flush()
        run(script, points=data.name, output_svg=path, **settings)

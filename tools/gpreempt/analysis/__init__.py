# SPDX-License-Identifier: GPL-2.0
"""Turns what a scenario left behind into a table, CSV files and pictures."""

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by every check: runs in the project's root.
#
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
cd "$gp_top"

# sources <pathspec>...: the project's files, tracked or new, by name
sources()
{
	git ls-files -co --exclude-standard -- "$@" |
		while read -r file; do [ ! -f "$file" ] || echo "$file"; done
}

# our_warnings <log>: fails, and shows them, when a compiler's messages are
# about the project's own kernel files
our_warnings()
{
	! grep -E "/(kfdsim/[^/ ]+|amdkfd/(tests/)?kfd_gpreempt[^/ ]*):[0-9:]+ (warning|error)" "$1"
}

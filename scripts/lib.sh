# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034	# set here, used by who sources this
# Sourced by every script here: strict mode, messages, and where things are.

set -euo pipefail
shopt -s inherit_errexit

# what our own make was told, V=1 or G=, is not for the kernel's
unset MAKEFLAGS MFLAGS MAKEOVERRIDES

# depmod and modprobe are there
PATH=$PATH:/usr/sbin:/sbin

gp_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
gp_out=$gp_top/out
gp_cache=${XDG_CACHE_HOME:-$HOME/.cache}/gpreempt
gp_amd=drivers/gpu/drm/amd
gp_jobs=${JOBS:-$(nproc)}
gp_flavour=stock

say()
{
	printf 'gpreempt: %s\n' "$*" >&2
}

die()
{
	printf 'gpreempt: error: %s\n' "$*" >&2
	exit 1
}

# gp_variant <variant>: sets gp_build, the build directory of a variant. All
# but amdgpu have the same kfdsim; nohooks has the distribution's amdkfd under it,
# check is what make check compiles with more warnings, debug and kcsan are for the
# kernel of that name (scripts/debug-kernel), amdgpu is the whole driver, set has
# an amdkfd from elsewhere (scripts/series-try).
gp_variant()
{
	case $1 in
	hooked)  gp_build=$gp_out/build ;;
	nohooks | check | amdgpu | set) gp_build=$gp_out/build-$1 ;;
	debug | kcsan) gp_build=$gp_out/build-$1 gp_flavour=$1 ;;
	*) die "variant '$1': hooked, nohooks, check, amdgpu, set, debug or kcsan" ;;
	esac
}

# gp_kernel: sets KVER, SYSROOT, KDIR, VMLINUZ, KMODS, KTREE, UAPI and AMD_SRC
# (see scripts/kernel), fetching the kernel first when it is not in the cache.
# For a variant with a kernel of its own, KDIR and VMLINUZ are that one's.
gp_kernel()
{
	local vars

	vars=$("$gp_top/scripts/kernel") || exit 1
	eval "$vars"
	[ "$gp_flavour" = stock ] && return
	vars=$("$gp_top/scripts/debug-kernel" "$gp_flavour") || exit 1
	eval "$vars"
}

# gp_source: sets source, the whole kernel source. After gp_kernel.
gp_source()
{
	local temp

	source=$gp_cache/$KVER/source
	[ ! -d "$source" ] || return 0
	exec 8> "$gp_cache/lock"
	flock 8
	if [ ! -d "$source" ]; then
		say "unpacking the kernel source, 1.6 GB"
		temp=$(mktemp -d "$gp_cache/.source.XXXXXX")
		tar -xJf "$KSOURCE" -C "$temp" --strip-components=1 ||
			{ rm -rf "$temp"; die "$KSOURCE: cannot be unpacked"; }
		chmod 755 "$temp"
		mv -T "$temp" "$source"
	fi
	exec 8>&-
}

# gp_hash <file>...: one hash over the names and contents of files
gp_hash()
{
	sha256sum -- "$@" | sha256sum | cut -c1-16
}

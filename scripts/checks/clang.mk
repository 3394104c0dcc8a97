# SPDX-License-Identifier: GPL-2.0
# Print the warnings that the kernel's own build turns on for clang with W=1.
#
# usage: make -s -f clang.mk srctree=<kernel headers> version=<as 140006>

CC := clang
KBUILD_CFLAGS :=
KBUILD_CPPFLAGS :=
KBUILD_EXTRA_WARN := 1
CONFIG_CC_IS_CLANG := y
CONFIG_CLANG_VERSION := $(version)
CONFIG_FRAME_WARN := 2048
include $(srctree)/scripts/Kbuild.include
include $(srctree)/scripts/Makefile.compiler
include $(srctree)/scripts/Makefile.extrawarn

flags:
	@echo $(KBUILD_CPPFLAGS) $(KBUILD_CFLAGS)

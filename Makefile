# SPDX-License-Identifier: GPL-2.0
#
# Everything that make can do here; the work is done by scripts/.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export PYTHONDONTWRITEBYTECODE := 1

help:
	@echo 'make setup    install the packages that are missing, fetch the kernel'
	@echo 'make build    kfdsim.ko (the driver with our hooks, on a simulated GPU)'
	@echo '              and the programs; W=1 for more warnings'
	@echo 'make run      the main scenario: table, CSV and pictures in out/run'
	@echo 'make bench    all workloads of tools/gpreempt/scenarios under all policies, the'
	@echo '              ten telling ones with 5 seeds: tables, CSV and pictures in out/bench'
	@echo 'make bench-quick   the ten telling ones with one seed, under fewer policies;'
	@echo '              ARGS="--workload=main"'
	@echo 'make bench-core   what the core costs, in instructions, by the number of'
	@echo '              queues: table, CSV and picture in out/bench'
	@echo 'make bench-sensitivity   which conclusions hold when the parameters of the'
	@echo '              simulated GPU are others: tables and CSV in out/sensitivity'
	@echo 'make shell    a shell in the virtual machine, with kfdsim loaded'
	@echo '              P="preset=mi300x num_gpus=2" MODE=smp WITH=hsa,bpftrace'
	@echo 'make test     all tests; G=<groups> T=<tests> M=<modes> V=1'
	@echo 'make test-everywhere   every test on every kind of GPU, on one CPU;'
	@echo '              G=<groups> T=<tests> M=<modes> V=1'
	@echo 'make test-debug   KUnit and all tests on a kernel with KASAN, lockdep,'
	@echo '              kmemleak, ...; KCSAN=1: with KCSAN; G=<groups> T=<tests> V=1'
	@echo 'make kunit    the policy under KUnit, in user-mode Linux'
	@echo 'make series   the patches for the kernel in out/series, in sets, checked one by one'
	@echo 'make check    static checks: checkpatch, sparse, W=1, shellcheck, ...'
	@echo 'make hooks-check  how often each hook matches; also for KSRC=<kernel'
	@echo '              tree> or AMDGPU_SRC=<the sources of AMD'\''s DKMS package>'
	@echo 'make amdgpu   the whole amdgpu.ko with gpreempt, checked against the stock'
	@echo '              one and loaded in the virtual machine'
	@echo 'make dkms-deb Debian packages, which build it where they are installed'
	@echo 'make test-dkms those, installed and removed in a chroot; as root'
	@echo 'make clean    remove out/ (the downloads in ~/.cache/gpreempt stay)'
	@echo
	@echo 'KVER=6.12.115+deb12-amd64 takes another kernel, KSRC=<tree or tarball>'
	@echo 'the amdgpu sources from elsewhere, JOBS=<n> other than all processors.'

setup:
	@scripts/setup
	@scripts/kernel > /dev/null

# What every other target needs; silent when nothing is missing
packages:
	@scripts/setup --quiet

build: kfdsim programs

kfdsim: packages
	@scripts/build hooked $(if $(W),W=$(W))

nohooks: packages
	@scripts/build nohooks $(if $(W),W=$(W))

programs: packages
	@scripts/programs

run: build
	@tools/gpreempt/run --load out/tools/gpreempt-load $(ARGS)

bench: build
	@tools/gpreempt/bench-loads --load out/tools/gpreempt-load $(ARGS)

bench-quick: build
	@tools/gpreempt/bench-loads --quick --load out/tools/gpreempt-load $(ARGS)

bench-core: build
	@tools/gpreempt/bench-core --program out/tools/gpreempt-bench $(ARGS)

bench-sensitivity: build
	@tools/gpreempt/bench-sensitivity --load out/tools/gpreempt-load $(ARGS)

shell: build
	@scripts/vm --shell --mode $(or $(MODE),run) --params '$(P)' \
		--add out/selftests/kfd:selftests/kfd --add out/tools:tools \
		--with $(or $(WITH),hsa)

test: build nohooks
	@scripts/selftest --groups='$(G)' --tests='$(T)' \
		$(if $(M),--modes='$(M)') $(if $(V),--verbose)

test-everywhere: build nohooks
	@scripts/selftest --everywhere --groups='$(G)' --tests='$(T)' \
		--modes='$(or $(M),run)' $(if $(V),--verbose)

# what KUnit runs in user-mode Linux needs no other build
test-debug: packages programs
	@scripts/build $(if $(KCSAN),kcsan,debug)
	@scripts/selftest --kernel=$(if $(KCSAN),kcsan,debug) --groups='$(G)' \
		--tests='$(T)' $(if $(V),--verbose)

kunit: packages
	@scripts/kunit

series: packages
	@scripts/series $(ARGS)

amdgpu: packages
	@scripts/amdgpu

dkms-deb: packages programs
	@scripts/dkms-deb

test-dkms: dkms-deb
	@scripts/test-dkms

check: packages
	@scripts/check

hooks-check: packages
	@scripts/hooks-check

clean:
	rm -rf out

.PHONY: help setup packages build kfdsim nohooks programs run bench \
	bench-quick bench-core bench-sensitivity shell test test-everywhere test-debug kunit series amdgpu dkms-deb test-dkms check hooks-check clean

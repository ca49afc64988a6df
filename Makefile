# SPDX-License-Identifier: GPL-2.0
#
# The project's commands. What they need is fetched and built into build/, and
# only what has changed since is built again.

# Of the kernels, the first is the default; the user's own is one more.
LINUX ?= $(firstword $(file <configs/linux-versions))
ifdef KSRC
LINUX := own
endif
SCENARIO ?= smmuv3-uboot
TREE ?= ours
BUILD ?= $(CURDIR)/build
export BUILD LINUX KSRC XEN XEN_SRC QEMU UBOOT

scenarios := $(sort $(notdir $(filter-out %.dtso %.dtsi,$(wildcard qemu-scripts/scenarios/*))))
SCENARIOS ?= $(scenarios)
overlay := $(shell find drivers arch include Documentation -type f ! -name '*.md' 2>/dev/null)
integration := $(overlay) $(wildcard patches/* scripts/integrate)

# One thing at a time: the long steps use all CPUs themselves.
.NOTPARALLEL:
.DELETE_ON_ERROR:
# Nothing that was fetched or built is only a step to something else.
.SECONDARY:

# get TREES,SCENARIOS,PACKAGES: download everything, so that what cannot be had shows
# before anything is built, and then build it. Which Xen could be had says what else
# is needed, so needs is asked twice.
define get
@list=$$(qemu-scripts/needs download '$1' $2) && $(MAKE) -s host-tools $(3:%=$(BUILD)/pkg/%/.done) $$list
@list=$$(qemu-scripts/needs all '$1' $2) && $(MAKE) -s host-tools $$list
endef

# run GROUPS: of test programs
run = @names=$$(tests/list $1) && qemu-scripts/check $$names

.PHONY: help boot test check check-all check-quick fuzz coverage bench soak compare scenarios patches tools install \
	host-tools clean FORCE

help:
	@echo 'make boot [SCENARIO=name]   boot Xen, dom0 and a guest, and report'
	@echo '  GDB=1 SHELL_IN=dom0       wait for a debugger; a shell instead of the self-test'
	@echo 'make scenarios              list the scenarios, by group'
	@echo 'make test [T=pattern]       run the tests that match, or a group; list what there is'
	@echo 'make check                  tests in user space, all boots with 4K pages'
	@echo 'make check-all              and other kernels, fuzzing, style, bindings'
	@echo 'make check-quick            the shortest, without a kernel'
	@echo 'make fuzz [RUNS=10000000]   fuzz the choice of ranges for longer'
	@echo 'make coverage               which lines of the pool its tests reach'
	@echo 'make bench                  figures, beside mainline and ballooning'
	@echo 'make soak [MINUTES=30]      all loads and deaths at once, at random; SEED= repeats it'
	@echo 'make compare [SCENARIOS=..] all scenarios, or some, beside mainline'
	@echo 'make patches KSRC=dir       the change as a series for git am'
	@echo 'make tools, make install    xen-safe-ranges, for boards at the desk; PREFIX= DESTDIR='
	@echo 'LINUX=version selects the kernel: $(strip $(file <configs/linux-versions))'
	@echo 'Your own: KSRC= kernel tree, XEN= hypervisor, XEN_SRC= its source, a tree or'
	@echo '          a tarball, QEMU= emulator, UBOOT= firmware'

boot:
	$(if $(filter-out 1,$(GDB)),$(error GDB=$(GDB): expected 1, to wait for a debugger))
	$(if $(filter-out dom0,$(SHELL_IN)),$(error SHELL_IN=$(SHELL_IN): expected dom0))
	$(call get,$(TREE),$(SCENARIO))
	@GDB=$(GDB) SHELL_IN=$(SHELL_IN) qemu-scripts/boot-and-report $(SCENARIO) $(TREE)

scenarios:
	@qemu-scripts/list

check:
	$(call get,ours,$$(qemu-scripts/list arm64-4k),boards)
	$(call run,user-space layouts boots)

check-all:
	$(call get,ours,$(scenarios) $$(tests/list versions | sed -n s,scenario/,,p),boards dt-schema)
	$(call run)

# make test T=pattern; qemu-scripts/test asks for what these take.
test: host-tools
	@qemu-scripts/test '$(T)'

.PHONY: tested-with
tested-with:
	$(call get,ours,$(SCENARIOS),$(PACKAGES))

check-quick: host-tools
	$(call run,quick)

RUNS ?= 10000000
fuzz: host-tools
	@$(MAKE) -s -C tests/safe-ranges RUNS=$(RUNS) fuzz

coverage: host-tools
	@$(MAKE) -s -C tests/pool coverage

compare:
	$(call get,ours mainline,$(SCENARIOS))
	@qemu-scripts/compare $(SCENARIOS)

bench:
	$(call get,ours mainline,bench bench-guests bench-four bench-dma)
	@qemu-scripts/bench

# Said once, for all that read the scenario
MINUTES ?= 30
SEED ?= $(shell od -An -N 3 -t u4 /dev/urandom | tr -d ' ')
soak: export MINUTES := $(MINUTES)
soak: export SEED := $(SEED)
soak:
	$(call get,ours,soak)
	@echo 'SEED=$(SEED) repeats it'
	@qemu-scripts/boot-and-report soak ours

patches: $(BUILD)/pkg/linux-$(LINUX)/.done
	@rm -rf $(BUILD)/patches
	@scripts/make-patches $(BUILD)/pkg/linux-$(LINUX) $(BUILD)/patches

tools install:
	@$(MAKE) -C tools/xen-safe-ranges $(patsubst tools,all,$@)

host-tools:
	@qemu-scripts/host-tools

clean:
	rm -rf $(BUILD)

# XEN_SRC and KSRC may have changed in any file: fetch finds out.
$(BUILD)/pkg/xen-source/.done: $(if $(XEN_SRC),FORCE)
$(BUILD)/pkg/linux-own/.done: $(if $(KSRC),FORCE)

$(BUILD)/pkg/%/.done: configs/packages/% | host-tools
	@qemu-scripts/fetch $*

$(BUILD)/tools/xen-safe-ranges/xen-safe-ranges: $(wildcard tools/*/*.[ch] \
		tools/include/linux/*.h tools/xen-safe-ranges/Makefile drivers/xen/safe-ranges*) | host-tools
	@$(MAKE) -s -C tools/xen-safe-ranges

$(BUILD)/xen/xen $(BUILD)/xen-acpi/xen: $(BUILD)/%/xen: $(BUILD)/pkg/xen-source/.done $(wildcard configs/xen-*.config)
	@qemu-scripts/build-xen $*

$(BUILD)/initramfs/%-dom0.cpio.gz: $(BUILD)/pkg/tools-%/.done qemu-scripts/build-initramfs \
		$(wildcard qemu-scripts/dom0/* qemu-scripts/guest/* qemu-scripts/reports.sh \
			qemu-scripts/parts/*.h $(addprefix qemu-scripts/parts/*/,*.c toolstack/*.c *.dts dom0 config beside after guest))
	@qemu-scripts/build-initramfs $*

$(BUILD)/plugin/%.so: qemu-scripts/parts/figures/plugin/%.c $(BUILD)/pkg/qemu-plugin/.done $(BUILD)/pkg/glib/.done
	@mkdir -p $(@D)
	@gcc -O2 -Wall -shared -fPIC -I $(BUILD)/pkg/qemu-plugin/include/qemu \
		-I $(BUILD)/pkg/glib/usr/include/glib-2.0 \
		-I $(BUILD)/pkg/glib/usr/lib/x86_64-linux-gnu/glib-2.0/include -o $@ $<

# VERSION/TREE/VARIANT
.SECONDEXPANSION:
$(BUILD)/kernel/%/.done: $(BUILD)/pkg/linux-$$(firstword $$(subst /, ,$$*))/.done \
		$$(if $$(findstring /ours/,$$*),$$(integration)) $(wildcard configs/kernel-* qemu-scripts/parts/*/module/*) \
		$$(if $$(findstring -without-i2,$$*),tests/safe-ranges/mutations)
	@LINUX=$(firstword $(subst /, ,$*)) qemu-scripts/build-kernel $(wordlist 2,3,$(subst /, ,$*))

FORCE:

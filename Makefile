# SPDX-License-Identifier: GPL-2.0-only
#
# make demo, make check: install what they need and do it all. make: builds, after make setup. Everything is built below build/; the
# source tree stays clean.

SHELL   := /bin/bash
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

# The kernels that the module is held to: the newest of each series, and their headers.
SERIES  := 6.1-cloud 6.1 6.12-cloud 6.12
headers  = /lib/modules/$$(tests/vm/kernel release $(1))/build

.DELETE_ON_ERROR:
.PHONY: all setup modules test-module sbctl unit demo demo-interactive check do-demo do-demo-interactive do-check dkms-check clean FORCE

all: modules sbctl

# What builds, tests and packages need, by Debian's names.
PACKAGES := build-essential bc kmod pkg-config dkms \
	linux-headers-amd64 linux-headers-cloud-amd64 linux-headers-6.12-amd64 linux-headers-6.12-cloud-amd64 \
	libnl-3-dev libnl-genl-3-dev libncurses-dev libjansson-dev libkmod-dev libcmocka-dev \
	bochs bochs-term bochsbios vgabios isolinux syslinux-common genisoimage qemu-system-x86 \
	busybox-static cpio xz-utils ncurses-base socat jq mandoc bsdextrautils python3 python3-yaml

INSTALL := DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends

setup:
	@missing=$$(comm -23 <(printf '%s\n' $(PACKAGES) | sort) \
		<(dpkg-query -W -f '$${db:Status-Abbrev} $${Package}\n' | sed -n 's/^ii  *//p' | sort)); \
	[ -z "$$missing" ] || { apt-get -qq update && $(INSTALL) $$missing; }

# Directories count too: their times tell of files that went away.
KMOD := $(shell find kmod 2>/dev/null)

# $(call kbuild,SOURCES,DIRECTORY,SERIES,ARGUMENTS): builds the module in SOURCES out of tree. Kbuild writes beside the sources, so it
# gets a directory of links to them; they are made anew each time, for files come and go.
define kbuild
@mkdir -p $(2)
@find $(2) -type l -delete
@cp -rsT $(abspath $(1)) $(2)
$(MAKE) -s -C $(call headers,$(3)) M=$(abspath $(2)) KCFLAGS=-Werror SHADOW_BOX_VERSION=$(VERSION) $(4) modules
@touch $(2)/*.ko
endef

modules: $(SERIES:%=build/kmod/%/shadow_box.ko)
build/kmod/%/shadow_box.ko: $(KMOD) dkms.conf
	$(call kbuild,kmod,$(@D),$*)

# The same module with what only tests may do.
test-module: $(SERIES:%=build/kmod-test/%/shadow_box.ko)
build/kmod-test/%/shadow_box.ko: $(KMOD) dkms.conf
	$(call kbuild,kmod,$(@D),$*,SHADOW_BOX_TEST=1)

# What tests need inside the guest: each tests/modules/NAME becomes NAME.ko for each series, each
# tests/guest/NAME.c and tests/bench/NAME.c a static program.
GUEST_MODULES  := $(notdir $(patsubst %/Kbuild,%,$(wildcard tests/modules/*/Kbuild)))
GUEST_PROGRAMS := $(patsubst %.c,build/guest/%,$(notdir $(wildcard tests/guest/*.c tests/bench/*.c)))

# All that is laid over the guest's root for the tests of one series: programs in PATH, modules where modprobe finds them.
define overlay_rule
.PHONY: overlay-$(1)
overlay-$(1): $(GUEST_MODULES:%=build/modules/$(1)/%.ko) $(GUEST_PROGRAMS)
	@extra=build/overlay/$(1)/lib/modules/$$$$(tests/vm/kernel release $(1))/extra; \
	mkdir -p build/overlay/$(1)/bin $$$$extra; \
	for file in $$^; do case $$$$file in *.ko) cp -u $$$$file $$$$extra/ ;; *) cp -u $$$$file build/overlay/$(1)/bin/ ;; esac; done
endef
$(foreach series,$(SERIES),$(eval $(call overlay_rule,$(series))))

.SECONDEXPANSION:
build/modules/%.ko: $$(shell find tests/modules/$$(*F)) $(KMOD)
	$(call kbuild,tests/modules/$(*F),build/modules/$*.build,$(*D),SHADOW_BOX_KMOD=$(abspath kmod))
	@cp build/modules/$*.build/$(@F) $@

vpath %.c tests/guest tests/bench
build/guest/%: %.c
	@mkdir -p $(@D)
	$(CC) -static -pthread -O2 -Wall -Wextra -Werror -iquote kmod -o $@ $<

sbctl: build/sbctl/sbctl
# Its own Makefile knows what it depends on.
build/sbctl/sbctl: FORCE
	@mkdir -p $(@D)
	@$(MAKE) --no-print-directory -s -C sbctl O=$(abspath $(@D))

unit:
	@$(MAKE) --no-print-directory -C tests/unit O=$(abspath build/unit) check

demo demo-interactive check: setup
	@$(MAKE) --no-print-directory do-$@

do-demo: overlay-6.1-cloud
	tests/vm/run --overlay build/overlay/6.1-cloud tests/vm/demo.sh

do-demo-interactive: overlay-6.1-cloud
	tests/vm/console --overlay build/overlay/6.1-cloud tests/vm/demo-interactive.sh

# make check ONLY=TEXT runs the suites whose names contain TEXT, a shell pattern.
do-check:
	@tests/check $(if $(ONLY),'$(ONLY)')

dkms-check:
	@tests/pkg/dkms.host

clean:
	rm -rf build

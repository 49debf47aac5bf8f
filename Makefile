# SPDX-License-Identifier: GPL-2.0-only
#
# make demo, make check: install what they need and do it all. make: builds, after make setup. Everything is built below build/; the
# source tree stays clean.

SHELL   := /bin/bash
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

# The kernels that the module is held to (tests/vm/series), the one that the test machine runs, and their headers. Another Debian than
# those of the tests has none; the packages can be built there all the same.
SERIES  := $(shell tests/vm/kernel series 2>/dev/null)
DEFAULT := $(firstword $(shell tests/vm/kernel series default 2>/dev/null))
headers  = $$(tests/vm/kernel build $(1))

.DELETE_ON_ERROR:
.PHONY: all setup build-deps modules test-module sbctl unit describe fuzz bench demo demo-interactive check check-long \
	do-bench do-demo do-demo-interactive do-check do-check-long check-system check-ftrace check-kernels check-machines check-ynl processors deb rpm repo repo-key autopkgtest pictures clean FORCE

all: modules sbctl

# What builds, tests and packages need, by Debian's names.
PACKAGES := build-essential bc kmod pkg-config dkms \
	$(shell tests/vm/kernel headers) \
	libnl-3-dev libnl-genl-3-dev libncurses-dev libjansson-dev libkmod-dev libsystemd-dev libcmocka-dev \
	debhelper dh-dkms fakeroot lintian rpm elfutils rpmlint debootstrap e2fsprogs apt-utils createrepo-c gnupg dnf \
	systemd zsh less python3-jsonschema python3-prometheus-client \
	bochs bochs-term bochsbios vgabios isolinux syslinux-common genisoimage qemu-system-x86 \
	busybox-static cpio xz-utils ncurses-base tmux time procps socat jq mandoc bsdextrautils python3 python3-yaml clang libclang-rt-dev \
	shellcheck sparse cppcheck clang-tidy llvm \
	linux-perf kexec-tools rt-tests

APT     := DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -y --no-install-recommends
INSTALL := $(APT) install

setup:
	@tests/vm/kernel series >/dev/null
	@missing=$$(comm -23 <(printf '%s\n' $(PACKAGES) | sort) \
		<(dpkg-query -W -f '$${db:Status-Abbrev} $${Package}\n' | sed -n 's/^ii  *//p' | sort)); \
	[ -z "$$missing" ] || { apt-get -qq update && $(INSTALL) $$missing; }
	@tests/vm/bochs 3.0 >/dev/null

# What the packages alone need is said in debian/control.
build-deps:
	@dpkg-checkbuilddeps 2>/dev/null || { apt-get -qq update && $(APT) build-dep ./; }

# Directories count too: their times tell of files that went away.
KMOD := $(shell find kmod 2>/dev/null)

# $(call links,SOURCES,DIRECTORY): Kbuild writes beside the sources, so it gets a directory of links to them. They are made anew each time,
# for files come and go.
links = @mkdir -p $(2) && find $(2) -type l -delete && cp -rsT $(abspath $(1)) $(2)

# $(call kbuild,DIRECTORY,SERIES,ARGUMENTS): builds the modules there. BTF would need the kernel's vmlinux; without it there would be a line
# for each module to say so. Debug information, 20 times as long as the module, would cost every load in the guest. Kbuild leaves alone what
# came out the same.
define kbuild
+$(MAKE) -s -C $(call headers,$(2)) M=$(abspath $(1)) KCFLAGS=-Werror SHADOW_BOX_VERSION=$(VERSION) \
	CONFIG_DEBUG_INFO= CONFIG_DEBUG_INFO_BTF_MODULES= $(3) modules
@touch $@
endef

modules: $(SERIES:%=build/kmod/%/shadow_box.ko)
build/kmod/%/shadow_box.ko: $(KMOD) dkms.conf
	$(call links,kmod,$(@D))
	$(call kbuild,$(@D),$*)

# The same module with what only tests may do.
test-module: $(SERIES:%=build/kmod-test/%/shadow_box.ko)
build/kmod-test/%/shadow_box.ko: $(KMOD) dkms.conf
	$(call links,kmod,$(@D))
	$(call kbuild,$(@D),$*,SHADOW_BOX_TEST=1)

# What tests need inside the guest: the modules of each tests/modules/NAME and tests/NAME/modules for each series; of each
# tests/guest/NAME.c, tests/bench/NAME.c and tests/churn/NAME.c a static program.
GUEST_MODULES  := $(patsubst %/Kbuild,%,$(wildcard tests/modules/*/Kbuild tests/*/modules/Kbuild))
GUEST_PROGRAMS := $(patsubst %.c,build/guest/%,$(notdir $(wildcard tests/guest/*.c tests/bench/*.c tests/churn/*.c)))
GUEST_SCRIPTS  := tests/attacks/attacks.sh tests/world/window.sh tests/bench/bench.sh tests/bench/budgets

# All that is laid over the guest's root for the tests of one series: programs in PATH, modules where modprobe finds them.
define overlay_rule
.PHONY: overlay-$(1)
overlay-$(1): build/modules/$(1)/made $(GUEST_PROGRAMS) $(GUEST_SCRIPTS)
	@extra=build/overlay/$(1)/lib/modules/$$$$(tests/vm/kernel release $(1))/extra; \
	mkdir -p build/overlay/$(1)/bin $$$$extra; \
	find build/modules/$(1) -name '*.ko' -exec cp -ut $$$$extra {} +; \
	cp -ut build/overlay/$(1)/bin $(GUEST_PROGRAMS) $(GUEST_SCRIPTS)
endef
$(foreach series,$(SERIES),$(eval $(call overlay_rule,$(series))))

# All at once, for Kbuild's own steps take longer than a small module.
build/modules/%/made: $(shell find $(GUEST_MODULES) -type f) $(KMOD)
	$(call links,tests,$(@D))
	@printf 'obj-m := $(GUEST_MODULES:tests/%=%/)\n' >$(@D)/Kbuild
	$(call kbuild,$(@D),$*,SHADOW_BOX_KMOD=$(abspath kmod))

vpath %.c tests/guest tests/bench tests/churn
build/guest/%: %.c
	@mkdir -p $(@D)
	$(CC) -static -pthread -O2 -Wall -Wextra -Werror -iquote kmod -o $@ $<

sbctl: build/sbctl/sbctl
# Its own Makefile knows what it depends on.
build/sbctl/sbctl: FORCE
	@mkdir -p $(@D)
	@$(MAKE) --no-print-directory -s -C sbctl O=$(abspath $(@D))

# What is made from kmod/uapi/shadow_box.yaml and shadow_box_meaning.yaml, which stand beside each other.
describe:
	@/usr/bin/python3 -B tools/describe

unit:
	@$(MAKE) --no-print-directory -C tests/unit O=$(abspath build/unit) check

# The table of docs/processors.md, from tests/unit/capabilities.
processors:
	@$(MAKE) --no-print-directory -s -C tests/unit O=$(abspath build/unit) $(abspath build/unit)/capabilities_test
	@build/unit/capabilities_test table >build/processors
	@sed -i -e '/^<!-- made by/,/^<!-- end/{/^<!--/!d}' -e '/^<!-- made by/r build/processors' docs/processors.md

# How much of the code the unit tests reach: a table here, and every line in build/coverage/html/index.html.
coverage: setup
	@tests/unit/coverage

# libFuzzer on the verifier of patches, and on what sbctl reads from others; make fuzz SECONDS=600 is the default, for each of them.
# make fuzz ONLY=netlink is for one.
fuzz: setup
	@for name in $(or $(ONLY),text netlink recording settings); do tests/fuzz/run $$name $(or $(SECONDS),600) || exit; done

bench check check-long: setup
	@$(MAKE) --no-print-directory do-$@

demo demo-interactive: setup
	@echo 'Building module, tool and test machine, which takes a minute or two the first time.'
	@$(MAKE) --no-print-directory -s do-$@

do-demo: overlay-$(DEFAULT)
	tests/vm/run --overlay build/overlay/$(DEFAULT) tests/vm/demo.sh

# There is an administrator, who finds the default policies and can be an attacker, too.
do-demo-interactive: overlay-$(DEFAULT)
	rm -rf build/overlay/demo && cp -a build/overlay/$(DEFAULT) build/overlay/demo
	install -D -m 644 -t build/overlay/demo/etc/shadow-box systemd/policy.conf
	install -m 755 tests/vm/demo-attack.sh build/overlay/demo/bin/attack
	tests/vm/console --overlay build/overlay/demo tests/vm/demo-interactive.sh

# What Shadow-box costs, in exact figures: tables, and JSON and charts in build/bench. make bench ONLY=6.1-cloud is for one kernel.
do-bench:
	@tests/bench/run $(ONLY)

# make check ONLY=TEXT runs the suites whose names contain TEXT, a shell pattern. make check-long does ten times as often what is done
# many times, and tries all of what unit tests else take samples of, which takes over an hour.
do-check:
	@tests/check $(if $(ONLY),'$(ONLY)')
do-check-long:
	@tests/check --long $(if $(ONLY),'$(ONLY)')

# What takes too long for every run: the packages in a whole system that boots; the kernel's own generator over the description of the
# interface; and the kernel's self-tests of ftrace, which must have the same results with and without Shadow-box, under KERNEL.
check-system: setup
	@tests/check pkg/system
check-ynl: setup
	@tests/check description/ynl
check-ftrace: setup
	@tests/ftrace/run $(or $(KERNEL),default)

# Every processor model that the emulator has, 1 to 8 CPUs, and a table. make check-machines ONLY=tigerlake is for one.
check-machines: setup
	@tests/kernels/machines $(ONLY)

# The kernel watch: what apt offers now, each kernel from build to unload, and a table. make check-kernels ONLY=7.3 is for one.
check-kernels: setup
	@tests/kernels/watch $(ONLY)

# The pictures in docs/, from recordings of the dashboard.
pictures: setup
	@dpkg-query -W python3-pil fonts-dejavu-core >/dev/null 2>&1 || $(INSTALL) python3-pil fonts-dejavu-core
	@tests/tui/pictures

# Packages, below build/deb and build/rpm, from what belongs into a release. With DEB_BUILD_OPTIONS=nocheck without their unit tests.
RELEASE := Makefile README.md debian dkms.conf docs kmod man rpm sbctl systemd tests tools

# $(call logged,COMMAND): what it says goes to a file, and only its end to the terminal if it fails.
define logged
@echo "Building packages; the output is in $(@D)/log."
@($(1)) >$(@D)/log 2>&1 || { tail -n 20 $(@D)/log; echo "This is the end of $(@D)/log." >&2; exit 1; }
endef

deb: build/deb/made
	@echo 'Install them on this machine, or on another one that has the two files, by'
	@echo '    apt install linux-headers-$$(uname -r)' ./build/deb/shadow-box{,-dkms}_$(VERSION)_*.deb

rpm: build/rpm/made
	@ls build/rpm/RPMS/*/*.rpm

build/deb/made: $(shell find $(RELEASE) -type f 2>/dev/null) | build-deps
	@rm -rf $(@D) && mkdir -p $(@D)/shadow-box-$(VERSION)
	@cp -a $(RELEASE) $(@D)/shadow-box-$(VERSION)/
	$(call logged,cd $(@D)/shadow-box-$(VERSION) && dpkg-buildpackage -us -uc)
	@touch $@

# Debian's rpmbuild knows nothing of what Debian has installed. That of Debian 13 would make packages of debug information, too.
build/rpm/made: $(shell find $(RELEASE) -type f 2>/dev/null) | build-deps
	@type -P rpmbuild >/dev/null || $(INSTALL) rpm
	@rm -rf $(@D) && mkdir -p $(@D)/SOURCES
	@tar -cJf $(@D)/SOURCES/shadow-box-$(VERSION).tar.xz --transform 's,^,shadow-box-$(VERSION)/,' $(RELEASE)
	$(call logged,rpmbuild --define '_topdir $(abspath $(@D))' --define 'debug_package %{nil}' --nodeps $(if $(filter nocheck,$(DEB_BUILD_OPTIONS)),--nocheck) -ba rpm/shadow-box.spec)
	@touch $@

# Both as repositories that any web server can serve, below REPO: make repo KEY=admin@example.org URL=https://packages.example.org/shadow-box.
# Packages that are there from before stay.
REPO ?= build/repo
REPO_TOOLS := apt-utils createrepo-c gnupg rpm

repo-key:
	@dpkg-query -W $(REPO_TOOLS) >/dev/null 2>&1 || { apt-get -qq update && $(INSTALL) $(REPO_TOOLS); }
	@tools/repo '$(KEY)' '$(URL)'
repo: repo-key build/deb/made build/rpm/made
	@tools/repo '$(KEY)' '$(URL)' $(REPO) build/deb/shadow-box_*.deb build/deb/shadow-box-dkms_*.deb build/rpm/RPMS/*/*.rpm
	@echo 'Serve $(REPO) at $(URL). What a machine needs is in apt/shadow-box.sources, or in dnf/shadow-box.repo and dnf/RPM-GPG-KEY-shadow-box.'

# The packages' own test (debian/tests), as autopkgtest runs it, in a Debian root. It is not a part of make check.
autopkgtest: setup deb
	@type -P autopkgtest >/dev/null || $(INSTALL) autopkgtest
	@rm -rf build/pkg/autopkgtest && tests/pkg/root make build/pkg/autopkgtest
	unshare --mount sh -c 'mount -t proc proc build/pkg/autopkgtest/proc && \
		autopkgtest build/deb/*.changes -- chroot $(abspath build/pkg/autopkgtest)'

clean:
	rm -rf build

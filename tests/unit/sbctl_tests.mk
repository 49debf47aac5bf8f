# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of sbctl, a part of the Makefile here. Not with -I$(KMOD): <linux/netlink.h> would be the
# module's file of that name.

SBCTL := ../../sbctl
SBCTL_TESTS := sbctl_model_test sbctl_decode_test sbctl_screen_test
TESTS += $(SBCTL_TESTS)

SBCTL_LIBRARIES := libnl-genl-3.0 libnl-3.0 ncursesw jansson
SBCTL_CFLAGS := -std=gnu11 -g -D_GNU_SOURCE -iquote . -iquote $(SBCTL) -iquote $(KMOD) -MMD -MP \
	$(shell pkg-config --cflags $(SBCTL_LIBRARIES))
SBCTL_LDLIBS := $(shell pkg-config --libs $(SBCTL_LIBRARIES)) -lm -lcmocka

sbctl = $(addprefix $(O)/sbctl/,$(addsuffix .o,$(1)))

$(O)/sbctl_model_test: $(call sbctl,sbctl_model_test model names event order view text)
$(O)/sbctl_decode_test: $(call sbctl,sbctl_decode_test decode model names event) \
	$(call sanitized,unit)
$(O)/sbctl_screen_test: $(call sbctl,sbctl_screen_test screen keys view model names event text)

$(SBCTL_TESTS:%=$(O)/%):
	$(CC) $(SANITIZE) -o $@ $^ $(SBCTL_LDLIBS)

$(O)/sbctl/sbctl_%.o: sbctl_%.c
	@mkdir -p $(@D)
	$(CC) $(WARN) $(SBCTL_CFLAGS) $(SANITIZE) -c -o $@ $<
$(O)/sbctl/%.o: $(SBCTL)/%.c
	@mkdir -p $(@D)
	$(CC) $(WARN) $(SBCTL_CFLAGS) $(SANITIZE) -c -o $@ $<

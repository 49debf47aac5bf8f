# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of sbctl, a part of the Makefile here. Not with -I$(KMOD): <linux/netlink.h> would be the
# module's file of that name.

SBCTL := ../../sbctl
SBCTL_TESTS := sbctl_model_test sbctl_decode_test sbctl_screen_test sbctl_symbols_test sbctl_settings_test \
	sbctl_record_test sbctl_verbs_test sbctl_check_test
TESTS += $(SBCTL_TESTS)

SBCTL_LIBRARIES := libnl-genl-3.0 libnl-3.0 ncursesw jansson
SBCTL_CFLAGS := -std=gnu11 -g -D_GNU_SOURCE -DSBCTL_VERSION='"1.2.3"' -DSBCTL_LIBEXECDIR='"/nonexistent"' \
	-iquote . -iquote $(SBCTL) -iquote $(KMOD) -MMD -MP $(shell pkg-config --cflags $(SBCTL_LIBRARIES))
SBCTL_LDLIBS := $(shell pkg-config --libs $(SBCTL_LIBRARIES)) -lm -lcmocka

sbctl = $(addprefix $(O)/sbctl/,$(addsuffix .o,$(1)))

MODEL := model names event symbols
VIEW := view rows
PANES := screen notices help sheet spark pane_cpus pane_heat pane_cpu pane_exits pane_policies \
	pane_violations pane_events keys $(VIEW)

$(O)/sbctl_model_test: $(call sbctl,sbctl_model_test $(MODEL) order $(VIEW) text)
$(O)/sbctl_decode_test: $(call sbctl,sbctl_decode_test $(MODEL) decode)
$(O)/sbctl_screen_test: $(call sbctl,sbctl_screen_test $(MODEL) $(PANES) text)
$(O)/sbctl_record_test: $(call sbctl,sbctl_record_test $(MODEL) $(VIEW) record recorder recording replay say)
$(O)/sbctl_symbols_test: $(call sbctl,sbctl_symbols_test symbols)
$(O)/sbctl_settings_test: $(call sbctl,sbctl_settings_test $(MODEL) settings say)
# The verbs as they are, and a model of the module instead of netlink.
$(O)/sbctl_verbs_test: $(call sbctl,sbctl_verbs_test sbctl_module $(MODEL) text json say settings order follow options \
	pager trial metrics verb_policy verb_lock verb_violations verb_monitor verb_status verb_counters verb_metrics)
# The facts about the machine are the test's.
$(O)/sbctl_check_test: $(call sbctl,sbctl_check_test sbctl_module $(MODEL) text json say settings options pager \
	verb_check examine_processor examine_kernel)
$(SBCTL_TESTS:%=$(O)/%): $(call sanitized,unit)

$(SBCTL_TESTS:%=$(O)/%):
	$(CC) $(SANITIZE) -o $@ $^ $(SBCTL_LDLIBS)

$(O)/sbctl/sbctl_%.o: sbctl_%.c
	@mkdir -p $(@D)
	$(CC) $(WARN) -Wno-unused-parameter $(SBCTL_CFLAGS) $(SANITIZE) -c -o $@ $<
$(O)/sbctl/%.o: $(SBCTL)/%.c
	@mkdir -p $(@D)
	$(CC) $(WARN) $(SBCTL_CFLAGS) $(SANITIZE) -c -o $@ $<

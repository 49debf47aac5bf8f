# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of sbctl, a part of the Makefile here. Not with -I$(KMOD): <linux/netlink.h> would be the
# module's file of that name.

SBCTL := ../../sbctl
SBCTL_TESTS := sbctl_model_test sbctl_decode_test sbctl_screen_test sbctl_settings_test \
	sbctl_record_test sbctl_verbs_test sbctl_check_test sbctl_beyond_test \
	sbctl_netlink_test sbctl_journal_test sbctl_machine_test sbctl_module_test \
	sbctl_live_test sbctl_trial_test sbctl_statement_test
TESTS += $(SBCTL_TESTS)

SBCTL_LIBRARIES := libnl-genl-3.0 libnl-3.0 ncursesw jansson
SBCTL_CFLAGS := -std=gnu11 -g -D_GNU_SOURCE -DSBCTL_VERSION='"1.2.3"' -DSBCTL_LIBEXECDIR='"/nonexistent"' \
	-iquote . -iquote $(SBCTL) -iquote $(KMOD) -MMD -MP $(shell pkg-config --cflags $(SBCTL_LIBRARIES))
SBCTL_LDLIBS := $(shell pkg-config --libs $(SBCTL_LIBRARIES)) -lm -lcmocka

COMMA := ,
sbctl = $(addprefix $(O)/sbctl/,$(addsuffix .o,$(1)))

MODEL := $(addprefix model/,model names event bound group)
# What knows records of violations.
STATEMENT := model/statement crypto/sha256
VIEW := $(addprefix dashboard/,view counts rows)
PANES := $(VIEW) $(addprefix dashboard/,paint/paint paint/sheet paint/spark paint/spots screen keys) \
	$(addprefix dashboard/panes/,list notices help cpus heat cpu exits policies violations events history) link/process
HEALTH := $(addprefix link/,health kernels ledger state boot)
VERBS := $(MODEL) $(STATEMENT) model/say model/settings render/text render/json render/pager render/terminal verbs/options

$(O)/sbctl_model_test: $(call sbctl,sbctl_model_test $(MODEL) model/group model/order $(VIEW) render/text)
$(O)/sbctl_decode_test: $(call sbctl,sbctl_decode_test $(MODEL) link/decode)
$(O)/sbctl_screen_test: $(call sbctl,sbctl_screen_test $(MODEL) $(PANES) render/text)
$(O)/sbctl_record_test: $(call sbctl,sbctl_record_test $(MODEL) model/say $(addprefix link/,record recorder recording) \
	$(VIEW) dashboard/replay)
$(O)/sbctl_settings_test: $(call sbctl,sbctl_settings_test $(MODEL) model/settings model/say)
# The verbs as they are, and a model of the module instead of netlink.
$(O)/sbctl_verbs_test: $(call sbctl,sbctl_verbs_test sbctl_module $(VERBS) model/order link/follow link/report link/trial $(HEALTH) render/metrics \
	$(addprefix verbs/,policy lock violations sweep monitor status counters metrics))
# The facts about the machine are the test's, and its files in a folder of the test's.
CHECK := $(addprefix verbs/check/,check findings examine_processor examine_kernel examine_health)
$(O)/sbctl_check_test: $(call sbctl,sbctl_check_test sbctl_module $(VERBS) model/order link/report $(HEALTH) $(CHECK) \
	render/metrics verbs/ack verbs/boot verbs/metrics)
$(HEALTH:%=$(O)/sbctl/%.o) $(O)/sbctl/link/module.o $(O)/sbctl/verbs/boot.o $(O)/sbctl/sbctl_check_test.o $(O)/sbctl/sbctl_module_test.o $(O)/sbctl/verbs/check/examine_health.o: SBCTL_CFLAGS += -DSBCTL_ROOT='"root"'
$(O)/sbctl_beyond_test: $(call sbctl,sbctl_beyond_test $(MODEL) $(STATEMENT) model/say model/settings link/record $(HEALTH) \
	$(addprefix render/,text json metrics) $(PANES))
# The kernel's end of the socket is the test's.
$(O)/sbctl_netlink_test: $(call sbctl,sbctl_netlink_test $(MODEL) model/say link/netlink link/decode)
# The journal is the test's.
$(O)/sbctl_journal_test: $(call sbctl,sbctl_journal_test sbctl_module journal $(MODEL) $(STATEMENT) model/say model/order link/follow verbs/options)
$(O)/sbctl_journal_test: WRAP := -Wl$(COMMA)--wrap=access
$(O)/sbctl/journal.o: SBCTL_CFLAGS += -Dmain=journal_main
$(O)/sbctl_live_test: $(call sbctl,sbctl_live_test sbctl_module $(MODEL) model/say model/settings verbs/options \
	$(addprefix link/,record recorder ledger state trial history process) $(VIEW) dashboard/live)
# Its folder is below the test's; the module and the system's log are the test's, too.
$(O)/sbctl_trial_test: $(call sbctl,sbctl_trial_test $(MODEL) model/say model/settings link/trial)
$(O)/sbctl_trial_test: WRAP := $(addprefix -Wl$(COMMA)--wrap=,fork syslog)
$(O)/sbctl/link/trial.o $(O)/sbctl/sbctl_trial_test.o: SBCTL_CFLAGS += -DTRIAL_DIRECTORY='"trial"'
# What "sbctl attest" prints is the test's, in a folder of its own.
$(O)/sbctl_statement_test: $(call sbctl,sbctl_statement_test sbctl_module $(VERBS) link/keyfile link/state render/statement verbs/verify)
# The machine's files are in a folder of the test's.
$(O)/sbctl_machine_test: $(call sbctl,sbctl_machine_test link/machine)
$(O)/sbctl_machine_test: WRAP := $(addprefix -Wl$(COMMA)--wrap=,open fopen access)
# libkmod is the test's.
$(O)/sbctl_module_test: $(call sbctl,sbctl_module_test link/module link/kernels model/say)
$(O)/sbctl_module_test: WRAP := $(addprefix -Wl$(COMMA)--wrap=,dlopen dlsym dlerror fopen)
$(SBCTL_TESTS:%=$(O)/%): $(call sanitized,unit)

$(SBCTL_TESTS:%=$(O)/%):
	$(CC) $(SANITIZE) $(WRAP) -o $@ $^ $(SBCTL_LDLIBS)

$(O)/sbctl/sbctl_%.o: sbctl_%.c
	@mkdir -p $(@D)
	$(CC) $(WARN) -Wno-unused-parameter $(SBCTL_CFLAGS) $(SANITIZE) -c -o $@ $<
$(O)/sbctl/crypto/%.o: $(KMOD)/crypto/%.c
	@mkdir -p $(@D)
	$(CC) $(WARN) $(SBCTL_CFLAGS) $(SANITIZE) -c -o $@ $<
$(O)/sbctl/%.o: $(SBCTL)/%.c
	@mkdir -p $(@D)
	$(CC) $(WARN) $(SBCTL_CFLAGS) $(SANITIZE) -c -o $@ $<

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies by class, for sentences. Made from kmod/uapi/shadow_box.yaml and shadow_box_meaning.yaml
 * by `make describe`: what is changed here is lost.
 */
#ifndef SBCTL_WORDS_H
#define SBCTL_WORDS_H

#define PATCH_POLICIES "kprobes, ftrace and bpf"
#define PROTECTION_LINES \
	"kernel-text, kernel-rodata, module-text, idt, descriptor-regs, control-regs,\n" \
	"syscall-msrs, msrs, mapping, static-keys"

#endif

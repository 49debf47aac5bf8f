/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a function that sets a hook is asked for, from its arguments.
 */
#ifndef SB_LINUX_RUN_ASKED_H
#define SB_LINUX_RUN_ASKED_H

struct pt_regs;

void sb_asked_init(void);
void sb_asked_kprobe(const struct pt_regs *regs);
void sb_asked_ftrace(const struct pt_regs *regs);
void sb_asked_graph(const struct pt_regs *regs);
void sb_asked_fprobe(const struct pt_regs *regs);
void sb_asked_direct(const struct pt_regs *regs);
void sb_asked_livepatch(const struct pt_regs *regs);
void sb_asked_link(const struct pt_regs *regs);
void sb_asked_program(const struct pt_regs *regs);
void sb_asked_dispatcher(const struct pt_regs *regs);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports that put the machine to sleep: it wakes outside VMX operation, where the attacker's waking
 * vector says. They exit once policies are locked, and then let the machine be switched off only.
 */
#include "../host.h"
#include "../policy/context.h"

/* Exit qualification (SDM table 28-5) */
#define IO_SIZE(qualification)	(((qualification) & 7) + 1)
#define IO_IN			BIT(3)
#define IO_STRING		BIT(4)
#define IO_PORT(qualification)	((u16)((qualification) >> 16))

#define SLEEP_ENABLE		BIT(5)
#define SLEEP_TYPE(byte)	((byte) >> 2 & 7)

#ifdef SB_HOST_IMAGE
static u8 *io_bitmaps(void)
{
	return (u8 *)SB_IO_BITMAPS;
}
#else
u8 *io_bitmaps(void);
#endif

/**
 * guard_sleep_ports() - have accesses to what puts the machine to sleep exit from now on
 *
 * A bit for each port (SDM 26.6.4). Each byte is stored once, for other CPUs use the bitmaps
 * meanwhile; Linux has every CPU call SYNC after the lock.
 */
void guard_sleep_ports(void)
{
	u32 i;

	for (i = 0; i < facts()->nr_sleep_ports; i++) {
		u16 port = facts()->sleep_port[i].port;
		u8 *byte = &io_bitmaps()[port / 8];

		WRITE_ONCE(*byte, *byte | 1 << port % 8);
	}
}

/* The CPU writes @size bytes, from @port on: does one of them put the machine to sleep? */
static bool sleeps(u16 port, u32 size, u32 value)
{
	u32 i;

	for (i = 0; i < facts()->nr_sleep_ports; i++) {
		const struct sb_sleep_port *sleep = &facts()->sleep_port[i];
		u16 distance = sleep->port - port;
		u8 byte = distance < size ? value >> 8 * distance : 0;

		if (byte & SLEEP_ENABLE && SLEEP_TYPE(byte) != sleep->off)
			return true;
	}
	return false;
}

static void refuse(struct sb_cpu *cpu, u16 port)
{
	bool discard = !can_die(cpu);

	violation(cpu, &(struct violation){
		.policy = SHADOW_BOX_POLICY_HOST_MEMORY, .why = SHADOW_BOX_WHY_SLEEP,
		.subject = SHADOW_BOX_SUBJECT_PORT, .code = port, .discard = discard,
	});
	if (discard)
		guest_skip_instruction();
	else
		guest_inject_exception(VECTOR_GP);
}

/* As the CPU does it: 32 bits clear the upper half. */
static u64 merge(u64 rax, u32 value, u32 size)
{
	u64 mask = size == 4 ? ~0ull : BIT(8 * size) - 1;

	return (rax & ~mask) | value;
}

/**
 * emulate_port_access() - IN, OUT, INS or OUTS of a port that exits
 * @regs: general-purpose registers of the guest
 * @cpu: this CPU
 *
 * Whoever may not use the port has got #GP already (SDM 26.1.1). Nothing in Linux uses these ports
 * with INS or OUTS.
 */
void emulate_port_access(struct sb_regs *regs, struct sb_cpu *cpu)
{
	u64 access = vmread(VMCS_EXIT_QUALIFICATION);
	u32 size = IO_SIZE(access), value = regs->rax;
	u16 port = IO_PORT(access);

	if (access & IO_STRING || (!(access & IO_IN) && sleeps(port, size, value)))
		return refuse(cpu, port);
	if (access & IO_IN)
		regs->rax = merge(regs->rax, in_port(port, size), size);
	else
		out_port(port, size, value);
	guest_skip_instruction();
}

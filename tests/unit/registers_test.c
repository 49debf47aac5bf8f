// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control registers and MSRs under the policies, held against a bare CPU: it gets the same writes,
 * and the guest must see the same, but for what a policy forbids.
 */
#include "policy_model.h"

#define RIP 0xffffffff81000000ull

#define CONTROL	SHADOW_BOX_POLICY_CONTROL_REGS
#define SYSCALL	SHADOW_BOX_POLICY_SYSCALL_MSRS
#define DESCRIPTORS SHADOW_BOX_POLICY_DESCRIPTOR_REGS
#define OFF	SHADOW_BOX_MODE_OFF
#define LOG	SHADOW_BOX_MODE_LOG
#define ENFORCE	SHADOW_BOX_MODE_ENFORCE

#define PINNED_CR0 (CR0_PE | CR0_WP | CR0_PG)
#define PINNED_CR4 (CR4_PAE | CR4_UMIP | CR4_FSGSBASE | CR4_PCIDE | CR4_SMEP | CR4_SMAP | CR4_PKE)
#define PINNED_EFER (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

#define LINUX_CR0 (MODEL_CR0 | CR0_AM | BIT(1) | BIT(4))
#define LINUX_CR4 (PINNED_CR4 | BIT(7) | CR4_OSFXSR | CR4_OSXSAVE)

static struct sb_cpu *cpu;
static struct sb_regs *regs;

/* Linux as it is launched, with the policies off. */
static void launch(u64 smxe)
{
	cpu = vmx_reset();
	regs = cpu_regs(cpu);
	memset(regs, 0, sizeof(*regs));
	vmx_launch(cpu);
	policies_reset();
	cpu->config.features = SHADOW_BOX_FEATURE_VPID;
	cpu->config.has_descriptor_exiting = 1;
	cpu->config.cr0_pinned = PINNED_CR0;
	cpu->config.cr4_pinned = PINNED_CR4;
	cpu->config.efer_pinned = PINNED_EFER;
	vmx.field[VMCS_GUEST_CR0] = vmx.field[VMCS_CR0_SHADOW] = LINUX_CR0;
	vmx.field[VMCS_CR0_MASK] = CR0_NE;
	vmx.field[VMCS_GUEST_CR4] = LINUX_CR4 | CR4_VMXE | smxe;
	vmx.field[VMCS_CR4_SHADOW] = LINUX_CR4 | smxe;
	vmx.field[VMCS_CR4_MASK] = CR4_VMXE | (smxe ? 0 : CR4_SMXE);
	vmx.field[VMCS_GUEST_CR3] = 0x1000;
	vmx.field[VMCS_GUEST_EFER] = PINNED_EFER;
	vmx.field[VMCS_PROC2_CONTROLS] = PROC2_EPT | PROC2_VPID;
}

static int new_cpu(void **state)
{
	launch(0);
	return 0;
}

static void set(u32 policy, u32 mode)
{
	policy_set(policy, mode);
	apply_register_policies(cpu);
	apply_descriptor_exiting(cpu);
	apply_msr_policies();
}

/* What the guest reads (SDM 25.6.6). */
static u64 view(u64 guest, u64 shadow, u64 mask)
{
	u64 masked = vmx.field[mask];

	return (vmx.field[shadow] & masked) | (vmx.field[guest] & ~masked);
}

static u64 cr0(void)
{
	return view(VMCS_GUEST_CR0, VMCS_CR0_SHADOW, VMCS_CR0_MASK);
}

static u64 cr4(void)
{
	return view(VMCS_GUEST_CR4, VMCS_CR4_SHADOW, VMCS_CR4_MASK);
}

/* A bare CPU in 64-bit mode, without VMX and SMX (SDM 2.5, 4.1, MOV). False means #GP. */

#define CR0_EXISTING	0xe005003full
#define CR0_ET		BIT(4)

struct bare {
	u64 cr0, cr3, cr4, efer;
};

static bool bare_mov_cr0(struct bare *b, u64 value)
{
	if (value >> 32 || !(value & CR0_PG) || !(value & CR0_PE))
		return false;
	if (value & CR0_NW && !(value & CR0_CD))
		return false;
	if (b->cr4 & CR4_CET && !(value & CR0_WP))
		return false;
	b->cr0 = (value & CR0_EXISTING) | CR0_ET;
	return true;
}

static bool bare_mov_cr4(struct bare *b, u64 value)
{
	if (value & ~(MODEL_CR4 & ~(CR4_VMXE | CR4_SMXE)))
		return false;
	if (!(value & CR4_PAE) || (value ^ b->cr4) & CR4_LA57)
		return false;
	if (!(b->cr4 & CR4_PCIDE) && value & CR4_PCIDE && b->cr3 & 0xfff)
		return false;
	if (value & CR4_CET && !(b->cr0 & CR0_WP))
		return false;
	b->cr4 = value;
	return true;
}

static bool bare_write_efer(struct bare *b, u64 value)
{
	if (value & ~(u64)PINNED_EFER || (value ^ b->efer) & EFER_LME)
		return false;
	b->efer = (value & ~EFER_LMA) | (b->efer & EFER_LMA);
	return true;
}

/* The same instructions in the guest world. */

static bool finished(void)
{
	bool faulted = vmx.field[VMCS_ENTRY_INTR_INFO] & INTR_INFO_VALID;

	if (faulted) {
		require_equal(vmx.field[VMCS_ENTRY_INTR_INFO],
			      vmx.field[VMCS_GUEST_CR0] & CR0_PE ? 0x80000b0d : 0x8000030d,
			      "the injected event");
		require_equal(vmx.field[VMCS_ENTRY_EXCEPTION_ERROR], 0, "the error code");
		require_equal(vmx.field[VMCS_GUEST_RIP], RIP, "RIP of the exception");
	} else {
		require_equal(vmx.field[VMCS_GUEST_RIP], RIP + 3, "RIP after the instruction");
	}
	vmx_enter();
	vmx_guest_executed(0);
	vmx.field[VMCS_GUEST_RIP] = RIP;
	vmx.field[VMCS_GUEST_RFLAGS] = RFLAGS_FIXED;
	return !faulted;
}

/* SDM 27.3.1.1: what VM entry checks. Then it loads; CD and NW stay the CPU's, and others fixed. */
static void check_entry(void)
{
	u64 c0 = vmx.field[VMCS_GUEST_CR0], c4 = vmx.field[VMCS_GUEST_CR4];
	u64 efer = vmx.field[VMCS_GUEST_EFER];

	require(c0 & CR0_NE && (c0 & CR0_PE || !(c0 & CR0_PG)) && !(c0 >> 32),
		"VM entry: CR0 0x%llx", c0);
	require(c4 & CR4_VMXE && (c4 & CR4_PAE || !(c0 & CR0_PG)) && !(c4 & ~vmx.cr4_fixed1),
		"VM entry: CR4 0x%llx", c4);
	require(!(c4 & CR4_CET) || c0 & CR0_WP, "VM entry: CET without WP");
	require(!(efer & EFER_LMA) == !(c0 & CR0_PG) && !(efer & ~(u64)PINNED_EFER) &&
		(efer & EFER_LME || !(efer & EFER_LMA)), "VM entry: EFER 0x%llx", efer);
	vmx.field[VMCS_GUEST_CR0] = (c0 & CR0_EXISTING & ~(CR0_CD | CR0_NW)) | CR0_ET |
				    (vmx.cr0 & (CR0_CD | CR0_NW));
}

static u32 exits;

/* MOV to CR from RBX in non-root operation (SDM 26.1.3, 26.3). */
static bool guest_mov_cr(u32 cr, u64 value)
{
	u64 mask = vmx.field[cr ? VMCS_CR4_MASK : VMCS_CR0_MASK];
	u64 shadow = vmx.field[cr ? VMCS_CR4_SHADOW : VMCS_CR0_SHADOW];
	u64 *field = &vmx.field[cr ? VMCS_GUEST_CR4 : VMCS_GUEST_CR0];
	struct bare b = { vmx.field[VMCS_GUEST_CR0], vmx.field[VMCS_GUEST_CR3],
			  vmx.field[VMCS_GUEST_CR4] & ~(CR4_VMXE | CR4_SMXE), 0 };
	u64 hidden = *field & (cr ? CR4_VMXE | CR4_SMXE : 0);
	u64 taken = (value & ~mask) | (*field & mask & ~hidden);

	if ((mask & shadow) == (mask & value)) {
		if (!(cr ? bare_mov_cr4(&b, taken) : bare_mov_cr0(&b, taken)))
			return false;
		*field = cr ? b.cr4 | hidden : b.cr0;
		vmx.cr0 = (vmx.cr0 & ~(CR0_CD | CR0_NW)) |
			  (vmx.field[VMCS_GUEST_CR0] & (CR0_CD | CR0_NW));
		return true;
	}
	exits++;
	vmx_exit(EXIT_REASON_CR_ACCESS);
	regs->rbx = value;
	vmx.field[VMCS_EXIT_QUALIFICATION] = 3 << 8 | cr;
	require(emulate_cr_access(regs, cpu), "MOV to CR%u is not emulated", cr);
	check_entry();
	return finished();
}

static bool guest_wrmsr(u32 msr, u64 value)
{
	vmx_exit(EXIT_REASON_WRMSR);
	regs->rcx = 0xdead000000000000 | msr;
	regs->rax = 0xdead000000000000 | (u32)value;
	regs->rdx = 0xdead000000000000 | value >> 32;
	emulate_wrmsr(regs, cpu);
	check_entry();
	return finished();
}

/* What exits */

static void masks_follow_the_policy(void **state)
{
	static const u32 modes[] = { LOG, OFF, ENFORCE, LOG, ENFORCE, OFF };
	u64 smxe;
	u32 i;

	for (smxe = 0; smxe <= CR4_SMXE; smxe += CR4_SMXE) {
		launch(smxe);
		for (i = 0; i < ARRAY_SIZE(modes); i++) {
			u64 fixed = CR4_VMXE | (CR4_SMXE & ~smxe);
			bool on = modes[i] != OFF;

			set(CONTROL, modes[i]);
			require_equal(vmx.field[VMCS_CR0_MASK], CR0_NE | (on ? PINNED_CR0 : 0),
				      "CR0 mask");
			require_equal(vmx.field[VMCS_CR4_MASK], fixed | (on ? PINNED_CR4 : 0),
				      "CR4 mask");
			require_equal(cr0(), LINUX_CR0, "CR0 that the guest reads");
			require_equal(cr4(), LINUX_CR4 | smxe, "CR4 that the guest reads");
			require_equal(vmx.field[VMCS_GUEST_CR4], LINUX_CR4 | smxe | CR4_VMXE,
				      "CR4");
		}
	}
}

static void descriptor_exiting_follows_the_policy(void **state)
{
	const u64 others = PROC2_EPT | PROC2_VPID;

	set(DESCRIPTORS, LOG);
	require_equal(vmx.field[VMCS_PROC2_CONTROLS], others | PROC2_DESCRIPTOR_TABLE_EXITING,
		      "controls in log mode");
	set(DESCRIPTORS, ENFORCE);
	require_equal(vmx.field[VMCS_PROC2_CONTROLS], others | PROC2_DESCRIPTOR_TABLE_EXITING,
		      "controls in enforce mode");
	set(DESCRIPTORS, OFF);
	require_equal(vmx.field[VMCS_PROC2_CONTROLS], others, "controls with the policy off");
	cpu->config.has_descriptor_exiting = 0;
	set(DESCRIPTORS, ENFORCE);
	require_equal(vmx.field[VMCS_PROC2_CONTROLS], others, "controls of a CPU that lacks it");
}

/* Does a WRMSR exit (SDM 25.6.9)? */
static bool exits_on_write(u32 msr)
{
	u32 base = msr >> 31 ? 3072 : 2048, index = msr & 0x1fff;

	return vmx.msr_bitmap[base + index / 8] >> (index % 8) & 1;
}

static void msr_bitmap_follows_the_policies(void **state)
{
	static const u32 syscall[] = { 0x174, 0x175, 0x176, 0xc0000081, 0xc0000082, 0xc0000083,
				       0xc0000084 };
	u8 before[SB_PAGE_SIZE];
	u32 mode, i, n;

	for (i = 0; i < sizeof(before); i++)
		before[i] = vmx.msr_bitmap[i] = i * 37;
	/* Those that the policies decide on are off at first. */
	set(CONTROL, OFF);
	memcpy(before, vmx.msr_bitmap, sizeof(before));
	for (mode = 0; mode < 9; mode++) {
		set(CONTROL, mode % 3);
		set(SYSCALL, mode / 3);
		require(exits_on_write(0xc0000080) == (mode % 3 != OFF), "EFER, mode %u", mode);
		for (i = 0; i < ARRAY_SIZE(syscall); i++)
			require(exits_on_write(syscall[i]) == (mode / 3 != OFF),
				"MSR 0x%x, mode %u", syscall[i], mode);
		for (n = i = 0; i < sizeof(before); i++)
			n += __builtin_popcount(before[i] ^ vmx.msr_bitmap[i]);
		require_equal(n, (mode % 3 ? 1 : 0) + (mode / 3 ? 7 : 0), "bits that changed");
	}
	set(CONTROL, OFF);
	set(SYSCALL, OFF);
	require(!memcmp(before, vmx.msr_bitmap, sizeof(before)), "the bitmap is not as it was");
}

/* Control registers against the bare CPU */

static u64 random_bits(u64 from)
{
	u64 bits = 0;
	u32 n = 1 + random_below(3);

	while (n--)
		bits |= BIT(random_below(from >> 32 ? 64 : 32));
	return bits & from;
}

static u64 random_cr0(void)
{
	u64 value = cr0() ^ random_bits(random_chance(2) ? ~0ull : 0xe005003f);

	return random_chance(60) ? value | CR0_PE | CR0_PG : value;
}

static u64 random_cr4(void)
{
	u64 value = cr4() ^ random_bits(random_chance(5) ? ~0ull : MODEL_CR4);

	return random_chance(60) ? (value | CR4_PAE) & ~(CR4_VMXE | CR4_SMXE | CR4_LA57) : value;
}

/* One random MOV, or a change of policy. Counts what happened. */
static void one_step(struct bare *b, u32 count[4])
{
	u32 cr = random_below(2) * 4, mode = policies.mode[CONTROL], reports = policies.violations;
	u64 old = cr ? cr4() : cr0(), value = cr ? random_cr4() : random_cr0();
	bool clears = mode != OFF && old & ~value & (cr ? PINNED_CR4 : PINNED_CR0);
	struct bare before = *b;
	bool want, got;

	b->cr3 = vmx.field[VMCS_GUEST_CR3] = 0x1000 | (random_chance(30) ? 5 : 0);
	want = cr ? bare_mov_cr4(b, value) : bare_mov_cr0(b, value);
	if (mode == ENFORCE && clears) {
		*b = before;
		want = false;
	}
	got = guest_mov_cr(cr, value);
	require(got == want, "MOV 0x%llx to CR%u, which is 0x%llx, %s", value, cr, old,
		got ? "is executed" : "faults");
	require(policies.violations - reports == clears,
		"MOV 0x%llx to CR%u, which is 0x%llx: %u reports", value, cr, old,
		policies.violations - reports);
	if (clears) {
		require_report(CONTROL, cr, 8);
		require_equal(reported_old(), old, "old value");
		require_equal(reported_new(), value, "new value");
	}
	count[got]++;
	count[2] += clears;
}

static void guest_sees_what_a_bare_cpu_has(void **state)
{
	u32 seed, i, count[4] = { 0 };

	for (seed = 1; seed <= 2000; seed++) {
		struct bare b = { LINUX_CR0, 0x1000, LINUX_CR4, PINNED_EFER };

		random_seed(seed);
		launch(0);
		for (i = 0; i < 50; i++) {
			if (random_chance(10))
				set(CONTROL, random_below(3));
			one_step(&b, count);
			require_equal(cr0(), b.cr0, "CR0 that the guest reads");
			require_equal(cr4(), b.cr4, "CR4 that the guest reads");
			require_equal(vmx.field[VMCS_GUEST_CR0], b.cr0 | CR0_NE, "CR0");
			require_equal(vmx.field[VMCS_GUEST_CR4], b.cr4 | CR4_VMXE, "CR4");
		}
	}
	printf("  MOV to CR0 and CR4: %u executed, %u faulted, %u reported, %u exits\n", count[1],
	       count[0], count[2], exits);
	require(count[0] > 1000 && count[1] > 1000 && count[2] > 1000, "the test tries too little");
}

static void pinned_bits_cannot_be_cleared(void **state)
{
	u32 bit;

	set(CONTROL, ENFORCE);
	for (bit = 0; bit < 64; bit++) {
		if (PINNED_CR0 >> bit & 1) {
			require(!guest_mov_cr(0, LINUX_CR0 & ~BIT(bit)), "CR0 bit %u cleared", bit);
			require_report(CONTROL, 0, 8);
		}
		if (PINNED_CR4 >> bit & 1) {
			require(!guest_mov_cr(4, LINUX_CR4 & ~BIT(bit)), "CR4 bit %u cleared", bit);
			require_report(CONTROL, 4, 8);
		}
	}
	require_reports(__builtin_popcountll(PINNED_CR0) + __builtin_popcountll(PINNED_CR4),
			"all bits");
	require_equal(cr0(), LINUX_CR0, "CR0");
	require_equal(cr4(), LINUX_CR4, "CR4");
	require_equal(vmx.field[VMCS_GUEST_CR4], LINUX_CR4 | CR4_VMXE, "CR4 in the VMCS");
	require_equal(vmx.flushes, 0, "flushes");
}

static void other_bits_do_not_exit(void **state)
{
	static const u64 in_cr0[] = { BIT(1), BIT(2), BIT(3), CR0_AM, CR0_CD, CR0_CD | CR0_NW };
	static const u64 in_cr4[] = { BIT(0), BIT(2), BIT(3), BIT(7), BIT(8), CR4_CET, BIT(24) };
	u32 i;

	set(CONTROL, ENFORCE);
	exits = 0;
	for (i = 0; i < ARRAY_SIZE(in_cr0); i++)
		require(guest_mov_cr(0, LINUX_CR0 ^ in_cr0[i]), "CR0 ^ 0x%llx faults", in_cr0[i]);
	for (i = 0; i < ARRAY_SIZE(in_cr4); i++)
		require(guest_mov_cr(4, LINUX_CR4 ^ in_cr4[i]), "CR4 ^ 0x%llx faults", in_cr4[i]);
	require_equal(exits, 0, "exits");
	require_reports(0, "bits that are not pinned");
}

/* A bit that was cleared while the policy was off, or logged, may be set again without a report. */
static void setting_pinned_bits_is_no_violation(void **state)
{
	set(CONTROL, LOG);
	require(guest_mov_cr(4, LINUX_CR4 & ~CR4_SMEP), "clearing SMEP faults");
	require_reports(1, "clearing SMEP");
	require_equal(cr4(), LINUX_CR4 & ~CR4_SMEP, "CR4");
	set(CONTROL, ENFORCE);
	require(guest_mov_cr(4, LINUX_CR4), "setting SMEP faults");
	require_reports(1, "setting SMEP");
	require_equal(cr4(), LINUX_CR4, "CR4");
	require(!guest_mov_cr(4, LINUX_CR4 & ~CR4_SMEP), "SMEP can be cleared");
}

static void hidden_bits_are_reserved(void **state)
{
	set(CONTROL, LOG);
	require(!guest_mov_cr(4, LINUX_CR4 | CR4_VMXE), "VMXE can be set");
	require(!guest_mov_cr(4, LINUX_CR4 | CR4_SMXE), "SMXE can be set");
	require_reports(0, "bits that do not exist");
	launch(CR4_SMXE);
	set(CONTROL, LOG);
	require(guest_mov_cr(4, (LINUX_CR4 | CR4_SMXE) & ~CR4_UMIP), "SMXE cannot stay set");
	require_equal(cr4(), (LINUX_CR4 | CR4_SMXE) & ~CR4_UMIP, "CR4");
}

static void translations_are_forgotten(void **state)
{
	set(CONTROL, LOG);
	guest_mov_cr(4, LINUX_CR4 & ~CR4_SMAP);
	require_equal(vmx.flushes, 1, "INVVPIDs after a change of CR4");
	guest_mov_cr(0, LINUX_CR0 & ~CR0_WP);
	require_equal(vmx.flushes, 2, "INVVPIDs after a change of CR0");
	guest_mov_cr(4, 0);
	require_equal(vmx.flushes, 2, "INVVPIDs after #GP");
	/* Without the feature the instruction would fault. */
	cpu->config.features = 0;
	guest_mov_cr(0, LINUX_CR0);
	require_equal(vmx.flushes, 2, "INVVPIDs without VPIDs");
}

static void caching_goes_with_cr0(void **state)
{
	set(CONTROL, LOG);
	require(guest_mov_cr(0, (LINUX_CR0 & ~CR0_WP) | CR0_CD | CR0_NW), "CD and NW fault");
	require_equal(vmx.cr0, MODEL_CR0 | CR0_CD | CR0_NW, "CR0 of the host");
	require(guest_mov_cr(0, LINUX_CR0), "setting WP faults");
	require_equal(vmx.cr0, MODEL_CR0, "CR0 of the host");
}

static void operands_have_32_bits_in_32_bit_code(void **state)
{
	set(CONTROL, LOG);
	vmx.field[VMCS_GUEST_CS_ACCESS] = 0xc09b;
	require(guest_mov_cr(4, (LINUX_CR4 & ~CR4_UMIP) | 0x123400000000), "bits 63:32 count");
	require_equal(cr4(), LINUX_CR4 & ~CR4_UMIP, "CR4");
	require(!guest_mov_cr(0, LINUX_CR0 & ~CR0_PG), "IA-32e mode can be left");
}

static void other_accesses_are_not_taken(void **state)
{
	static const u32 qualification[] = { 3, 8, 0x10 | 4, 0x10 | 0, 0x20, 2 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(qualification); i++) {
		vmx.field[VMCS_EXIT_QUALIFICATION] = qualification[i];
		require(!emulate_cr_access(regs, cpu), "qualification 0x%x is taken",
			qualification[i]);
	}
}

/* A CPU that has been started, in real mode, as INIT left it. */
static void start_anew(void)
{
	vmx.field[VMCS_GUEST_CR0] = CR0_ET | CR0_NE;
	vmx.field[VMCS_CR0_SHADOW] = CR0_ET;
	vmx.field[VMCS_GUEST_CR4] = CR4_VMXE;
	vmx.field[VMCS_CR4_SHADOW] = 0;
	vmx.field[VMCS_GUEST_EFER] = 0;
	vmx.field[VMCS_GUEST_CS_ACCESS] = 0x9b;
	vmcs_clear_bits(VMCS_ENTRY_CONTROLS, ENTRY_IA32E_GUEST);
	set(CONTROL, ENFORCE);
}

static bool guest_lmsw(u16 value)
{
	vmx_exit(EXIT_REASON_CR_ACCESS);
	vmx.field[VMCS_EXIT_QUALIFICATION] = (u64)value << 16 | 0x30;
	vmx.field[VMCS_ENTRY_INTR_INFO] = 0;
	require(emulate_cr_access(regs, cpu), "LMSW is not taken");
	return !vmx.field[VMCS_ENTRY_INTR_INFO];
}

/* LMSW sets bits 3:0 and never clears PE. */
static void lmsw_enters_protected_mode(void **state)
{
	start_anew();
	require(guest_lmsw(0xfff1), "LMSW");
	require_equal(cr0(), CR0_ET | CR0_PE, "CR0");
	require(guest_lmsw(0), "LMSW of 0");
	require_equal(cr0(), CR0_ET | CR0_PE, "CR0");
}

#define PAGING (CR0_ET | CR0_PE | CR0_WP | CR0_PG)

/* What is pinned may be set as a CPU starts, and is pinned from then on. */
static void a_cpu_starts_up_to_what_is_pinned(void **state)
{
	start_anew();
	require(!guest_mov_cr(0, PAGING), "paging begins without LME");
	vmx.field[VMCS_GUEST_EFER] = EFER_LME;
	require(!guest_mov_cr(0, PAGING), "IA-32e mode begins without PAE");
	vmx.field[VMCS_GUEST_CR4] |= CR4_PAE;
	vmx.field[VMCS_CR4_SHADOW] |= CR4_PAE;
	require_reports(0, "a CPU that starts");
	require(guest_mov_cr(0, PAGING), "paging does not begin");
	require_equal(vmx.field[VMCS_GUEST_EFER], EFER_LME | EFER_LMA, "EFER");
	require_equal(vmx.field[VMCS_ENTRY_CONTROLS], ENTRY_IA32E_GUEST, "VM-entry controls");
	require(!guest_mov_cr(0, PAGING & ~CR0_WP), "WP is cleared");
	require_reports(1, "WP is cleared");
}

/* EFER */

static void efer_is_as_on_a_bare_cpu(void **state)
{
	u32 seed, i, count[3] = { 0 };

	for (seed = 1; seed <= 1000; seed++) {
		struct bare b = { .efer = PINNED_EFER };

		random_seed(seed);
		launch(0);
		for (i = 0; i < 20; i++) {
			u64 old = vmx.field[VMCS_GUEST_EFER];
			u64 value = old ^ random_bits(random_chance(20) ? ~0ull : PINNED_EFER);
			u32 mode = random_below(3), reports = policies.violations;
			bool clears = mode != OFF && old & ~value & PINNED_EFER;
			bool want;

			set(CONTROL, mode);
			want = !(mode == ENFORCE && clears) && bare_write_efer(&b, value);
			require(guest_wrmsr(IA32_EFER, value) == want,
				"WRMSR of EFER 0x%llx, which is 0x%llx", value, old);
			require_equal(vmx.field[VMCS_GUEST_EFER], b.efer, "EFER");
			require_equal(policies.violations - reports, clears, "reports");
			count[want]++;
			count[2] += clears;
		}
	}
	require(!vmx.msr_written, "the host's EFER is written");
	require(count[0] > 1000 && count[1] > 1000 && count[2] > 1000, "the test tries too little");
}

static void efer_report_has_its_values(void **state)
{
	set(CONTROL, ENFORCE);
	require(!guest_wrmsr(IA32_EFER, PINNED_EFER & ~EFER_NXE), "NXE can be cleared");
	require_report(CONTROL, IA32_EFER, 8);
	require_equal(reported_old(), PINNED_EFER, "old value");
	require_equal(reported_new(), PINNED_EFER & ~EFER_NXE, "new value");
	require_equal(vmx.field[VMCS_GUEST_EFER], PINNED_EFER, "EFER");
}

static void nxe_is_reserved_without_nx(void **state)
{
	vmx.lacks_nx = true;
	vmx.field[VMCS_GUEST_EFER] = PINNED_EFER & ~EFER_NXE;
	require(!guest_wrmsr(IA32_EFER, PINNED_EFER), "NXE can be set");
	require(guest_wrmsr(IA32_EFER, PINNED_EFER & ~EFER_NXE), "EFER as it is faults");
}

/* System-call MSRs */

static const struct {
	u32 msr;
	u32 field;
	u64 good, bad;
} syscall_msrs[] = {
	{ 0x174, VMCS_GUEST_SYSENTER_CS, 0x10, 0 },
	{ 0x175, VMCS_GUEST_SYSENTER_ESP, 0xffff888000001000, 0x800000000000 },
	{ 0x176, VMCS_GUEST_SYSENTER_EIP, 0xffffffff81001000, 0xffff7fffffffffff },
	{ 0xc0000081, 0, 0x23001000000000, 0 },
	{ 0xc0000082, 0, 0xffffffff81002000, 0x8000000000000000 },
	{ 0xc0000083, 0, 0xffffffff81003000, 0x1000000000000 },
	{ 0xc0000084, 0, 0x47700, 0x100000000 },
};

static u64 *syscall_msr(u32 i)
{
	return syscall_msrs[i].field ? &vmx.field[syscall_msrs[i].field]
				     : &vmx.syscall_msr[syscall_msrs[i].msr - IA32_STAR];
}

static void syscall_msrs_are_written_where_they_are(void **state)
{
	u32 mode, i;

	for (mode = OFF; mode <= LOG; mode++) {
		launch(0);
		set(SYSCALL, mode);
		for (i = 0; i < ARRAY_SIZE(syscall_msrs); i++) {
			u32 msr = syscall_msrs[i].msr;
			u64 good = syscall_msrs[i].good, bad = syscall_msrs[i].bad;

			require(guest_wrmsr(msr, good), "MSR 0x%x faults", msr);
			require_equal(*syscall_msr(i), good, "the MSR");
			require(!bad || !guest_wrmsr(msr, bad), "MSR 0x%x takes 0x%llx", msr, bad);
			require_equal(*syscall_msr(i), good, "the MSR after #GP");
			require(!syscall_msrs[i].field || vmx.msr_written != msr,
				"the host's MSR 0x%x is written", msr);
		}
		/* A refused value is reported, too. */
		require_reports(mode == LOG ? 7 + 5 : 0, "all MSRs");
	}
}

static void syscall_msrs_are_kept(void **state)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(syscall_msrs); i++)
		guest_wrmsr(syscall_msrs[i].msr, syscall_msrs[i].good);
	set(SYSCALL, ENFORCE);
	vmx.msr_written = 0;
	for (i = 0; i < ARRAY_SIZE(syscall_msrs); i++) {
		u64 good = syscall_msrs[i].good;
		u32 msr = syscall_msrs[i].msr;

		require(guest_wrmsr(msr, good), "MSR 0x%x: the present value faults", msr);
		require_reports(i, "the present value");
		require(!guest_wrmsr(msr, good + 0x10), "MSR 0x%x takes another value", msr);
		require_reports(i + 1, "another value");
		require_report(SYSCALL, msr, 8);
		require_equal(reported_old(), good, "old value");
		require_equal(reported_new(), good + 0x10, "new value");
		require_equal(*syscall_msr(i), good, "the MSR");
	}
	require_equal(vmx.msr_written, 0, "the last MSR written");
}

static void sysenter_cs_has_32_bits(void **state)
{
	guest_wrmsr(IA32_SYSENTER_CS, 0x10);
	set(SYSCALL, ENFORCE);
	require(guest_wrmsr(IA32_SYSENTER_CS, 0x1234567800000010), "the present value faults");
	require_reports(0, "bits that do not exist");
}

static void canonical_depends_on_the_paging_mode(void **state)
{
	static const struct { u64 address; bool in_4, in_5; } cases[] = {
		{ 0, true, true },
		{ 0x7fffffffffff, true, true },
		{ 0x800000000000, false, true },
		{ 0xffff7fffffffffff, false, true },
		{ 0xffff800000000000, true, true },
		{ 0xffffffffffffffff, true, true },
		{ 0xffffffffffffff, false, true },
		{ 0x100000000000000, false, false },
		{ 0xfeffffffffffffff, false, false },
		{ 0xff00000000000000, false, true },
		{ 0x8000000000000000, false, false },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		vmx.field[VMCS_GUEST_CR4] &= ~CR4_LA57;
		require(guest_canonical(cases[i].address) == cases[i].in_4, "0x%llx with 4 levels",
			cases[i].address);
		vmx.field[VMCS_GUEST_CR4] |= CR4_LA57;
		require(guest_canonical(cases[i].address) == cases[i].in_5, "0x%llx with 5 levels",
			cases[i].address);
	}
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, new_cpu)
	const struct CMUnitTest tests[] = {
		TEST(masks_follow_the_policy),
		TEST(descriptor_exiting_follows_the_policy),
		TEST(msr_bitmap_follows_the_policies),
		TEST(guest_sees_what_a_bare_cpu_has),
		TEST(pinned_bits_cannot_be_cleared),
		TEST(other_bits_do_not_exit),
		TEST(setting_pinned_bits_is_no_violation),
		TEST(hidden_bits_are_reserved),
		TEST(translations_are_forgotten),
		TEST(caching_goes_with_cr0),
		TEST(lmsw_enters_protected_mode),
		TEST(a_cpu_starts_up_to_what_is_pinned),
		TEST(operands_have_32_bits_in_32_bit_code),
		TEST(other_accesses_are_not_taken),
		TEST(efer_is_as_on_a_bare_cpu),
		TEST(efer_report_has_its_values),
		TEST(nxe_is_reserved_without_nx),
		TEST(syscall_msrs_are_written_where_they_are),
		TEST(syscall_msrs_are_kept),
		TEST(sysenter_cs_has_32_bits),
		TEST(canonical_depends_on_the_paging_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

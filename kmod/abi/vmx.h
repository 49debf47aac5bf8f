/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VT-x as the Intel SDM volume 3 defines it: VMCS field encodings (appendix B), VM-execution,
 * exit and entry controls (chapter 25), exit reasons (appendix C), EPT entries (chapter 29).
 */
#ifndef SB_ABI_VMX_H
#define SB_ABI_VMX_H

/* VMCS: 16-bit fields. The width of a field is in bits 14:13 of its encoding. */
#define VMCS_VPID				0x0000
#define VMCS_GUEST_ES_SELECTOR			0x0800
#define VMCS_GUEST_CS_SELECTOR			0x0802
#define VMCS_GUEST_SS_SELECTOR			0x0804
#define VMCS_GUEST_DS_SELECTOR			0x0806
#define VMCS_GUEST_FS_SELECTOR			0x0808
#define VMCS_GUEST_GS_SELECTOR			0x080a
#define VMCS_GUEST_LDTR_SELECTOR		0x080c
#define VMCS_GUEST_TR_SELECTOR			0x080e
#define VMCS_HOST_ES_SELECTOR			0x0c00
#define VMCS_HOST_CS_SELECTOR			0x0c02
#define VMCS_HOST_SS_SELECTOR			0x0c04
#define VMCS_HOST_DS_SELECTOR			0x0c06
#define VMCS_HOST_FS_SELECTOR			0x0c08
#define VMCS_HOST_GS_SELECTOR			0x0c0a
#define VMCS_HOST_TR_SELECTOR			0x0c0c

/* 64-bit fields */
#define VMCS_IO_BITMAP_A			0x2000
#define VMCS_IO_BITMAP_B			0x2002
#define VMCS_MSR_BITMAP				0x2004
#define VMCS_TSC_OFFSET				0x2010
#define VMCS_EPT_POINTER			0x201a
#define VMCS_XSS_EXIT_BITMAP			0x202c
#define VMCS_GUEST_PHYSICAL_ADDRESS		0x2400
#define VMCS_LINK_POINTER			0x2800
#define VMCS_GUEST_DEBUGCTL			0x2802
#define VMCS_GUEST_PAT				0x2804
#define VMCS_GUEST_EFER				0x2806
#define VMCS_HOST_PAT				0x2c00
#define VMCS_HOST_EFER				0x2c02

/* 32-bit fields */
#define VMCS_PIN_CONTROLS			0x4000
#define VMCS_PROC_CONTROLS			0x4002
#define VMCS_EXCEPTION_BITMAP			0x4004
#define VMCS_PAGE_FAULT_MASK			0x4006
#define VMCS_PAGE_FAULT_MATCH			0x4008
#define VMCS_CR3_TARGET_COUNT			0x400a
#define VMCS_EXIT_CONTROLS			0x400c
#define VMCS_EXIT_MSR_STORE_COUNT		0x400e
#define VMCS_EXIT_MSR_LOAD_COUNT		0x4010
#define VMCS_ENTRY_CONTROLS			0x4012
#define VMCS_ENTRY_MSR_LOAD_COUNT		0x4014
#define VMCS_ENTRY_INTR_INFO			0x4016
#define VMCS_ENTRY_EXCEPTION_ERROR		0x4018
#define VMCS_ENTRY_INSTRUCTION_LENGTH		0x401a
#define VMCS_PROC2_CONTROLS			0x401e
#define VMCS_INSTRUCTION_ERROR			0x4400
#define VMCS_EXIT_REASON			0x4402
#define VMCS_EXIT_INTR_INFO			0x4404
#define VMCS_EXIT_INTR_ERROR			0x4406
#define VMCS_IDT_VECTORING_INFO			0x4408
#define VMCS_IDT_VECTORING_ERROR		0x440a
#define VMCS_EXIT_INSTRUCTION_LENGTH		0x440c
#define VMCS_EXIT_INSTRUCTION_INFO		0x440e
#define VMCS_GUEST_ES_LIMIT			0x4800
#define VMCS_GUEST_CS_LIMIT			0x4802
#define VMCS_GUEST_SS_LIMIT			0x4804
#define VMCS_GUEST_DS_LIMIT			0x4806
#define VMCS_GUEST_FS_LIMIT			0x4808
#define VMCS_GUEST_GS_LIMIT			0x480a
#define VMCS_GUEST_LDTR_LIMIT			0x480c
#define VMCS_GUEST_TR_LIMIT			0x480e
#define VMCS_GUEST_GDTR_LIMIT			0x4810
#define VMCS_GUEST_IDTR_LIMIT			0x4812
#define VMCS_GUEST_ES_ACCESS			0x4814
#define VMCS_GUEST_CS_ACCESS			0x4816
#define VMCS_GUEST_SS_ACCESS			0x4818
#define VMCS_GUEST_DS_ACCESS			0x481a
#define VMCS_GUEST_FS_ACCESS			0x481c
#define VMCS_GUEST_GS_ACCESS			0x481e
#define VMCS_GUEST_LDTR_ACCESS			0x4820
#define VMCS_GUEST_TR_ACCESS			0x4822
#define VMCS_GUEST_INTERRUPTIBILITY		0x4824
#define VMCS_GUEST_ACTIVITY			0x4826
#define VMCS_GUEST_SYSENTER_CS			0x482a
#define VMCS_PREEMPTION_TIMER			0x482e
#define VMCS_HOST_SYSENTER_CS			0x4c00

/* natural-width fields */
#define VMCS_CR0_MASK				0x6000
#define VMCS_CR4_MASK				0x6002
#define VMCS_CR0_SHADOW				0x6004
#define VMCS_CR4_SHADOW				0x6006
#define VMCS_EXIT_QUALIFICATION			0x6400
#define VMCS_GUEST_LINEAR_ADDRESS		0x640a
#define VMCS_GUEST_CR0				0x6800
#define VMCS_GUEST_CR3				0x6802
#define VMCS_GUEST_CR4				0x6804
#define VMCS_GUEST_ES_BASE			0x6806
#define VMCS_GUEST_CS_BASE			0x6808
#define VMCS_GUEST_SS_BASE			0x680a
#define VMCS_GUEST_DS_BASE			0x680c
#define VMCS_GUEST_FS_BASE			0x680e
#define VMCS_GUEST_GS_BASE			0x6810
#define VMCS_GUEST_LDTR_BASE			0x6812
#define VMCS_GUEST_TR_BASE			0x6814
#define VMCS_GUEST_GDTR_BASE			0x6816
#define VMCS_GUEST_IDTR_BASE			0x6818
#define VMCS_GUEST_DR7				0x681a
#define VMCS_GUEST_RSP				0x681c
#define VMCS_GUEST_RIP				0x681e
#define VMCS_GUEST_RFLAGS			0x6820
#define VMCS_GUEST_PENDING_DEBUG		0x6822
#define VMCS_GUEST_SYSENTER_ESP			0x6824
#define VMCS_GUEST_SYSENTER_EIP			0x6826
#define VMCS_GUEST_S_CET			0x6828
#define VMCS_GUEST_SSP				0x682a
#define VMCS_GUEST_INTR_SSP_TABLE		0x682c
#define VMCS_HOST_CR0				0x6c00
#define VMCS_HOST_CR3				0x6c02
#define VMCS_HOST_CR4				0x6c04
#define VMCS_HOST_FS_BASE			0x6c06
#define VMCS_HOST_GS_BASE			0x6c08
#define VMCS_HOST_TR_BASE			0x6c0a
#define VMCS_HOST_GDTR_BASE			0x6c0c
#define VMCS_HOST_IDTR_BASE			0x6c0e
#define VMCS_HOST_SYSENTER_ESP			0x6c10
#define VMCS_HOST_SYSENTER_EIP			0x6c12
#define VMCS_HOST_RSP				0x6c14
#define VMCS_HOST_RIP				0x6c16
#define VMCS_HOST_S_CET				0x6c18
#define VMCS_HOST_SSP				0x6c1a
#define VMCS_HOST_INTR_SSP_TABLE		0x6c1c

/* pin-based VM-execution controls */
#define PIN_NMI_EXITING				BIT(3)
#define PIN_VIRTUAL_NMIS			BIT(5)
#define PIN_PREEMPTION_TIMER			BIT(6)

/* primary processor-based VM-execution controls */
#define PROC_CR3_LOAD_EXITING			BIT(15)
#define PROC_CR3_STORE_EXITING			BIT(16)
#define PROC_NMI_WINDOW_EXITING			BIT(22)
#define PROC_USE_IO_BITMAPS			BIT(25)
#define PROC_USE_MSR_BITMAPS			BIT(28)
#define PROC_SECONDARY_CONTROLS			BIT(31)

/* secondary processor-based VM-execution controls */
#define PROC2_EPT				BIT(1)
#define PROC2_DESCRIPTOR_TABLE_EXITING		BIT(2)
#define PROC2_RDTSCP				BIT(3)
#define PROC2_VPID				BIT(5)
#define PROC2_UNRESTRICTED_GUEST		BIT(7)
#define PROC2_INVPCID				BIT(12)
#define PROC2_XSAVES				BIT(20)
#define PROC2_MODE_BASED_EXECUTE		BIT(22)
#define PROC2_USER_WAIT				BIT(26)
#define PROC2_PCONFIG				BIT(27)

/* VM-exit controls */
#define EXIT_SAVE_DEBUG				BIT(2)
#define EXIT_HOST_ADDRESS_SPACE_SIZE		BIT(9)
#define EXIT_SAVE_PAT				BIT(18)
#define EXIT_LOAD_PAT				BIT(19)
#define EXIT_SAVE_EFER				BIT(20)
#define EXIT_LOAD_EFER				BIT(21)
#define EXIT_SAVE_PREEMPTION_TIMER		BIT(22)
#define EXIT_LOAD_CET				BIT(28)

/* VM-entry controls */
#define ENTRY_LOAD_DEBUG			BIT(2)
#define ENTRY_IA32E_GUEST			BIT(9)
#define ENTRY_LOAD_PAT				BIT(14)
#define ENTRY_LOAD_EFER				BIT(15)
#define ENTRY_LOAD_CET				BIT(20)

/* exit reasons: the basic one, and what else the CPU says of the exit (SDM 25.9.1) */
#define EXIT_REASON_BASIC			0xffffu
#define EXIT_REASON_EXCEPTION_NMI		0
#define EXIT_REASON_TRIPLE_FAULT		2
#define EXIT_REASON_INIT			3
#define EXIT_REASON_SIPI			4
#define EXIT_REASON_INTERRUPT_WINDOW		7
#define EXIT_REASON_NMI_WINDOW			8
#define EXIT_REASON_TASK_SWITCH			9
#define EXIT_REASON_CPUID			10
#define EXIT_REASON_GETSEC			11
#define EXIT_REASON_HLT				12
#define EXIT_REASON_INVD			13
#define EXIT_REASON_INVLPG			14	/* and RDPMC, RDTSC, RSM */
#define EXIT_REASON_VMCALL			18
#define EXIT_REASON_VMCLEAR			19
#define EXIT_REASON_VMXON			27
#define EXIT_REASON_CR_ACCESS			28
#define EXIT_REASON_MOV_DR			29
#define EXIT_REASON_IO				30
#define EXIT_REASON_RDMSR			31
#define EXIT_REASON_WRMSR			32
#define EXIT_REASON_MWAIT			36
#define EXIT_REASON_MONITOR_TRAP		37
#define EXIT_REASON_MONITOR			39	/* and PAUSE */
#define EXIT_REASON_MACHINE_CHECK		41	/* during VM entry */
#define EXIT_REASON_TPR				43
#define EXIT_REASON_VIRTUAL_EOI			45
#define EXIT_REASON_GDTR_IDTR_ACCESS		46
#define EXIT_REASON_LDTR_TR_ACCESS		47
#define EXIT_REASON_EPT_VIOLATION		48
#define EXIT_REASON_EPT_MISCONFIG		49
#define EXIT_REASON_INVEPT			50
#define EXIT_REASON_RDTSCP			51
#define EXIT_REASON_PREEMPTION_TIMER		52
#define EXIT_REASON_INVVPID			53
#define EXIT_REASON_WBINVD			54
#define EXIT_REASON_XSETBV			55
#define EXIT_REASON_APIC_WRITE			56
#define EXIT_REASON_RDRAND			57	/* and INVPCID */
#define EXIT_REASON_VMFUNC			59
#define EXIT_REASON_ENCLS			60	/* and RDSEED */
#define EXIT_REASON_PML_FULL			62
#define EXIT_REASON_XSAVES			63	/* and XRSTORS, PCONFIG */
#define EXIT_REASON_UMWAIT			67	/* and TPAUSE, LOADIWKEY, ENCLV, ENQCMD, ENQCMDS */
#define EXIT_REASON_BUS_LOCK			74	/* and notify */
#define EXIT_REASON_SEAMCALL			76	/* and TDCALL, RDMSRLIST, WRMSRLIST */
#define EXIT_REASON_ENTRY_FAILURE		BIT(31)

/* interruption information: exit, IDT-vectoring and entry (SDM 25.8.3, 25.9.2) */
#define INTR_INFO_VECTOR			0xffu
#define INTR_INFO_TYPE				(7u << 8)
#define INTR_TYPE_NMI				(2u << 8)
#define INTR_TYPE_HARD_EXCEPTION		(3u << 8)
#define INTR_INFO_ERROR_CODE			BIT(11)
#define INTR_INFO_VALID				BIT(31)
/* Bits of IDT-vectoring information that VM entry accepts; bit 12 is undefined there. */
#define INTR_INFO_REINJECT			0x80000fffu

#define VECTOR_DB				1
#define VECTOR_NMI				2
#define VECTOR_UD				6
#define VECTOR_DF				8
#define VECTOR_NP				11
#define VECTOR_SS				12
#define VECTOR_GP				13
#define VECTOR_PF				14
#define VECTOR_AC				17
#define VECTOR_MC				18

/* segment access rights (SDM table 25-2) */
#define ACCESS_TYPE				0xfu
#define ACCESS_CODE_OR_DATA			BIT(4)
#define ACCESS_PRESENT				BIT(7)
#define ACCESS_LONG_MODE			BIT(13)
#define ACCESS_32BIT				BIT(14)
#define ACCESS_PAGES				BIT(15)	/* the limit counts pages */
#define ACCESS_UNUSABLE				BIT(16)

/* guest activity state (SDM 25.4.2) */
#define ACTIVITY_ACTIVE				0
#define ACTIVITY_WAIT_FOR_SIPI			3

/* guest interruptibility state (SDM table 25-3) */
#define BLOCKING_BY_STI				BIT(0)
#define BLOCKING_BY_MOV_SS			BIT(1)
#define BLOCKING_BY_NMI				BIT(3)

/* exit qualification of a control-register access, bits 5:4 (SDM table 28-3) */
#define CR_ACCESS_MOV_TO			0
#define CR_ACCESS_LMSW				3

/* EPT violation exit qualification (SDM table 28-7) */
#define EPT_QUAL_READ				BIT(0)
#define EPT_QUAL_WRITE				BIT(1)
#define EPT_QUAL_FETCH				BIT(2)
#define EPT_QUAL_READABLE			BIT(3)
#define EPT_QUAL_LINEAR_VALID			BIT(7)
#define EPT_QUAL_FINAL				BIT(8)	/* the access itself, not the page walk to it */
#define EPT_QUAL_NMI_UNBLOCKING			BIT(12)

/* EPT entries and the EPT pointer (SDM 29.3.2, 25.6.11) */
#define EPT_READ				BIT_ULL(0)
#define EPT_WRITE				BIT_ULL(1)
#define EPT_EXEC				BIT_ULL(2)
/*
 * With mode-based execute control EPT_EXEC is about linear addresses of supervisor mode, and there is a
 * right of its own for those of user mode, as the guest's page tables say. Without it the bit is ignored.
 */
#define EPT_EXEC_USER				BIT_ULL(10)
#define EPT_RWX					(EPT_READ | EPT_WRITE | EPT_EXEC)
#define EPT_RIGHTS				(EPT_RWX | EPT_EXEC_USER)
#define EPT_MEMORY_TYPE_SHIFT			3
#define EPT_LEAF				BIT_ULL(7)
/*
 * Ignored by the CPU (SDM tables 29-2 to 29-6): whose page it is, enum page_owner of host/memory/ept.h.
 */
#define EPT_OWNER_SHIFT				52
#define EPT_OWNER_HOST				1
#define EPT_OWNER_MASK				(0x7ffull << EPT_OWNER_SHIFT)
#define EPTP_WALK_LENGTH_4			(3ull << 3)
#define MEMORY_TYPE_UC				0
#define MEMORY_TYPE_WC				1
#define MEMORY_TYPE_WT				4
#define MEMORY_TYPE_WP				5
#define MEMORY_TYPE_WB				6

/* MSRs */
#define IA32_APIC_BASE				0x1b
#define APIC_BASE_ADDRESS			0xfffffffffffff000ull
#define APIC_BASE_BSP				BIT(8)
#define IA32_FEATURE_CONTROL			0x3a
#define FEATURE_CONTROL_LOCKED			BIT(0)
#define FEATURE_CONTROL_VMXON_IN_SMX		BIT(1)
#define FEATURE_CONTROL_VMXON			BIT(2)
#define IA32_BIOS_UPDT_TRIG			0x79
#define IA32_MTRRCAP				0xfe
#define MTRRCAP_VCNT				0xffu
#define MTRRCAP_FIX				BIT(8)
#define IA32_SYSENTER_CS			0x174
#define IA32_SYSENTER_ESP			0x175
#define IA32_SYSENTER_EIP			0x176
#define IA32_MISC_ENABLE			0x1a0
#define MISC_ENABLE_XD_DISABLE			BIT_ULL(34)
#define IA32_DEBUGCTL				0x1d9
#define DEBUGCTL_BTF				BIT(1)
#define IA32_MTRR_PHYSBASE0			0x200
#define IA32_MTRR_FIX64K			0x250
#define IA32_MTRR_FIX16K			0x258
#define IA32_MTRR_FIX4K				0x268
#define IA32_PAT				0x277
#define IA32_PAT_RESET				0x0007040600070406ull
#define IA32_MTRR_DEF_TYPE			0x2ff
#define MTRR_DEF_TYPE_FIXED			BIT(10)
#define MTRR_DEF_TYPE_ENABLE			BIT(11)
#define MTRR_PHYSMASK_VALID			BIT(11)
#define IA32_VMX_BASIC				0x480
#define VMX_BASIC_REVISION			0x7fffffffu
#define VMX_BASIC_TRUE_CONTROLS			BIT_ULL(55)
#define IA32_VMX_PINBASED			0x481
#define IA32_VMX_PROCBASED			0x482
#define IA32_VMX_EXIT				0x483
#define IA32_VMX_ENTRY				0x484
#define IA32_VMX_MISC				0x485
#define VMX_MISC_TIMER_SHIFT			0x1fu
#define VMX_MISC_WAIT_FOR_SIPI			BIT(8)
#define IA32_VMX_CR0_FIXED0			0x486
#define IA32_VMX_CR4_FIXED0			0x488
#define IA32_VMX_CR4_FIXED1			0x489
#define IA32_VMX_PROCBASED2			0x48b
#define IA32_VMX_EPT_VPID_CAP			0x48c
#define EPT_CAP_WALK_LENGTH_4			BIT_ULL(6)
#define EPT_CAP_WB				BIT_ULL(14)
#define EPT_CAP_2M				BIT_ULL(16)
#define EPT_CAP_1G				BIT_ULL(17)
#define EPT_CAP_INVEPT				BIT_ULL(20)
#define EPT_CAP_INVEPT_ALL			BIT_ULL(26)
#define EPT_CAP_INVVPID				BIT_ULL(32)
#define EPT_CAP_INVVPID_ALL			BIT_ULL(42)
#define IA32_VMX_TRUE_PINBASED			0x48d
#define IA32_VMX_TRUE_PROCBASED			0x48e
#define IA32_VMX_TRUE_EXIT			0x48f
#define IA32_VMX_TRUE_ENTRY			0x490
#define IA32_VMX_PROCBASED3			0x492
#define IA32_VMX_EXIT2				0x493
#define IA32_S_CET				0x6a2
#define S_CET_SUPPRESS				BIT(10)
#define S_CET_TRACKER				BIT(11)
#define IA32_INTERRUPT_SSP_TABLE		0x6a8
#define IA32_XSS				0xda0
#define XSS_PT					BIT_ULL(8)
#define IA32_EFER				0xc0000080
#ifndef EFER_SCE	/* Linux has the same */
#define EFER_SCE				BIT(0)
#define EFER_LME				BIT(8)
#define EFER_LMA				BIT(10)
#endif
#define EFER_NXE				BIT(11)
#define IA32_STAR				0xc0000081
#define IA32_LSTAR				0xc0000082
#define IA32_CSTAR				0xc0000083
#define IA32_FMASK				0xc0000084
#define IA32_FS_BASE				0xc0000100
#define IA32_GS_BASE				0xc0000101
#define INVALIDATE_ALL_CONTEXTS			2ull

/* control registers, RFLAGS */
#define CR0_PE					BIT(0)
#define CR0_ET					BIT(4)
#define CR0_NE					BIT(5)
#define CR0_WP					BIT(16)
#define CR0_AM					BIT(18)
#define CR0_NW					BIT(29)
#define CR0_CD					BIT(30)
#define CR0_PG					BIT(31)
#define CR4_PAE					BIT(5)
#define CR4_MCE					BIT(6)
#define CR4_OSFXSR				BIT(9)
#define CR4_OSXMMEXCPT				BIT(10)
#define CR4_UMIP				BIT(11)
#define CR4_LA57				BIT(12)
#define CR4_VMXE				BIT(13)
#define CR4_SMXE				BIT(14)
#define CR4_FSGSBASE				BIT(16)
#define CR4_PCIDE				BIT(17)
#define CR4_OSXSAVE				BIT(18)
#define CR4_KL					BIT(19)
#define CR4_SMEP				BIT(20)
#define CR4_SMAP				BIT(21)
#define CR4_PKE					BIT(22)
#define CR4_CET					BIT(23)
#define CR4_LASS				BIT(27)
#define CR4_FRED				BIT_ULL(32)
#define DR7_FIXED				BIT(10)
#define RFLAGS_FIXED				BIT(1)
#define RFLAGS_TF				BIT(8)
#define RFLAGS_IF				BIT(9)
#define RFLAGS_DF				BIT(10)
#define RFLAGS_RF				BIT(16)
#define RFLAGS_AC				BIT(18)
#define PENDING_DEBUG_BS			BIT(14)

#endif

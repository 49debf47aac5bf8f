/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a write to each MSR may do, ascending: X(first, last, class, why). An MSR without a row is
 * unknown: the policy msrs does not let it be written. tests/unit/msrs.host holds the table against
 * the kernel's headers. Sections are those of the Intel SDM, volume 3; "SDM 4" is its volume 4, where
 * each MSR has its description.
 */
#ifndef SB_HOST_MSR_CLASSES_H
#define SB_HOST_MSR_CLASSES_H

/**
 * enum msr_class - what a write may do
 * @MSR_FREE: anything: it never exits where the MSR bitmap reaches
 * @MSR_PINNED: what it holds now
 * @MSR_ADDRESS: names memory that hardware reads or writes: what it holds now, or 0
 * @MSR_BITS: all but setting certain bits
 * @MSR_APIC_BASE: all but moving the local APIC, whatever the policy
 * @MSR_MTRR_TYPE: what it held when the policy was set, or that switched off, as while Linux sets MTRRs
 * @MSR_DENIED: nothing
 */
enum msr_class {
	MSR_FREE,
	MSR_PINNED,
	MSR_ADDRESS,
	MSR_BITS,
	MSR_APIC_BASE,
	MSR_MTRR_TYPE,
	MSR_DENIED,
};

#define MSR_CLASSES(X)									\
	X(0x0, 0x1, MSR_PINNED, "machine check of the Pentium; SDM 4")			\
	X(0x10, 0x10, MSR_FREE, "time-stamp counter; 18.17")				\
	X(0x11, 0x12, MSR_ADDRESS, "KVM writes there; Linux, kvm/x86/msr.rst")		\
	X(0x17, 0x17, MSR_PINNED, "platform ID, read-only; SDM 4")			\
	X(0x1b, 0x1b, MSR_APIC_BASE, "an APIC over a page of the host swallows it; 11.4.4") \
	X(0x1f, 0x21, MSR_PINNED, "no CPU with EPT has it: Knights Corner")		\
	X(0x28, 0x2c, MSR_PINNED, "strapping of the bus, before EPT; SDM 4")		\
	X(0x33, 0x33, MSR_FREE, "split-lock detection, switched per thread; 9.1.2.3")	\
	X(0x34, 0x34, MSR_PINNED, "counter of SMIs, read-only; SDM 4")			\
	X(0x3a, 0x3a, MSR_PINNED, "which features the firmware allowed; 24.7")		\
	X(0x3b, 0x3b, MSR_FREE, "time-stamp counter; 18.17.3")				\
	X(0x40, 0x47, MSR_FREE, "last branches; 18.5")					\
	X(0x48, 0x49, MSR_FREE, "speculation, at context switches; SDM 4")		\
	X(0x4e, 0x4e, MSR_FREE, "is the serial number readable: set as a CPU starts; SDM 4") \
	X(0x4f, 0x4f, MSR_PINNED, "serial number; SDM 4")				\
	X(0x60, 0x67, MSR_FREE, "last branches; 18.5")					\
	X(0x79, 0x79, MSR_DENIED, "microcode, never from the guest world; 10.11.6")	\
	X(0x7b, 0x7b, MSR_PINNED, "revisions of the microcode, read-only; Linux, msr-index.h") \
	X(0x87, 0x87, MSR_PINNED, "keys of memory encryption; SDM 4")			\
	X(0x8b, 0x8b, MSR_FREE, "revision of the microcode, cleared to read it; 10.11.7") \
	X(0x8c, 0x8f, MSR_FREE, "whose enclaves start; 35.1.4")				\
	X(0x9b, 0x9b, MSR_PINNED, "monitor of SMM; 32.15.5")				\
	X(0x9e, 0x9e, MSR_PINNED, "memory of SMM; 32.11")				\
	X(0xbd, 0xbd, MSR_PINNED, "state of the local APIC, read-only; SDM 4")		\
	X(0xc1, 0xc8, MSR_FREE, "performance counters; 20.2")				\
	X(0xcd, 0xcf, MSR_PINNED, "capabilities, read-only; SDM 4")			\
	X(0xe1, 0xe2, MSR_FREE, "sleep states; SDM 4")					\
	X(0xe7, 0xe8, MSR_FREE, "clocks of frequency; 15.2")				\
	X(0xfe, 0xfe, MSR_PINNED, "capabilities, read-only; 12.11.1")			\
	X(0x107, 0x10a, MSR_PINNED, "capabilities, read-only; SDM 4")			\
	X(0x10b, 0x10b, MSR_FREE, "flush of the L1 cache; SDM 4")			\
	X(0x10f, 0x10f, MSR_FREE, "transactional memory and counters; SDM 4")		\
	X(0x110, 0x120, MSR_PINNED, "no CPU with EPT has it: Centaur, L2 of the Pentium II") \
	X(0x122, 0x123, MSR_FREE, "transactional memory, sampling; SDM 4")		\
	X(0x140, 0x140, MSR_FREE, "CPUID faulting, at context switches; SDM 4")	\
	X(0x174, 0x176, MSR_FREE, "entries of system calls: policy syscall-msrs; 5.8.7") \
	X(0x179, 0x179, MSR_PINNED, "capabilities, read-only; 16.3.1.1")		\
	X(0x17a, 0x17b, MSR_FREE, "machine check; 16.3.1")				\
	X(0x17f, 0x17f, MSR_FREE, "machine check; SDM 4")				\
	X(0x180, 0x185, MSR_PINNED, "registers at a machine check, read-only; 16.3.2.6") \
	X(0x186, 0x18d, MSR_FREE, "performance counters; 20.2")				\
	X(0x18e, 0x197, MSR_PINNED, "registers at a machine check, read-only; 16.3.2.6") \
	X(0x198, 0x19d, MSR_FREE, "frequency and heat; 15.1, 15.8")			\
	X(0x1a0, 0x1a0, MSR_BITS, "XD disable takes NXE away, and VM entry with it; 4.1.4") \
	X(0x1a2, 0x1a4, MSR_FREE, "heat, prefetchers; SDM 4")				\
	X(0x1a6, 0x1a7, MSR_FREE, "performance counters; 20.3.4")			\
	X(0x1aa, 0x1af, MSR_FREE, "frequency; SDM 4")					\
	X(0x1b0, 0x1b2, MSR_FREE, "frequency and heat; 15.3.4, 15.8")			\
	X(0x1c4, 0x1c5, MSR_FREE, "extended state, at context switches; volume 1, 13.14") \
	X(0x1c8, 0x1c9, MSR_FREE, "last branches; 18.4.8")				\
	X(0x1cc, 0x1d4, MSR_PINNED, "entries and stacks of FRED; FRED specification, 5")	\
	X(0x1d9, 0x1d9, MSR_FREE, "debugging; a VM exit clears it; 28.5.1")		\
	X(0x1db, 0x1de, MSR_FREE, "last branches; 18.4.8")				\
	X(0x1fc, 0x1fc, MSR_FREE, "sleep states; SDM 4")				\
	X(0x200, 0x26f, MSR_PINNED, "memory types of the host and of RAM; 12.11.2")	\
	X(0x277, 0x277, MSR_FREE, "memory types; the host has its own; 12.12, 28.5.1")	\
	X(0x280, 0x29f, MSR_FREE, "machine check; 16.3.2.5")				\
	X(0x2d9, 0x2d9, MSR_PINNED, "capabilities, read-only; SDM 4")			\
	X(0x2ff, 0x2ff, MSR_MTRR_TYPE, "memory types of the host and of RAM; 12.11.2.1") \
	X(0x300, 0x308, MSR_PINNED, "no CPU with EPT has it: Pentium 4")		\
	X(0x309, 0x318, MSR_FREE, "performance counters; 20.2.2")			\
	X(0x329, 0x329, MSR_FREE, "performance counters; 20.3.9.3")			\
	X(0x345, 0x345, MSR_PINNED, "capabilities, read-only; 20.8")			\
	X(0x360, 0x371, MSR_PINNED, "no CPU with EPT has it: Pentium 4")		\
	X(0x38d, 0x396, MSR_FREE, "performance counters; 20.2")				\
	X(0x3a0, 0x3af, MSR_PINNED, "no CPU with EPT has it: Pentium 4")		\
	X(0x3b0, 0x3cd, MSR_FREE, "performance counters outside the cores; 20.3.1.2")	\
	X(0x3e0, 0x3e3, MSR_FREE, "performance counters: responses; Linux, msr-index.h")	\
	X(0x3f1, 0x3f2, MSR_FREE, "records of counters; 20.3.1.1.1")			\
	X(0x3f4, 0x3f5, MSR_FREE, "records of counters, at linear addresses; Linux, msr-index.h") \
	X(0x3f6, 0x3ff, MSR_FREE, "records of counters, sleep states; SDM 4")		\
	X(0x400, 0x47f, MSR_FREE, "machine check; 16.3.2")				\
	X(0x480, 0x493, MSR_DENIED, "VMX does not exist in the guest; A")		\
	X(0x4c1, 0x4c8, MSR_FREE, "performance counters; 20.2.8")			\
	X(0x4d0, 0x4d0, MSR_FREE, "machine check; 16.3.1.4")				\
	X(0x560, 0x561, MSR_ADDRESS, "Intel PT writes physical memory; 33.2.7.7")	\
	X(0x570, 0x572, MSR_PINNED, "Intel PT writes physical memory; 33.2.7.2")	\
	X(0x580, 0x587, MSR_PINNED, "Intel PT writes physical memory; 33.2.7.6")	\
	X(0x600, 0x600, MSR_FREE, "records of counters, at linear addresses; 18.4.9")	\
	X(0x601, 0x66d, MSR_FREE, "power; 15.10")					\
	X(0x680, 0x69f, MSR_FREE, "last branches; 18.4.8")				\
	X(0x6a0, 0x6a0, MSR_FREE, "CET of programs; volume 1, 17")			\
	X(0x6a2, 0x6a2, MSR_PINNED, "CET of the kernel; volume 1, 17")			\
	X(0x6a4, 0x6a6, MSR_PINNED, "shadow stacks of the kernel; volume 1, 17")	\
	X(0x6a7, 0x6a7, MSR_FREE, "shadow stacks of programs; volume 1, 17")		\
	X(0x6a8, 0x6a8, MSR_PINNED, "shadow stacks of the kernel; volume 1, 17")	\
	X(0x6b0, 0x6b1, MSR_FREE, "power; 15.10")					\
	X(0x6c0, 0x6df, MSR_FREE, "last branches; 18.4.8")				\
	X(0x6e0, 0x6e0, MSR_FREE, "timer; 11.5.4.1")					\
	X(0x6e1, 0x6e1, MSR_PINNED, "protection keys of the kernel; 4.6.2")		\
	X(0x770, 0x777, MSR_FREE, "frequency; 15.4")					\
	X(0x7a5, 0x7a5, MSR_PINNED, "mailbox of the microcode, read-only; Linux, msr-index.h") \
	X(0x800, 0x83f, MSR_FREE, "local APIC, registers only; 11.12.1")		\
	X(0x980, 0x983, MSR_PINNED, "memory encryption; SDM 4")				\
	X(0xc80, 0xd8f, MSR_FREE, "resource control; 18.18, 18.19")			\
	X(0xd90, 0xd90, MSR_PINNED, "MPX of the kernel; SDM 4")				\
	X(0xd93, 0xd93, MSR_FREE, "identifier of a process for devices; SDM 4")	\
	X(0xda0, 0xda0, MSR_BITS, "Intel PT by XRSTORS; volume 1, 13.2")		\
	X(0xdb0, 0xddf, MSR_FREE, "power, last branches; 18.12")			\
	X(0xffc, 0xffc, MSR_PINNED, "MPX; KVM's name for no MSR")			\
	X(0x1107, 0x1147, MSR_PINNED, "no Intel CPU has it: VIA")			\
	X(0x1200, 0x121f, MSR_FREE, "last branches; 19.1")				\
	X(0x1309, 0x1310, MSR_FREE, "performance counters; 20.5")			\
	X(0x1328, 0x1329, MSR_FREE, "performance counters; 20.5")			\
	X(0x14c1, 0x14c8, MSR_FREE, "performance counters; 20.5")			\
	X(0x14ce, 0x14cf, MSR_FREE, "last branches; 19.1")				\
	X(0x1500, 0x151f, MSR_FREE, "last branches; 19.1")				\
	X(0x1600, 0x161f, MSR_FREE, "last branches; 19.1")				\
	X(0x17d0, 0x17d0, MSR_ADDRESS, "hardware feedback writes physical memory; 15.6.2") \
	X(0x17d1, 0x17d4, MSR_FREE, "hardware feedback; 15.6")				\
	X(0x1900, 0x19ff, MSR_FREE, "performance counters; 20.2.8")			\
	X(0x40000000, 0x40000000, MSR_FREE, "Hyper-V: name of the guest; TLFS")		\
	X(0x40000001, 0x40000001, MSR_ADDRESS, "Hyper-V: page of hypercalls; TLFS 3.13") \
	X(0x40000002, 0x40000020, MSR_DENIED, "Hyper-V: read-only, or a reset; TLFS")	\
	X(0x40000021, 0x40000021, MSR_ADDRESS, "Hyper-V: page of time; TLFS 12.7")	\
	X(0x40000022, 0x40000023, MSR_DENIED, "Hyper-V: read-only; TLFS")		\
	X(0x40000070, 0x40000072, MSR_FREE, "Hyper-V: local APIC; TLFS 10.2")		\
	X(0x40000073, 0x40000073, MSR_ADDRESS, "Hyper-V: page of assistance; TLFS 7.8.7") \
	X(0x40000080, 0x40000081, MSR_FREE, "Hyper-V: message interrupts; TLFS 11.8")	\
	X(0x40000082, 0x40000083, MSR_ADDRESS, "Hyper-V: pages of messages; TLFS 11.8")	\
	X(0x40000084, 0x4000009f, MSR_FREE, "Hyper-V: message interrupts; TLFS 11.8")	\
	X(0x400000b0, 0x400000b7, MSR_FREE, "Hyper-V: timers; TLFS 12.4")		\
	X(0x400000f0, 0x400000f0, MSR_FREE, "Hyper-V: idling; TLFS 10.1.4")		\
	X(0x40000100, 0x40000105, MSR_FREE, "Hyper-V: last words of a crash; TLFS")	\
	X(0x40000106, 0x40000118, MSR_PINNED, "Hyper-V: time after migration; TLFS 12.4")	\
	X(0x40001080, 0x4000109f, MSR_PINNED, "Hyper-V: pages of messages, nested; TLFS 11.8")	\
	X(0x4b564d00, 0x4b564d04, MSR_ADDRESS, "KVM writes there; Linux, kvm/x86/msr.rst") \
	X(0x4b564d05, 0x4b564d08, MSR_FREE, "KVM, no memory; Linux, kvm/x86/msr.rst")	\
	X(0x80868010, 0x8086801a, MSR_PINNED, "no Intel CPU has it: Transmeta")		\
	X(0xc0000080, 0xc0000080, MSR_FREE, "EFER: policy control-regs; 2.2.1")		\
	X(0xc0000081, 0xc0000084, MSR_FREE, "entries of system calls: policy syscall-msrs; 5.8.8") \
	X(0xc0000085, 0xc0000088, MSR_PINNED, "no Intel CPU has it: AMD")		\
	X(0xc00000e9, 0xc00000e9, MSR_PINNED, "no Intel CPU has it: AMD")		\
	X(0xc0000100, 0xc0000103, MSR_FREE, "bases of segments, TSC_AUX, at context switches; 3.4.4") \
	X(0xc0000104, 0xc000010f, MSR_PINNED, "no Intel CPU has it: AMD")		\
	X(0xc0000200, 0xc0000502, MSR_PINNED, "no Intel CPU has it: AMD")		\
	X(0xc0010000, 0xc001ffff, MSR_PINNED, "no Intel CPU has it: AMD")

#endif

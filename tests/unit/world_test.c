// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host world that sb_world_build() makes: its address space holds exactly what it must, with
 * the least rights, and every table in it means to the CPU what it should.
 */
#include <errno.h>

#include "blocks.h"
#include "unit.h"
#include "abi/vmx.h"
#include "uapi/shadow_box.h"
#include "walk.h"
#include "world_fixture.h"

#define FIRST_BLOCK	0x140000000ull
#define BLOCK_STRIDE	0x600000ull

static struct world_fixture fixture;

/* Sizes of what the host gets of a kernel: sites in pages, functions in pages, and neither. */
static const struct {
	u32 nr_sites;
	u32 nr_jumps;
	u64 text_size;
} kernel[] = { { 0, 0, 16 }, { 1, 1, 4096 }, { 1001, 333, 0x345670 }, { 1024, 512, 512 << 12 },
	       { SITES_MAX, JUMPS_MAX, TEXT_MAX } };

/* Builds a world of the fixture, runs @check on it and frees it. */
static void on_world(void (*check)(const struct world_fixture *))
{
	require_equal(sb_world_build(&fixture.world, &fixture.machine), 0, "error");
	check(&fixture);
	sb_world_free(&fixture.world);
	require_equal(blocks.live, 0, "blocks left");
}

/* For each number of CPUs, numbering and depth of paging, with and without 1 GB pages. */
static void on_all_worlds(void (*check)(const struct world_fixture *))
{
	static const u32 cpus[] = { 1, 2, 16, 64, 512 };
	u32 i, numbering, n = 0;

	for (i = 0; i < ARRAY_SIZE(cpus); i++) {
		for (numbering = 0; numbering < NUMBERINGS; numbering++) {
			u32 paging;

			for (paging = 0; paging < 4; paging++, n++) {
				u32 k = n % ARRAY_SIZE(kernel);

				blocks_reset(FIRST_BLOCK, BLOCK_STRIDE, BLOCKS_NEVER_FAIL);
				world_fixture_init(&fixture, cpus[i], numbering);
				world_fixture_kernel(&fixture, kernel[k].nr_sites,
						     kernel[k].nr_jumps, kernel[k].text_size);
				fixture.machine.la57 = paging & 1;
				fixture.machine.page_1g = paging & 2;
				on_world(check);
			}
		}
	}
}

static struct mapping host_page(const struct world_fixture *f, u64 virt)
{
	return walk_paging(f->world.paging.root.phys, f->machine.la57 ? 5 : 4, virt);
}

/* What the host sees at @virt, or NULL. */
static void *host_sees(const struct world_fixture *f, u64 virt)
{
	struct mapping m = host_page(f, virt);

	return m.present ? (u8 *)blocks_virt(m.phys) + virt % SB_PAGE_SIZE : NULL;
}

/**
 * struct expected - memory that must be mapped
 * @virt: host-virtual address of the first byte
 * @size: bytes
 * @write, @exec: rights
 * @phys: where it must lead if it shows memory that is elsewhere too, Linux's or the host's own: in
 *	leaves as large as can be
 */
struct expected {
	u64 virt;
	u64 size;
	bool write, exec;
	u64 phys;
};

#define CODE	false, true
#define RODATA	false, false
#define DATA	true, false

static const struct expected vcpu_pages[] = {
	{ SB_CPU_PAGE, 0x1000, DATA, 0 },
	{ SB_CPU_STACK, 0x2000, DATA, 0 },
	{ SB_CPU_NMI_STACK, 0x1000, DATA, 0 },
	{ SB_CPU_DF_STACK, 0x1000, DATA, 0 },
	{ SB_CPU_MC_STACK, 0x1000, DATA, 0 },
	{ SB_CPU_COUNTERS, 0x1000, DATA, 0 },
	{ SB_CPU_RING, 0x2000, DATA, 0 },
	{ SB_CPU_VIOLATIONS, 0x2000, DATA, 0 },
};

static struct expected expected[CPUS_MAX * ARRAY_SIZE(vcpu_pages) + 256];
static u32 nr_expected;

static void expect(u64 virt, u64 size, bool write, bool exec, u64 phys)
{
	if (size)
		expected[nr_expected++] = (struct expected){ virt, size, write, exec, phys };
}

static u64 pages(u64 size)
{
	return (size + SB_PAGE_SIZE - 1) / SB_PAGE_SIZE * SB_PAGE_SIZE;
}

static u64 sites_size(const struct world_fixture *f)
{
	return f->machine.kernel.facts.text.nr_sites * 8;
}

static u64 jumps_size(const struct world_fixture *f)
{
	return f->machine.kernel.facts.text.nr_jumps * 8;
}

/* A bit for each 16 bytes. */
static u64 functions_size(const struct world_fixture *f)
{
	const struct sb_region *text = &f->machine.kernel.facts.text;

	return ((text->end - text->start) / 16 + 7) / 8;
}

/* The EPT's pages, the first of which is its root, and those that are left. */
static void expect_window(const struct world_fixture *f)
{
	u64 root = f->world.ept.root.phys - FIRST_BLOCK, offset = root % BLOCK_STRIDE;
	u32 i, first = root / BLOCK_STRIDE;

	for (i = first; i < f->world.memory.nr_blocks; i++, offset = 0)
		expect(SB_BLOCK_BASE + i * 0x200000 + offset, 0x200000 - offset, DATA,
		       FIRST_BLOCK + i * BLOCK_STRIDE + offset);
}

/* In the order of their addresses. */
static void expect_all(const struct world_fixture *f)
{
	const struct sb_facts *facts = &f->machine.kernel.facts;
	u32 slot, i;

	nr_expected = 0;
	expect((u64)f->gate, 0x1000, CODE, 0);
	expect(SB_IMAGE_BASE, IMAGE_TEXT_END, CODE, 0);
	expect(SB_IMAGE_BASE + IMAGE_TEXT_END, IMAGE_RODATA_END - IMAGE_TEXT_END, RODATA, 0);
	expect(SB_IMAGE_BASE + IMAGE_RODATA_END, IMAGE_END - IMAGE_RODATA_END, DATA, 0);
	for (slot = 0; slot < f->world.nr_vcpus; slot++) {
		for (i = 0; i < ARRAY_SIZE(vcpu_pages); i++) {
			expected[nr_expected] = vcpu_pages[i];
			expected[nr_expected++].virt += SB_CPU_BASE + (u64)slot * SB_CPU_STRIDE;
		}
	}
	expect(SB_IDT, 0x1000, RODATA, 0);
	expect(SB_FACTS, SB_FACTS_PAGES * SB_PAGE_SIZE + pages(sites_size(f)) + pages(jumps_size(f)) +
	       pages(functions_size(f)), RODATA, 0);
	expect(SB_MSR_BITMAP, 0x1000, DATA, 0);
	expect(SB_STATUS, 0x1000, DATA, 0);
	expect(SB_IO_BITMAPS, 0x2000, DATA, 0);
	expect(SB_REPORTS, pages(sizeof(struct sb_reports)), DATA, 0);
	expect(SB_BLOCK_PD, 0x1000, DATA, 0);
	expect(SB_SLOT_PTES, 0x1000, DATA, 0);
	expect_window(f);
	for (i = 0; i < facts->nr_ram; i++)
		expect(SB_RAM_BASE + facts->ram[i].start, facts->ram[i].end - facts->ram[i].start,
		       RODATA, facts->ram[i].start);
}

struct progress {
	u32 index;
	u64 done;
	u8 mapped[(SB_BLOCKS_MAX + 1) * SB_BLOCK_PAGES];
};

static struct progress progress;

static u8 *mapped_at(u64 phys)
{
	u64 offset = phys - FIRST_BLOCK, block = offset / BLOCK_STRIDE;

	require(blocks_virt(phys), "0x%llx is mapped, which is not the host's memory", phys);
	return &progress.mapped[block * SB_BLOCK_PAGES + offset % BLOCK_STRIDE / SB_PAGE_SIZE];
}

/* The host's own pages are mapped once; page tables that the host changes are among them. */
static void note_once(const struct mapping *m)
{
	require_equal(m->size, SB_PAGE_SIZE, "size of a leaf");
	require(!*mapped_at(m->phys), "the page at 0x%llx is mapped twice", m->phys);
	*mapped_at(m->phys) = 1;
}

static bool fits(u64 size, u64 virt, const struct expected *e)
{
	return !((virt | (virt - e->virt + e->phys)) % size) && e->virt + e->size - virt >= size;
}

static void check_alias(const struct mapping *m, const struct expected *e)
{
	u64 best = SB_PAGE_SIZE;

	if (fits(2 << 20, m->virt, e))
		best = 2 << 20;
	if (fits(1 << 30, m->virt, e) && fixture.machine.page_1g)
		best = 1 << 30;
	require_equal(m->phys, e->phys + (m->virt - e->virt), "where an address leads");
	require_equal(m->size, best, "size of a leaf");
}

static void meet_expected(const struct mapping *m, void *context)
{
	struct progress *p = context;
	const struct expected *e = &expected[p->index];

	require(p->index < nr_expected, "0x%llx is mapped", m->virt);
	require(!m->user, "0x%llx is open to user mode", m->virt);
	require(!(m->write && m->exec), "0x%llx is writable and executable", m->virt);
	require_equal(m->virt, e->virt + p->done, "the next mapped address");
	require(m->write == e->write, "0x%llx: writable is %d", m->virt, m->write);
	require(m->exec == e->exec, "0x%llx: executable is %d", m->virt, m->exec);
	e->phys ? check_alias(m, e) : note_once(m);
	p->done += m->size;
	if (p->done == e->size) {
		p->done = 0;
		p->index++;
	}
}

static void check_address_space(const struct world_fixture *f)
{
	expect_all(f);
	memset(&progress, 0, sizeof(progress));
	walk_all_paging(f->world.paging.root.phys, f->machine.la57 ? 5 : 4, meet_expected,
			&progress);
	require_equal(progress.index, nr_expected, "number of mapped areas");
}

static void maps_exactly_what_the_host_needs(void **state)
{
	on_all_worlds(check_address_space);
}

static void check_guards(const struct world_fixture *f)
{
	static const struct { u64 bottom, top; } stack[] = {
		{ SB_CPU_STACK, SB_CPU_STACK_TOP },
		{ SB_CPU_NMI_STACK, SB_CPU_NMI_STACK_TOP },
		{ SB_CPU_DF_STACK, SB_CPU_DF_STACK_TOP },
		{ SB_CPU_MC_STACK, SB_CPU_MC_STACK_TOP },
	};
	u32 slot, i;

	for (slot = 0; slot < f->world.nr_vcpus; slot++) {
		for (i = 0; i < ARRAY_SIZE(stack); i++) {
			u64 host = f->vcpu[slot].host;

			require(!host_page(f, host + stack[i].bottom - 1).present,
				"no guard page below stack %u of slot %u", i, slot);
			require(!host_page(f, host + stack[i].top).present,
				"no guard page above stack %u of slot %u", i, slot);
			require(host_page(f, host + stack[i].bottom).write, "no stack");
			require(host_page(f, host + stack[i].top - 1).write, "no stack");
		}
	}
}

static void every_stack_lies_between_guard_pages(void **state)
{
	on_all_worlds(check_guards);
}

static void check_lookup(const struct world_fixture *f)
{
	u32 i;

	expect_all(f);
	for (i = 0; i < nr_expected; i += 1 + random_below(7)) {
		u64 virt = expected[i].virt, entry = sb_paging_lookup(&f->world.paging, virt);
		struct mapping m = host_page(f, virt);

		require_equal(entry & 0x000ffffffffff000ull, m.phys, "sb_paging_lookup()");
		require_equal(!!(entry & SB_MAP_WRITE), m.write, "its write access");
		require_equal(!(entry & SB_MAP_NO_EXEC), m.exec, "its execute access");
	}
	require_equal(sb_paging_lookup(&f->world.paging, SB_CPU_BASE + 0x1000), 0, "a guard page");
	require_equal(sb_paging_lookup(&f->world.paging, 0xffff888000000000), 0, "Linux's memory");
}

static void lookup_agrees_with_the_cpu(void **state)
{
	on_all_worlds(check_lookup);
}

static void check_image(const struct world_fixture *f)
{
	static const u8 zero[SB_PAGE_SIZE];
	u64 offset;

	for (offset = 0; offset < IMAGE_END; offset += SB_PAGE_SIZE) {
		const u8 *page = host_sees(f, SB_IMAGE_BASE + offset);
		u64 size = offset < IMAGE_FILE_SIZE ? IMAGE_FILE_SIZE - offset : 0;

		size = size < SB_PAGE_SIZE ? size : SB_PAGE_SIZE;
		require(!memcmp(page, f->image + offset, size), "image page 0x%llx differs",
			offset);
		require(!memcmp(page + size, zero, SB_PAGE_SIZE - size), "bss is not zero");
	}
	require_equal(f->world.exit, IMAGE_EXIT, "exit address");
	require(!memcmp(host_sees(f, (u64)f->gate), f->gate, SB_PAGE_SIZE), "the gate differs");
	require(host_sees(f, (u64)f->gate) != f->gate, "the host executes Linux's gate");
}

static void image_and_gate_are_copies(void **state)
{
	on_all_worlds(check_image);
}

/* SDM figure 6-8. */
struct gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_middle;
	u32 offset_high;
	u32 reserved;
};

static void check_idt(const struct world_fixture *f)
{
	const struct gate *idt = host_sees(f, SB_IDT);
	u32 v;

	for (v = 0; v < 256; v++) {
		u64 handler = idt[v].offset_low | (u64)idt[v].offset_middle << 16 |
			      (u64)idt[v].offset_high << 32;
		u8 ist = v == 2 ? SB_IST_NMI : v == 8 ? SB_IST_DF : v == 18 ? SB_IST_MC : 0;

		require_equal(handler, IMAGE_VECTORS + v * 16, "a handler");
		require_equal(idt[v].selector, SB_SELECTOR_CS, "a gate's selector");
		require_equal(idt[v].type, 0x8e, "a gate's type (present, DPL 0, interrupt)");
		require_equal(idt[v].ist, ist, "a gate's stack");
		require_equal(idt[v].reserved, 0, "a gate's reserved word");
	}
}

static void idt_has_256_gates(void **state)
{
	on_all_worlds(check_idt);
}

static void check_tss(const struct sb_tss *tss, u64 host)
{
	u32 i;

	for (i = 0; i < 7; i++) {
		u64 top = i == SB_IST_NMI - 1 ? host + SB_CPU_NMI_STACK_TOP :
			  i == SB_IST_DF - 1  ? host + SB_CPU_DF_STACK_TOP :
			  i == SB_IST_MC - 1  ? host + SB_CPU_MC_STACK_TOP : 0;

		require_equal(tss->ist[i], top, "an interrupt stack");
	}
	require(!tss->rsp[0] && !tss->rsp[1] && !tss->rsp[2], "there are stacks for CPL 0 to 2");
	require(tss->io_map_base >= sizeof(*tss), "the I/O bitmap lies inside the TSS");
}

/* SDM figures 3-8 and 8-4. */
static void check_gdt(const u64 *gdt, u64 host)
{
	const u64 *tss = &gdt[SB_SELECTOR_TSS >> 3];
	u64 base = (tss[0] >> 16 & 0xffffff) | (tss[0] >> 56) << 24 | tss[1] << 32;
	u32 i;

	require_equal(gdt[0], 0, "the null descriptor");
	require_equal(gdt[SB_SELECTOR_CS >> 3] >> 40 & 0x60ff, 0x209b, "64-bit code, DPL 0");
	require_equal(gdt[SB_SELECTOR_SS >> 3] >> 40 & 0x40ff, 0x4093, "data, DPL 0");
	require_equal(base, host + offsetof(struct sb_cpu, tss), "TSS base");
	require_equal((tss[0] & 0xffff) | (tss[0] >> 48 & 0xf) << 16, 103, "TSS limit");
	require_equal(tss[0] >> 40 & 0xff, 0x8b, "TSS: present, DPL 0, busy");
	for (i = (SB_SELECTOR_TSS >> 3) + 2; i < SB_GDT_ENTRIES; i++)
		require_equal(gdt[i], 0, "an unused descriptor");
}

static void check_config(const struct world_fixture *f, const struct sb_cpu *cpu,
			 const struct sb_vcpu *vcpu)
{
	const struct sb_config *config = &cpu->config;

	require_equal(cpu->self, vcpu->host, "self");
	require_equal(config->cpu, vcpu->cpu, "CPU number");
	require_equal(config->features, f->machine.features, "features");
	require_equal(config->has_cet, f->machine.has_cet, "has_cet");
	require_equal(config->hypervisor, f->machine.hypervisor, "hypervisor");
	require_equal(config->virt, (u64)cpu, "address in Linux");
	require_equal(config->vmcs, vcpu->vmcs, "VMCS");
	require_equal(config->gate, (u64)f->gate, "gate");
	require_equal(config->launch_failed, f->machine.launch_failed, "launch_failed");
	require_equal(config->has_descriptor_exiting, true, "has_descriptor_exiting");
	require_equal(config->task, world_fixture_task(vcpu->cpu), "pointer to the task");
	require_equal(config->cr0_pinned, f->machine.cr0_pinned, "bits of CR0");
	require_equal(config->cr4_pinned, f->machine.cr4_pinned, "bits of CR4");
	require_equal(config->efer_pinned, f->machine.efer_pinned, "bits of EFER");
	require_equal(cpu->seen, 0, "seen");
	require(!cpu->nmi_request && !cpu->nmi_owed && !cpu->mc_owed && !cpu->nmi_virtual &&
		!cpu->leaving && !cpu->active && !cpu->faulted, "a CPU starts with a state");
}

static void check_ring(const struct world_fixture *f, const struct sb_ring *ring, u64 host)
{
	require(ring == host_sees(f, host), "Linux and the host disagree about a ring");
	require((u8 *)ring + SB_PAGE_SIZE == host_sees(f, host + SB_PAGE_SIZE),
		"a ring's pages do not lie next to each other");
}

static void check_cpus(const struct world_fixture *f)
{
	u32 slot;

	for (slot = 0; slot < f->world.nr_vcpus; slot++) {
		const struct sb_vcpu *vcpu = &f->vcpu[slot];
		const struct sb_cpu *cpu = host_sees(f, vcpu->host);

		require_equal(vcpu->host, SB_CPU_BASE + (u64)slot * SB_CPU_STRIDE, "host address");
		require_equal(cpu->config.slot, slot, "slot");
		check_config(f, cpu, vcpu);
		check_gdt(cpu->gdt, vcpu->host);
		check_tss(&cpu->tss, vcpu->host);
		require(vcpu->counters == host_sees(f, vcpu->host + SB_CPU_COUNTERS),
			"Linux and the host disagree about the counters page");
		check_ring(f, vcpu->ring, vcpu->host + SB_CPU_RING);
		check_ring(f, vcpu->violations, vcpu->host + SB_CPU_VIOLATIONS);
	}
}

static void each_cpu_has_config_gdt_and_tss(void **state)
{
	on_all_worlds(check_cpus);
}

static void check_vmx_region(const struct world_fixture *f, u64 phys, const char *what)
{
	const u32 *region = blocks_virt(phys);
	u32 i;

	require(!(phys & 0xfff), "the %s is not aligned", what);
	require(region, "the %s is not in the host's memory", what);
	require_equal(region[0], f->machine.vmcs_revision, what);
	for (i = 1; i < SB_PAGE_SIZE / 4; i++)
		require_equal(region[i], 0, what);
}

static void check_vmx_regions(const struct world_fixture *f)
{
	u32 slot, other;

	for (slot = 0; slot < f->world.nr_vcpus; slot++) {
		const struct sb_vcpu *vcpu = &f->vcpu[slot];

		check_vmx_region(f, vcpu->vmxon, "VMXON region");
		check_vmx_region(f, vcpu->vmcs, "VMCS");
		require(vcpu->vmxon != vcpu->vmcs, "VMXON region and VMCS are one page");
		for (other = 0; other < slot; other++)
			require(f->vcpu[other].vmcs != vcpu->vmcs &&
				f->vcpu[other].vmxon != vcpu->vmxon &&
				f->vcpu[other].vmxon != vcpu->vmcs &&
				f->vcpu[other].vmcs != vcpu->vmxon, "CPUs share a VMX region");
	}
}

static void vmx_regions_have_revision_and_alignment(void **state)
{
	on_all_worlds(check_vmx_regions);
}

static bool must_exit(u32 msr, bool write)
{
	return write ? msr == 0x1b || msr == 0x79 : msr == 0x3a || (msr >= 0x480 && msr <= 0x493);
}

static void check_msr_bitmap(const struct world_fixture *f)
{
	const u8 *bitmap = blocks_virt(f->world.msr_bitmap);
	u32 i;

	require(bitmap && !(f->world.msr_bitmap & 0xfff), "no MSR bitmap");
	require(bitmap == host_sees(f, SB_MSR_BITMAP), "the host sees another MSR bitmap");
	for (i = 0; i < 4 * 8192; i++) {
		u32 msr = i % 8192 + (i / 8192 % 2 ? 0xc0000000 : 0);

		require((bitmap[i / 8] >> i % 8 & 1) == must_exit(msr, i >= 2 * 8192),
			"%s MSR 0x%x: wrong bit", i >= 2 * 8192 ? "WRMSR" : "RDMSR", msr);
	}
}

static void msr_bitmap_intercepts_only_what_it_must(void **state)
{
	on_all_worlds(check_msr_bitmap);
}

static bool is_guest_readable(const struct world_fixture *f, const u8 *page)
{
	u32 slot;

	for (slot = 0; slot < f->world.nr_vcpus; slot++)
		if (page == (const u8 *)f->vcpu[slot].counters ||
		    page == (const u8 *)f->vcpu[slot].ring ||
		    page == (const u8 *)f->vcpu[slot].ring + SB_PAGE_SIZE ||
		    page == (const u8 *)f->vcpu[slot].violations ||
		    page == (const u8 *)f->vcpu[slot].violations + SB_PAGE_SIZE)
			return true;
	return page == (const u8 *)f->world.status ||
	       (page >= (const u8 *)f->world.reports &&
		page < (const u8 *)f->world.reports + SB_REPORTS_PAGES * SB_PAGE_SIZE);
}

static void check_hidden(const struct world_fixture *f)
{
	static const u8 zero[SB_PAGE_SIZE];
	u32 n, page;

	for (n = 0; n < f->world.memory.nr_blocks; n++) {
		for (page = 0; page < SB_BLOCK_PAGES; page++) {
			u64 gpa = f->world.memory.block[n].phys + page * SB_PAGE_SIZE;
			struct mapping m = walk_ept(f->world.ept.root.phys, gpa);
			const u8 *seen = m.present ? blocks_virt(m.phys) : NULL;
			bool readable = is_guest_readable(f, blocks_virt(gpa));
			u64 want = readable ? gpa : f->world.ept.zero.phys;

			require(seen, "host page 0x%llx: nothing is mapped there", gpa);
			require(!m.write && !m.exec, "host page 0x%llx is writable or executable",
				gpa);
			require_equal(m.owner, EPT_OWNER_HOST, "owner of a host page");
			require(m.phys == want, "host page 0x%llx maps 0x%llx", gpa, m.phys);
			require(readable || !memcmp(seen, zero, sizeof(zero)),
				"host page 0x%llx reads as something", gpa);
		}
	}
}

static void guest_sees_counters_reports_and_status_only(void **state)
{
	on_all_worlds(check_hidden);
}

/* The host reads @size bytes at @virt, and zeros up to the end of the page. */
static void check_copy(const struct world_fixture *f, u64 virt, const void *from, u64 size)
{
	static const u8 zero[SB_PAGE_SIZE];
	u64 offset;

	for (offset = 0; offset < size; offset += SB_PAGE_SIZE) {
		u64 part = size - offset < SB_PAGE_SIZE ? size - offset : SB_PAGE_SIZE;
		const u8 *page = host_sees(f, virt + offset);

		require(page && !memcmp(page, (const u8 *)from + offset, part),
			"what the host reads at 0x%llx is no copy", virt + offset);
		require(!memcmp(page + part, zero, SB_PAGE_SIZE - part), "0x%llx: more than that",
			virt + offset);
	}
}

/* What the world fills in, and all else as it was. */
static void check_facts(const struct world_fixture *f)
{
	const struct sb_memory *memory = &f->world.memory;
	struct sb_facts want = f->machine.kernel.facts;
	u32 i;

	want.nr_cpus = f->world.nr_vcpus;
	want.levels = f->machine.la57 ? 5 : 4;
	want.nr_blocks = memory->nr_blocks;
	for (i = 0; i < memory->nr_blocks; i++)
		want.block[i] = FIRST_BLOCK + i * BLOCK_STRIDE;
	want.pool.end = SB_BLOCK_BASE + memory->nr_blocks * 0x200000;
	want.pool.start = want.pool.end - 0x200000 + memory->block[i - 1].used * SB_PAGE_SIZE;
	want.ept_root = f->world.ept.root.phys;
	want.ept_zero = f->world.ept.zero.phys;
	want.text.sites = SB_FACTS + SB_FACTS_PAGES * SB_PAGE_SIZE;
	want.text.jumps = want.text.sites + pages(sites_size(f));
	want.text.functions = want.text.jumps + pages(jumps_size(f));
	check_copy(f, SB_FACTS, &want, sizeof(want));
	check_copy(f, want.text.sites, f->sites, sites_size(f));
	check_copy(f, want.text.jumps, f->jumps, jumps_size(f));
	check_copy(f, want.text.functions, f->functions, functions_size(f));
}

static void facts_and_tables_are_copies(void **state)
{
	on_all_worlds(check_facts);
}

static bool is_zero(const void *page)
{
	static const u8 zero[SB_PAGE_SIZE];

	return !memcmp(page, zero, sizeof(zero));
}

/*
 * The pool holds nothing: no page that is mapped elsewhere, none of the VMX regions, no table. All
 * tables have entries that are not zero.
 */
static void check_pool(const struct world_fixture *f)
{
	const struct sb_facts *facts = host_sees(f, SB_FACTS);
	u64 virt;
	u32 slot;

	check_address_space(f);
	require(facts->pool.end - facts->pool.start >= SB_POOL_RESERVE * SB_PAGE_SIZE,
		"the reserve is missing");
	for (slot = 0; slot < f->world.nr_vcpus; slot++) {
		*mapped_at(f->vcpu[slot].vmxon) = 1;
		*mapped_at(f->vcpu[slot].vmcs) = 1;
	}
	*mapped_at(f->world.ept.zero.phys) = 1;
	for (virt = SB_BLOCK_BASE; virt < facts->pool.end; virt += SB_PAGE_SIZE) {
		struct mapping m = host_page(f, virt);
		u64 phys;
		bool used;

		if (!m.present)
			continue;
		phys = m.phys + virt % m.size;
		used = *mapped_at(phys) || !is_zero(blocks_virt(phys));

		require(!used || virt < facts->pool.start, "0x%llx is used, and in the pool", virt);
		if (virt < facts->pool.start && virt >= facts->pool.end - 0x200000)
			require(used, "0x%llx is not used, and not in the pool", virt);
	}
}

static void the_pool_is_what_is_left(void **state)
{
	on_all_worlds(check_pool);
}

/* Through the entries that the host writes to, a slot and a block appear where they must. */
static void check_changeable_tables(const struct world_fixture *f)
{
	const u64 rights = 0x8000000000000063;	/* present, writable, accessed, dirty, no execute */
	u32 slot, n = f->world.memory.nr_blocks;
	u64 *directory = host_sees(f, SB_BLOCK_PD), *ptes = host_sees(f, SB_SLOT_PTES);

	for (slot = 0; slot < f->world.nr_vcpus; slot++) {
		u64 virt = SB_SLOT_BASE + slot * SB_PAGE_SIZE;

		require(!host_page(f, virt).present, "a slot is mapped");
		ptes[slot] = 0x123450000 + slot * SB_PAGE_SIZE + rights;
		require_equal(host_page(f, virt).phys, 0x123450000 + slot * SB_PAGE_SIZE, "a slot");
		require(host_page(f, virt).write && !host_page(f, virt).exec, "rights of a slot");
		ptes[slot] = 0;
	}
	for (; n < SB_BLOCKS_MAX; n++) {
		u64 virt = SB_BLOCK_BASE + n * 0x200000;

		directory[n] = 0x456600000 + rights + 0x80;
		require_equal(host_page(f, virt).phys, 0x456600000, "a block");
		require_equal(host_page(f, virt).size, 0x200000, "its size");
	}
}

static void slots_and_blocks_can_be_mapped(void **state)
{
	on_all_worlds(check_changeable_tables);
}

static void check_status(const struct world_fixture *f)
{
	struct sb_status want = { .mode[SHADOW_BOX_POLICY_HOST_MEMORY] = SHADOW_BOX_MODE_ENFORCE };

	check_copy(f, SB_STATUS, &want, sizeof(want));
	require(f->world.status == host_sees(f, SB_STATUS), "Linux and the host disagree about it");
	require(f->world.reports == host_sees(f, SB_REPORTS), "Linux and the host disagree about reports");
}

static void host_memory_is_protected_from_the_start(void **state)
{
	on_all_worlds(check_status);
}

/* As many pieces as can be, of any size and alignment, up to the end of what is addressed. */
static void scatter_ram(struct sb_facts *facts, u64 end)
{
	u64 at = 0;

	for (facts->nr_ram = 0; facts->nr_ram < SB_RAM_EXTENTS; facts->nr_ram++) {
		u64 unit = random_chance(50) ? 0x1000 : random_chance(50) ? 0x200000 : 1 << 30;
		u64 start = at + (1 + random_below(600)) * unit;
		u64 size = (1 + random_below(random_chance(80) ? 600 : 2)) * unit;

		if (start + size > end)
			break;
		facts->ram[facts->nr_ram] = (struct sb_extent){ start, start + size };
		at = start + size;
	}
}

static void all_of_ram_is_in_the_window_and_nothing_else(void **state)
{
	u32 round;

	for (round = 0; round < 200; round++) {
		blocks_reset(FIRST_BLOCK, BLOCK_STRIDE, BLOCKS_NEVER_FAIL);
		world_fixture_init(&fixture, 1, NUMBERS_DENSE);
		random_seed(round);
		fixture.machine.page_1g = round & 1;
		fixture.machine.la57 = round & 2;
		scatter_ram(&fixture.machine.kernel.facts,
			    fixture.machine.page_1g ? 1ull << 46 : 1ull << 38);
		on_world(check_address_space);
	}
}

static void refuse_image(u64 offset)
{
	blocks_reset(FIRST_BLOCK, BLOCK_STRIDE, BLOCKS_NEVER_FAIL);
	world_fixture_init(&fixture, 2, NUMBERS_DENSE);
	fixture.image[offset] ^= 1;
	require(sb_world_build(&fixture.world, &fixture.machine) == -ENOEXEC,
		"an image with a wrong byte %llu was taken", offset);
	require_equal(blocks.allocated, 0, "blocks allocated for it");
}

static void a_foreign_image_is_refused(void **state)
{
	u64 i;

	for (i = 0; i < 8; i++) {
		refuse_image(offsetof(struct sb_image, magic) + i);
		refuse_image(offsetof(struct sb_image, abi) + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_exactly_what_the_host_needs),
		cmocka_unit_test(every_stack_lies_between_guard_pages),
		cmocka_unit_test(lookup_agrees_with_the_cpu),
		cmocka_unit_test(image_and_gate_are_copies),
		cmocka_unit_test(idt_has_256_gates),
		cmocka_unit_test(each_cpu_has_config_gdt_and_tss),
		cmocka_unit_test(vmx_regions_have_revision_and_alignment),
		cmocka_unit_test(msr_bitmap_intercepts_only_what_it_must),
		cmocka_unit_test(guest_sees_counters_reports_and_status_only),
		cmocka_unit_test(facts_and_tables_are_copies),
		cmocka_unit_test(the_pool_is_what_is_left),
		cmocka_unit_test(slots_and_blocks_can_be_mapped),
		cmocka_unit_test(host_memory_is_protected_from_the_start),
		cmocka_unit_test(all_of_ram_is_in_the_window_and_nothing_else),
		cmocka_unit_test(a_foreign_image_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

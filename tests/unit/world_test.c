// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host world that sb_world_build() makes: its address space holds exactly what it must, with
 * the least rights, and every table in it means to the CPU what it should.
 */
#include <errno.h>

#include "blocks.h"
#include "unit.h"
#include "abi/vmx.h"
#include "walk.h"
#include "world_fixture.h"

#define FIRST_BLOCK	0x140000000ull
#define BLOCK_STRIDE	0x600000ull

static struct world_fixture fixture;

/* Builds a world for each number of CPUs, numbering and depth of paging, and runs @check on it. */
static void on_all_worlds(void (*check)(const struct world_fixture *))
{
	static const u32 cpus[] = { 1, 2, 16, 64, 512 };
	u32 i, numbering, la57;

	for (i = 0; i < ARRAY_SIZE(cpus); i++) {
		for (numbering = 0; numbering < NUMBERINGS; numbering++) {
			for (la57 = 0; la57 < 2; la57++) {
				blocks_reset(FIRST_BLOCK, BLOCK_STRIDE, BLOCKS_NEVER_FAIL);
				world_fixture_init(&fixture, cpus[i], numbering);
				fixture.machine.la57 = la57;
				require_equal(sb_world_build(&fixture.world, &fixture.machine), 0,
					      "error");
				check(&fixture);
				sb_world_free(&fixture.world);
				require_equal(blocks.live, 0, "blocks left");
			}
		}
	}
}

static struct mapping host_page(const struct world_fixture *f, u64 virt)
{
	return walk_paging(f->world.paging.root.phys, f->machine.la57 ? 5 : 4, virt);
}

/* What the host sees at @virt, or NULL. */
static const void *host_sees(const struct world_fixture *f, u64 virt)
{
	struct mapping m = host_page(f, virt);

	return m.present ? (u8 *)blocks_virt(m.phys) + virt % SB_PAGE_SIZE : NULL;
}

/* The pages that must be mapped, in the order of their addresses: gate, image, CPUs, IDT. */
struct expected {
	u64 virt;
	u64 pages;
	bool write, exec;
};

static const struct expected vcpu_pages[] = {
	{ SB_CPU_PAGE, 1, true, false },
	{ SB_CPU_STACK, 2, true, false },
	{ SB_CPU_NMI_STACK, 1, true, false },
	{ SB_CPU_DF_STACK, 1, true, false },
	{ SB_CPU_MC_STACK, 1, true, false },
	{ SB_CPU_COUNTERS, 1, true, false },
	{ SB_CPU_RING, 2, true, false },
};

static struct expected expected[CPUS_MAX * ARRAY_SIZE(vcpu_pages) + 8];

static u32 expect_all(const struct world_fixture *f)
{
	u32 n = 0, slot, i;

	expected[n++] = (struct expected){ (u64)f->gate, 1, false, true };
	expected[n++] = (struct expected){ SB_IMAGE_BASE, 5, false, true };
	expected[n++] = (struct expected){ SB_IMAGE_BASE + IMAGE_TEXT_END, 2, false, false };
	expected[n++] = (struct expected){ SB_IMAGE_BASE + IMAGE_RODATA_END, 2, true, false };
	for (slot = 0; slot < f->world.nr_vcpus; slot++) {
		for (i = 0; i < ARRAY_SIZE(vcpu_pages); i++) {
			expected[n] = vcpu_pages[i];
			expected[n++].virt += SB_CPU_BASE + (u64)slot * SB_CPU_STRIDE;
		}
	}
	expected[n++] = (struct expected){ SB_IDT, 1, false, false };
	return n;
}

struct progress {
	u32 index;
	u32 page;
	u8 mapped[(SB_BLOCKS_MAX + 1) * SB_BLOCK_PAGES];
};

static void note_once(struct progress *p, u64 phys)
{
	u64 offset = phys - FIRST_BLOCK, block = offset / BLOCK_STRIDE;
	u64 index = block * SB_BLOCK_PAGES + offset % BLOCK_STRIDE / SB_PAGE_SIZE;

	require(blocks_virt(phys), "0x%llx is mapped, which is not the host's memory", phys);
	require(!p->mapped[index], "the page at 0x%llx is mapped twice", phys);
	p->mapped[index] = 1;
}

static void meet_expected(const struct mapping *m, void *context)
{
	struct progress *p = context;
	const struct expected *e = &expected[p->index];

	require(!m->user, "0x%llx is open to user mode", m->virt);
	require(!(m->write && m->exec), "0x%llx is writable and executable", m->virt);
	require_equal(m->virt, e->virt + p->page * SB_PAGE_SIZE, "the next mapped address");
	require(m->write == e->write, "0x%llx: writable is %d", m->virt, m->write);
	require(m->exec == e->exec, "0x%llx: executable is %d", m->virt, m->exec);
	note_once(p, m->phys);
	if (++p->page == e->pages) {
		p->page = 0;
		p->index++;
	}
}

static void check_address_space(const struct world_fixture *f)
{
	static struct progress progress;
	u32 n = expect_all(f);

	memset(&progress, 0, sizeof(progress));
	walk_all_paging(f->world.paging.root.phys, f->machine.la57 ? 5 : 4, meet_expected,
			&progress);
	require_equal(progress.index, n, "number of mapped areas");
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
	u32 n = expect_all(f), i;

	for (i = 0; i < n; i += 1 + random_below(7)) {
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
	static const u8 zero[IMAGE_END - IMAGE_FILE_SIZE];
	u64 offset;

	for (offset = 0; offset < IMAGE_END; offset += SB_PAGE_SIZE) {
		const u8 *page = host_sees(f, SB_IMAGE_BASE + offset);
		u64 size = IMAGE_FILE_SIZE - offset;

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
	require_equal(config->reserved, 0, "reserved");
	require_equal(config->virt, (u64)cpu, "address in Linux");
	require_equal(config->vmcs, vcpu->vmcs, "VMCS");
	require_equal(config->gate, (u64)f->gate, "gate");
	require_equal(config->launch_failed, f->machine.launch_failed, "launch_failed");
	require(!cpu->nmi_request && !cpu->nmi_owed && !cpu->mc_owed && !cpu->nmi_virtual &&
		!cpu->leaving && !cpu->active && !cpu->faulted, "a CPU starts with a state");
}

static void check_cpus(const struct world_fixture *f)
{
	u32 slot;

	for (slot = 0; slot < f->world.nr_vcpus; slot++) {
		const struct sb_vcpu *vcpu = &f->vcpu[slot];
		const struct sb_cpu *cpu = host_sees(f, vcpu->host);

		require_equal(vcpu->host, SB_CPU_BASE + (u64)slot * SB_CPU_STRIDE, "host address");
		check_config(f, cpu, vcpu);
		check_gdt(cpu->gdt, vcpu->host);
		check_tss(&cpu->tss, vcpu->host);
		require(vcpu->counters == host_sees(f, vcpu->host + SB_CPU_COUNTERS),
			"Linux and the host disagree about the counters page");
		require(vcpu->ring == host_sees(f, vcpu->host + SB_CPU_RING),
			"Linux and the host disagree about the ring");
		require((u8 *)vcpu->ring + SB_PAGE_SIZE ==
			host_sees(f, vcpu->host + SB_CPU_RING + SB_PAGE_SIZE),
			"the ring's pages do not lie next to each other");
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
	return write ? msr == 0x79 : msr == 0x3a || (msr >= 0x480 && msr <= 0x493);
}

static void check_msr_bitmap(const struct world_fixture *f)
{
	const u8 *bitmap = blocks_virt(f->world.msr_bitmap);
	u32 i;

	require(bitmap && !(f->world.msr_bitmap & 0xfff), "no MSR bitmap");
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
		    page == (const u8 *)f->vcpu[slot].ring + SB_PAGE_SIZE)
			return true;
	return false;
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
			require(m.phys == want, "host page 0x%llx maps 0x%llx", gpa, m.phys);
			require(readable || !memcmp(seen, zero, sizeof(zero)),
				"host page 0x%llx reads as something", gpa);
		}
	}
}

static void guest_sees_counters_and_rings_only(void **state)
{
	on_all_worlds(check_hidden);
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
		cmocka_unit_test(guest_sees_counters_and_rings_only),
		cmocka_unit_test(a_foreign_image_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

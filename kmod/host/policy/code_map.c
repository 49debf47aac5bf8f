// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where code lies: from linear addresses as the kernel knows them to physical ones and back. Linux's
 * page tables are asked only about what is neither the kernel's nor a module's.
 */
#include "code_map.h"
#include "module_table.h"
#include "owner.h"

/*
 * Physical address of kernel or module code or constants, found without Linux's page tables; or 0.
 */
u64 code_gpa(u64 address)
{
	u64 gpa = protected_gpa(address);

	return gpa ? gpa : module_gpa(address);
}

/*
 * Physical address of the kernel's data, or 0: its image lies in one piece, data behind the code. A walk
 * of the page tables would cost each patch of a jump label, whose key is read, some hundred instructions.
 */
static u64 data_gpa(u64 address)
{
	const struct sb_region *kernel = &facts()->text;
	u64 offset = address - kernel->start;

	return offset < facts()->module_space.start - kernel->start ?
	       protected_gpa(kernel->start) + offset : 0;
}

/**
 * code_read() - read code where it lay when it was protected, whatever is mapped there now
 * @address: linear address, as the kernel knows it; the kernel's data are read likewise
 * @to: where to
 * @size: bytes; they may cross pages
 *
 * What is outside kernel and modules, such as a trampoline, is where Linux's page tables say.
 * Context: under the host's lock.
 * Return: false if not all of it is there; then @to may have been filled in part.
 */
bool code_read(u64 address, void *to, u32 size)
{
	u8 *t = to;

	while (size) {
		u32 n = bytes_in_page(address, size);
		u64 known = code_gpa(address), gpa = known ? known : data_gpa(address);
		const void *from = gpa ? ram(gpa, n) : NULL;

		if (from)
			copy_bytes(t, from, n);
		else if (!guest_read(address, t, n))
			return false;
		t += n;
		address += n;
		size -= n;
	}
	return true;
}

/* The code of the kernel or of a module in which @address lies; NULL if it is neither. */
const struct sb_region *code_region(u64 address)
{
	const struct sb_region *kernel = &facts()->text;

	if (address - kernel->start < kernel->end - kernel->start)
		return kernel;
	return module_region(address);
}

/* Linear address of the code at @gpa as the kernel knows it, 0 if a module has constants there. */
u64 code_address(u32 owner, u64 gpa)
{
	return is_code(owner, gpa) ? object_address(owner, gpa) : 0;
}

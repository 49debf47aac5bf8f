// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of the kernel.
 */
#include "unit.h"
#include "kernel/kernel.h"

struct kernel kernel;

static struct { u64 start, size; const char *name, *module; } symbols[16];
static u32 nr_symbols;

void kernel_reset(void)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.fail_after = -1;
	nr_symbols = 0;
}

void kernel_forget_log(void)
{
	kernel.log_length = 0;
	kernel.log[0] = '\0';
}

void kernel_forget_symbols(void)
{
	nr_symbols = 0;
}

void kernel_module_symbol(u64 start, u64 size, const char *name, const char *module)
{
	symbols[nr_symbols].start = start;
	symbols[nr_symbols].size = size;
	symbols[nr_symbols].module = module;
	symbols[nr_symbols++].name = name;
}

void *kernel_alloc(u64 size)
{
	if (!kernel.fail_after)
		return NULL;
	if (kernel.fail_after > 0)
		kernel.fail_after--;
	kernel.allocations++;
	return calloc(1, size ? size : 1);
}

void kfree(const void *memory)
{
	if (memory)
		kernel.allocations--;
	free((void *)memory);
}

void list_add(struct list_head *entry, struct list_head *head)
{
	entry->next = head->next;
	entry->prev = head;
	head->next->prev = entry;
	head->next = entry;
}

void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
}

void mutex_lock(struct mutex *lock)
{
	require(!lock->held, "a lock is taken that is held");
	lock->held = 1;
}

void mutex_unlock(struct mutex *lock)
{
	require(lock->held, "a lock is given back that is not held");
	lock->held = 0;
}

void on_each_cpu_cond(bool (*condition)(int cpu, void *data), void (*call)(void *data), void *data,
		      bool wait)
{
	int here = kernel.cpu, cpu;

	for (cpu = 0; cpu < KERNEL_CPUS; cpu++) {
		if (!condition(cpu, data))
			continue;
		kernel.cpu = cpu;
		call(data);
	}
	kernel.cpu = here;
}

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t length = strnlen(from, size);

	if (length == size)
		length = size - 1;
	memcpy(to, from, length);
	to[length] = '\0';
	return length;
}

/**
 * struct text - text that is being made
 * @at: where the next character goes
 * @end: where the final NUL must go at the latest
 */
struct text {
	char *at, *end;
};

static void put(struct text *text, const char *format, ...)
{
	va_list args;
	int length, room = text->end - text->at;

	va_start(args, format);
	length = vsnprintf(text->at, room + 1, format, args);
	va_end(args);
	text->at += length < room ? length : room;
}

static void put_symbol(struct text *text, u64 address)
{
	u32 i;

	for (i = 0; i < nr_symbols; i++)
		if (address - symbols[i].start < symbols[i].size)
			return put(text, "%s+0x%llx/0x%llx%s%s%s", symbols[i].name,
				   address - symbols[i].start, symbols[i].size,
				   symbols[i].module ? " [" : "", symbols[i].module ?: "",
				   symbols[i].module ? "]" : "");
	put(text, "0x%llx", address);
}

/* As %pE does by default: what is not printable or is a backslash becomes an escape. */
static void put_escaped(struct text *text, const u8 *bytes, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (bytes[i] == '\n')
			put(text, "\\n");
		else if (bytes[i] < ' ' || bytes[i] >= 0x7f || bytes[i] == '\\')
			put(text, "\\%03o", bytes[i]);
		else
			put(text, "%c", bytes[i]);
}

static void put_pointer(struct text *text, char kind, const void *pointer, int width)
{
	int i;

	if (kind == 'S')
		put_symbol(text, (u64)pointer);
	else if (kind == 'E')
		put_escaped(text, pointer, width);
	else if (kind == 'h')
		for (i = 0; i < width; i++)
			put(text, "%s%02x", i ? " " : "", ((const u8 *)pointer)[i]);
	else
		require(false, "the model knows no %%p%c", kind);
}

/* One conversion, from after its '%'; returns what follows it. */
static const char *convert(struct text *text, const char *format, va_list *args)
{
	char one[16] = "%";
	int length = 1, width = -1;

	while (*format && !strchr("diouxXcsp%", *format)) {
		if (*format == '*') {
			width = va_arg(*args, int);
			if (one[length - 1] == '.')
				length += snprintf(one + length, sizeof(one) - length, "%d", width);
		} else {
			one[length++] = *format;
		}
		require(length < 12, "the model knows no conversion %s", one);
		format++;
	}
	one[length++] = *format;
	one[length] = '\0';
	if (*format == 'p') {
		put_pointer(text, format[1], va_arg(*args, void *), width);
		return format + 2;
	}
	if (*format == 's')
		put(text, one, va_arg(*args, const char *));
	else if (*format == '%')
		put(text, "%%");
	else if (strstr(one, "ll") || strchr(one, 'l') || strchr(one, 'z'))
		put(text, one, va_arg(*args, long long));
	else
		put(text, one, va_arg(*args, int));
	return format + 1;
}

int vscnprintf(char *where, size_t size, const char *format, va_list args)
{
	struct text text = { where, where + size - 1 };
	va_list copy;

	if (!size)
		return 0;
	*where = '\0';
	va_copy(copy, args);
	while (*format) {
		if (*format == '%') {
			format = convert(&text, format + 1, &copy);
		} else {
			put(&text, "%c", *format);
			format++;
		}
	}
	va_end(copy);
	return text.at - where;
}

int scnprintf(char *where, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vscnprintf(where, size, format, args);
	va_end(args);
	return length;
}

int printk(const char *level, const char *format, ...)
{
	va_list args;
	u64 room = KERNEL_LOG_SIZE - kernel.log_length;
	int length;

	length = scnprintf(kernel.log + kernel.log_length, room, "%s: ", level);
	va_start(args, format);
	length += vscnprintf(kernel.log + kernel.log_length + length, room - length, format, args);
	va_end(args);
	kernel.log_length += length;
	return length;
}

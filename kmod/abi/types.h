/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fixed-width types for the three places that compile what the worlds share:
 * the Linux module, the freestanding host image, and the unit tests in user space.
 */
#ifndef SB_ABI_TYPES_H
#define SB_ABI_TYPES_H

#ifdef __KERNEL__
#include <linux/bits.h>
#include <linux/types.h>
#include <linux/stddef.h>
#else
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
#ifndef SB_HOST_IMAGE
#include <stdbool.h>
#include <stddef.h>
#else
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __used __attribute__((used))
#define __noinline __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))
#define barrier() asm volatile("" ::: "memory")
#define BIT(n) (1ull << (n))
#define BIT_ULL(n) (1ull << (n))
#endif

#define SB_PAGE_SIZE 4096ull

#endif

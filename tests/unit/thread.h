/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is read and written without a lock, for ThreadSanitizer, which does not know that x86 loads and stores a word whole and keeps
 * loads, and stores, in order. It takes everything else that two threads do to the same place for a race.
 */
#ifndef SB_TESTS_THREAD_H
#define SB_TESTS_THREAD_H

#include "abi/types.h"

#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELEASE)

#endif

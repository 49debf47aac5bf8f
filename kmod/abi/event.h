/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An event ring of a CPU: fixed-size records that only the host on that CPU writes and that the
 * guest can read but never change. The oldest record is overwritten; sequence numbers show it.
 */
#ifndef SB_ABI_EVENT_H
#define SB_ABI_EVENT_H

#include "types.h"

/* Names of things in an event: bytes, NUL-padded; all may be used. */
#define SB_COMM_SIZE	16
#define SB_SUBJECT_NAME_SIZE 24

/**
 * struct sb_event - one record, 128 bytes
 * @number: 1 + the position in this ring, 0 while the record is being written. Read it before and
 *	after the copy: a change means that the copy is torn.
 * @seq: sequence number over all CPUs, from 0
 * @tsc: time-stamp counter of the CPU
 * @cpu: Linux CPU number
 * @type: what happened: enum shadow_box_event_type
 * @observer: in a violation: what noticed it: enum shadow_box_observer
 * @subject: in a violation: what it is about: enum shadow_box_subject
 * @reserved: 0
 * @gla: guest-linear address; CR2 in a host fault
 * @gpa: guest-physical address
 * @code: exit qualification; vector in a host fault; uapi/shadow_box.h has the rest
 * @error: error code in a host fault
 * @object: in a violation: the protected address, as the kernel knows it
 * @policy: enum shadow_box_policy
 * @action: enum shadow_box_action
 * @why: enum shadow_box_why
 * @length: bytes of @old and @new that hold; 0: unknown
 * @pid: offender: thread that ran
 * @rip: guest RIP, in a violation the offender's; the host's in a host fault
 * @comm: offender: the thread's name
 * @subject_id: of a sweep, which has no offender: number of the subject, 0 if it has none
 * @subject_name: of a sweep: name of the subject, empty if it has none
 * @old: what was there
 * @new: what was to be there
 */
struct sb_event {
	u64 number;
	u64 seq;
	u64 tsc;
	u32 cpu;
	u8 type;
	u8 observer;
	u8 subject;
	u8 reserved;
	u64 gla;
	u64 gpa;
	u64 code;
	union {
		u64 error;
		u64 object;
	};
	u8 policy;
	u8 action;
	u8 why;
	u8 length;
	union {
		u32 pid;
		u32 subject_id;
	};
	union {
		struct {
			u64 rip;
			char comm[SB_COMM_SIZE];
		};
		char subject_name[SB_SUBJECT_NAME_SIZE];
	};
	u8 old[16];
	u8 new[16];
};

#define SB_RING_PAGES	2
#define SB_RING_RECORDS	63

/**
 * struct sb_ring - a ring; each CPU has two, for violations and for everything else
 * @head: records written so far; the newest is at (@head - 1) % SB_RING_RECORDS
 * @reserved: 0
 * @event: the records
 */
struct sb_ring {
	u64 head;
	u64 reserved[15];
	struct sb_event event[SB_RING_RECORDS];
};

_Static_assert(sizeof(struct sb_event) == 128, "event record");
_Static_assert(sizeof(struct sb_ring) == SB_RING_PAGES * SB_PAGE_SIZE, "event ring");

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The event ring: one writer, which never waits, and readers that lag behind it by any amount. What
 * is read is intact and in order, what is not is counted.
 */
#include <pthread.h>
#include <sched.h>

#include "unit.h"
#include "host/host.h"
#include "linux/channel/ring.h"

static struct {
	struct sb_cpu cpu;
	u8 to_ring[SB_CPU_RING - sizeof(struct sb_cpu)];
	struct sb_ring ring;
	u8 to_violations[SB_CPU_VIOLATIONS - SB_CPU_RING - sizeof(struct sb_ring)];
	struct sb_ring violations;
} area __aligned(SB_PAGE_SIZE);

static struct sb_ring *const ring = &area.ring;

/* What the host's instructions are here. */
u64 rdtsc(void)
{
	return __builtin_ia32_rdtsc();
}

u64 fetch_add(u64 *word, u64 n)
{
	return __atomic_fetch_add(word, n, __ATOMIC_SEQ_CST);
}

static int new_ring(void **state)
{
	require(cpu_ring(&area.cpu) == ring, "the ring lies elsewhere");
	require(cpu_violations(&area.cpu) == &area.violations, "that of violations lies elsewhere");
	memset(&area, 0, sizeof(area));
	area.cpu.config.cpu = 7;
	return 0;
}

/* Bytes of a record that tell its number. */
static void fill(u8 bytes[16], u64 n)
{
	u32 i;

	for (i = 0; i < 16; i++)
		bytes[i] = n >> i % 8 * 8;
}

static void require_bytes(const void *got, u64 n, const char *what)
{
	u8 want[16];

	fill(want, n);
	require(!memcmp(got, want, sizeof(want)), "%s", what);
}

/* An event whose words all tell its number, so that a torn one shows. */
static void write_typed_event(u8 type, u64 n)
{
	struct sb_event event = {
		.number = ~0ull, .seq = ~0ull, .tsc = ~0ull, .cpu = ~0u,
		.type = type, .observer = n + 8, .subject = n + 9,
		.rip = n, .gla = ~n, .gpa = n * 3, .code = n ^ 0x5555, .error = n + 1,
		.policy = n, .action = n + 5, .why = n + 6, .length = n % 17, .pid = n + 7,
	};

	fill((u8 *)event.comm, n + 2);
	fill(event.old, n + 3);
	fill(event.new, n + 4);
	record_event(&area.cpu, &event);
}

/* Of any type but violations, which have a ring of their own. */
static void write_event(u64 n)
{
	write_typed_event(100 + n % 100, n);
}

static void require_intact(const struct sb_event *e, u64 n)
{
	require_equal(e->number, n + 1, "number");
	require_equal(e->cpu, 7, "CPU");
	require_equal(e->type, 100 + n % 100, "type");
	require_equal(e->observer, (u8)(n + 8), "observer");
	require_equal(e->subject, (u8)(n + 9), "subject");
	require_equal(e->rip, n, "rip");
	require_equal(e->gla, ~n, "gla");
	require_equal(e->gpa, n * 3, "gpa");
	require_equal(e->code, n ^ 0x5555, "code");
	require_equal(e->error, n + 1, "error");
	require_equal(e->policy, (u8)n, "policy");
	require_equal(e->action, (u8)(n + 5), "action");
	require_equal(e->why, (u8)(n + 6), "why");
	require_equal(e->length, n % 17, "length");
	require_equal(e->pid, (u32)(n + 7), "pid");
	require_bytes(e->comm, n + 2, "comm");
	require_bytes(e->old, n + 3, "old");
	require_bytes(e->new, n + 4, "new");
}

/* A reader as in events.c. */
struct reader {
	u64 next;
	u64 read;
	u64 lost;
	u64 seq;
	u64 tsc;
};

static bool read_one(struct reader *r)
{
	struct sb_event event;
	u64 number = r->next;

	if (!sb_ring_read(ring, &number, &event))
		return false;
	require(number >= r->next, "the reader goes back to %llu", number);
	require_intact(&event, number);
	require(!r->read || event.seq > r->seq, "sequence number %llu after %llu", event.seq,
		r->seq);
	require(event.tsc >= r->tsc, "time goes back");
	r->seq = event.seq;
	r->tsc = event.tsc;
	r->lost += number - r->next;
	r->read++;
	r->next = number + 1;
	return true;
}

static u64 read_all(struct reader *r)
{
	u64 before = r->read;

	while (read_one(r))
		;
	return r->read - before;
}

static void an_empty_ring_has_nothing(void **state)
{
	struct reader r = { 0 };

	require(!read_one(&r), "something was read");
	write_event(0);
	require(read_one(&r), "nothing was read");
	require(!read_one(&r), "the event was read twice");
	require_equal(r.next, 1, "next number");
}

static void the_ring_fills_and_wraps(void **state)
{
	struct reader r = { 0 };
	u64 n;

	for (n = 0; n < SB_RING_RECORDS; n++)
		write_event(n);
	require_equal(read_all(&r), SB_RING_RECORDS, "events in a full ring");
	require_equal(r.lost, 0, "lost events");
	for (; n < 10 * SB_RING_RECORDS; n++) {
		write_event(n);
		require_equal(read_all(&r), 1, "events read after one was written");
	}
	require_equal(r.lost, 0, "lost events");
}

static void the_oldest_is_overwritten(void **state)
{
	struct reader r = { 0 };
	u64 n;

	for (n = 0; n < SB_RING_RECORDS + 1; n++)
		write_event(n);
	require_equal(read_all(&r), SB_RING_RECORDS, "events left");
	require_equal(r.lost, 1, "lost events");
}

/* Each lag from none to ten times the ring. */
static void a_reader_may_lag_by_any_amount(void **state)
{
	u64 lag, i, n = 0;

	for (lag = 0; lag < 10 * SB_RING_RECORDS; lag++) {
		struct reader r = { .next = n };
		u64 left = lag < SB_RING_RECORDS ? lag : SB_RING_RECORDS;

		for (i = 0; i < lag; i++)
			write_event(n++);
		require_equal(read_all(&r), left, "events read");
		require_equal(r.lost, lag - left, "lost events");
		require_equal(r.next, n, "next number");
	}
}

/* What the reader finds when the writer stopped in the middle of a record: all older ones. */
static void a_record_being_written_is_not_read(void **state)
{
	struct reader r = { 0 };
	u64 n;

	for (n = 0; n < SB_RING_RECORDS; n++)
		write_event(n);
	ring->event[0].number = 0;
	ring->event[0].rip = 0xbad;
	require_equal(read_all(&r), SB_RING_RECORDS - 1, "events read");
	require_equal(r.lost, 1, "lost events");
	ring->event[0].number = SB_RING_RECORDS + 1;
	require(!read_one(&r), "a record was read before the head says so");
}

/* Two rings: numbers are the ring's own, the sequence is shared. */
static void sequence_numbers_are_never_repeated(void **state)
{
	struct reader r = { 0 };
	u64 last;

	write_event(0);
	read_all(&r);
	last = r.seq;
	new_ring(NULL);
	write_event(0);
	r = (struct reader){ 0 };
	read_all(&r);
	require_equal(r.seq, last + 1, "sequence number in the next ring");
}

/* However many other events there are, violations stay until there are more of them. */
static void violations_have_a_ring_of_their_own(void **state)
{
	struct sb_event event;
	u64 n, number = 0;

	write_typed_event(SHADOW_BOX_EVENT_VIOLATION, 5);
	for (n = 0; n < 10 * SB_RING_RECORDS; n++)
		write_event(n);
	require_equal(area.violations.head, 1, "violations recorded");
	require_equal(ring->head, 10 * SB_RING_RECORDS, "other events recorded");
	require(sb_ring_read(&area.violations, &number, &event), "the violation is lost");
	require_equal(number, 0, "its number");
	require_equal(event.type, SHADOW_BOX_EVENT_VIOLATION, "its type");
	require_equal(event.rip, 5, "its rip");
}

/* What the recorder was not told is 0 in the record, whatever was there before. */
static void what_is_not_known_is_zero(void **state)
{
	struct sb_event *e = &ring->event[0];
	static const u8 none[16];
	u64 n;

	for (n = 0; n < SB_RING_RECORDS; n++)
		write_event(n + 12345);
	record_event(&area.cpu, &(struct sb_event){ .type = SHADOW_BOX_EVENT_LOCK });
	require_equal(e->type, SHADOW_BOX_EVENT_LOCK, "type");
	require_equal(e->rip | e->gla | e->gpa | e->code | e->object, 0, "words");
	require_equal(e->policy | e->action | e->why | e->length | e->pid, 0, "numbers");
	require_equal(e->observer | e->subject | e->reserved, 0, "observer and subject");
	require(!memcmp(e->comm, none, 16) && !memcmp(e->old, none, 16) &&
		!memcmp(e->new, none, 16), "bytes of another event are left");
}

#ifdef __SANITIZE_THREAD__
#define RACE_EVENTS 100000u	/* each takes longer, and one race is enough to be told */
#else
#define RACE_EVENTS 300000u
#endif

static bool writing;
static u64 reader_next;	/* writer: the reader */

/* Waits, but not forever, until the reader is at most @lag events behind. */
static void wait_for_reader(u64 written, u64 lag)
{
	u32 patience;

	for (patience = 0; written - READ_ONCE(reader_next) > lag && patience < 60; patience++)
		if (patience >= 40)
			sched_yield();
}

/* In bursts, so that the reader is often close to what is being overwritten. */
static void *writer(void *unused)
{
	u64 n, burst_ends = 0;

	for (n = 0; n < RACE_EVENTS; n++) {
		if (n == burst_ends) {
			burst_ends = n + 1 + random_below(2 * SB_RING_RECORDS);
			wait_for_reader(n, random_below(2 * SB_RING_RECORDS));
		}
		write_event(n);
	}
	WRITE_ONCE(writing, false);
	return NULL;
}

static void race(u32 gap)
{
	struct reader r = { 0 };
	volatile u32 idle;
	pthread_t thread;

	new_ring(NULL);
	writing = true;
	reader_next = 0;
	require(!pthread_create(&thread, NULL, writer, NULL), "no thread");
	while (READ_ONCE(writing)) {
		read_one(&r);
		WRITE_ONCE(reader_next, r.next);
		for (idle = gap; idle; idle--)
			;
	}
	pthread_join(thread, NULL);
	read_all(&r);
	require_equal(r.read + r.lost, RACE_EVENTS, "events read and lost");
	require_equal(ring->head, RACE_EVENTS, "events written");
	require(r.read > 10 * SB_RING_RECORDS, "the reader had no part in the race: %llu", r.read);
	printf("%u events written, %llu read, %llu lost\n", RACE_EVENTS, r.read, r.lost);
}

static void a_reader_races_the_writer(void **state)
{
	random_seed(9);
	race(0);
	race(10);
	race(100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_empty_ring_has_nothing, new_ring),
		cmocka_unit_test_setup(the_ring_fills_and_wraps, new_ring),
		cmocka_unit_test_setup(the_oldest_is_overwritten, new_ring),
		cmocka_unit_test_setup(a_reader_may_lag_by_any_amount, new_ring),
		cmocka_unit_test_setup(a_record_being_written_is_not_read, new_ring),
		cmocka_unit_test_setup(sequence_numbers_are_never_repeated, new_ring),
		cmocka_unit_test_setup(violations_have_a_ring_of_their_own, new_ring),
		cmocka_unit_test_setup(what_is_not_known_is_zero, new_ring),
		cmocka_unit_test_setup(a_reader_races_the_writer, new_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

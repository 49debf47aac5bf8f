// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger of what was acknowledged: a small file that only root can read or write. Who changes it
 * holds the lock.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "link/ledger.h"

/* For scanf() and printf() alike, but for their names of the types. */
#define FORMAT(x, u) \
	"launch %" x "\nnext-seq %" u "\nacknowledged %" u " violations %" u " lost\n" \
	"seen %" u " violations %" u " lost\nearlier %" u " violations %" u " lost\n"
#define N_NUMBERS	8

#define NAME	"acknowledged"

static bool is_sound(const struct ledger *ledger)
{
	return ledger->acknowledged.violations <= ledger->seen.violations &&
	       ledger->acknowledged.lost <= ledger->seen.lost;
}

static bool scan(FILE *file, struct ledger *l)
{
	char more;

	return fscanf(file, FORMAT(SCNx64, SCNu64) "%c", &l->launch, &l->next_seq,
		      &l->acknowledged.violations, &l->acknowledged.lost, &l->seen.violations,
		      &l->seen.lost, &l->earlier.violations, &l->earlier.lost,
		      &more) == N_NUMBERS && feof(file) && is_sound(l);
}

static int read_file(struct ledger *ledger, struct failure *failure)
{
	FILE *file = fopen(LEDGER_FILE, "re");
	bool sound;

	*ledger = (struct ledger){ 0 };
	if (!file)
		return errno == ENOENT ? 0 : fail_state("read", NAME, failure);
	sound = scan(file, ledger);
	fclose(file);
	if (sound)
		return 0;
	*ledger = (struct ledger){ 0 };
	return fail(failure, SBCTL_FAILED,
		    LEDGER_FILE " is damaged: nothing counts as acknowledged; 'sbctl ack' writes it anew");
}

static int write_file(const struct ledger *l, struct failure *failure)
{
	char text[512];

	snprintf(text, sizeof(text), FORMAT(PRIx64, PRIu64), l->launch, l->next_seq,
		 l->acknowledged.violations, l->acknowledged.lost, l->seen.violations,
		 l->seen.lost, l->earlier.violations, l->earlier.lost);
	return state_write(NAME, text, failure);
}

static void unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}

static uint64_t beyond(uint64_t all, uint64_t part)
{
	return all > part ? all - part : 0;
}

struct tally ledger_open(const struct ledger *ledger)
{
	return (struct tally){
		beyond(ledger->seen.violations, ledger->acknowledged.violations),
		beyond(ledger->seen.lost, ledger->acknowledged.lost),
	};
}

/* A new launch counts from 0: what was open in the one before goes to the earlier ones. */
static void see(struct ledger *ledger, const struct info *info)
{
	if (ledger->launch != info->launch_id) {
		struct tally open = ledger_open(ledger);

		ledger->earlier.violations += open.violations;
		ledger->earlier.lost += open.lost;
		ledger->launch = info->launch_id;
		ledger->next_seq = 0;
		ledger->acknowledged = ledger->seen = (struct tally){ 0 };
	}
	if (ledger->seen.violations < info->violations)
		ledger->seen.violations = info->violations;
	if (ledger->seen.lost < info->events_lost)
		ledger->seen.lost = info->events_lost;
}

/* Another launch in which nothing happened need not be written down. */
static bool is_news(const struct ledger *now, const struct ledger *before)
{
	return memcmp(&now->seen, &before->seen, sizeof(now->seen)) ||
	       memcmp(&now->earlier, &before->earlier, sizeof(now->earlier));
}

int ledger_look(struct ledger *ledger, const struct info *info, struct failure *failure)
{
	struct ledger before;
	struct failure ignored;
	int result, lock;

	result = read_file(ledger, failure);
	if (!info)
		return result;
	before = *ledger;
	see(ledger, info);
	if (result || !is_news(ledger, &before))
		return result;
	/* There is something to write, and somebody else may just have done so. */
	lock = state_lock();
	result = read_file(ledger, failure);
	see(ledger, info);
	if (!result && lock >= 0)
		write_file(ledger, &ignored);
	unlock(lock);
	return result;
}

static void acknowledge(struct ledger *ledger, uint64_t next_seq, const struct tally *known,
			bool all)
{
	if (ledger->next_seq < next_seq)
		ledger->next_seq = next_seq;
	if (ledger->acknowledged.violations < known->violations)
		ledger->acknowledged.violations = known->violations;
	if (ledger->acknowledged.lost < known->lost)
		ledger->acknowledged.lost = known->lost;
	if (all)
		ledger->earlier = (struct tally){ 0 };
}

int ledger_acknowledge(struct ledger *ledger, const struct info *info, uint64_t next_seq,
		       const struct tally *known, bool all, struct failure *failure)
{
	int lock = state_lock(), result;

	if (lock < 0)
		return fail_state("write", NAME, failure);
	/* A damaged one has nothing to keep. */
	if (read_file(ledger, failure) && failure->code == SBCTL_PRIVILEGE) {
		unlock(lock);
		return -1;
	}
	see(ledger, info);
	acknowledge(ledger, next_seq, known, all);
	result = write_file(ledger, failure);
	unlock(lock);
	return result;
}

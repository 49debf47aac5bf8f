// SPDX-License-Identifier: GPL-2.0-only
/*
 * The witness: carrying its key to the host, and statements from it. Linux can neither make nor
 * check one.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/string.h>

#include "../state.h"
#include "command.h"
#include "witness.h"

/* What a request and its answer need of memory: one page, so that the host finds it by one address. */
struct room {
	u8 bytes[SHADOW_BOX_NONCE_SIZE];
	struct shadow_box_statement statement;
};

static_assert(SHADOW_BOX_KEY_SIZE == SHADOW_BOX_NONCE_SIZE);
static_assert(sizeof(struct room) <= PAGE_SIZE);

static int refused(u64 answer, const char *no_key, int error, struct sb_reason *reason)
{
	switch (answer) {
	case 0:
		return 0;
	case SB_ERROR_KEY:
		return sb_refuse(reason, error, "%s", no_key);
	case SB_ERROR_LOCKED:
		return sb_refuse(reason, -EPERM,
				 "policies are locked: until the machine restarts the witness takes no key");
	default:
		return sb_refuse(reason, -EIO, "%s", sb_command_error(answer));
	}
}

static u64 ask(u64 number, const u8 *bytes, struct room *room)
{
	u64 at = virt_to_phys(room);

	memcpy(room->bytes, bytes, sizeof(room->bytes));
	return sb_command(number, at, at + offsetof(struct room, statement), 0);
}

/* Of the page nothing is left: it may have held the key. */
static int with_room(u64 number, const u8 *bytes, struct shadow_box_statement *statement,
		     u64 *answer, struct sb_reason *reason)
{
	struct room *room = (void *)get_zeroed_page(GFP_KERNEL);
	int error = 0;

	if (!room)
		return sb_refuse(reason, -ENOMEM, "no memory");
	mutex_lock(&sb_core.lock);
	if (sb_core.active)
		*answer = ask(number, bytes, room);
	else
		error = sb_refuse(reason, -ENODEV, "not active: run 'sbctl load' first");
	mutex_unlock(&sb_core.lock);
	if (statement)
		*statement = room->statement;
	memzero_explicit(room, sizeof(*room));
	free_page((unsigned long)room);
	return error;
}

/**
 * sb_witness_key() - give the host the key of the witness
 * @key: %SHADOW_BOX_KEY_SIZE bytes, which the caller forgets afterwards
 * @reason: filled in on failure
 *
 * Context: may sleep; takes sb_core.lock.
 * Return: 0, -ENODEV (idle), -EALREADY, -EPERM (locked), -ENOMEM or -EIO.
 */
int sb_witness_key(const u8 *key, struct sb_reason *reason)
{
	u64 answer = 0;
	int error = with_room(SB_HYPERCALL_WITNESS_KEY, key, NULL, &answer, reason);

	return error ?: refused(answer, "the witness has a key already", -EALREADY, reason);
}

/**
 * sb_witness() - have the host state what it knows
 * @nonce: %SHADOW_BOX_NONCE_SIZE bytes that it puts into the statement
 * @statement: filled in
 * @reason: filled in on failure
 *
 * Context: may sleep; takes sb_core.lock.
 * Return: 0, -ENODEV (idle), -ENOKEY, -ENOMEM or -EIO.
 */
int sb_witness(const u8 *nonce, struct shadow_box_statement *statement, struct sb_reason *reason)
{
	u64 answer = 0;
	int error = with_room(SB_HYPERCALL_WITNESS, nonce, statement, &answer, reason);

	return error ?: refused(answer, "the witness has no key", -ENOKEY, reason);
}

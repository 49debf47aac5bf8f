// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHA-256 and HMAC-SHA256 by the examples of their standards, and in pieces of every size.
 */
#include "unit.h"
#include "crypto/sha256.h"

static void to_hex(const u8 *bytes, char *text)
{
	u32 i;

	for (i = 0; i < SHA256_SIZE; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

static void require_digest(const u8 *digest, const char *want, const char *what)
{
	char text[2 * SHA256_SIZE + 1];

	to_hex(digest, text);
	require(!strcmp(text, want), "%s is %s, not %s", what, text, want);
}

/* FIPS 180-2, appendix B, and the empty message (NIST CAVP, SHA256ShortMsg, Len = 0). */
static void hashes_of_the_standard(void **state)
{
	static const struct { const char *message, *digest; } examples[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	};
	struct sha256 hash;
	u8 digest[SHA256_SIZE];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(examples); i++) {
		sha256_begin(&hash);
		sha256_add(&hash, examples[i].message, strlen(examples[i].message));
		sha256_end(&hash, digest);
		require_digest(digest, examples[i].digest, examples[i].message);
	}
}

/* FIPS 180-2, B.3: a million times "a", in pieces of one size after the other. */
static void the_long_one_in_pieces(void **state)
{
	static u8 text[1000000];
	u32 size, at, piece;
	u8 digest[SHA256_SIZE];

	memset(text, 'a', sizeof(text));
	for (size = 1; size < 200; size += 33) {
		struct sha256 hash;

		sha256_begin(&hash);
		for (at = 0; at < sizeof(text); at += piece) {
			piece = size < sizeof(text) - at ? size : sizeof(text) - at;
			sha256_add(&hash, text + at, piece);
		}
		sha256_end(&hash, digest);
		require_digest(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
			       "a million times a");
	}
}

static u32 repeat(u8 *to, u8 byte, u32 n)
{
	memset(to, byte, n);
	return n;
}

/* RFC 4231, test cases 1 to 4, 6 and 7; 5 cuts the MAC short. */
static void macs_of_the_rfc(void **state)
{
	u8 key[131], message[152], mac[SHA256_SIZE];
	struct hmac_sha256 hmac;
	u32 i, size;

#define MAC(key, key_size, message, size, want)				\
	do {								\
		hmac_sha256_key(&hmac, key, key_size);			\
		hmac_sha256(&hmac, message, size, mac);			\
		require_digest(mac, want, "MAC of " #message);		\
	} while (0)
	MAC(key, repeat(key, 0x0b, 20), "Hi There", 8,
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	MAC("Jefe", 4, "what do ya want for nothing?", 28,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	MAC(key, repeat(key, 0xaa, 20), message, repeat(message, 0xdd, 50),
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	for (i = 0; i < 25; i++)
		key[i] = i + 1;
	MAC(key, 25, message, repeat(message, 0xcd, 50),
	    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
	size = repeat(key, 0xaa, 131);
	MAC(key, size, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	MAC(key, size, "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
	    152, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
#undef MAC
}

/* What the host keeps is not the key, nor the key with a pad. */
static void a_key_that_is_ready_does_not_hold_it(void **state)
{
	static const u8 pads[] = { 0, 0x36, 0x5c };
	u8 bytes[SHA256_SIZE], padded[8];
	struct hmac_sha256 key;
	u32 pad, i, at;

	random_seed(4);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = random_u64();
	hmac_sha256_key(&key, bytes, sizeof(bytes));
	for (pad = 0; pad < ARRAY_SIZE(pads); pad++) {
		for (i = 0; i < sizeof(padded); i++)
			padded[i] = bytes[i] ^ pads[pad];
		for (at = 0; at + sizeof(padded) <= sizeof(key); at++)
			require(memcmp((u8 *)&key + at, padded, sizeof(padded)),
				"the key stands at %u", at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_of_the_standard),
		cmocka_unit_test(the_long_one_in_pieces),
		cmocka_unit_test(macs_of_the_rfc),
		cmocka_unit_test(a_key_that_is_ready_does_not_hold_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHA-256 as FIPS 180-4 has it, eight rounds at a time so that no round moves the working
 * variables, and HMAC over it. No tables depend on data, and no branch does.
 */
#include "sha256.h"

static const unsigned int constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* In assembly, for of a loop in C the compiler makes a call to memcpy() or memset(). */
static void copy(void *to, const void *from, unsigned long size)
{
	asm volatile("rep movsb" : "+D" (to), "+S" (from), "+c" (size) : : "memory");
}

static void fill(void *to, unsigned char byte, unsigned long size)
{
	asm volatile("rep stosb" : "+D" (to), "+c" (size) : "a" (byte) : "memory");
}

static unsigned int rotate(unsigned int x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static unsigned int load_be32(const unsigned char *bytes)
{
	unsigned int word;

	__builtin_memcpy(&word, bytes, sizeof(word));
	return __builtin_bswap32(word);
}

static void store_be32(unsigned char *bytes, unsigned int word)
{
	word = __builtin_bswap32(word);
	__builtin_memcpy(bytes, &word, sizeof(word));
}

/* The message schedule, FIPS 180-4, 6.2.2, step 1. */
static void schedule(unsigned int w[64], const unsigned char *block)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		w[i] = load_be32(block + 4 * i);
	for (; i < 64; i++) {
		unsigned int x = w[i - 15], y = w[i - 2];

		w[i] = w[i - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + w[i - 7] +
		       (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
	}
}

/* Step 3; what it calls h is a in the next round, and so on: the caller turns the names. */
#define ROUND(a, b, c, d, e, f, g, h, i)					\
do {										\
	h += (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + \
	     constants[i] + w[i];						\
	d += h;									\
	h += (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c)); \
} while (0)

static void compress(unsigned int state[8], const unsigned char *block)
{
	unsigned int a = state[0], b = state[1], c = state[2], d = state[3];
	unsigned int e = state[4], f = state[5], g = state[6], h = state[7];
	unsigned int w[64], i;

	schedule(w, block);
	for (i = 0; i < 64; i += 8) {
		ROUND(a, b, c, d, e, f, g, h, i);
		ROUND(h, a, b, c, d, e, f, g, i + 1);
		ROUND(g, h, a, b, c, d, e, f, i + 2);
		ROUND(f, g, h, a, b, c, d, e, i + 3);
		ROUND(e, f, g, h, a, b, c, d, i + 4);
		ROUND(d, e, f, g, h, a, b, c, i + 5);
		ROUND(c, d, e, f, g, h, a, b, i + 6);
		ROUND(b, c, d, e, f, g, h, a, i + 7);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void sha256_begin(struct sha256 *hash)
{
	static const unsigned int initial[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	copy(hash->state, initial, sizeof(initial));
	hash->length = 0;
}

void sha256_add(struct sha256 *hash, const void *bytes, unsigned long size)
{
	const unsigned char *from = bytes;

	while (size) {
		unsigned long used = hash->length % SHA256_BLOCK, piece = SHA256_BLOCK - used;

		if (piece > size)
			piece = size;
		copy(hash->block + used, from, piece);
		if (used + piece == SHA256_BLOCK)
			compress(hash->state, hash->block);
		hash->length += piece;
		from += piece;
		size -= piece;
	}
}

/**
 * sha256_end() - complete a hash
 * @hash: begun; of no use afterwards
 * @digest: the result
 *
 * A bit that is set, zeros, and the length in bits make the last block whole (FIPS 180-4, 5.1.1).
 */
void sha256_end(struct sha256 *hash, unsigned char digest[SHA256_SIZE])
{
	unsigned long long bits = hash->length * 8;
	unsigned long used = hash->length % SHA256_BLOCK;
	unsigned int i;

	hash->block[used++] = 0x80;
	if (used > SHA256_BLOCK - 8) {
		fill(hash->block + used, 0, SHA256_BLOCK - used);
		compress(hash->state, hash->block);
		used = 0;
	}
	fill(hash->block + used, 0, SHA256_BLOCK - 8 - used);
	store_be32(hash->block + SHA256_BLOCK - 8, bits >> 32);
	store_be32(hash->block + SHA256_BLOCK - 4, bits);
	compress(hash->state, hash->block);
	for (i = 0; i < 8; i++)
		store_be32(digest + 4 * i, hash->state[i]);
}

static void begin_with(struct sha256 *hash, const unsigned char *key, unsigned char pad)
{
	unsigned char block[SHA256_BLOCK];
	unsigned int i;

	for (i = 0; i < SHA256_BLOCK; i++)
		block[i] = key[i] ^ pad;
	sha256_begin(hash);
	sha256_add(hash, block, sizeof(block));
	fill(block, 0, sizeof(block));
}

/**
 * hmac_sha256_key() - make a key ready
 * @key: filled in; holds nothing from which @bytes could be had
 * @bytes: the key; more than a block of it is hashed first (RFC 2104, 2)
 * @size: how many
 */
void hmac_sha256_key(struct hmac_sha256 *key, const void *bytes, unsigned long size)
{
	unsigned char block[SHA256_BLOCK];

	fill(block, 0, sizeof(block));
	if (size > sizeof(block)) {
		sha256_begin(&key->inner);
		sha256_add(&key->inner, bytes, size);
		sha256_end(&key->inner, block);
	} else {
		copy(block, bytes, size);
	}
	begin_with(&key->inner, block, 0x36);
	begin_with(&key->outer, block, 0x5c);
	/* Whole blocks are in the states; what they were made of goes. */
	fill(key->inner.block, 0, sizeof(key->inner.block));
	fill(key->outer.block, 0, sizeof(key->outer.block));
	fill(block, 0, sizeof(block));
}

void hmac_sha256(const struct hmac_sha256 *key, const void *message, unsigned long size,
		 unsigned char mac[SHA256_SIZE])
{
	struct sha256 hash;

	copy(&hash, &key->inner, sizeof(hash));
	sha256_add(&hash, message, size);
	sha256_end(&hash, mac);
	copy(&hash, &key->outer, sizeof(hash));
	sha256_add(&hash, mac, SHA256_SIZE);
	sha256_end(&hash, mac);
}

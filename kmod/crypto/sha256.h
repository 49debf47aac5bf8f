/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104): one implementation for the host, which makes
 * statements, and for sbctl, which verifies them. It needs nothing of either.
 */
#ifndef SB_CRYPTO_SHA256_H
#define SB_CRYPTO_SHA256_H

#define SHA256_SIZE	32
#define SHA256_BLOCK	64

/**
 * struct sha256 - a hash that is not complete yet
 * @state: of the whole blocks so far
 * @length: bytes so far
 * @block: the bytes of @length that are no whole block
 */
struct sha256 {
	unsigned int state[SHA256_SIZE / 4];
	unsigned long long length;
	unsigned char block[SHA256_BLOCK];
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, unsigned long size);
void sha256_end(struct sha256 *hash, unsigned char digest[SHA256_SIZE]);

/**
 * struct hmac_sha256 - a key, as the two hashes that begin with it
 * @inner: the hash that goes on with the message
 * @outer: the hash that goes on with what comes out of it
 */
struct hmac_sha256 {
	struct sha256 inner;
	struct sha256 outer;
};

void hmac_sha256_key(struct hmac_sha256 *key, const void *bytes, unsigned long size);
void hmac_sha256(const struct hmac_sha256 *key, const void *message, unsigned long size,
		 unsigned char mac[SHA256_SIZE]);

#endif

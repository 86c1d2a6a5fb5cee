/* limbs.h - natural numbers as arrays of 64-bit limbs, the least first: what CPython computes with 30 bits at a time.
 *
 * Sizes are those of limbs.  Nothing here allocates or fails. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
	LIMBS_MOST = 128,      /* of an operand: beyond, multiplying as Karatsuba does is faster */
	LIMBS_MOST_POWER = 24, /* the same of limbs_power(), which nothing can interrupt */
};

/* How many limbs n digits of 30 bits need at most. */
static inline size_t limbs_for(size_t n_digits)
{
	return (n_digits * 30 + 63) / 64;
}

/* Digits of 30 bits, n of them, times 2**shift (0 to 63); the number of limbs, of which the highest may be 0. */
size_t limbs_of_digits(uint64_t *ret, const uint32_t *digits, size_t n, unsigned shift);

/* The lowest n_digits digits of the number divided by 2**shift (0 to 63). */
void limbs_to_digits(uint32_t *ret, size_t n_digits, const uint64_t *limbs, size_t n, unsigned shift);

/* How many limbs are left without zeros on top. */
size_t limbs_trim(const uint64_t *limbs, size_t n);

/* ret, of n + m limbs, which is no operand: x * y. */
void limbs_multiply(uint64_t *ret, const uint64_t *x, size_t n, const uint64_t *y, size_t m);

/* What divides by a number whose highest bit is set. */
struct limbs_divisor {
	const uint64_t *limbs; /* the caller's */
	size_t n;
	uint64_t inverse;
};

void limbs_divisor_init(struct limbs_divisor *d, const uint64_t *limbs, size_t n);

/* x, of n limbs, the highest of which is less than the divisor's, becomes the rest; ret_quotient, of n - d->n limbs,
 * may be NULL. */
void limbs_divide(uint64_t *ret_quotient, uint64_t *x, size_t n, const struct limbs_divisor *d);

/* x, of d->n limbs, less than the divisor, becomes x**exponent % divisor, where the divisor and x are multiples of
 * 2**shift, as is what comes out: it is computed with what they are without that.  Of at most LIMBS_MOST_POWER limbs
 * both; exponent is not 0. */
void limbs_power(uint64_t *x, const uint64_t *exponent, size_t n_exponent, const struct limbs_divisor *d,
		 unsigned shift);

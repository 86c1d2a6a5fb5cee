/* limbs.c - see limbs.h.  Division is by an inverse of the divisor's highest limbs: Moeller and Granlund, "Improved
 * division by invariant integers" (2011). */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "codecache/limbs.h"

enum { DIGIT = 30, LIMB = 64 };

typedef unsigned __int128 wide;

static inline uint64_t high(wide x)
{
	return (uint64_t)(x >> LIMB);
}

size_t limbs_of_digits(uint64_t *ret, const uint32_t *digits, size_t n, unsigned shift)
{
	uint64_t limb = 0;
	size_t k = 0;
	unsigned bits = shift;
	for (size_t i = 0; i < n; i++) {
		limb |= (uint64_t)digits[i] << bits;
		bits += DIGIT;
		if (bits < LIMB)
			continue;
		ret[k++] = limb;
		bits -= LIMB;
		limb = (uint64_t)digits[i] >> (DIGIT - bits);
	}
	if (bits)
		ret[k++] = limb;
	return k;
}

void limbs_to_digits(uint32_t *ret, size_t n_digits, const uint64_t *limbs, size_t n, unsigned shift)
{
	const uint32_t mask = (UINT32_C(1) << DIGIT) - 1;
	uint64_t rest = n ? limbs[0] >> shift : 0;
	unsigned bits = LIMB - shift;
	size_t k = 1;
	for (size_t i = 0; i < n_digits; i++) {
		uint64_t digit = rest;
		if (bits < DIGIT) {
			uint64_t next = k < n ? limbs[k] : 0;
			k++;
			digit |= next << bits;
			rest = next >> (DIGIT - bits);
			bits += LIMB - DIGIT;
		} else {
			rest >>= DIGIT;
			bits -= DIGIT;
		}
		ret[i] = (uint32_t)digit & mask;
	}
}

size_t limbs_trim(const uint64_t *limbs, size_t n)
{
	while (n > 0 && limbs[n - 1] == 0)
		n--;
	return n;
}

/* to += x * y; what does not fit. */
static uint64_t add_product(uint64_t *to, const uint64_t *x, size_t n, uint64_t y)
{
	uint64_t carry = 0;
	for (size_t i = 0; i < n; i++) {
		wide t = (wide)x[i] * y + to[i] + carry;
		to[i] = (uint64_t)t;
		carry = high(t);
	}
	return carry;
}

/* from -= x * y; what has to be borrowed. */
static uint64_t subtract_product(uint64_t *from, const uint64_t *x, size_t n, uint64_t y)
{
	uint64_t borrow = 0;
	for (size_t i = 0; i < n; i++) {
		wide t = (wide)x[i] * y + borrow;
		borrow = high(t) + (from[i] < (uint64_t)t);
		from[i] -= (uint64_t)t;
	}
	return borrow;
}

static uint64_t add(uint64_t *to, const uint64_t *x, size_t n)
{
	uint64_t carry = 0;
	for (size_t i = 0; i < n; i++) {
		wide t = (wide)to[i] + x[i] + carry;
		to[i] = (uint64_t)t;
		carry = high(t);
	}
	return carry;
}

void limbs_multiply(uint64_t *ret, const uint64_t *x, size_t n, const uint64_t *y, size_t m)
{
	memset(ret, 0, n * sizeof(*ret));
	for (size_t i = 0; i < m; i++)
		ret[n + i] = add_product(ret + i, x, n, y[i]);
}

/* (2**128 - 1) / d - 2**64 */
static uint64_t inverse_of(uint64_t d)
{
	return (uint64_t)(((wide)~d << LIMB | UINT64_MAX) / d);
}

/* The same of 192 bits and two limbs: algorithm 6. */
static uint64_t inverse_of_two(uint64_t d1, uint64_t d0)
{
	uint64_t v = inverse_of(d1), p = d1 * v + d0;
	if (p < d0) {
		v--;
		if (p >= d1) {
			v--;
			p -= d1;
		}
		p -= d1;
	}
	wide t = (wide)v * d0;
	p += high(t);
	if (p < high(t)) {
		v--;
		if (((wide)p << LIMB | (uint64_t)t) >= ((wide)d1 << LIMB | d0))
			v--;
	}
	return v;
}

void limbs_divisor_init(struct limbs_divisor *d, const uint64_t *limbs, size_t n)
{
	*d = (struct limbs_divisor){ limbs, n,
				     n == 1 ? inverse_of(limbs[0]) : inverse_of_two(limbs[n - 1], limbs[n - 2]) };
}

/* Two limbs, the upper of which is less than the divisor's only one: algorithm 4. */
static uint64_t divide_2_by_1(uint64_t *rest, uint64_t low, uint64_t d, uint64_t inverse)
{
	wide q = (wide)inverse * *rest + ((wide)*rest << LIMB | low);
	uint64_t q1 = high(q) + 1, r = low - q1 * d;
	if (r > (uint64_t)q) {
		q1--;
		r += d;
	}
	if (r >= d) {
		q1++;
		r -= d;
	}
	*rest = r;
	return q1;
}

/* Three limbs, of which *rest, the upper two, is less than d: algorithm 5. */
static uint64_t divide_3_by_2(wide *rest, uint64_t low, wide d, uint64_t inverse)
{
	wide q = (wide)inverse * high(*rest) + *rest;
	uint64_t q1 = high(q), r1 = (uint64_t)*rest - q1 * high(d);
	wide r = ((wide)r1 << LIMB | low) - d - (wide)(uint64_t)d * q1;
	q1++;
	if (high(r) >= (uint64_t)q) {
		q1--;
		r += d;
	}
	if (r >= d) {
		q1++;
		r -= d;
	}
	*rest = r;
	return q1;
}

static void divide_by_one(uint64_t *ret_quotient, uint64_t *x, size_t n, const struct limbs_divisor *d)
{
	uint64_t rest = x[n - 1];
	for (size_t i = n - 1; i-- > 0;) {
		uint64_t q = divide_2_by_1(&rest, x[i], d->limbs[0], d->inverse);
		x[i + 1] = 0;
		if (ret_quotient)
			ret_quotient[i] = q;
	}
	x[0] = rest;
}

/* One limb of the quotient, and what is left of x, whose highest limb becomes 0: x has one limb more than d. */
static uint64_t divide_once(uint64_t *x, const struct limbs_divisor *d)
{
	size_t n = d->n;
	wide top = (wide)d->limbs[n - 1] << LIMB | d->limbs[n - 2], rest = (wide)x[n] << LIMB | x[n - 1];
	if (rest >= top) { /* it is the same, so the quotient is as large as it can be */
		x[n] -= subtract_product(x, d->limbs, n, UINT64_MAX);
		return UINT64_MAX;
	}
	uint64_t q = divide_3_by_2(&rest, x[n - 2], top, d->inverse);
	uint64_t borrow = subtract_product(x, d->limbs, n - 2, q);
	bool is_too_large = rest < borrow;
	rest -= borrow;
	x[n - 2] = (uint64_t)rest;
	x[n - 1] = high(rest);
	x[n] = 0;
	if (is_too_large) {
		q--;
		(void)add(x, d->limbs, n);
	}
	return q;
}

void limbs_divide(uint64_t *ret_quotient, uint64_t *x, size_t n, const struct limbs_divisor *d)
{
	if (d->n == 1) {
		divide_by_one(ret_quotient, x, n, d);
		return;
	}
	for (size_t i = n - d->n; i-- > 0;) {
		uint64_t q = divide_once(x + i, d);
		if (ret_quotient)
			ret_quotient[i] = q;
	}
}

/* ---- powers ------------------------------------------------------------------ */

enum { WINDOW = 4 }; /* bits of a long exponent that are looked at together */

/* x becomes x * y % d, all multiples of 2**shift; y may be x. */
static void multiply_modulo(uint64_t *x, const uint64_t *y, const struct limbs_divisor *d, unsigned shift)
{
	uint64_t plain[LIMBS_MOST_POWER], product[2 * LIMBS_MOST_POWER + 1];
	size_t n = d->n;
	for (size_t i = 0; i < n; i++) {
		uint64_t above = i + 1 < n ? x[i + 1] : 0;
		plain[i] = shift ? x[i] >> shift | above << (LIMB - shift) : x[i];
	}
	limbs_multiply(product, plain, n, y, n);
	product[2 * n] = 0;
	limbs_divide(NULL, product, 2 * n + 1, d);
	memcpy(x, product, n * sizeof(*x));
}

static unsigned window_of(const uint64_t *exponent, size_t i, unsigned width)
{
	size_t windows = LIMB / width;
	return (unsigned)(exponent[i / windows] >> i % windows * width) & ((1U << width) - 1);
}

void limbs_power(uint64_t *x, const uint64_t *exponent, size_t n_exponent, const struct limbs_divisor *d,
		 unsigned shift)
{
	uint64_t powers[1U << WINDOW][LIMBS_MOST_POWER];
	unsigned width = n_exponent > 1 ? WINDOW : 1;
	size_t size = d->n * sizeof(*x), i = n_exponent * (LIMB / width);
	memcpy(powers[1], x, size);
	for (unsigned k = 2; k < 1U << width; k++) {
		memcpy(powers[k], powers[k - 1], size);
		multiply_modulo(powers[k], x, d, shift);
	}
	while (window_of(exponent, i - 1, width) == 0)
		i--;
	memcpy(x, powers[window_of(exponent, --i, width)], size);
	while (i-- > 0) {
		unsigned window = window_of(exponent, i, width);
		for (unsigned k = 0; k < width; k++)
			multiply_modulo(x, x, d, shift);
		if (window)
			multiply_modulo(x, powers[window], d, shift);
	}
}

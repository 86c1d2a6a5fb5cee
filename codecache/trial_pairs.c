/* trial_pairs.c - see trial_pairs.h */
#include "config.h"

#include <math.h>
#include <string.h>

#include "codecache/trial_pairs.h"

enum {
	LEAST = 8, /* pairs, so that the figure is worth something ... */
	SOME = 4,  /* ... or so many if they gain much */
	FEW = 2,   /* ... or so many if they took long, or gain very much */
};

static const double LONG_NS = 20e6, LARGE_GAIN = 4, VERY_LARGE_GAIN = 8;

/* How much two alike calls differ by chance, as a logarithm, is thought to be so much before anything was seen, and
 * that counts as so many pairs. */
static const double NOISE = 0.3, NOISE_PAIRS = 4;

/* Standard errors. */
static const double CLEAR_GAIN = 2.5, CLEAR_LOSS = 3.5, CLEAR_LOSS_NS = 1.9;

static bool coin_is_up(struct trial_pairs *pairs)
{
	uint32_t x = pairs->coin ? pairs->coin : UINT32_C(2463534242); /* Marsaglia, Xorshift RNGs */
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	pairs->coin = x;
	return x >> 16 & 1;
}

static enum trial_way other(enum trial_way way)
{
	return way == TRIAL_NATIVE ? TRIAL_CPYTHON : TRIAL_NATIVE;
}

/* The half that such a call would complete, NULL: it waits itself. */
static struct trial_half *half_of(struct trial_pairs *pairs, uint64_t look)
{
	for (unsigned i = 0; i < pairs->n_halves; i++)
		if (pairs->halves[i].look == look)
			return &pairs->halves[i];
	return pairs->n_halves == TRIAL_HALVES ? &pairs->halves[0] : NULL;
}

enum trial_way trial_pairs_way(struct trial_pairs *pairs, uint64_t look)
{
	const struct trial_half *half = half_of(pairs, look);
	if (half)
		return other(half->way);
	return coin_is_up(pairs) ? TRIAL_NATIVE : TRIAL_CPYTHON;
}

static void add_pair(struct trial_pairs *pairs, double native_ns, double cpython_ns)
{
	double loss = log(native_ns * TRIAL_MIN_GAIN / cpython_ns);
	double ns_lost = native_ns * TRIAL_MIN_GAIN - cpython_ns, root = copysign(sqrt(fabs(ns_lost)), ns_lost);
	pairs->n++;
	pairs->ns[TRIAL_NATIVE] += native_ns;
	pairs->ns[TRIAL_CPYTHON] += cpython_ns;
	pairs->loss += loss;
	pairs->loss2 += loss * loss;
	pairs->roots += root;
	pairs->roots2 += root * root;
}

void trial_pairs_add(struct trial_pairs *pairs, uint64_t look, enum trial_way way, uint64_t ns)
{
	struct trial_half *half = half_of(pairs, look);
	if (!half) {
		pairs->halves[pairs->n_halves++] = (struct trial_half){ .look = look, .ns = ns ? ns : 1, .way = way };
		return;
	}
	if (half->way == way) /* not what trial_pairs_way() said */
		return;
	double took[2];
	took[way] = ns ? (double)ns : 1;
	took[half->way] = (double)half->ns;
	add_pair(pairs, took[TRIAL_NATIVE], took[TRIAL_CPYTHON]);
	unsigned i = (unsigned)(half - pairs->halves);
	pairs->n_halves--;
	memmove(half, half + 1, (pairs->n_halves - i) * sizeof(*half));
}

/* The mean of the logarithms in standard errors: each pair counts the same. */
static double loss_by_calls(const struct trial_pairs *pairs)
{
	double n = pairs->n, mean = pairs->loss / n;
	double squares = pairs->loss2 - n * mean * mean;
	double variance = ((squares > 0 ? squares : 0) + NOISE_PAIRS * NOISE * NOISE) / (n - 1 + NOISE_PAIRS);
	return mean * sqrt(n / variance);
}

/* Long calls count for more, though one to which something happened must not outweigh all others: hence roots.  Were
 * it chance, each might as well have the other sign. */
static double loss_by_time(const struct trial_pairs *pairs)
{
	return pairs->roots2 > 0 ? pairs->roots / sqrt(pairs->roots2) : 0;
}

/* Most calls of a function may be so short that calling native code is all that they do, and the others gain: what
 * counts is time, but one long call that happened to go one way is no proof. */
static enum trial_verdict judge(const struct trial_pairs *pairs)
{
	bool is_long = pairs->ns[TRIAL_NATIVE] + pairs->ns[TRIAL_CPYTHON] >= LONG_NS;
	bool is_large = pairs->loss <= -log(LARGE_GAIN) * pairs->n;
	bool is_very_large = pairs->loss <= -log(VERY_LARGE_GAIN) * pairs->n;
	if (pairs->n < (is_long || is_very_large ? FEW : is_large ? SOME : LEAST))
		return TRIAL_OPEN;
	double calls = loss_by_calls(pairs), time = loss_by_time(pairs);
	if ((calls <= -CLEAR_GAIN && pairs->roots < 0) || time <= -CLEAR_GAIN)
		return TRIAL_GAINS;
	if (calls >= CLEAR_LOSS && time >= CLEAR_LOSS_NS)
		return TRIAL_LOSES;
	return pairs->n < TRIAL_PAIRS ? TRIAL_OPEN : TRIAL_UNSURE;
}

/* A function that loses never gets its code back, so it must lose twice, each time by other calls. */
enum trial_verdict trial_pairs_verdict(struct trial_pairs *pairs)
{
	enum trial_verdict verdict = judge(pairs);
	if (verdict != TRIAL_LOSES || pairs->has_lost)
		return verdict;
	*pairs = (struct trial_pairs){ .coin = pairs->coin, .has_lost = true };
	return TRIAL_OPEN;
}

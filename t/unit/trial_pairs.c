/* trial_pairs.c - what is concluded from times, which are made up here: whether it gains does not depend on what calls
 * have to do, in what order, or how long they are. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codecache/trial_pairs.h"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t seed;

/* From 0 to 1. */
static double any(void)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (double)(seed >> 40) / (double)(1 << 24);
}

/* By some per cent, and sometimes a page fault. */
static double noise(void)
{
	return (1 + 0.2 * (any() - 0.5)) * (any() < 0.03 ? 5 : 1);
}

/* What a call has to do: CPython's time, how much faster native code is, and what the call looks like. */
struct work {
	double ns, gain;
	uint64_t look;
};

typedef struct work (*next_call)(unsigned i, double gain);

static enum trial_verdict conclude(next_call next, double gain, uint64_t first_seed, struct trial_pairs *pairs)
{
	enum trial_verdict verdict = TRIAL_OPEN;
	*pairs = (struct trial_pairs){ .n = 0 };
	seed = first_seed;
	for (unsigned i = 0; verdict == TRIAL_OPEN; i++) {
		struct work work = next(i, gain);
		enum trial_way way = trial_pairs_way(pairs, work.look);
		double ns = work.ns / (way == TRIAL_NATIVE ? work.gain : 1) * noise();
		trial_pairs_add(pairs, work.look, way, (uint64_t)ns);
		verdict = trial_pairs_verdict(pairs);
		assert_in_range(i, 0, 4 * TRIAL_PAIRS + 2 * TRIAL_HALVES);
	}
	return verdict;
}

/* How often of 200 times. */
static unsigned count(next_call next, double gain, enum trial_verdict verdict)
{
	unsigned n = 0;
	struct trial_pairs pairs;
	for (uint64_t i = 1; i <= 200; i++)
		n += conclude(next, gain, i * 7919, &pairs) == verdict;
	return n;
}

static struct work same(unsigned i, double gain)
{
	(void)i;
	return (struct work){ .ns = 20e3, .gain = gain, .look = 1 };
}

static struct work of_milliseconds(unsigned i, double gain)
{
	(void)i;
	return (struct work){ .ns = 12e6, .gain = gain, .look = 1 };
}

static struct work of_seconds(unsigned i, double gain)
{
	(void)i;
	return (struct work){ .ns = 300e6, .gain = gain, .look = 1 };
}

/* Three calls a round, as different as they can be. */
static struct work in_turn(unsigned i, double gain)
{
	return (struct work){ .ns = i % 3 == 0 ? 5e6 : i % 3 == 1 ? 40e3 : 300, .gain = gain, .look = i % 3 };
}

/* Recursion trees: each twice as large, half as often, and none looks like another. */
static struct work trees(unsigned i, double gain)
{
	double ns = 200;
	while (ns < 50e6 && any() < 0.5)
		ns *= 2;
	return (struct work){ .ns = ns, .gain = gain, .look = i };
}

/* As the ruler goes, in which orders like native, CPython, CPython, native are found as well. */
static struct work ruler(unsigned i, double gain)
{
	return (struct work){ .ns = 200 << __builtin_ctz(i + 1), .gain = gain, .look = i };
}

static struct work growing(unsigned i, double gain)
{
	return (struct work){ .ns = 1000.0 * (i + 1) * (i + 1), .gain = gain, .look = i };
}

/* Most calls are over at once, which native code is slower at; what takes time gains. */
static struct work mostly_empty(unsigned i, double gain)
{
	bool is_empty = i % 10 != 0;
	return (struct work){ .ns = is_empty ? 100 : 1e6, .gain = is_empty ? 0.8 : gain, .look = is_empty };
}

static const next_call all[] = { same, of_milliseconds, of_seconds, in_turn, trees, ruler, growing, mostly_empty };

static void test_what_gains_stays(void **state)
{
	(void)state;
	static const double gains[] = { 1.2, 2.3, 10, 100 };
	for (unsigned i = 0; i < COUNT(all); i++)
		for (unsigned k = 0; k < COUNT(gains); k++)
			if (count(all[i], gains[k], TRIAL_LOSES) > 0)
				fail_msg("calls %u, gain %g: taken for slower", i, gains[k]);
}

static void test_what_loses_goes(void **state)
{
	(void)state;
	static const next_call comparable[] = { same, of_milliseconds, of_seconds, in_turn };
	for (unsigned i = 0; i < COUNT(comparable); i++) {
		if (count(comparable[i], 0.63, TRIAL_LOSES) < 195)
			fail_msg("calls %u: what is much slower stays", i);
		if (count(comparable[i], 0.9, TRIAL_GAINS) > 2)
			fail_msg("calls %u: what is slower is taken for faster", i);
	}
	assert_in_range(count(trees, 0.1, TRIAL_LOSES), 100, 200);
	assert_in_range(count(growing, 0.3, TRIAL_LOSES), 190, 200);
}

static void test_what_gains_is_known(void **state)
{
	(void)state;
	assert_in_range(count(same, 1.5, TRIAL_GAINS), 198, 200);
	assert_in_range(count(of_milliseconds, 2, TRIAL_GAINS), 198, 200);
	assert_in_range(count(of_seconds, 2, TRIAL_GAINS), 198, 200);
	assert_in_range(count(in_turn, 2, TRIAL_GAINS), 195, 200);
	assert_in_range(count(growing, 3, TRIAL_GAINS), 190, 200);
}

/* Native code that is as fast costs nothing, so it is not taken away. */
static void test_neither(void **state)
{
	(void)state;
	assert_in_range(count(same, 1.05, TRIAL_UNSURE), 150, 200);
	assert_in_range(count(same, 1.05, TRIAL_LOSES), 0, 4);
}

static void test_large_gains_need_few(void **state)
{
	struct trial_pairs pairs;
	(void)state;
	assert_int_equal(conclude(same, 100, 1, &pairs), TRIAL_GAINS);
	assert_in_range(pairs.n, 2, 3);
	assert_int_equal(conclude(same, 6, 1, &pairs), TRIAL_GAINS);
	assert_int_equal(pairs.n, 4);
	assert_int_equal(conclude(same, 2, 1, &pairs), TRIAL_GAINS);
	assert_in_range(pairs.n, 8, 12);
}

static void test_long_calls_need_few(void **state)
{
	(void)state;
	struct trial_pairs pairs;
	assert_int_equal(conclude(of_seconds, 3, 1, &pairs), TRIAL_GAINS);
	assert_int_equal(pairs.n, 2);
	assert_int_equal(conclude(of_milliseconds, 2, 1, &pairs), TRIAL_GAINS);
	assert_int_equal(pairs.n, 2);
	assert_int_equal(conclude(same, 3, 1, &pairs), TRIAL_GAINS);
	assert_int_equal(pairs.n, 8);
	double gain = pairs.ns[TRIAL_CPYTHON] / pairs.ns[TRIAL_NATIVE];
	assert_true(fabs(gain - 3) < 1.5);
}

/* Two that look alike are compared, whatever comes between them. */
static void test_alike(void **state)
{
	(void)state;
	struct trial_pairs pairs = { .n = 0 };
	enum trial_way a = trial_pairs_way(&pairs, 1);
	trial_pairs_add(&pairs, 1, a, 10);
	for (uint64_t i = 2; i < 2 + TRIAL_HALVES - 1; i++)
		trial_pairs_add(&pairs, i, trial_pairs_way(&pairs, i), 1000000);
	assert_int_equal(pairs.n, 0);
	enum trial_way b = trial_pairs_way(&pairs, 1);
	assert_int_not_equal(a, b);
	trial_pairs_add(&pairs, 1, b, 20);
	assert_int_equal(pairs.n, 1);
	assert_true(pairs.ns[a] == 10 && pairs.ns[b] == 20);
}

/* Where nothing looks alike, those that have waited longest are. */
static void test_unlike(void **state)
{
	(void)state;
	struct trial_pairs pairs = { .n = 0 };
	enum trial_way oldest = trial_pairs_way(&pairs, 0);
	trial_pairs_add(&pairs, 0, oldest, 7);
	for (uint64_t i = 1; i < TRIAL_HALVES; i++)
		trial_pairs_add(&pairs, i, trial_pairs_way(&pairs, i), 1);
	enum trial_way way = trial_pairs_way(&pairs, 99);
	assert_int_not_equal(way, oldest);
	trial_pairs_add(&pairs, 99, way, 5);
	assert_int_equal(pairs.n, 1);
	assert_int_equal(pairs.n_halves, TRIAL_HALVES - 1);
	assert_true(pairs.ns[oldest] == 7 && pairs.ns[way] == 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_gains_stays),
		cmocka_unit_test(test_what_loses_goes),
		cmocka_unit_test(test_what_gains_is_known),
		cmocka_unit_test(test_neither),
		cmocka_unit_test(test_large_gains_need_few),
		cmocka_unit_test(test_long_calls_need_few),
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_unlike),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

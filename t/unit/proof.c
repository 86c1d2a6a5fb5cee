/* Tests of codecache/proof.c: which calls are kept, when they are told, and that they are told in the end. */
#include "config.h"

#include "embed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codecache/proof.h"

static const struct unit_function meta = { .n_params = 1 };

/* What is told, and whether it is heard. */
static struct {
	unsigned times;
	Py_ssize_t calls;
	bool deaf;
} told;

static bool tell(const struct proof_calls *calls, void *userdata)
{
	assert_ptr_equal(userdata, &told);
	assert_ptr_equal(calls->meta, &meta);
	told.times++;
	told.calls = PyList_GET_SIZE(calls->calls);
	return !told.deaf;
}

static void call_with(struct proof *proof, PyObject *argument)
{
	proof_note_call(proof, &argument);
	Py_DECREF(argument);
}

/* How often it is told at the end of a request. */
static unsigned request_ends(void)
{
	told.times = 0;
	if (proof_is_open())
		proof_tell(tell, &told);
	return told.times;
}

static void three_calls_are_enough(void **state)
{
	(void)state;
	struct proof *proof = proof_new(NULL, &meta);
	for (int i = 0; i < 10; i++)
		call_with(proof, PyLong_FromLong(i));
	assert_int_equal(request_ends(), 1);
	assert_int_equal(told.calls, 3);
	call_with(proof, PyLong_FromLong(1)); /* once in a process */
	assert_false(proof_is_open());
	free(proof);
}

static void fewer_are_told_after_some_requests(void **state)
{
	(void)state;
	struct proof *proof = proof_new(NULL, &meta);
	assert_int_equal(request_ends(), 0);
	call_with(proof, PyLong_FromLong(1));
	for (int i = 0; i < 7; i++)
		assert_int_equal(request_ends(), 0);
	assert_int_equal(request_ends(), 1);
	assert_int_equal(told.calls, 1);
	assert_int_equal(request_ends(), 0);
	free(proof);
}

static void what_cannot_be_copied_is_no_call(void **state)
{
	(void)state;
	struct proof *proof = proof_new(NULL, &meta);
	for (int i = 0; i < 20; i++)
		call_with(proof, PyModule_New("an object"));
	assert_false(proof_is_open());
	call_with(proof, PyLong_FromLong(1)); /* that was enough */
	assert_false(proof_is_open());
	free(proof);
}

static void who_does_not_hear_is_told_again(void **state)
{
	(void)state;
	struct proof *proof = proof_new(NULL, &meta), *other = proof_new(NULL, &meta);
	told.deaf = true;
	for (int i = 0; i < 3; i++)
		call_with(proof, PyLong_FromLong(i));
	call_with(other, PyLong_FromLong(1));
	for (int i = 0; i < 3; i++)
		assert_int_equal(request_ends(), 1);
	told.deaf = false;
	assert_int_equal(request_ends(), 1);
	assert_int_equal(told.calls, 3);
	assert_true(proof_is_open());
	for (int i = 0; i < 10; i++)
		(void)request_ends();
	assert_false(proof_is_open());
	free(proof);
	free(other);
}

static void not_in_a_zygote(void **state)
{
	(void)state;
	struct proof *proof = proof_new(NULL, &meta);
	proof_record(false);
	call_with(proof, PyLong_FromLong(1));
	assert_false(proof_is_open());
	proof_record(true);
	free(proof);
}

static int start(void **state)
{
	(void)state;
	embed_start();
	proof_record(true);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_calls_are_enough),
		cmocka_unit_test(fewer_are_told_after_some_requests),
		cmocka_unit_test(what_cannot_be_copied_is_no_call),
		cmocka_unit_test(who_does_not_hear_is_told_again),
		cmocka_unit_test(not_in_a_zygote),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, start, NULL);
}

/* emit.c - what the emitter does with blocks, phis, exits, constants, globals and polls, and what its object files are
 * made of. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecache/jit/gcc_memory.h"
#include "codecache/jit/emit.h"
#include "t/unit/emit_helper.h"

#define HEADER  "function t symbol f params object object object\n"
#define UNTAKEN "exit e0 pc 0: locals [] stack []\n"

static struct side_exit side_exit;

static PyObject *call(const char *text, PyObject *const *consts, PyObject *a, PyObject *b)
{
	return emit_call(emit_one(text), consts, (PyObject *[]){ a, b, a }, &side_exit);
}

/* a, b = b, a on every round: each phi's operand is the other phi. */
static void test_phis_swap(void **state)
{
	(void)state;
	native_code *code = emit_one(HEADER "b0:\n"
					    "  v0 = param 0\n"
					    "  v1 = unbox_i64 v0 !e0\n"
					    "  v2 = const_i64 1\n"
					    "  v3 = const_i64 2\n"
					    "  v4 = const_i64 0\n"
					    "  jump b1\n"
					    "b1 loop preds b0 b2:\n"
					    "  v5 = phi i64 v2 v6\n"
					    "  v6 = phi i64 v3 v5\n"
					    "  v7 = phi i64 v1 v9\n"
					    "  v8 = i64.gt v7 v4\n"
					    "  branch v8 b2 b3\n"
					    "b2 preds b1:\n"
					    "  v9 = i64.sub_wrap v7 v2\n"
					    "  jump b1\n"
					    "b3 preds b1:\n"
					    "  v10 = const_i64 10\n"
					    "  v11 = i64.mul_wrap v5 v10\n"
					    "  v12 = i64.add_wrap v11 v6\n"
					    "  return v12\n" UNTAKEN);
	assert_int_equal(emit_call(code, NULL, (PyObject *[]){ object_i64(0) }, &side_exit)->i, 12);
	assert_int_equal(emit_call(code, NULL, (PyObject *[]){ object_i64(1) }, &side_exit)->i, 21);
	assert_int_equal(emit_call(code, NULL, (PyObject *[]){ object_i64(8) }, &side_exit)->i, 12);
}

/* The phi's old value is used after the loop, where the new one is ready already (the lost copy problem). */
static void test_phi_used_after_the_loop(void **state)
{
	(void)state;
	PyObject *result = call(HEADER "b0:\n"
				       "  v0 = param 0\n"
				       "  v1 = unbox_i64 v0 !e0\n"
				       "  v2 = const_i64 1\n"
				       "  jump b1\n"
				       "b1 loop preds b0 b1:\n"
				       "  v3 = phi i64 v2 v4\n"
				       "  v4 = i64.add_wrap v3 v2\n"
				       "  v5 = i64.lt v4 v1\n"
				       "  branch v5 b1 b2\n"
				       "b2 preds b1:\n"
				       "  return v3\n" UNTAKEN,
				NULL, object_i64(10), NULL);
	assert_int_equal(result->i, 9);
}

/* Both ways of the branch go to one block: which value a phi gets is told by the edge. */
static void test_branch_to_one_block(void **state)
{
	(void)state;
	native_code *code = emit_one(HEADER "b0:\n"
					    "  v0 = param 0\n"
					    "  v1 = unbox_bool v0 !e0\n"
					    "  v2 = const_f64 1.5\n"
					    "  v3 = const_f64 -0.0\n"
					    "  branch v1 b1 b1\n"
					    "b1 preds b0 b0:\n"
					    "  v4 = phi f64 v2 v3\n"
					    "  return v4\n" UNTAKEN);
	assert_true(emit_call(code, NULL, (PyObject *[]){ object_bool(true) }, &side_exit)->f == 1.5);
	PyObject *zero = emit_call(code, NULL, (PyObject *[]){ object_bool(false) }, &side_exit);
	assert_true(zero->f == 0 && signbit(zero->f));
}

static void test_slots_of_an_exit(void **state)
{
	(void)state;
	PyObject *object = object_i64(-5), *number = object_f64(2.5);
	PyObject *result = call(HEADER "b0:\n"
				       "  v0 = param 0\n"
				       "  v1 = param 1\n"
				       "  v2 = unbox_i64 v0 !e0\n"
				       "  v3 = unbox_f64 v1 !e0\n"
				       "  v4 = i64.to_i128 v2\n"
				       "  v5 = i128.add_i64 v4 v2\n"
				       "  v6 = i64.lt v2 v2\n"
				       "  v7 = bool.not v6\n"
				       "  side_exit !e2\n" UNTAKEN "exit e1 pc 1: locals [] stack []\n"
				       "exit e2 pc 2: locals [obj v1, unbound, f64 v3] stack [bool v7, null, "
				       "range_iter(i64 v2, i128 v5, i64 v2), bool v6]\n",
				NULL, object, number);
	assert_null(result);
	assert_int_equal(side_exit.number, 2);
	assert_ptr_equal(side_exit.slot[0].o, number);
	assert_true(side_exit.slot[1].f == 2.5);
	assert_int_equal(side_exit.slot[2].i, 1);
	assert_int_equal(side_exit.slot[3].i, -5);
	assert_int_equal(side_exit.slot[4].i, -10);
	assert_int_equal(side_exit.slot[5].i, -1);
	assert_int_equal(side_exit.slot[6].i, 0);                  /* v2 has its slot already */
	assert_int_equal(side_exit.slot[7].i, 0x5555555555555555); /* nothing beyond */
}

/* They share code for the lower slots; the higher ones are theirs. */
static void test_exits_that_store_nearly_the_same(void **state)
{
	(void)state;
	native_code *code = emit_one(HEADER "b0:\n"
					    "  v0 = param 0\n"
					    "  v1 = param 1\n"
					    "  v2 = unbox_i64 v0 !e0\n"
					    "  v3 = i64.add v2 v2 !e1\n"
					    "  v4 = i64.mul v3 v2 !e2\n"
					    "  v5 = i64.add v4 v4 !e3\n"
					    "  return v5\n"
					    "exit e0 pc 0: locals [obj v0, obj v1] stack []\n"
					    "exit e1 pc 2: locals [obj v0, obj v1] stack [i64 v2]\n"
					    "exit e2 pc 4: locals [obj v0, obj v1] stack [i64 v2, i64 v3]\n"
					    "exit e3 pc 6: locals [obj v0, obj v1] stack [i64 v4, i64 v3]\n");
	const int64_t expected[][4] = { /* what comes in, the exit, what is on the stack */
					{ 1L << 62, 1, 1L << 62, 0x5555555555555555 },
					{ 1L << 40, 2, 1L << 40, 1L << 41 },
					{ 1800000000, 3, 6480000000000000000, 3600000000 }
	};
	for (int i = 0; i < 3; i++) {
		PyObject *args[] = { object_i64(expected[i][0]), object_f64(2.5) };
		assert_null(emit_call(code, NULL, args, &side_exit));
		assert_int_equal(side_exit.number, expected[i][1]);
		assert_ptr_equal(side_exit.slot[0].o, args[0]);
		assert_ptr_equal(side_exit.slot[1].o, args[1]);
		assert_int_equal(side_exit.slot[2].i, expected[i][2]);
		assert_int_equal(side_exit.slot[3].i, expected[i][3]);
	}
}

static void test_arguments_of_other_types(void **state)
{
	(void)state;
	static const char *const unboxes[] = { "unbox_i64", "unbox_f64", "unbox_bool" };
	PyObject *objects[] = { object_i64(7), object_f64(7), object_bool(true), object_i64((__int128)1 << 64) };
	for (int u = 0; u < 3; u++) {
		char text[256];
		(void)snprintf(text, sizeof(text),
			       HEADER
			       "b0:\nv0 = param 0\nv1 = %s v0 !e0\nreturn v1\nexit e0 pc 0: locals [obj v0] stack []\n",
			       unboxes[u]);
		native_code *code = emit_one(text);
		for (int o = 0; o < 4; o++) {
			PyObject *result = emit_call(code, NULL, &objects[o], &side_exit);
			if (o == u)
				assert_true(result->kind == objects[o]->kind && result->i == objects[o]->i &&
					    result->f == objects[o]->f);
			else
				assert_true(!result && side_exit.number == 0 && side_exit.slot[0].o == objects[o]);
		}
	}
}

static void test_constants(void **state)
{
	(void)state;
	PyObject *consts[] = { NULL, NULL, object_i64(1), object_i64(2) };
	assert_true(call(HEADER "b0:\nv0 = const_i64 -9223372036854775808\nreturn v0\n" UNTAKEN, NULL, NULL, NULL)->i ==
		    INT64_MIN);
	assert_true(call(HEADER "b0:\nv0 = const_f64 5e-324\nreturn v0\n" UNTAKEN, NULL, NULL, NULL)->f == 5e-324);
	assert_true(isnan(call(HEADER "b0:\nv0 = const_f64 nan\nreturn v0\n" UNTAKEN, NULL, NULL, NULL)->f));
	assert_true(call(HEADER "b0:\nv0 = const_f64 -inf\nreturn v0\n" UNTAKEN, NULL, NULL, NULL)->f == -INFINITY);
	PyObject *yes = call(HEADER "b0:\nv0 = const_bool true\nreturn v0\n" UNTAKEN, NULL, NULL, NULL);
	assert_true(yes->kind == 'b' && yes->i == 1);
	PyObject *object =
		call("function t symbol f params\nconst c0 object 1\nconst c1 object 2\nb0:\nv0 = const_obj c1\n"
		     "return v0\n" UNTAKEN,
		     consts, NULL, NULL);
	assert_ptr_equal(object, consts[3]);
}

static void test_globals(void **state)
{
	(void)state;
	static const char names[] = "function t symbol f params\nconst c0 name \"n\"\nconst c1 object 1\n";
	char text[512];
	(void)snprintf(text, sizeof(text),
		       "%sb0:\nv0 = const_i64 0\nv1 = global_obj c0 v0 !e0\nv2 = unbox_i64 v1 !e0\nreturn v2\n" UNTAKEN,
		       names);
	native_code *code = emit_one(text);
	int64_t versions[8] = { 0, 0, 0, 1, 0, 0, 0, 0 }; /* of two dicts; the caches, of version 0, are never theirs */
	PyObject *dict = (PyObject *)versions, *consts[7] = { dict, dict, object_i64(-3), object_f64(2.5) };
	assert_true(emit_call(code, consts, NULL, &side_exit)->i == -3);
	consts[2] = consts[3];
	assert_null(emit_call(code, consts, NULL, &side_exit));
	assert_int_equal(side_exit.number, 0);

	(void)snprintf(text, sizeof(text),
		       "%sb0:\nv0 = const_i64 0\nv1 = global_obj c0 v0 !e0\nv2 = unbox_f64 v1 !e0\nreturn v2\n" UNTAKEN,
		       names);
	assert_true(emit_call(emit_one(text), consts, NULL, &side_exit)->f == 2.5);

	(void)snprintf(text, sizeof(text),
		       "%sb0:\nv0 = const_i64 0\nguard_global c0 v0 !e0\nv1 = const_obj c1\nreturn v1\n" UNTAKEN,
		       names);
	code = emit_one(text);
	assert_ptr_equal(emit_call(code, consts, NULL, &side_exit), consts[3]);
	consts[2] = object_i64(1);
	assert_null(emit_call(code, consts, NULL, &side_exit));
	assert_int_equal(side_exit.number, 0);
}

static void test_identity_and_guard(void **state)
{
	(void)state;
	native_code *code = emit_one(HEADER "b0:\n"
					    "  v0 = param 0\n"
					    "  v1 = param 1\n"
					    "  v2 = obj.is v0 v1\n"
					    "  guard v2 !e0\n"
					    "  return v1\n" UNTAKEN);
	PyObject *a = object_i64(1), *b = object_i64(1);
	assert_ptr_equal(emit_call(code, NULL, (PyObject *[]){ a, a }, &side_exit), a);
	assert_null(emit_call(code, NULL, (PyObject *[]){ a, b }, &side_exit));
	assert_int_equal(side_exit.number, 0);
}

/* Counts to parameter 0 with a poll each time. */
static const char polling[] = HEADER "b0:\n"
				     "  v0 = param 0\n"
				     "  v1 = unbox_i64 v0 !e0\n"
				     "  v2 = const_i64 0\n"
				     "  v3 = const_i64 1\n"
				     "  jump b1\n"
				     "b1 loop preds b0 b1:\n"
				     "  v4 = phi i64 v2 v5\n"
				     "  v5 = i64.add_wrap v4 v3\n"
				     "  v6 = i64.lt v5 v1\n"
				     "  poll !e1\n"
				     "  branch v6 b1 b2\n"
				     "b2 preds b1:\n"
				     "  return v5\n"
				     "exit e0 pc 0: locals [] stack []\n"
				     "exit e1 pc 1: locals [i64 v5] stack []\n";

/* A frame with one local: a poll that finds something to do tells it where it is. */
struct frame {
	PyObject *words[-RT_FRAME_FUNCTION], *local;
};

static void test_poll(void **state)
{
	(void)state;
	native_code *code = emit_one(polling);
	struct frame frame = { .local = object_i64(5) };
	fake_polls = 0;
	assert_int_equal(emit_call(code, NULL, &frame.local, &side_exit)->i, 5);
	assert_int_equal(fake_polls, 0);
	PyObject **instr = &frame.words[RT_FRAME_INSTR - RT_FRAME_FUNCTION];
	assert_null(*instr);
	fake_breaker = 1;
	assert_int_equal(emit_call(code, NULL, &frame.local, &side_exit)->i, 5);
	assert_int_equal(fake_polls, 1);
	assert_int_equal((intptr_t)*instr, RT_CODE_FIRST_INSTR); /* the code at NULL, its first instruction */
	fake_breaker = 1;
	fake_poll_result = 1;
	assert_null(emit_call(code, NULL, &frame.local, &side_exit));
	assert_int_equal(side_exit.number, 1);
	assert_int_equal(side_exit.slot[0].i, 1);
	fake_poll_result = 0;
}

static void *raise_breaker(void *entered)
{
	while (!*(volatile int *)entered)
		(void)sched_yield();
	for (int i = 0; i < 1000; i++)
		(void)sched_yield();
	fake_breaker = 1;
	return NULL;
}

static int entered;
static int unbox_and_tell(PyObject *object, int64_t *ret)
{
	*ret = (int64_t)object->i;
	*(volatile int *)&entered = 1;
	return 1;
}

/* The loop has run for a while when another thread asks for attention: it must look each time.  (If it does not, it
 * runs for years.) */
static void test_poll_in_a_running_loop(void **state)
{
	(void)state;
	native_code *code = emit_symbol(emit_load((const char *[]){ polling }, 1, 3), "f");
	struct frame frame = { .local = object_i64(INT64_MAX) };
	pthread_t thread;
	__typeof__(fake_rt.unbox_i64) saved = fake_rt.unbox_i64;
	fake_rt.unbox_i64 = unbox_and_tell;
	fake_poll_result = 1;
	assert_int_equal(pthread_create(&thread, NULL, raise_breaker, &entered), 0);
	assert_null(emit_call(code, NULL, &frame.local, &side_exit));
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(side_exit.number, 1);
	assert_true(side_exit.slot[0].i > 0);
	fake_rt.unbox_i64 = saved;
	fake_poll_result = 0;
}

static void test_wide_result(void **state)
{
	(void)state;
	PyObject *result = call(HEADER "b0:\n"
				       "  v0 = param 0\n"
				       "  v1 = unbox_i64 v0 !e0\n"
				       "  v2 = i64.to_i128 v1\n"
				       "  v3 = i128.add_i64 v2 v1\n"
				       "  return v3\n" UNTAKEN,
				NULL, object_i64(INT64_MIN), NULL);
	assert_true(result->i == (__int128)INT64_MIN * 2);
}

/* ---- object files ---------------------------------------------------------- */

static char *read_object(void)
{
	FILE *file = fopen(emit_object_path(), "r");
	assert_non_null(file);
	char *bytes = calloc(1, 1 << 20);
	assert_non_null(bytes);
	assert_true(fread(bytes, 1, 1 << 20, file) > sizeof(Elf64_Ehdr));
	(void)fclose(file);
	return bytes;
}

/* Only relocations that stay inside the object and need no address; nothing undefined; no unwind tables. */
static void test_object_is_self_contained(void **state)
{
	(void)state;
	const char *text = HEADER "b0:\n"
				  "  v0 = param 0\n"
				  "  v1 = unbox_f64 v0 !e0\n"
				  "  v2 = f64.neg v1\n"
				  "  v3 = f64.abs v1\n"
				  "  v4 = const_f64 0.1\n"
				  "  v5 = f64.mul v2 v4\n"
				  "  v6 = f64.add v5 v3\n"
				  "  return v6\n" UNTAKEN;
	(void)emit_load(&text, 1, 3);
	char *bytes = read_object();
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
	const Elf64_Shdr *sections = (const Elf64_Shdr *)(bytes + header->e_shoff);
	const char *names = bytes + sections[header->e_shstrndx].sh_offset;
	int n = 0;
	for (int s = 0; s < header->e_shnum; s++) {
		assert_null(strstr(names + sections[s].sh_name, "eh_frame"));
		if (sections[s].sh_type != SHT_RELA)
			continue;
		const Elf64_Rela *rela = (const Elf64_Rela *)(bytes + sections[s].sh_offset);
		const Elf64_Sym *symbols = (const Elf64_Sym *)(bytes + sections[sections[s].sh_link].sh_offset);
		for (; (const char *)rela < bytes + sections[s].sh_offset + sections[s].sh_size; rela++, n++) {
			assert_int_equal(ELF64_R_TYPE(rela->r_info), R_X86_64_PC32);
			assert_int_not_equal(symbols[ELF64_R_SYM(rela->r_info)].st_shndx, SHN_UNDEF);
		}
	}
	assert_true(n > 0);
	free(bytes);
}

/* The tests before this one have had much compiled. */
static void test_huge_pages(void **state)
{
	(void)state;
	void *block = malloc(16);
	bool is_libc = (uintptr_t)block < (uintptr_t)sbrk(0); /* and not valgrind's heap */
	bool is_heap = false, heap = false, other = false, eligible = false;
	free(block);
	char line[4096];
	FILE *f = fopen("/proc/self/smaps", "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (strchr(line, '-') && strchr(line, '-') < strchr(line, ' '))
			is_heap = strstr(line, "[heap]") != NULL;
		eligible |= strncmp(line, "THPeligible:", 12) == 0;
		if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg"))
			*(is_heap ? &heap : &other) = true;
	}
	(void)fclose(f);
	if (!is_libc || !eligible || GCC_MEMORY_DLOPEN == RTLD_LOCAL)
		skip();
	assert_true(heap);
	assert_true(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phis_swap),
		cmocka_unit_test(test_phi_used_after_the_loop),
		cmocka_unit_test(test_branch_to_one_block),
		cmocka_unit_test(test_slots_of_an_exit),
		cmocka_unit_test(test_exits_that_store_nearly_the_same),
		cmocka_unit_test(test_arguments_of_other_types),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_globals),
		cmocka_unit_test(test_identity_and_guard),
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_poll_in_a_running_loop),
		cmocka_unit_test(test_wide_result),
		cmocka_unit_test(test_object_is_self_contained),
		cmocka_unit_test(test_huge_pages),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, emit_setup, emit_teardown);
}

/* emit_helper.c - see emit_helper.h */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecache/jit/gcc_memory.h"
#include "codecache/jit/emit.h"
#include "codecache/jit/ir.h"
#include "t/unit/emit_helper.h"

static char directory[] = "/tmp/preforge-emit-XXXXXX";
static char object_path[128];
static int n_objects;

/* ---- the runtime ----------------------------------------------------------- */

static const char fake_types[4]; /* int, float, bool, another */

static PyObject *object_new(char kind, __int128 i, double f)
{
	static PyObject *all; /* reachable to the end, for leak checkers */
	static size_t n = 65536, used = 65536;
	if (used == n) {
		PyObject *more = calloc(n, sizeof(*more));
		assert_non_null(more);
		memcpy(more, &all, sizeof(all)); /* in the place of the first one */
		all = more;
		used = 1;
	}
	PyObject *o = &all[used];
	*o = (PyObject){ .refcount = 1, .type = &fake_types[kind == 'i' ? 0 : kind == 'f' ? 1 : kind == 'b' ? 2 : 3] };
	o->kind = kind;
	o->i = i;
	if (kind == 'f')
		o->f = f;
	else if (i > -(1 << 30) && i < 1 << 30)
		o->size = (i > 0) - (i < 0), o->digit = (uint32_t)(i < 0 ? -i : i);
	else
		o->size = i < 0 ? -3 : 3;
	return &all[used++];
}

PyObject *object_i64(__int128 value)
{
	return object_new('i', value, 0);
}

PyObject *object_f64(double value)
{
	return object_new('f', 0, value);
}

PyObject *object_bool(bool value)
{
	return object_new('b', value, 0);
}

static PyObject *box_i64(int64_t value)
{
	return object_i64(value);
}

static PyObject *box_bool(int64_t value)
{
	return object_new('b', value, 0);
}

static PyObject *box_i128(int64_t low, int64_t high)
{
	return object_i64((__int128)(((unsigned __int128)(uint64_t)high << 64) | (uint64_t)low));
}

static PyObject *new_ref(PyObject *object)
{
	return object;
}

static int unbox_i64(PyObject *object, int64_t *ret)
{
	if (object->kind != 'i' || object->i != (int64_t)object->i)
		return 0;
	*ret = (int64_t)object->i;
	return 1;
}

static int unbox_f64(PyObject *object, double *ret)
{
	if (object->kind != 'f')
		return 0;
	*ret = object->f;
	return 1;
}

static int unbox_bool(PyObject *object, int64_t *ret)
{
	if (object->kind != 'b')
		return 0;
	*ret = (int64_t)object->i;
	return 1;
}

/* Here a "name" is the object that the global is. */
static PyObject *load_global(PyObject *const *consts, int64_t globals, int64_t index, int64_t at)
{
	(void)globals, (void)at;
	return consts[index];
}

static int global_is(PyObject *const *consts, int64_t globals, int64_t index, int64_t at)
{
	(void)globals, (void)at;
	return consts[index] == consts[index + 1];
}

static int64_t i64_mulmod(int64_t a, int64_t b, int64_t modulus)
{
	__int128 product = (__int128)a * b, remainder = product % modulus;
	return (int64_t)(remainder != 0 && (remainder < 0) != (modulus < 0) ? remainder + modulus : remainder);
}

/* Not pow(), but depends on all three. */
static int i64_powmod(int64_t base, int64_t exponent, int64_t modulus, int64_t *ret)
{
	*ret = (int64_t)((uint64_t)base * 3 + (uint64_t)exponent * 5 + (uint64_t)modulus);
	return exponent >= 0 && modulus > 0;
}

static int i64_pow(int64_t base, int64_t exponent, int64_t *ret)
{
	__int128 result = 1;
	if (exponent < 0 || (exponent > 64 && base != 0 && base != 1 && base != -1))
		return 0;
	for (int64_t i = 0; i < (exponent > 64 ? 64 + (exponent & 1) : exponent); i++) {
		result *= base;
		if (result != (int64_t)result)
			return 0;
	}
	*ret = (int64_t)result;
	return 1;
}

static int f64_pow(double base, double exponent, double *ret)
{
	*ret = pow(base, exponent);
	return !isnan(*ret);
}

static double f64_floordiv(double a, double b)
{
	return floor(a / b);
}

volatile int32_t fake_breaker;
int fake_poll_result;
int fake_polls;

static int poll(void)
{
	fake_breaker = 0;
	fake_polls++;
	return fake_poll_result;
}

struct rt fake_rt = {
	.eval_breaker = &fake_breaker,
	.types = { [RT_TYPE_ID_int] = &fake_types[0],
		   [RT_TYPE_ID_float] = &fake_types[1],
		   [RT_TYPE_ID_bool] = &fake_types[2] },
	.box_i64 = box_i64,
	.box_f64 = object_f64,
	.box_bool = box_bool,
	.box_i128 = box_i128,
	.new_ref = new_ref,
	.unbox_i64 = unbox_i64,
	.unbox_f64 = unbox_f64,
	.unbox_bool = unbox_bool,
	.load_global = load_global,
	.global_is = global_is,
	.i64_pow = i64_pow,
	.i64_powmod = i64_powmod,
	.i64_mulmod = i64_mulmod,
	.f64_pow = f64_pow,
	.f64_floordiv = f64_floordiv,
	.f64_mod = fmod,
	.poll = poll,
};

/* ---- from text to code ----------------------------------------------------- */

int emit_setup(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

int emit_teardown(void **state)
{
	(void)state;
	char command[128];
	(void)snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

/* The module as it is installed, not its sources: it must be complete in itself. */
static __typeof__(pf_emit_object) *emitter(void)
{
	const char *builddir = getenv("PREFORGE_BUILDDIR");
	char path[512];
	(void)snprintf(path, sizeof(path), "%s/bin/preforge-gccjit.so", builddir ? builddir : ".");
	void *module = dlopen(path, RTLD_NOW | GCC_MEMORY_DLOPEN);
	if (!module)
		fail_msg("%s", dlerror());
	__typeof__(pf_emit_object) *emit = (__typeof__(pf_emit_object) *)dlsym(module, "pf_emit_object");
	assert_non_null(emit);
	return emit;
}

static struct ir_function *parsed(const char *text)
{
	struct cause cause = CAUSE_INIT;
	struct ir_function *f = NULL;
	if (ir_parse(text, &f, &cause) < 0 || ir_verify(f, &cause) < 0)
		fail_msg("%s\n%s", cause.text, text);
	ir_assign_slots(f);
	return f;
}

static void *link_and_load(void)
{
	char library[160], command[512];
	(void)snprintf(library, sizeof(library), "%s.so", object_path);
	(void)snprintf(command, sizeof(command), "gcc -shared -o %s %s", library, object_path);
	assert_int_equal(system(command), 0);
	void *loaded = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (!loaded)
		fail_msg("%s", dlerror());
	return loaded;
}

void *emit_load(const char *const *texts, int n, int optimize)
{
	struct ir_function **functions = calloc((size_t)n, sizeof(struct ir_function *));
	assert_non_null(functions);
	for (int i = 0; i < n; i++)
		functions[i] = parsed(texts[i]);
	(void)snprintf(object_path, sizeof(object_path), "%s/%d.o", directory, n_objects++);
	struct emit_options options = { .optimize = optimize, .object_path = object_path };
	struct cause cause = CAUSE_INIT;
	if (emitter()(functions, (size_t)n, &options, &cause) < 0)
		fail_msg("%s", cause.text);
	for (int i = 0; i < n; i++)
		ir_function_free(functions[i]);
	free(functions);
	return link_and_load();
}

native_code *emit_symbol(void *library, const char *symbol)
{
	native_code *code = (native_code *)dlsym(library, symbol);
	if (!code)
		fail_msg("%s", dlerror());
	return code;
}

native_code *emit_one(const char *text)
{
	return emit_symbol(emit_load(&text, 1, 2), "f");
}

const char *emit_object_path(void)
{
	return object_path;
}

PyObject *emit_call(native_code *code, PyObject *const *consts, PyObject *const *args, struct side_exit *exit)
{
	memset(exit, 0x55, sizeof(*exit));
	exit->number = -1;
	return code(&fake_rt, consts, args, exit);
}

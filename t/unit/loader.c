/* loader.c - object files that gcc makes now run from the arena; others are refused; damaged ones never crash. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "codecache/loader.h"
#include "common/cleanup.h"

enum { SIZE = 32 << 20 };

struct object {
	unsigned char *bytes;
	size_t size;
};

static void object_free(struct object *object)
{
	free(object->bytes);
}

static struct object file_read(const char *path)
{
	struct stat st;
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	struct object object = { malloc((size_t)st.st_size + 1), (size_t)st.st_size };
	assert_non_null(object.bytes);
	assert_int_equal(read(fd, object.bytes, object.size), object.size);
	return object;
}

/* What gcc makes of source; language is "c" or "assembler". */
static struct object compiled(const char *language, const char *options, const char *source)
{
	char directory[] = "/tmp/preforge-loader-XXXXXX", path[64], command[256];
	assert_non_null(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/a.o", directory);
	(void)snprintf(command, sizeof(command), "gcc -c -w %s -x %s -o %s -", options, language, path);
	FILE *gcc = popen(command, "we");
	assert_non_null(gcc);
	assert_true(fputs(source, gcc) >= 0);
	assert_int_equal(pclose(gcc), 0);
	struct object object = file_read(path);
	(void)unlink(path);
	(void)rmdir(directory);
	return object;
}

static const char SOURCE[] =
	"#include <stddef.h>\n"
	"#include <string.h>\n"
	"typedef long i64;\n"
	"i64 many(i64 x) {\n"
	"  switch (x) {\n"
	"  case 0: return 7; case 1: return x * 3; case 2: return x - 90; case 3: return x << 9; case 4: return x / "
	"3;\n"
	"  case 5: return x * x * x; case 6: return ~x; case 7: return -x; case 8: return 12; case 9: return x ^ 77;\n"
	"  default: return -1; } }\n"
	"double fp(double x) { return x * 2.5 + 0.125; }\n"
	"void vector(float *p) { for (int i = 0; i < 64; i++) p[i] = p[i] * 3.0f + (float)(i % 4); }\n"
	"void copy(char *to, const char *from, size_t n) { memcpy(to, from, n); }\n"
	"void clear(char *to, size_t n) { memset(to, 0, n); }\n"
	"i64 wide(i64 a, i64 b, i64 c) { return (i64)((__int128)a * b / c); }\n"
	"__attribute__((noinline)) i64 twice(i64 x) { asm(\"\"); return 2 * x; }\n"
	"static __attribute__((noinline)) i64 hidden(i64 x) { asm(\"\"); return twice(x) + 1; }\n"
	"i64 calls(i64 x) { return hidden(x) + twice(x); }\n"
	"i64 (*address(void))(i64) { return twice; }\n"
	"static const char *const names[] = { \"zero\", \"one\", \"two\" };\n"
	"const char *name(i64 i) { return names[i]; }\n";

static struct arena *arena_make(size_t size)
{
	struct cause cause = CAUSE_INIT;
	struct arena *arena = NULL;
	assert_int_equal(arena_new(ARENA_CODE, size, &arena, &cause), 0);
	return arena;
}

static void *symbol(const struct image *image, const char *name)
{
	void *p = loader_symbol(image, name, NULL);
	if (!p)
		fail_msg("no symbol %s", name);
	return p;
}

static void many_check(const struct image *image)
{
	static const long expected[] = { 7, 3, -88, 1536, 1, 125, -7, -7, 12, 68, -1 };
	long (*many)(long) = (long (*)(long))symbol(image, "many");
	for (long i = 0; i < 11; i++)
		assert_int_equal(many(i), expected[i]);
}

static void memory_check(const struct image *image)
{
	char buffer[6000], other[6000];
	memset(buffer, 'x', sizeof(buffer));
	memset(other, 'y', sizeof(other));
	void (*copy)(char *, const char *, size_t) = (void (*)(char *, const char *, size_t))symbol(image, "copy");
	copy(buffer, other, 5000);
	assert_true(buffer[4999] == 'y' && buffer[5000] == 'x');
	void (*clear)(char *, size_t) = (void (*)(char *, size_t))symbol(image, "clear");
	clear(buffer, 300);
	assert_true(buffer[299] == 0 && buffer[300] == 'y');
}

static void vector_check(const struct image *image)
{
	float numbers[64];
	for (int i = 0; i < 64; i++)
		numbers[i] = (float)i;
	void (*vector)(float *) = (void (*)(float *))symbol(image, "vector");
	vector(numbers);
	for (int i = 0; i < 64; i++)
		assert_true(numbers[i] == (float)(3 * i + i % 4));
}

static void image_check(const struct image *image)
{
	many_check(image);
	memory_check(image);
	vector_check(image);
	assert_true(((double (*)(double))symbol(image, "fp"))(4.0) == 10.125);
	assert_int_equal(((long (*)(long, long, long))symbol(image, "wide"))(1L << 40, 1L << 40, 1L << 50), 1L << 30);
	assert_int_equal(((long (*)(long))symbol(image, "calls"))(10), 41);
	assert_ptr_equal(((void *(*)(void))symbol(image, "address"))(), symbol(image, "twice"));
	assert_string_equal(((const char *(*)(long))symbol(image, "name"))(2), "two");
	assert_null(loader_symbol(image, "hidden", NULL));
	assert_null(loader_symbol(image, "names", NULL));
	assert_null(loader_symbol(image, "memcpy", NULL));
	size_t size = 0;
	assert_non_null(loader_symbol(image, "many", &size));
	assert_in_range(size, 20, 500);
}

static void test_code_runs(void **state)
{
	(void)state;
	static const char *const options[] = { "-O2 -fPIC", "-O3 -fPIC -fno-plt -march=x86-64-v3 -ffp-contract=off",
					       "-O0 -fPIC", "-O2 -fPIC -g -ffunction-sections -fdata-sections",
					       "-Os -fPIE" };
	cleanup(arena_freep) struct arena *arena = arena_make(SIZE);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strstr(options[i], "v3") && !__builtin_cpu_supports("avx2"))
			continue;
		struct cause cause = CAUSE_INIT;
		cleanup(object_free) struct object object = compiled("c", options[i], SOURCE);
		cleanup(image_freep) struct image *image = NULL;
		int rc = loader_load(arena, object.bytes, object.size, &image, &cause);
		if (rc < 0)
			fail_msg("%s: %s", options[i], cause.text);
		assert_true(arena_contains(arena, symbol(image, "many")));
		image_check(image);
	}
}

static void test_unaligned_file(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	cleanup(arena_freep) struct arena *arena = arena_make(SIZE);
	cleanup(object_free) struct object object = compiled("c", "-O2 -fPIC", SOURCE);
	cleanup_free unsigned char *odd = malloc(object.size + 1);
	memcpy(odd + 1, object.bytes, object.size);
	cleanup(image_freep) struct image *image = NULL;
	assert_int_equal(loader_load(arena, odd + 1, object.size, &image, &cause), 0);
	image_check(image);
}

static const struct {
	const char *language, *options, *source, *cause;
} refused[] = {
	{ "c", "-fPIC", "int counter = 3; int f(void) { return counter++; }",
	  "section .data holds 4 bytes that can be written" },
	{ "c", "-fPIC", "static int counter; int f(void) { return counter++; }",
	  "section .bss holds 4 bytes that can be written" },
	{ "c", "-fPIC -fcommon", "int counter; int f(void) { return counter++; }",
	  ".text+0x7: symbol counter is in section 65522, which is not loaded" },
	{ "c", "-fPIC", "static __thread int x = 3; int f(void) { return x; }",
	  "section .tdata holds thread-local data" },
	{ "c", "-O2 -fPIC", "int puts(const char *); int f(void) { return puts(\"x\"); }",
	  ".text+0x8: undefined symbol puts" },
	{ "c", "-fPIC", "__attribute__((constructor)) static void f(void) { }",
	  "section .init_array holds 8 bytes that can be written" },
	{ "c", "-fPIC", "const int table[] = { 1 };", NULL },
	{ "assembler", "", ".globl f\nf: mov $f, %eax\nret\n", "relocation type 10 at .text+0x1" },
	{ "assembler", "", ".globl f\nf: movabs $f, %rax\nret\n", "an absolute address in code at .text+0x2" },
	{ "assembler", "", ".globl f\nf: call *memcpy@GOTPCREL(%rip)\nret\n", NULL },
	{ "assembler", "", ".section .rodata\n.quad memcpy\n.text\nf: ret\n",
	  ".rodata+0: the address of memcpy as data" },
	{ "assembler", "", ".section .rodata\n.quad f + 0x10000\n.text\nf: ret\n",
	  "an address outside of the image at .rodata+0" },
	{ "assembler", "", ".section .rodata\n.quad f - 1\n.text\nf: ret\n",
	  "an address outside of the image at .rodata+0" },
	{ "assembler", "", ".globl f\n.text\ncall f + 0x7fffffff\n.section .text.b,\"ax\"\n.space 64\nf: ret\n",
	  "a distance of more than 2 GiB at .text+0x1" },
	{ "assembler", "", "", "no code" },
	{ "assembler", "", ".section .text,\"ax\"\n.balign 8192\nf: ret\n", "section .text is aligned to 8192" },
	{ "assembler", "", ".type f, @gnu_indirect_function\n.globl f\nf: ret\ng: call f\n",
	  ".text+0x2: symbol f has type 10, which is not linked" },
};

static void test_refused(void **state)
{
	(void)state;
	cleanup(arena_freep) struct arena *arena = arena_make(SIZE);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct cause cause = CAUSE_INIT;
		cleanup(object_free) struct object object =
			compiled(refused[i].language, refused[i].options, refused[i].source);
		cleanup(image_freep) struct image *image = NULL;
		size_t used = arena_used(arena);
		int rc = loader_load(arena, object.bytes, object.size, &image, &cause);
		if (strcmp(cause.text, refused[i].cause ? refused[i].cause : "") != 0)
			fail_msg("%s: %d \"%s\"", refused[i].source, rc, cause.text);
		assert_int_equal(rc, refused[i].cause ? -EBADMSG : 0);
		if (rc < 0)
			assert_true(arena_used(arena) - used < 4096 && !image);
	}
}

static void test_no_object_file(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	struct image *image = NULL;
	cleanup(arena_freep) struct arena *arena = arena_make(4096);
	assert_int_equal(loader_load(arena, "", 0, &image, &cause), -EBADMSG);
	assert_string_equal(cause.text, "0 bytes are no object file");
	char text[100] = "int main() { return 1; }";
	assert_int_equal(loader_load(arena, text, sizeof(text), &image, &cause), -EBADMSG);
	assert_string_equal(cause.text, "not an ELF64 file in little-endian byte order");
	cleanup(object_free) struct object self = file_read("/proc/self/exe");
	assert_int_equal(loader_load(arena, self.bytes, self.size, &image, &cause), -EBADMSG);
	assert_non_null(strstr(cause.text, "not a relocatable file for x86-64"));
}

static void test_arena_full(void **state)
{
	(void)state;
	struct cause cause = CAUSE_INIT;
	struct image *image = NULL;
	cleanup(arena_freep) struct arena *arena = arena_make(4096);
	cleanup(object_free) struct object object = compiled("assembler", "", "f: .space 5000\nret\n");
	assert_int_equal(loader_load(arena, object.bytes, object.size, &image, &cause), -ENOSPC);
	assert_string_equal(cause.text, "the code cache is full: 0 of its 4096 bytes are used, 5008 more do not fit");
	assert_int_equal(arena_used(arena), 0);
}

/* xorshift: the same damage in every run */
static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Flip some bits, every second time in the tables at the file's end, where the structure is; or cut the file. */
static size_t damage(unsigned char *bytes, size_t size, uint64_t *seed)
{
	uint64_t kind = random_next(seed) % 8;
	size_t from = random_next(seed) % 2 ? 0 : size / 2;
	for (uint64_t n = 1 + random_next(seed) % 8; n > 0; n--) {
		size_t at = from + random_next(seed) % (size - from);
		if (kind < 4)
			bytes[at] ^= (unsigned char)(1U << random_next(seed) % 8);
		else if (kind < 7)
			bytes[at] = (unsigned char)random_next(seed);
	}
	return kind == 7 ? random_next(seed) % size : size;
}

static void test_damage_never_crashes(void **state)
{
	(void)state;
	uint64_t seed = 0x9e3779b97f4a7c15;
	unsigned loaded = 0, rejected = 0;
	cleanup(arena_freep) struct arena *arena = arena_make(SIZE);
	cleanup(object_free) struct object object = compiled("c", "-O2 -fPIC", SOURCE);
	for (int i = 0; i < 4000; i++) {
		struct cause cause = CAUSE_INIT;
		cleanup(image_freep) struct image *image = NULL;
		/* Of exactly its size, so that a sanitizer sees any read beyond it. */
		cleanup_free unsigned char *copy = malloc(object.size);
		memcpy(copy, object.bytes, object.size);
		size_t size = damage(copy, object.size, &seed);
		cleanup_free unsigned char *exact = malloc(size ? size : 1);
		memcpy(exact, copy, size);
		int rc = loader_load(arena, exact, size, &image, &cause);
		if (rc == 0) {
			loaded++;
			(void)loader_symbol(image, "many", NULL);
		} else {
			rejected++;
			assert_true(cause.text[0] != '\0' && !image);
		}
	}
	print_message("# %u loaded, %u refused\n", loaded, rejected);
	assert_true(loaded > 100 && rejected > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_runs),  cmocka_unit_test(test_unaligned_file),
		cmocka_unit_test(test_refused),    cmocka_unit_test(test_no_object_file),
		cmocka_unit_test(test_arena_full), cmocka_unit_test(test_damage_never_crashes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

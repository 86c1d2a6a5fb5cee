/* Memory in huge pages: where it begins, and that the heap grows whatever is free at its end. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/huge_pages.h"

static void test_map(void **state)
{
	(void)state;
	size_t size = 3 * HUGE_PAGE / 2;
	char *memory = huge_pages_map(size);
	assert_non_null(memory);
	assert_int_equal((uintptr_t)memory % HUGE_PAGE, 0);
	memory[0] = memory[size - 1] = 1;
	assert_int_equal(munmap(memory, size), 0);
}

static void test_heap_grows(void **state)
{
	(void)state;
	void *block = malloc(16);
	bool is_libc = (uintptr_t)block < (uintptr_t)sbrk(0); /* and not a sanitizer's heap, or valgrind's */
	free(block);
	if (!is_libc)
		skip();
	assert_int_equal(mallopt(M_MMAP_THRESHOLD, 16 << 20), 1);
	assert_int_equal(mallopt(M_TRIM_THRESHOLD, 64 << 20), 1);
	void *volatile at_end = malloc(3 << 20);
	free(at_end);
	char *end = sbrk(0);
	huge_pages_heap(8 << 20);
	assert_true((char *)sbrk(0) >= end + (8 << 20));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_map), cmocka_unit_test(test_heap_grows) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

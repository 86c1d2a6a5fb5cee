/* driver.c - runs a fuzz target over its seeds and over random changes to them: the same ones each time, so that a
 * failure can be repeated.  fuzz_NAME FILE... runs it over these files alone. */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "t/fuzz/fuzz.h"

enum { RUNS = 20000, MAX_SIZE = 1 << 20, MAX_CHANGES = 6 };

static unsigned seed = 1;

static size_t below(size_t n)
{
	return n ? ((size_t)rand_r(&seed) << 15 ^ (size_t)rand_r(&seed)) % n : 0;
}

/* One change; the room is twice MAX_SIZE. */
static size_t change(uint8_t *bytes, size_t size)
{
	static const uint64_t numbers[] = { 0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, UINT64_MAX };
	size_t at = below(size), n = below(64) + 1;
	if (size == 0)
		return 0;
	switch (below(7)) {
	case 0: bytes[at] ^= (uint8_t)(1 << below(8)); break;
	case 1: bytes[at] = (uint8_t)below(256); break;
	case 2: return at;
	case 3: /* leave some out */
		n = n > size - at ? size - at : n;
		memmove(bytes + at, bytes + at + n, size - at - n);
		return size - n;
	case 4: /* some of it twice */
		n = n > size - at ? size - at : n;
		memmove(bytes + at + n, bytes + at, size - at);
		return size + n;
	case 5: /* some of it elsewhere */
		n = n > size - at ? size - at : n;
		memmove(bytes + below(size - n + 1), bytes + at, n);
		break;
	default: /* a number that is on some edge */
		n = (size_t)1 << below(4);
		if (n <= size - at)
			memcpy(bytes + at, &numbers[below(sizeof(numbers) / sizeof(numbers[0]))], n);
	}
	return size;
}

static int run_seed(const char *path, unsigned runs)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	cleanup_free uint8_t *original = malloc(MAX_SIZE), *bytes = malloc((size_t)2 * MAX_SIZE);
	if (!file || !original || !bytes)
		return 1;
	size_t size = fread(original, 1, MAX_SIZE, file);
	(void)LLVMFuzzerTestOneInput(original, size);
	for (unsigned i = 0; i < runs; i++) {
		size_t n = size;
		memcpy(bytes, original, size);
		for (size_t k = below(MAX_CHANGES) + 1; k > 0; k--)
			n = change(bytes, n);
		/* Of exactly this size, so that sanitizers see what is read behind it. */
		cleanup_free uint8_t *exact = malloc(n ? n : 1);
		if (!exact)
			return 1;
		memcpy(exact, bytes, n);
		(void)LLVMFuzzerTestOneInput(exact, n);
	}
	return 0;
}

static int is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int run_seeds(void)
{
	struct dirent **entries = NULL;
	int n = scandir(FUZZ_CORPUS, &entries, is_seed, alphasort), failed = n <= 0;
	for (int i = 0; i < n; i++) {
		char path[4096];
		(void)snprintf(path, sizeof(path), "%s/%s", FUZZ_CORPUS, entries[i]->d_name);
		failed |= run_seed(path, RUNS);
		free(entries[i]);
	}
	free(entries);
	(void)printf("1..1\n%s 1 - %d seeds, %d changes to each\n", failed ? "not ok" : "ok", n, RUNS);
	return failed;
}

int main(int argc, char **argv)
{
	int failed = 0;
	for (int i = 1; i < argc; i++)
		failed |= run_seed(argv[i], 0);
	return argc > 1 ? failed : run_seeds();
}

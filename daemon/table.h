/* table.h - rows and columns of text on standard output. */
#pragma once

#include <stddef.h>

enum { TABLE_COLUMNS = 10, TABLE_CELL = 160 };

struct table {
	size_t columns, rows;
	const char *const *titles;
	unsigned right; /* bit N: column N is a number */
	char (*cells)[TABLE_CELL];
};

/* At most TABLE_COLUMNS columns; titles must stay.  The cells are empty; free(t->cells) in the end. -ENOMEM. */
int table_init(struct table *t, size_t rows, size_t columns, const char *const *titles, unsigned right)
	__attribute__((warn_unused_result));

/* TABLE_CELL bytes to write to. */
char *table_cell(const struct table *t, size_t row, size_t column);

void table_print(const struct table *t);

/* At most so many rows of it, in lines of at most so many bytes; 0: all. */
void table_print_some(const struct table *t, size_t rows, size_t width);

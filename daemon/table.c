/* table.c - see table.h */
#include "config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/table.h"

char *table_cell(const struct table *t, size_t row, size_t column)
{
	return t->cells[row * t->columns + column];
}

void table_print(const struct table *t)
{
	size_t width[TABLE_COLUMNS];
	for (size_t c = 0; c < t->columns; c++) {
		width[c] = strlen(t->titles[c]);
		for (size_t r = 0; r < t->rows; r++)
			if (strlen(table_cell(t, r, c)) > width[c])
				width[c] = strlen(table_cell(t, r, c));
	}
	for (size_t r = 0; r <= t->rows; r++) {
		for (size_t c = 0; c < t->columns; c++) {
			const char *text = r == 0 ? t->titles[c] : table_cell(t, r - 1, c);
			bool last = c + 1 == t->columns, right = t->right & 1u << c;
			(void)printf("%*s%s", last && !right ? 0 : (int)width[c] * (right ? 1 : -1), text,
				     last ? "\n" : "  ");
		}
	}
}

int table_init(struct table *t, size_t rows, size_t columns, const char *const *titles, unsigned right)
{
	*t = (struct table){ .columns = columns, .rows = rows, .titles = titles, .right = right };
	t->cells = calloc(rows * columns + 1, sizeof(*t->cells));
	return t->cells ? 0 : -ENOMEM;
}

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

static void print_line(const struct table *t, const char *const *cells, const size_t *width, size_t most)
{
	char line[TABLE_COLUMNS * (TABLE_CELL + 2) + 1];
	size_t n = 0;
	for (size_t c = 0; c < t->columns; c++) {
		bool last = c + 1 == t->columns, right = t->right & 1u << c;
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%*s%s",
				      last && !right ? 0 : (int)width[c] * (right ? 1 : -1), cells[c],
				      last ? "" : "  ");
	}
	/* Not in the middle of a character. */
	if (most > 0 && n > most)
		for (n = most; n > 0 && (line[n] & 0xc0) == 0x80; n--)
			;
	(void)printf("%.*s\n", (int)n, line);
}

void table_print_some(const struct table *t, size_t rows, size_t most)
{
	size_t width[TABLE_COLUMNS] = { 0 };
	const char *cells[TABLE_COLUMNS];
	if (rows == 0 || rows > t->rows)
		rows = t->rows;
	for (size_t c = 0; c < t->columns; c++) {
		width[c] = strlen(t->titles[c]);
		for (size_t r = 0; r < rows; r++)
			if (strlen(table_cell(t, r, c)) > width[c])
				width[c] = strlen(table_cell(t, r, c));
	}
	print_line(t, t->titles, width, most);
	for (size_t r = 0; r < rows; r++) {
		for (size_t c = 0; c < t->columns; c++)
			cells[c] = table_cell(t, r, c);
		print_line(t, cells, width, most);
	}
}

void table_print(const struct table *t)
{
	table_print_some(t, 0, 0);
}

int table_init(struct table *t, size_t rows, size_t columns, const char *const *titles, unsigned right)
{
	*t = (struct table){ .columns = columns, .rows = rows, .titles = titles, .right = right };
	t->cells = calloc(rows * columns + 1, sizeof(*t->cells));
	return t->cells ? 0 : -ENOMEM;
}

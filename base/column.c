// SPDX-License-Identifier: BSD-3-Clause
#include "base/column.h"

int columns_csv_header(FILE *f, const struct column *columns)
{
	for (const struct column *c = columns; c->name; c++)
		fprintf(f, "%s%s", c == columns ? "" : ",", c->name);
	return fputc('\n', f);
}

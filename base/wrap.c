// SPDX-License-Identifier: BSD-3-Clause
#include "base/wrap.h"

#include <string.h>

void print_wrapped(FILE *out, int indent, int width, const char *text)
{
	int column = fprintf(out, "%*s", indent, "");
	while (*text) {
		int word = (int)strcspn(text, " ");
		if (column > indent && column + 1 + word > width)
			column = fprintf(out, "\n%*s", indent, "") - 1;
		column += fprintf(out, "%s%.*s", column > indent ? " " : "", word, text);
		text += word + (text[word] == ' ');
	}
	fputc('\n', out);
}

// SPDX-License-Identifier: BSD-3-Clause
#include "tools/help/page.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "base/wrap.h"

#define WIDTH 96
#define ROFF_WIDTH 78

// What roff would take for its own is escaped; `code` becomes bold.
static char *roff_text(const char *text)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);
	bool bold = false;
	for (const char *c = text; f && *c; c++) {
		if (*c == '`') {
			bold = !bold;
			fputs(bold ? "\\fB" : "\\fR", f);
		} else if (*c == '\\')
			fputs("\\e", f);
		else if (*c == '-')
			fputs("\\-", f);
		else if ((*c == '.' || *c == '\'') && (c == text || c[-1] == ' ' || c[-1] == '\n'))
			fprintf(f, "\\&%c", *c); // no request, even where a line is broken
		else
			fputc(*c, f);
	}
	return f && fclose(f) == 0 ? out : NULL;
}

static void print_text(const struct page *p, int indent, const char *text)
{
	if (!p->roff) {
		print_wrapped(p->out, indent, WIDTH, text);
		return;
	}
	char *escaped = roff_text(text);
	print_wrapped(p->out, 0, ROFF_WIDTH, escaped ? escaped : "");
	free(escaped);
}

static void print_upper(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(toupper((unsigned char)*text), out);
}

void page_begin(const struct page *p, const char *name, int section, const char *summary)
{
	if (!p->roff) {
		fprintf(p->out, "%s: %s\n", name, summary);
		return;
	}
	char *escaped = roff_text(name), *what = roff_text(summary);
	fputs(".TH ", p->out);
	print_upper(p->out, name);
	fprintf(p->out, " %d %s \"airbatch\" \"airbatch manual\"\n.SH NAME\n%s \\- %s\n", section,
		airbatch_date(), escaped ? escaped : "", what ? what : "");
	free(escaped);
	free(what);
}

void page_section(const struct page *p, const char *title)
{
	fputs(p->roff ? ".SH " : "\n", p->out);
	print_upper(p->out, title);
	fputc('\n', p->out);
}

void page_subsection(const struct page *p, const char *title)
{
	fprintf(p->out, p->roff ? ".SS %s\n" : "\n  %s\n", title);
}

void page_paragraph(const struct page *p, const char *text)
{
	print_text(p, 4, text); // always the first of its section: no .PP
}

static void print_line(const struct page *p, const char *line, size_t length)
{
	char *text = strndup(line, length), *escaped = text && p->roff ? roff_text(text) : NULL;
	fprintf(p->out, "%s%s\n", p->roff || length == 0 ? "" : "    ", escaped ? escaped : text ? text : "");
	free(escaped);
	free(text);
}

void page_code(const struct page *p, const char *lines)
{
	if (p->roff)
		fputs(".nf\n.RS 4\n", p->out);
	while (*lines) {
		size_t length = strcspn(lines, "\n");
		print_line(p, lines, length);
		lines += length + (lines[length] == '\n');
	}
	if (p->roff)
		fputs(".RE\n.fi\n", p->out);
}

void page_item(const struct page *p, const char *term, const char *text)
{
	if (!p->roff) {
		fprintf(p->out, "    %s\n", term);
		print_text(p, 8, text);
		return;
	}
	char *escaped = roff_text(term);
	fprintf(p->out, ".TP\n\\fB%s\\fR\n", escaped ? escaped : "");
	free(escaped);
	print_text(p, 0, text);
}

// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tools/plot/gnuplot.h"
#include "tools/report/html.h"
#include "tools/report/plots_private.h"

struct plots *plots_new(void)
{
	struct plots *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->script = open_memstream(&p->script_text, &p->script_size);
	p->tables = open_memstream(&p->tables_text, &p->tables_size);
	if (!p->script || !p->tables) {
		plots_free(p);
		return NULL;
	}
	return p;
}

void plots_free(struct plots *p)
{
	if (!p)
		return;
	if (p->script)
		fclose(p->script);
	if (p->tables)
		fclose(p->tables);
	free(p->script_text);
	free(p->tables_text);
	free(p->drawing);
	free(p);
}

static void write_style(FILE *script)
{
	fputs("set encoding utf8\nset border 3 lc rgb '" PLOTS_INK
	      "' lw 0.8\nset tics nomirror scale 0.5 textcolor rgb '" PLOTS_INK
	      "'\nset grid lc rgb '" PLOTS_GRID "' lt 1 lw 0.6\nset key tmargin left horizontal Left reverse "
	      "samplen 1.4 height 0.4 textcolor rgb '" PLOTS_INK "'\nset xlabel textcolor rgb '" PLOTS_INK
	      "' offset 0,0.3\nset ylabel textcolor rgb '" PLOTS_INK
	      "' offset 0.6,0\nset style fill solid 1 noborder\n",
	      script);
}

FILE *plots_begin(struct plots *p, const char *name, int height, const char *title, const char *caption)
{
	if (p->n == MOST_PLOTS)
		return NULL;
	struct plot *plot = &p->plot[p->n++];
	snprintf(plot->name, sizeof(plot->name), "%s", name);
	snprintf(plot->title, sizeof(plot->title), "%s", title);
	snprintf(plot->caption, sizeof(plot->caption), "%s", caption);
	plot->height = height ? height : PLOTS_HEIGHT;
	fprintf(p->script, "reset\n" PLOTS_SVG "set output\n", PLOTS_WIDTH, plot->height);
	plot->script = ftello(p->script);
	plot->table = ftello(p->tables);
	write_style(p->script);
	return p->script;
}

void plots_columns(struct plots *p, const char *columns)
{
	fprintf(p->tables, "%s\n", columns);
}

void plots_block(struct plots *p, const char *block, const char *series)
{
	snprintf(p->series, sizeof(p->series), "%s", series ? series : "");
	fprintf(p->script, "$%s << END\n", block);
}

void plots_row(struct plots *p, const double *values, int n)
{
	for (int i = 0; i < n; i++)
		fprintf(p->script, isfinite(values[i]) ? "%s%.9g" : "%sNaN", i ? " " : "", values[i]);
	fputc('\n', p->script);
	if (*p->series)
		plots_table_row(p, p->series, NULL, values, n);
}

void plots_block_end(struct plots *p)
{
	fputs("END\n", p->script);
}

// As RFC 4180 wants it.
static void put_quoted(const char *text, FILE *table)
{
	fputc('"', table);
	for (; *text; text++)
		fprintf(table, *text == '"' ? "\"\"" : "%c", *text);
	fputc('"', table);
}

// What is no number is empty.
void plots_table_row(struct plots *p, const char *series, const char *label, const double *values, int n)
{
	put_quoted(series, p->tables);
	if (label) {
		fputc(',', p->tables);
		put_quoted(label, p->tables);
	}
	for (int i = 0; i < n; i++)
		fprintf(p->tables, isfinite(values[i]) ? ",%.9g" : ",", values[i]);
	fputc('\n', p->tables);
}

static const char *const palette[] = {"#4477aa", "#ee6677", "#228833", "#ccbb44", "#aa3377",
				      "#66ccee", "#999999", "#ee7733", "#44aa99", "#882255"};
#define N_FILLS ((int)(sizeof(palette) / sizeof(palette[0])))
#define N_COLOURS 7

const char *plots_colour(int i)
{
	return palette[i % N_COLOURS];
}

const char *plots_fill(int i)
{
	return palette[i % N_FILLS];
}

const char *plots_dash(int i)
{
	static const char *const dashes[] = {"1", "(16,5)", "(8,5)", "(16,4,3,4)", "(3,4)"};
	return dashes[i % 5];
}

int plots_shape(int i)
{
	static const int shapes[] = {7, 5, 9, 13, 11, 15, 6, 4};
	return shapes[i % 8];
}

const int stage_fill[STAGE_COUNT] = {[STAGE_PLAN] = 6, [STAGE_LOCAL] = 0, [STAGE_UPLOAD] = 1,
				     [STAGE_WAIT] = 3, [STAGE_BATCH] = 2, [STAGE_RESULT] = 4};

// In single quotes gnuplot knows no escape but the doubled quote.
void plots_text(FILE *script, const char *text)
{
	fputc('\'', script);
	for (; *text; text++)
		if (*text == '\'')
			fputs("''", script);
		else
			fputc((unsigned char)*text < ' ' ? ' ' : *text, script);
	fputc('\'', script);
}

// Cuts the drawing, which holds one document after the other, into plots.
static int find_documents(struct plots *p, struct err *err)
{
	const char *at = p->drawing;
	for (int i = 0; i < p->n; i++) {
		const char *begin = strstr(at, "<svg"), *end = begin ? strstr(begin, "</svg>") : NULL;
		if (!end)
			return err_set(err, EIO, "gnuplot drew %d of %d plots", i, p->n);
		at = end + strlen("</svg>");
		p->plot[i].svg = begin;
		p->plot[i].svg_size = (size_t)(at - begin);
	}
	return 0;
}

int plots_draw(struct plots *p, struct err *err)
{
	if (p->n == 0)
		return 0;
	bool failed = fflush(p->script) != 0 || ferror(p->script);
	if (failed)
		return err_set(err, ENOMEM, "no memory for the plots' script");
	p->drawing = gnuplot_draw(p->script_text, err);
	int r = p->drawing ? find_documents(p, err) : -errno;
	for (int i = 0; r < 0 && i < p->n; i++)
		p->plot[i].svg = NULL;
	return r;
}

// One past `end` after `begin` at `at`, or `at`.
static const char *skip(const char *at, const char *begin, const char *end)
{
	if (strncmp(at, begin, strlen(begin)) != 0)
		return at;
	const char *found = strstr(at + strlen(begin), end);
	return found ? found + strlen(end) : at;
}

// One past a group without content at `at`, or `at`.
static const char *skip_empty_group(const char *at)
{
	const char *end = strncmp(at, "<g ", 3) == 0 ? strchr(at, '>') : NULL;
	return end && strncmp(end, ">\n</g>\n", 7) == 0 ? end + 7 : at;
}

void plot_write_cleaned(const char *svg, size_t size, bool with_shapes, FILE *out)
{
	const char *at = svg, *end = at + size;
	while (at < end) {
		const char *next = skip(at, "<title>", "</title>");
		next = next == at ? skip(at, "<desc>", "</desc>") : next;
		next = next == at ? skip(at, " id=\"gnuplot_", "\"") : next;
		next = next == at ? skip(at, " stroke-linecap=\"butt\" stroke-linejoin=\"miter\"", "") : next;
		next = next == at ? skip_empty_group(at) : next;
		next = next == at && !with_shapes ? skip(at, "<defs>", "</defs>") : next;
		next = next == at && at[0] == '\n' && at[1] == '\n' ? at + 1 : next;
		if (next == at)
			fputc(*next++, out);
		at = next;
	}
}

static const struct plot *find_plot(const struct plots *p, const char *name)
{
	for (int i = 0; i < p->n; i++)
		if (strcmp(p->plot[i].name, name) == 0)
			return &p->plot[i];
	return NULL;
}

bool plots_has(const struct plots *p, const char *name)
{
	return find_plot(p, name) != NULL;
}

void plots_put_shapes(const struct plots *p, FILE *html)
{
	const char *begin = p->n && p->plot[0].svg ? strstr(p->plot[0].svg, "<defs>") : NULL;
	const char *end = begin ? strstr(begin, "</defs>") : NULL;
	if (end)
		fprintf(html, "<svg class=\"shapes\" aria-hidden=\"true\">%.*s</defs></svg>\n",
			(int)(end - begin), begin);
}

void plots_put(const struct plots *p, const char *name, FILE *html)
{
	const struct plot *plot = find_plot(p, name);
	if (!plot)
		return;
	fprintf(html, "<figure id=\"plot-%s\"><h3>", name);
	html_text(html, plot->title);
	fputs("</h3>\n", html);
	if (plot->svg) {
		fputs("<div class=\"scroll\">", html);
		plot_write_cleaned(plot->svg, plot->svg_size, false, html);
		fputs("</div>", html);
	} else
		fputs("<p class=\"problem\">not drawn</p>", html);
	fputs("\n<figcaption>", html);
	html_text(html, plot->caption);
	fputs("</figcaption></figure>\n", html);
}

// SPDX-License-Identifier: BSD-3-Clause
#include "emu/report/plots.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "emu/plot/gnuplot.h"
#include "emu/report/html.h"

#define MOST_PLOTS 128

struct plot {
	char name[48], title[160], caption[640];
	const char *svg; // from "<svg" on, into the drawing; NULL = not drawn
	size_t svg_size;
};

struct plots {
	FILE *script;
	char *script_text, *drawing;
	size_t script_size;
	struct plot plot[MOST_PLOTS];
	int n;
};

struct plots *plots_new(void)
{
	struct plots *p = calloc(1, sizeof(*p));
	if (p && !(p->script = open_memstream(&p->script_text, &p->script_size))) {
		free(p);
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
	free(p->script_text);
	free(p->drawing);
	free(p);
}

FILE *plots_begin(struct plots *p, const char *name, int height, const char *title, const char *caption)
{
	if (p->n == MOST_PLOTS)
		return NULL;
	struct plot *plot = &p->plot[p->n++];
	snprintf(plot->name, sizeof(plot->name), "%s", name);
	snprintf(plot->title, sizeof(plot->title), "%s", title);
	snprintf(plot->caption, sizeof(plot->caption), "%s", caption);
	fprintf(
	    p->script,
	    "reset\nset terminal svg noenhanced dynamic size %d,%d font 'sans-serif,13'\nset output\n"
	    "set border 3 lc rgb '" PLOTS_INK
	    "' lw 0.8\nset tics nomirror scale 0.5 textcolor rgb '" PLOTS_INK
	    "'\nset grid lc rgb '" PLOTS_GRID "' lt 1 lw 0.6\n"
	    "set key tmargin left horizontal Left reverse samplen 1.4 height 0.4 textcolor rgb '" PLOTS_INK
	    "'\nset xlabel textcolor rgb '" PLOTS_INK "' offset 0,0.3\nset ylabel textcolor rgb '" PLOTS_INK
	    "' offset 0.6,0\nset style fill solid 1 noborder\n",
	    PLOTS_WIDTH, height ? height : PLOTS_HEIGHT);
	return p->script;
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

int plots_dash(int i)
{
	return 1 + i / N_COLOURS % 4;
}

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
	fputs("set output\n", p->script);
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

// What a page does not need or must not have twice: tool tips of gnuplot's own, names, and the shapes of
// points.
static void write_cleaned(const struct plot *plot, bool with_shapes, FILE *out)
{
	const char *at = plot->svg, *end = at + plot->svg_size;
	while (at < end) {
		const char *next = skip(at, "<title>", "</title>");
		next = next == at ? skip(at, "<desc>", "</desc>") : next;
		next = next == at ? skip(at, " id=\"gnuplot_", "\"") : next;
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
	if (plot->svg)
		write_cleaned(plot, false, html);
	else
		fputs("<p class=\"problem\">not drawn</p>", html);
	fputs("\n<figcaption>", html);
	html_text(html, plot->caption);
	fputs("</figcaption></figure>\n", html);
}

static int write_file(const struct plot *plot, const char *directory, struct err *err)
{
	static const char blank[] = "<rect x=\"0\" y=\"0\" width=\"100%\" height=\"100%\" fill=\"white\"/>";
	char path[PATH_MAX], *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return err_set(err, ENOMEM, "no memory for %s", plot->name);
	const char *open_tag_end = strchr(plot->svg, '>') + 1;
	struct plot rest = *plot;
	rest.svg = open_tag_end;
	rest.svg_size -= (size_t)(open_tag_end - plot->svg);
	fprintf(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n%.*s%s", (int)(open_tag_end - plot->svg),
		plot->svg, blank);
	write_cleaned(&rest, true, out);
	fputc('\n', out);
	fclose(out);
	snprintf(path, sizeof(path), "%s/%s.svg", directory, plot->name);
	int r = text ? write_file_atomically(path, text, size, err) : -ENOMEM;
	free(text);
	return r;
}

int plots_write_files(const struct plots *p, const char *directory, struct err *err)
{
	int r = make_dirs(directory, err);
	for (int i = 0; r == 0 && i < p->n; i++)
		r = p->plot[i].svg ? write_file(&p->plot[i], directory, err) : 0;
	return r;
}

// SPDX-License-Identifier: BSD-3-Clause
// Each plot as files, for papers: SVG, PDF, the data, and the script that draws both.
#include "tools/report/plots_private.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/output.h"
#include "tools/plot/gnuplot.h"

#define SCRIPT_MARK "# gnuplot " // a script's first line says what it draws
#define POINTS_A_PIXEL 0.75	 // 72 points and 96 pixels an inch
#define POINTS_AN_INCH 72

static int write_text(const char *directory, const struct plot *plot, const char *ending, const char *text,
		      size_t size, struct err *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s.%s", directory, plot->name, ending);
	return write_file_atomically(path, text, size, err);
}

// An SVG of its own, on a white ground.
static void put_svg(const struct plot *plot, FILE *out)
{
	const char *body = strchr(plot->svg, '>') + 1;
	size_t head = (size_t)(body - plot->svg);
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n%.*s<rect x=\"0\" y=\"0\" width=\"100%%\" "
		"height=\"100%%\" fill=\"white\"/>",
		(int)head, plot->svg);
	plot_write_cleaned(body, plot->svg_size - head, true, out);
	fputc('\n', out);
}

static void put_script(const struct plots *p, const struct plot *plot, FILE *out)
{
	off_t end = plot + 1 < p->plot + p->n ? plot[1].script : (off_t)p->script_size;
	const char *begin = p->script_text + plot->script;
	size_t size = (size_t)(end - plot->script);
	const char *next = memmem(begin, size, "\nreset\n", 7); // the head of the plot behind it
	size = next ? (size_t)(next + 1 - begin) : size;
	fprintf(out,
		SCRIPT_MARK "%s.gp draws %s.svg; gnuplot -e \"form='pdf'\" %s.gp draws %s.pdf\n"
			    "if (!exists('form')) form = 'svg'\n",
		plot->name, plot->name, plot->name, plot->name);
	double inches = POINTS_A_PIXEL / POINTS_AN_INCH;
	fprintf(out, "if (form eq 'svg') " PLOTS_SVG, PLOTS_WIDTH, plot->height);
	fprintf(
	    out,
	    "if (form eq 'pdf') set terminal pdfcairo noenhanced size %.3fin,%.3fin font 'sans-serif,10'\n"
	    "set output '%s.'.form\n%.*sset output\n",
	    PLOTS_WIDTH * inches, plot->height * inches, plot->name, (int)size, begin);
}

static int write_table(const struct plots *p, const struct plot *plot, const char *directory, struct err *err)
{
	off_t end = plot + 1 < p->plot + p->n ? plot[1].table : (off_t)p->tables_size;
	return write_text(directory, plot, "csv", p->tables_text + plot->table, (size_t)(end - plot->table),
			  err);
}

static int write_plot(const struct plots *p, const struct plot *plot, const char *directory, struct err *err)
{
	char *text[2] = {NULL, NULL};
	size_t size[2];
	FILE *svg = open_memstream(&text[0], &size[0]), *script = open_memstream(&text[1], &size[1]);
	int r = -ENOMEM;
	if (svg && script) {
		put_svg(plot, svg);
		put_script(p, plot, script);
		r = 0;
	}
	r = svg && fclose(svg) != 0 ? -ENOMEM : r;
	r = script && fclose(script) != 0 ? -ENOMEM : r;
	if (r < 0)
		err_set(err, ENOMEM, "no memory for %s", plot->name);
	r = r < 0 ? r : write_text(directory, plot, "svg", text[0], size[0], err);
	r = r < 0 ? r : write_text(directory, plot, "gp", text[1], size[1], err);
	free(text[0]);
	free(text[1]);
	return r < 0 ? r : write_table(p, plot, directory, err);
}

// By the scripts that were written.
static int draw_pdfs(const struct plots *p, const char *directory, struct err *err)
{
	char *text = NULL;
	size_t size;
	FILE *script = open_memstream(&text, &size);
	if (!script)
		return err_set(err, ENOMEM, "no memory for the plots' script");
	fputs("cd ", script);
	plots_text(script, directory);
	fputs("\nform = 'pdf'\n", script);
	for (int i = 0; i < p->n; i++)
		fprintf(script, "reset\nload '%s.gp'\n", p->plot[i].name);
	char *drawn = fclose(script) == 0 ? gnuplot_draw(text, err) : NULL;
	free(text);
	free(drawn);
	return drawn ? 0 : -EIO;
}

// A plot's files stand beside the script that an earlier report wrote, or they are not there.
static int check_files(const struct plot *plot, const char *directory, struct err *err)
{
	static const char *const endings[] = {"svg", "csv", "pdf"};
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s.gp", directory, plot->name);
	bool is_new = access(path, F_OK) < 0;
	int r = output_file(path, SCRIPT_MARK, "plot", "--plots", err);
	for (int i = 0; r == 0 && is_new && i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s.%s", directory, plot->name, endings[i]);
		r = output_file(path, SCRIPT_MARK, "plot", "--plots", err);
	}
	return r;
}

int plots_write_files(const struct plots *p, const char *directory, struct err *err)
{
	if (p->n == 0 || !p->drawing)
		return 0;
	int r = make_dirs(directory, err);
	if (r == 0 && (fflush(p->script) != 0 || fflush(p->tables) != 0))
		r = err_set(err, ENOMEM, "no memory for the plots' tables");
	for (int i = 0; r == 0 && i < p->n; i++)
		r = p->plot[i].svg ? check_files(&p->plot[i], directory, err) : 0;
	for (int i = 0; r == 0 && i < p->n; i++)
		r = p->plot[i].svg ? write_plot(p, &p->plot[i], directory, err) : 0;
	return r < 0 ? r : draw_pdfs(p, directory, err);
}

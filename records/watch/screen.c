// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "records/watch/canvas.h"

#define MOST_LINES (int)(sizeof(((struct screen *)0)->widths) / sizeof(int))
#define LAST_WORDS_MS 200

static bool is_utf8(void)
{
	locale_t here = newlocale(LC_CTYPE_MASK, "", NULL);
	if (!here)
		return false;
	bool yes = strcmp(nl_langinfo_l(CODESET, here), "UTF-8") == 0;
	freelocale(here);
	return yes;
}

int screen_open(struct screen *s, int fd)
{
	const char *term = getenv("TERM");
	*s = (struct screen){.fd = fd};
	if (!isatty(fd) || !term || !*term || strcmp(term, "dumb") == 0)
		return -ENOTTY;
	s->outlet = outlet_new(fd);
	const char *no_colour = getenv("NO_COLOR"); // https://no-color.org
	s->colour = !no_colour || !*no_colour;
	s->utf8 = is_utf8();
	return s->outlet ? 0 : -ENOMEM;
}

void screen_close(struct screen *s)
{
	if (!s->outlet)
		return;
	outlet_flush(s->outlet, LAST_WORDS_MS);
	screen_clear(s);
	outlet_flush(s->outlet, LAST_WORDS_MS);
	outlet_free(s->outlet);
	s->outlet = NULL;
}

void screen_size(const struct screen *s, int *columns, int *rows)
{
	struct winsize size = {0};
	ioctl(s->fd, TIOCGWINSZ, &size);
	*columns = size.ws_col ? size.ws_col : 80;
	*rows = size.ws_row ? size.ws_row : 24;
}

// Rows that the drawn lines take now: a terminal that has become narrower has broken them.
static int rows_above(const struct screen *s)
{
	int columns, rows, sum = 0;
	screen_size(s, &columns, &rows);
	for (int i = 0; i < s->lines; i++)
		sum += s->widths[i] > columns ? (s->widths[i] + columns - 1) / columns : 1;
	return sum < rows ? sum : rows - 1;
}

static void put_lines(struct screen *s, FILE *frame, const char *text)
{
	s->lines = 0;
	for (const char *end; (end = strchr(text, '\n')) && s->lines < MOST_LINES; text = end + 1) {
		s->widths[s->lines++] = text_columns(text, (size_t)(end - text));
		fprintf(frame, "%.*s\033[K\r\n", (int)(end - text), text);
	}
}

void screen_draw(struct screen *s, const char *text)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *frame = open_memstream(&bytes, &size);
	if (!frame)
		return;
	struct screen before = *s;
	int up = rows_above(s);
	fputs("\r", frame);
	if (up)
		fprintf(frame, "\033[%dA", up);
	put_lines(s, frame, text);
	fputs("\033[J", frame);
	fclose(frame);
	if (!bytes || !outlet_send(s->outlet, bytes, size))
		*s = before; // it stands there as it did
	free(bytes);
}

void screen_clear(struct screen *s)
{
	if (s->outlet && s->lines > 0)
		screen_draw(s, "");
}

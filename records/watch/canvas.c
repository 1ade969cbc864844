// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/canvas.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append(struct canvas *c, const char *bytes, size_t n)
{
	if (c->used + n + 1 > c->capacity) {
		size_t capacity = 2 * (c->used + n) + 256;
		char *more = realloc(c->text, capacity);
		if (!more)
			return; // a view without its end is better than none
		c->text = more;
		c->capacity = capacity;
	}
	memcpy(c->text + c->used, bytes, n);
	c->used += n;
	c->text[c->used] = '\0';
}

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static void put(struct canvas *c, const char *text)
{
	while (*text) {
		size_t n = 1;
		while (is_continuation(text[n]))
			n++;
		if (c->at == c->columns)
			return;
		bool control = (unsigned char)*text < 0x20 || *text == 0x7f;
		append(c, control ? "?" : text, n);
		c->at++;
		text += n;
	}
}

void canvas_put(struct canvas *c, const char *format, ...)
{
	char text[256];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put(c, text);
}

void canvas_to(struct canvas *c, int column)
{
	while (c->at < column && c->at < c->columns)
		put(c, " ");
}

void canvas_tone(struct canvas *c, enum canvas_tone tone)
{
	static const char *const codes[] = {"\033[0m",	"\033[1m",    "\033[2m",
					    "\033[32m", "\033[1;31m", "\033[36m"};
	if (c->colour)
		append(c, codes[tone], strlen(codes[tone]));
}

void canvas_bar(struct canvas *c, int width, double share)
{
	static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
	int steps = c->utf8 ? 8 : 1, filled = share > 0 ? (int)lrint(fmin(share, 1) * width * steps) : 0;
	if (share > 0 && filled == 0)
		filled = 1; // something is told from nothing
	canvas_tone(c, TONE_BAR);
	int cell = 0;
	for (; cell < width && filled > 0; cell++, filled -= steps)
		put(c, c->utf8 ? eighths[filled < 8 ? filled : 8] : "#");
	canvas_tone(c, TONE_PLAIN);
	canvas_tone(c, TONE_SOFT);
	for (; cell < width; cell++)
		put(c, c->utf8 ? "·" : ".");
	canvas_tone(c, TONE_PLAIN);
}

void canvas_end_line(struct canvas *c)
{
	append(c, "\n", 1);
	c->at = 0;
	c->lines++;
}

int canvas_left(const struct canvas *c)
{
	return c->columns - c->at;
}

int text_columns(const char *line, size_t bytes)
{
	int columns = 0;
	for (size_t i = 0; i < bytes; i++) {
		if (line[i] == '\033')
			while (i < bytes && line[i] != 'm')
				i++;
		else
			columns += !is_continuation(line[i]);
	}
	return columns;
}

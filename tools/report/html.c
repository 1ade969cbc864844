// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/html.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>

void html_text(FILE *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
		}
}

void html_section(FILE *out, const char *id, const char *heading, const char *lead)
{
	fprintf(out, "<section id=\"%s\"><h2>", id);
	html_text(out, heading);
	fputs("</h2>\n", out);
	if (!lead)
		return;
	fputs("<p class=\"lead\">", out);
	html_text(out, lead);
	fputs("</p>\n", out);
}

void html_section_end(FILE *out)
{
	fputs("</section>\n", out);
}

void html_table(FILE *out)
{
	fputs("<div class=\"scroll\"><table>\n", out);
}

void html_table_end(FILE *out)
{
	fputs("</table></div>\n", out);
}

void html_heads(FILE *out, const char *const *heads)
{
	fputs("<tr>", out);
	for (; *heads; heads++) {
		bool left = **heads == '<';
		fputs(left ? "<th class=\"text\">" : "<th>", out);
		html_text(out, *heads + left);
		fputs("</th>", out);
	}
	fputs("</tr>\n", out);
}

void html_fold(FILE *out, bool folded, const char *summary)
{
	if (!folded)
		return;
	fputs("<details><summary>", out);
	html_text(out, summary);
	fputs("</summary>\n", out);
}

void html_fold_end(FILE *out, bool folded)
{
	if (folded)
		fputs("</details>\n", out);
}

void html_row(FILE *out)
{
	fputs("<tr>", out);
}

void html_row_end(FILE *out)
{
	fputs("</tr>\n", out);
}

static void cell(FILE *out, const char *tag, const char *kind, const char *format, va_list values)
{
	char text[512];
	vsnprintf(text, sizeof(text), format, values);
	fprintf(out, "<%s%s>", tag, kind);
	html_text(out, text);
	fprintf(out, "</%s>", tag);
}

void html_name_cell(FILE *out, const char *format, ...)
{
	va_list values;
	va_start(values, format);
	cell(out, "th", " scope=\"row\"", format, values);
	va_end(values);
}

void html_cell(FILE *out, const char *format, ...)
{
	va_list values;
	va_start(values, format);
	cell(out, "td", "", format, values);
	va_end(values);
}

void html_text_cell(FILE *out, const char *format, ...)
{
	va_list values;
	va_start(values, format);
	cell(out, "td", " class=\"text\"", format, values);
	va_end(values);
}

void html_path_cell(FILE *out, const char *path)
{
	fputs("<th scope=\"row\"><code>", out);
	html_text(out, path);
	fputs("</code></th>", out);
}

void html_number_cell(FILE *out, double value, int decimals)
{
	if (isfinite(value))
		html_cell(out, "%.*f", decimals, value);
	else
		fputs("<td>–</td>", out);
}

void html_estimate_cell(FILE *out, struct estimate e, int decimals)
{
	if (!isfinite(e.mean) || e.ci95 == 0)
		html_number_cell(out, e.mean, decimals);
	else
		fprintf(out, "<td>%.*f <small>± %.*f</small></td>", decimals, e.mean, decimals, e.ci95);
}

void html_badge(FILE *out, enum html_mood mood, const char *word)
{
	static const char *const classes[] = {"badge", "badge good", "badge bad", "badge note"};
	fprintf(out, "<span class=\"%s\">", classes[mood]);
	html_text(out, word);
	fputs("</span>", out);
}

void html_badge_cell(FILE *out, enum html_mood mood, const char *word)
{
	fputs("<td>", out);
	html_badge(out, mood, word);
	fputs("</td>", out);
}

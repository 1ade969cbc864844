// SPDX-License-Identifier: BSD-3-Clause
#include "base/argument.h"

#include <errno.h>
#include <stdlib.h>

long argument_whole(const char *text, long least, long most, const char *what, const struct argp_state *state)
{
	char *end;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (end == text || *end || errno || value < least || value > most)
		argp_error(state, "%s '%s': a whole number from %ld to %ld is right", what, text, least,
			   most);
	return value;
}

char *argument_help_with(int key, const char *text, void (*more)(FILE *out))
{
	char *all = NULL;
	size_t size;
	FILE *out = key == ARGP_KEY_HELP_POST_DOC && text ? open_memstream(&all, &size) : NULL;
	if (!out)
		return (char *)text; // argp frees what is another
	fputs(text, out);
	more(out);
	return fclose(out) == 0 ? all : (char *)text;
}

error_t argument_refuse(const char *text, const struct argp_state *state)
{
	argp_error(state, "'%s': no argument is needed", text);
	return EINVAL;
}

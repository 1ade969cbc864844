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

error_t argument_refuse(const char *text, const struct argp_state *state)
{
	argp_error(state, "'%s': no argument is needed", text);
	return EINVAL;
}

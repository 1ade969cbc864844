// SPDX-License-Identifier: BSD-3-Clause
// SUMO's floating car data (--fcd-output): vehicles, persons and containers with id, x, y and at times z in
// each timestep. Read by expat in pieces, whatever its size.
#include <errno.h>
#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tools/import_trace/importer.h"
#include "tools/import_trace/moment.h"

#define FAR_M 1e7
#define PIECE_BYTES (1 << 16)

static const char form[] =
    "<fcd-export><timestep time=\"0.00\"><vehicle id=\"veh0\" x=\"5.1\" y=\"1.2\"/></timestep> ..";

struct fcd {
	XML_Parser parser;
	const char *path;
	struct samples *samples;
	bool any_element, in_timestep;
	int64_t ns;
	int rc;
	struct err *err;
};

#define refuse(f, format, ...)                                                                               \
	do {                                                                                                 \
		(f)->rc =                                                                                    \
		    err_set((f)->err, EINVAL, "%s:%lu: " format "; wanted: %s", (f)->path,                   \
			    (unsigned long)XML_GetCurrentLineNumber((f)->parser), ##__VA_ARGS__, form);      \
		XML_StopParser((f)->parser, XML_FALSE);                                                      \
	} while (0)

static const char *attribute(const char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

static void begin_timestep(struct fcd *f, const char **attributes)
{
	const char *time = attribute(attributes, "time");
	struct moment m;
	if (!time || !moment_parse(time, &m) || !(fabs(m.value) <= SAMPLES_MOST_S))
		refuse(f, "the timestep's time '%.60s' is none", time ? time : "");
	else
		f->ns = s_to_ns(m.value);
	f->in_timestep = true;
}

static bool coordinate(const char *text, double *out)
{
	struct moment m;
	bool is_number = text && moment_parse(text, &m) && m.kind == MOMENT_NUMBER;
	*out = is_number ? m.value : 0;
	return is_number && fabs(*out) <= FAR_M;
}

static void take_place(struct fcd *f, const char **attributes)
{
	const char *id = attribute(attributes, "id"), *z = attribute(attributes, "z");
	double place[SAMPLE_VALUES] = {0};
	if (!id || !coordinate(attribute(attributes, "x"), &place[0]) ||
	    !coordinate(attribute(attributes, "y"), &place[1]) || (z && !coordinate(z, &place[2]))) {
		refuse(f, "'%.60s' has no id, or no place within %g m", id ? id : "", FAR_M);
		return;
	}
	int node = samples_node(f->samples, id, f->err);
	f->rc = node < 0 ? node : samples_add(f->samples, node, f->ns, place, f->err);
	if (f->rc < 0)
		XML_StopParser(f->parser, XML_FALSE);
}

static void begin(void *user, const char *name, const char **attributes)
{
	struct fcd *f = user;
	if (f->rc < 0)
		return;
	if (!f->any_element && strcmp(name, "fcd-export") != 0)
		refuse(f, "the file begins with <%.60s>", name);
	else if (strcmp(name, "timestep") == 0)
		begin_timestep(f, attributes);
	else if (f->in_timestep && (strcmp(name, "vehicle") == 0 || strcmp(name, "person") == 0 ||
				    strcmp(name, "container") == 0))
		take_place(f, attributes);
	f->any_element = true;
}

static void end(void *user, const char *name)
{
	struct fcd *f = user;
	if (strcmp(name, "timestep") == 0)
		f->in_timestep = false;
}

static int parse(struct fcd *f, FILE *file)
{
	bool done = false;
	while (!done && f->rc == 0) {
		void *piece = XML_GetBuffer(f->parser, PIECE_BYTES);
		if (!piece)
			return err_set(f->err, ENOMEM, "no memory for %s", f->path);
		size_t n = fread(piece, 1, PIECE_BYTES, file);
		if (ferror(file))
			return err_sys(f->err, errno ? errno : EIO, "%s cannot be read", f->path);
		done = n < PIECE_BYTES;
		if (XML_ParseBuffer(f->parser, (int)n, done) == XML_STATUS_ERROR && f->rc == 0)
			refuse(f, "this is not XML: %s", XML_ErrorString(XML_GetErrorCode(f->parser)));
	}
	return f->rc;
}

int import_sumo(struct samples *samples, enum sample_kind *kind, const char *path,
		const struct import_options *o, struct err *err)
{
	(void)o;
	*kind = SAMPLES_PLACE;
	bool is_input = strcmp(path, "-") == 0;
	struct fcd f = {.path = is_input ? "standard input" : path, .samples = samples, .err = err};
	FILE *file = is_input ? stdin : fopen(path, "re");
	if (!file)
		return err_sys(err, errno, "%s cannot be opened", path);
	f.parser = XML_ParserCreate(NULL);
	if (f.parser) {
		XML_SetUserData(f.parser, &f);
		XML_SetElementHandler(f.parser, begin, end);
		f.rc = parse(&f, file);
		XML_ParserFree(f.parser);
	} else {
		f.rc = err_set(err, ENOMEM, "no memory for %s", path);
	}
	if (!is_input)
		fclose(file);
	if (f.rc == 0 && samples->n == 0)
		f.rc = err_set(err, EINVAL, "%s has no vehicle or person in a timestep; wanted: %s", f.path,
			       form);
	return f.rc;
}

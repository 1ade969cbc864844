// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

json_t *document_load(const char *path, struct err *err)
{
	json_error_t where;
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (!file) {
		err_sys(err, errno, "%s", path);
		return NULL;
	}
	json_t *document = json_loadf(file, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &where);
	if (file != stdin)
		fclose(file);
	if (!document)
		err_set(err, EINVAL, "%s:%d:%d: %s", path, where.line, where.column, where.text);
	return document;
}

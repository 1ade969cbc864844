// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/files_private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dnn/network.h"

void file_seen(char *out, size_t size, const char *folder, const char *file)
{
	bool is_as_written = !*folder || *file == '/';
	bool is_here = !is_as_written && strncmp(file, "./", 2) == 0;
	snprintf(out, size, "%s%s", is_as_written ? "" : folder, file + (is_here ? 2 : 0));
}

bool file_is_there(const char *folder, const char *file)
{
	char path[PATH_MAX];
	file_seen(path, sizeof(path), folder, file);
	return access(path, F_OK) == 0;
}

bool file_has_extension(const char *text, const char *extension)
{
	size_t length = strlen(text), n = strlen(extension);
	return length > n && strcmp(text + length - n, extension) == 0;
}

void file_of_profile(char *out, size_t size, const char *folder, const char *text)
{
	bool is_file = strchr(text, '/') || file_is_there(folder, text);
	file_seen(out, size, is_file ? folder : "", text);
}

static void see_description(char *out, size_t size, const char *folder, const char *name)
{
	bool is_file = strchr(name, '/') || file_has_extension(name, ".net");
	file_seen(out, size, is_file ? folder : "", name);
}

void file_of_network(char *out, size_t size, const char *folder, const char *text)
{
	char name[PATH_MAX];
	const char *cuts = network_cuts(text);
	const char *at = file_has_extension(text, ".safetensors") ? strrchr(text, '@') : NULL;
	snprintf(name, sizeof(name), "%.*s", (int)(cuts - text), text);
	see_description(out, size, folder, name);
	size_t used = strlen(out), length = strcspn(cuts, "@");
	if (used + length + 2 >= size)
		return;
	memcpy(out + used, cuts, length);
	used += length;
	out[used] = '\0';
	if (!at)
		return;
	out[used] = '@';
	file_seen(out + used + 1, size - used - 1, folder, at + 1);
}

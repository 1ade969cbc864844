// SPDX-License-Identifier: BSD-3-Clause
// Runs a target on every file of the folders that are named, without libFuzzer.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return -1;
	fseek(f, 0, SEEK_END);
	size_t size = (size_t)ftell(f);
	rewind(f);
	uint8_t *data = malloc(size + (size == 0)); // sanitizers see a read beyond it
	int r = data && fread(data, 1, size, f) == size ? 0 : -1;
	fclose(f);
	if (r == 0)
		LLVMFuzzerTestOneInput(data, size);
	free(data);
	return r;
}

static int run_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;
	for (struct dirent *d; dir && (d = readdir(dir));) {
		char path[1024];
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		if (*d->d_name == '.')
			continue;
		if (run_file(path) < 0) {
			fprintf(stderr, "cannot read %s\n", path);
			exit(1);
		}
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

int main(int argc, char **argv)
{
	int n = 0;
	for (int i = 1; i < argc; i++)
		n += run_folder(argv[i]);
	printf("%d inputs\n", n);
	return n > 0 ? 0 : 1; // an empty corpus tests nothing
}

// SPDX-License-Identifier: BSD-3-Clause
// Names of files in a topology: those that the file gives count from its folder, those of the command line
// from the working directory (folder "", else a folder with '/' at its end). Each function writes the name as
// the working directory sees it; a result of `size` characters or more is cut. Private to this room.
#pragma once

#include <stdbool.h>
#include <stddef.h>

void file_seen(char *out, size_t size, const char *folder, const char *file);

bool file_is_there(const char *folder, const char *file);

// Whether the text ends in this extension and has letters before it.
bool file_has_extension(const char *text, const char *extension);

// Of edge.profile: a word without '/' that names no file there is a stated model's, and stays.
void file_of_profile(char *out, size_t size, const char *folder, const char *text);

// Of ues.network: a reference (dnn/network.h); a built-in network's name stays.
void file_of_network(char *out, size_t size, const char *folder, const char *text);

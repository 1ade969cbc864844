// SPDX-License-Identifier: BSD-3-Clause
// A text file that holds whole lines at every moment: whoever is killed while writing it, or runs out of disk,
// leaves no half a line behind. Lines are collected and written together, so this costs no more calls than
// any buffered file.
#pragma once

#include <stdio.h>
#include "base/err.h"

// Makes the file, or empties it. What is written to the stream reaches the file up to the last line feed when
// its buffer is full, at fflush and at fclose; the rest waits for its line feed, or for fclose. A write that
// fails, also in part, fails the stream (ferror) and takes the file back to its last whole line. NULL with a
// sentence.
FILE *line_file_open(const char *path, struct err *err);

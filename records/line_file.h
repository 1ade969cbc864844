// SPDX-License-Identifier: BSD-3-Clause
// A text file that grows by whole lines: whoever ends early, crashes or runs out of disk leaves no half a
// line behind. Lines are collected and written together, so this costs no more calls than any buffered file.
// One case remains: SIGKILL in the middle of write(2) makes the kernel stop where a page of the file ends, so
// the last line may lack its end. It lacks its line feed then, and records/follow.h refuses it with
// file:line.
#pragma once

#include <stdio.h>
#include "base/err.h"

// Makes the file, or empties it. What is written to the stream reaches the file up to the last line feed when
// its buffer is full, at fflush and at fclose; the rest waits for its line feed, or for fclose. A write that
// fails, also in part, fails the stream (ferror) and takes the file back to its last whole line. NULL with a
// sentence.
FILE *line_file_open(const char *path, struct err *err);

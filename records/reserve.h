// SPDX-License-Identifier: BSD-3-Clause
// Room on a run directory's disk that is kept for what is written last: summary.json, and the ends of the
// tables. It has no name, so a killed run leaves nothing of it.
#pragma once

// A descriptor that holds the room until it is closed; -1 where the disk or its file system gives none.
int reserve_room(const char *directory);

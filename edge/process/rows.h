// SPDX-License-Identifier: BSD-3-Clause
// Where the tensors of tasks that were planned together lie, so that a batch of them is one piece of memory
// and nothing is gathered or scattered. For every cut there is one matrix with a row a task; a sub-task reads
// the matrix of the cut before it and writes the one behind it. Tasks are given rows in the order of their
// cuts: who joins first comes first, so the members of each batch of the group are the first rows of its
// matrices, side by side. (A batch whose members lie apart runs just as well, and is copied: dnn/executor.h.)
//
// Memory is kept from round to round: fresh pages would be touched first within a batch.
#pragma once

#include <stddef.h>
#include "dnn/network.h"

struct rows_pool;
struct rows;

struct rows_pool *rows_pool_new(void);	     // NULL with errno
void rows_pool_free(struct rows_pool *pool); // all rows have been dropped

// Memory for n tasks at the same time, task i of networks[i], whatever groups their rows are taken in. 0 or
// -ENOMEM.
int rows_pool_reserve(struct rows_pool *pool, const struct network *const networks[], int n);

// Matrices of n rows for the cuts first_cut .. N of the network, which must outlive them. NULL with errno.
struct rows *rows_take(struct rows_pool *pool, const struct network *net, int first_cut, int n);

// The tensor at a cut in a row: network_cut_values values.
float *rows_tensor(const struct rows *rows, int cut, int row);

// One of the n tasks needs its row no more; the last returns the memory to the pool. NULL is allowed.
void rows_drop(struct rows *rows);

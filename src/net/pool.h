/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed number of worker threads with a bounded queue. */
#pragma once

#include "base/compiler.h"

struct pool;

struct pool *pool_open(unsigned threads, size_t queue_max);
/* False when the queue is full (answer 503) or the pool is closing. */
bool pool_run(struct pool *pool, void (*fn)(void *), void *ctx) MUST_USE;
/* Runs what is queued, joins the threads. NULL is accepted. */
void pool_close(struct pool *pool);

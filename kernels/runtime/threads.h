/* A pool of workers, each pinned to a core of its own as far as there are cores. Internal. */
#ifndef KERF_THREADS_H
#define KERF_THREADS_H

#include <stdint.h>

typedef struct kerf_pool kerf_pool;

/* NULL when a thread cannot be made. */
kerf_pool *kerf_pool_open(uint32_t threads);
void kerf_pool_close(kerf_pool *pool);

/* Runs job(context, worker) on every worker and waits for all. */
void kerf_pool_run(kerf_pool *pool, void (*job)(void *context, uint32_t worker), void *context);

/* Within a job: waits until every worker has come here. */
void kerf_pool_barrier(kerf_pool *pool);

#endif

#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

struct kerf_pool {
  uint32_t size;
  pthread_t *threads;
  pthread_mutex_t mutex;
  pthread_cond_t start, finished;
  uint64_t generation; /* of the job, raised for each */
  uint32_t running;
  int stop;
  void (*job)(void *, uint32_t);
  void *context;
  atomic_uint arrived; /* at the barrier */
  char apart[64];      /* arrivals do not disturb those who wait for the next phase */
  atomic_uint phase;   /* of the barrier */
};

typedef struct {
  kerf_pool *pool;
  uint32_t worker;
} seat;

/* Pins to the worker-th core that this process may use; without the right to, runs where it is. */
static void pin(uint32_t worker) {
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed)) return;
  uint32_t cores = (uint32_t)CPU_COUNT(&allowed), wanted = cores ? worker % cores : 0, seen = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed) || seen++ != wanted) continue;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one); /* this thread's; Android's C library has no other */
    return;
  }
}

static void *work(void *argument) {
  seat me = *(seat *)argument;
  free(argument);
  kerf_pool *pool = me.pool;
  pin(me.worker);
  pthread_setname_np(pthread_self(), "kerf-worker"); /* so that its events can be counted apart */
  uint64_t seen = 0;
  for (;;) {
    pthread_mutex_lock(&pool->mutex);
    while (!pool->stop && pool->generation == seen) pthread_cond_wait(&pool->start, &pool->mutex);
    if (pool->stop) {
      pthread_mutex_unlock(&pool->mutex);
      return NULL;
    }
    seen = pool->generation;
    pthread_mutex_unlock(&pool->mutex);
    pool->job(pool->context, me.worker);
    pthread_mutex_lock(&pool->mutex);
    if (!--pool->running) pthread_cond_signal(&pool->finished);
    pthread_mutex_unlock(&pool->mutex);
  }
}

kerf_pool *kerf_pool_open(uint32_t threads) {
  kerf_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->threads = calloc(threads, sizeof *pool->threads);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->start, NULL);
  pthread_cond_init(&pool->finished, NULL);
  for (uint32_t i = 0; pool->threads && i < threads; i++) {
    seat *s = malloc(sizeof *s);
    if (s) *s = (seat){pool, i};
    if (!s || pthread_create(&pool->threads[i], NULL, work, s)) {
      free(s);
      break;
    }
    pool->size++;
  }
  if (pool->size == threads) return pool;
  kerf_pool_close(pool);
  return NULL;
}

void kerf_pool_close(kerf_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  pool->stop = 1;
  pthread_cond_broadcast(&pool->start);
  pthread_mutex_unlock(&pool->mutex);
  for (uint32_t i = 0; i < pool->size; i++) pthread_join(pool->threads[i], NULL);
  pthread_cond_destroy(&pool->finished);
  pthread_cond_destroy(&pool->start);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->threads);
  free(pool);
}

void kerf_pool_run(kerf_pool *pool, void (*job)(void *, uint32_t), void *context) {
  pthread_mutex_lock(&pool->mutex);
  pool->job = job;
  pool->context = context;
  pool->running = pool->size;
  pool->generation++;
  pthread_cond_broadcast(&pool->start);
  while (pool->running) pthread_cond_wait(&pool->finished, &pool->mutex);
  pthread_mutex_unlock(&pool->mutex);
}

/* Tells the core that it waits, so that its sibling gets on. */
static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Spins, since operators end nearly together; gives the core away when that lasts, since on a
 * shared machine the worker that is waited for may be off its core. */
void kerf_pool_barrier(kerf_pool *pool) {
  if (pool->size == 1) return;
  uint32_t phase = atomic_load_explicit(&pool->phase, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel) + 1 == pool->size) {
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->phase, phase + 1, memory_order_release);
    return;
  }
  for (uint32_t spins = 0;
       atomic_load_explicit(&pool->phase, memory_order_acquire) == phase; spins++) {
    if (spins < 128) relax();
    else sched_yield();
  }
}

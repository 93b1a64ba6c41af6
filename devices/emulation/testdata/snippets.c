/* Snippets of known instructions, each marked as an operator as the runtime does; the first is
 * empty, for what marking and calling take. The second thread works, as in the runtime. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "kerf_mark.h"

static uint8_t marks[64];
/* A page for each snippet, so that none finds in the caches what another has brought there. */
static _Alignas(4096) uint8_t memory[16 * 4096];

/* Each gets the address of its own page in x0. */
#define SNIPPET(name, text) \
  void name(uint8_t *page); \
  __asm__(".balign 64\n" #name ":\n" text "\n\tret\n")

SNIPPET(empty, "");
SNIPPET(vectors, "fmla v0.4s, v1.4s, v2.4s\n fmla v0.4s, v1.4s, v2.s[3]\n fadd v3.4s, v3.4s, v4.4s\n"
                 "dup v5.4s, w1\n movi v6.4s, #0\n zip1 v7.4s, v0.4s, v1.4s\n add v8.2d, v8.2d, v9.2d\n"
                 "umov w2, v0.s[1]");
SNIPPET(scalars, "fadd s0, s1, s2\n fmadd s0, s1, s2, s3\n fmul s0, s1, v2.s[1]\n scvtf s4, w1\n"
                 "fcmp s0, s1\n fcvtzs w2, s0\n fmov s5, #1.0");
SNIPPET(integers, "add x1, x1, #1\n sub w1, w1, w2\n mul x1, x2, x3\n ubfx x1, x1, #3, #4\n adr x2, .\n"
                  "csel x1, x2, x3, eq\n movz x4, #9\n and x1, x1, x2, lsl #3\n rbit x1, x1");
SNIPPET(loads, "ldr q0, [x0]\n ldp q0, q1, [x0]\n ld1 {v0.16b-v3.16b}, [x0]\n ldr x1, [x0, #8]\n"
               "ldrb w1, [x0]\n ldpsw x1, x2, [x0]\n ldr s0, [x0, #4]\n ldur d0, [x0, #3]\n"
               "ldar w1, [x0]\n ld1r {v0.4s}, [x0]\n ldr x1, .+0\n prfm pldl1keep, [x0]");
SNIPPET(stores, "str q0, [x0]\n stp q0, q1, [x0]\n st1 {v0.4s, v1.4s}, [x0]\n str x1, [x0, #8]\n"
                "strb w1, [x0]\n stp x1, x2, [x0]\n str d0, [x0, #16]\n stlr w1, [x0]\n stur h0, [x0]");
SNIPPET(branches, "b 1f\n 1: cbz xzr, 2f\n 2: tbnz xzr, #3, 3f\n 3: b.al 4f\n 4: adr x1, 5f\n br x1\n 5:");
SNIPPET(others, "nop\n dmb ish\n mrs x1, fpcr\n yield");
/* 64 lines of which each is loaded twice; two lines of which one load touches both. */
SNIPPET(lines, "add x1, x0, #4096\n 1: ldr q0, [x0], #32\n cmp x0, x1\n b.ne 1b");
SNIPPET(straddle, "ldr q0, [x0, #16]\n ldur q1, [x0, #56]\n ldr q2, [x0, #64]");

static void *work(void *nothing) {
  void (*const snippets[])(uint8_t *) = {empty,  vectors,  scalars, integers, loads,
                                         stores, branches, others,  lines,    straddle};
  kerf_mark(marks, KERF_MARK_IDLE);
  for (uint32_t i = 0; i < sizeof snippets / sizeof *snippets; i++) {
    kerf_mark(marks, KERF_MARK_OPERATOR + i);
    snippets[i](memory + 4096 * (i + 1));
    kerf_mark(marks, KERF_MARK_IDLE);
  }
  return nothing;
}

int main(void) {
  pthread_t thread;
  kerf_mark(marks, KERF_MARK_IDLE);
  if (pthread_create(&thread, 0, work, 0)) return 1;
  pthread_join(thread, 0);
  puts("{}");
  return 0;
}

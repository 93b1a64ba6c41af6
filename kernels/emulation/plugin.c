/* QEMU plugin: counts the instructions that each operator of a network executes, by class, and
 * drives the model of the caches with its accesses.
 *
 *   qemu-aarch64 -plugin file=...,form=FILE,output=FILE[,progress=on] kerf-run ...
 *
 * The runtime says what it works on by marks (include/kerf_mark.h). A thread that marks an operator is
 * given a core of its own; others, such as the one that loads the plan, are not looked at. The
 * output is a table, one line for each operator; with progress, standard error is told of each. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kerf_mark.h"
#include "classify.h"
#include "hierarchy.h"
#include "qemu_plugin.h"

#define KERF_MAX_VCPUS 128u

typedef struct {
  uint64_t instructions[KERF_CLASSES];
  kerf_traffic traffic;
} counts;

/* A guest thread. */
typedef struct {
  counts *now; /* of what it works on; NULL when that is nothing */
  uint32_t core;
  int has_core;
  uint64_t second_half; /* address at which a register of 128 bits goes on, 0 for none */
  counts uncounted;     /* of work that only warms the caches */
  counts *operators;
  uint32_t room;
} worker;

/* What one translated block executes. */
typedef struct {
  uint64_t instructions[KERF_CLASSES];
} block;

QEMU_EXPORT int qemu_plugin_version = 1;

static kerf_hierarchy hierarchy;
static worker workers[KERF_MAX_VCPUS];
static _Atomic uint32_t cores_taken;
static uint64_t marks; /* address of the first mark */
static const char *output_path;
static int tells_progress;
static uint64_t last_told; /* a mark of the first core */

static void fail(const char *what, const char *detail) {
  fprintf(stderr, "kerf-emulation: %s%s%s\n", what, *detail ? " " : "", detail);
  exit(1);
}

static void *need(void *memory) {
  if (!memory) fail("no memory", "");
  return memory;
}

static void on_thread(qemu_plugin_id_t id, unsigned vcpu) {
  (void)id;
  if (vcpu >= KERF_MAX_VCPUS) fail("there are too many threads", "");
}

static void on_block(unsigned vcpu, void *data) {
  const block *b = data;
  counts *now = workers[vcpu].now;
  if (!now) return;
  for (uint32_t c = 0; c < KERF_CLASSES; c++) now->instructions[c] += b->instructions[c];
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
  (void)data;
  worker *w = &workers[vcpu];
  if (!w->now) return;
  kerf_hierarchy_access(&hierarchy, w->core, address, 1u << qemu_plugin_mem_size_shift(info),
                        qemu_plugin_mem_is_store(info), &w->now->traffic);
}

/* QEMU tells of a register of 128 bits in two halves, which are one access. */
static void on_wide_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address,
                           void *data) {
  (void)data;
  worker *w = &workers[vcpu];
  if (!w->now) return;
  const int store = qemu_plugin_mem_is_store(info);
  const uint32_t bytes = 1u << qemu_plugin_mem_size_shift(info);
  if (address == w->second_half) {
    w->second_half = 0;
    const uint64_t line = (address + bytes - 1) >> hierarchy.line_shift;
    if (line != (address - 1) >> hierarchy.line_shift)
      kerf_hierarchy_touch(&hierarchy, w->core, line, store, &w->now->traffic);
    return;
  }
  w->second_half = bytes == 8 ? address + 8 : 0;
  kerf_hierarchy_access(&hierarchy, w->core, address, bytes, store, &w->now->traffic);
}

/* The counts of an operator, with room made for it. */
static counts *operator_of(worker *w, uint32_t operator) {
  if (operator >= w->room) {
    const uint32_t room = operator + 64;
    w->operators = need(realloc(w->operators, room * sizeof *w->operators));
    memset(w->operators + w->room, 0, (room - w->room) * sizeof *w->operators);
    w->room = room;
  }
  return &w->operators[operator];
}

static void need_core(worker *w) {
  if (w->has_core) return;
  w->has_core = 1;
  w->core = atomic_fetch_add(&cores_taken, 1);
  if (w->core >= hierarchy.form.cores) fail("there are more threads than cores", "");
}

/* Nobody works while this is marked. */
static void forget(void) {
  for (uint32_t v = 0; v < KERF_MAX_VCPUS; v++)
    if (workers[v].room)
      memset(workers[v].operators, 0, workers[v].room * sizeof *workers[v].operators);
}

/* The first mark of all is KERF_MARK_IDLE. */
static void on_mark(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data) {
  (void)info, (void)data;
  worker *w = &workers[vcpu];
  if (!marks) marks = address;
  const uint64_t mark = address - marks;
  if (mark >= KERF_MARK_OPERATOR) {
    need_core(w);
    w->now = operator_of(w, (uint32_t)(mark - KERF_MARK_OPERATOR));
    if (tells_progress && !w->core && mark != last_told)
      fprintf(stderr, "kerf-emulation: operator %" PRIu64 "\n", mark - KERF_MARK_OPERATOR);
    if (!w->core) last_told = mark;
  } else if (mark == KERF_MARK_COUNT) {
    forget();
  } else {
    w->now = mark == KERF_MARK_WARM && w->has_core ? &w->uncounted : NULL;
  }
}

static uint32_t opcode_of(const struct qemu_plugin_insn *insn) {
  uint32_t opcode;
  memcpy(&opcode, qemu_plugin_insn_data(insn), sizeof opcode);
  return opcode;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
  (void)id;
  block *b = need(calloc(1, sizeof *b));
  const size_t count = qemu_plugin_tb_n_insns(tb);
  uint32_t before = 0;
  for (size_t i = 0; i < count; i++) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
    const uint32_t opcode = opcode_of(insn);
    const kerf_class class = kerf_classify(opcode);
    b->instructions[class]++;
    if (class == KERF_LOAD || class == KERF_STORE)
      qemu_plugin_register_vcpu_mem_cb(insn,
                                       before == KERF_MARK_OPCODE ? on_mark
                                       : kerf_is_wide(opcode)     ? on_wide_access
                                                                  : on_access,
                                       QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
    before = opcode;
  }
  qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, b);
}

static void print_operator(uint32_t operator, FILE *file) {
  counts sum = {0};
  for (uint32_t v = 0; v < KERF_MAX_VCPUS; v++) {
    if (operator >= workers[v].room) continue;
    const counts *one = &workers[v].operators[operator];
    for (uint32_t c = 0; c < KERF_CLASSES; c++) sum.instructions[c] += one->instructions[c];
    kerf_traffic_add(&sum.traffic, &one->traffic);
  }
  fprintf(file, "\n%u", operator);
  for (uint32_t c = 0; c < KERF_CLASSES; c++) fprintf(file, "\t%" PRIu64, sum.instructions[c]);
  fputc('\t', file);
  kerf_traffic_print(&hierarchy.form, &sum.traffic, file);
}

/* Rooms are round numbers: operators that are not there are lines of zeros. */
static void on_exit_of_guest(qemu_plugin_id_t id, void *data) {
  (void)id, (void)data;
  FILE *file = fopen(output_path, "w");
  if (!file) fail("cannot write", output_path);
  uint32_t operators = 0;
  for (uint32_t v = 0; v < KERF_MAX_VCPUS; v++)
    if (workers[v].room > operators) operators = workers[v].room;
  fprintf(file, "operator\tvector\tscalar-float\tinteger\tload\tstore\tbranch\tother\t");
  kerf_traffic_print_names(&hierarchy.form, file);
  for (uint32_t o = 0; o < operators; o++) print_operator(o, file);
  fputc('\n', file);
  if (fclose(file)) fail("cannot write", output_path);
}

/* The value of NAME=VALUE, NULL if it is another. */
static const char *value_of(const char *argument, const char *name) {
  const size_t length = strlen(name);
  return !strncmp(argument, name, length) && argument[length] == '=' ? argument + length + 1 : NULL;
}

static void open_hierarchy(const char *path) {
  kerf_hierarchy_form form;
  char error[256];
  FILE *file = fopen(path, "r");
  if (!file) fail("cannot open", path);
  if (!kerf_hierarchy_read(file, &form, error, sizeof error)) fail(path, error);
  fclose(file);
  if (!kerf_hierarchy_open(&hierarchy, &form)) fail("no memory for", path);
}

QEMU_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
                                    char **argv) {
  const char *form = NULL;
  for (int i = 0; i < argc; i++) {
    const char *value;
    if ((value = value_of(argv[i], "form"))) form = value;
    else if ((value = value_of(argv[i], "output"))) output_path = value;
    else if ((value = value_of(argv[i], "progress"))) tells_progress = !strcmp(value, "on");
    else fail("unknown argument:", argv[i]);
  }
  if (strcmp(info->target_name, "aarch64") || info->system_emulation)
    fail("only qemu-aarch64 will do, not", info->target_name);
  if (!form || !output_path) fail("form=FILE and output=FILE are needed", "");
  open_hierarchy(form);
  qemu_plugin_register_vcpu_init_cb(id, on_thread);
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  qemu_plugin_register_atexit_cb(id, on_exit_of_guest, NULL);
  return 0;
}

/* kerf-run: the runtime as an executable, for devices that are reached by a shell, for emulators,
 * and for measuring the runtime's own memory. Prints one JSON object.
 *
 *   kerf-run PLAN [--threads N] [--isa NAME] [--input FILE] [--output FILE]
 *            [--warmup N] [--calls N] [--profile]
 *
 * Input and output files hold float32 values, little-endian, row-major. Without --input the
 * network runs on zeros. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kerf.h"

typedef struct {
  const char *plan, *isa, *input, *output;
  uint32_t threads, warmup, calls;
  int profile;
} options;

static int usage(const char *problem, const char *value) {
  fprintf(stderr, "kerf-run: %s%s%s\nusage: kerf-run PLAN [--threads N] [--isa NAME] [--input FILE] "
                  "[--output FILE] [--warmup N] [--calls N] [--profile]\n",
          problem, value ? " " : "", value ? value : "");
  return 2;
}

static int number(const char *text, uint32_t *out) {
  char *end;
  const unsigned long value = strtoul(text, &end, 10);
  if (!*text || *end || *text == '-' || value > 1000000000ul) return 0;
  *out = (uint32_t)value;
  return 1;
}

static int parse(int argc, char **argv, options *o) {
  *o = (options){.threads = 1};
  for (int i = 1; i < argc; i++) {
    const char *flag = argv[i];
    if (flag[0] != '-') {
      if (o->plan) return usage("more than one plan:", flag);
      o->plan = flag;
      continue;
    }
    if (!strcmp(flag, "--profile")) {
      o->profile = 1;
      continue;
    }
    if (++i == argc) return usage("no value for", flag);
    const char *value = argv[i];
    const char **text = !strcmp(flag, "--isa")      ? &o->isa
                        : !strcmp(flag, "--input")  ? &o->input
                        : !strcmp(flag, "--output") ? &o->output
                                                    : NULL;
    uint32_t *count = !strcmp(flag, "--threads")  ? &o->threads
                      : !strcmp(flag, "--warmup") ? &o->warmup
                      : !strcmp(flag, "--calls")  ? &o->calls
                                                  : NULL;
    if (text) *text = value;
    else if (!count) return usage("unknown option", flag);
    else if (!number(value, count)) return usage("not a number:", value);
  }
  return o->plan ? 0 : usage("no plan", NULL);
}

static double milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* Reads or writes exactly `count` floats. */
static int transfer(const char *path, const char *mode, float *floats, uint64_t count) {
  FILE *file = fopen(path, mode);
  if (!file) return 0;
  const int reading = mode[0] == 'r';
  const size_t moved = reading ? fread(floats, 4, count, file) : fwrite(floats, 4, count, file);
  const int exact = moved == count && (!reading || fgetc(file) == EOF);
  return !fclose(file) && exact;
}

/* Peak resident memory in KiB, 0 where the system does not tell. */
static unsigned long peak_kib(void) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  unsigned long peak = 0;
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "VmHWM: %lu", &peak) == 1) break;
  if (file) fclose(file);
  return peak;
}

static void print_times(const char *name, const uint64_t *ns, uint32_t count) {
  printf(",\"%s\":[", name);
  for (uint32_t i = 0; i < count; i++) printf("%s%llu", i ? "," : "", (unsigned long long)ns[i]);
  printf("]");
}

int main(int argc, char **argv) {
  options o;
  const int wrong = parse(argc, argv, &o);
  if (wrong) return wrong;
  char error[512];
  kerf_network *network;
  const double begin = milliseconds();
  if (kerf_open(o.plan, o.threads, o.isa, &network, error, sizeof error)) {
    fprintf(stderr, "kerf-run: %s: %s\n", o.plan, error);
    return 1;
  }
  const double loaded = milliseconds() - begin;
  const uint64_t inputs = kerf_input_floats(network), outputs = kerf_output_floats(network);
  const uint32_t operators = kerf_operator_count(network), calls = o.calls ? o.calls : 1;
  float *input = calloc(inputs, sizeof *input), *output = calloc(outputs, sizeof *output);
  uint64_t *times = calloc((size_t)calls + o.warmup + operators, sizeof *times);
  int code = 1;
  if (!input || !output || !times) {
    fprintf(stderr, "kerf-run: no memory\n");
  } else if (o.input && !transfer(o.input, "rb", input, inputs)) {
    fprintf(stderr, "kerf-run: %s must hold %llu float32 values\n", o.input,
            (unsigned long long)inputs);
  } else {
    kerf_set_input(network, input, inputs);
    free(input);
    input = NULL;
    if (o.warmup) kerf_measure(network, o.warmup, times);
    kerf_measure(network, calls, times);
    kerf_get_output(network, output, outputs);
    if (o.output && !transfer(o.output, "wb", output, outputs)) {
      fprintf(stderr, "kerf-run: cannot write %s\n", o.output);
    } else {
      printf("{\"isa\":\"%s\",\"load_ms\":%.3f", o.isa ? o.isa : kerf_best_isa(), loaded);
      print_times("calls_ns", times, calls);
      if (o.profile) {
        kerf_profile(network, times);
        print_times("operators_ns", times, operators);
      }
      printf(",\"peak_kib\":%lu}\n", peak_kib());
      code = 0;
    }
  }
  free(input);
  free(output);
  free(times);
  kerf_close(network);
  return code;
}

/* kerf-run: the runtime as an executable, for devices that are reached by a shell, for emulators,
 * and for measuring the runtime's own memory. Prints one JSON object.
 *
 *   kerf-run PLAN [--threads N] [--isa NAME] [--input FILE]... [--output FILE]
 *            [--warmup N] [--calls N] [--profile] [--schedule FILE]
 *   kerf-run --describe NAME     tells of an OpenCL device, in lines "key: value"
 *
 * Input files, one for each input in order, hold float32 values, little-endian, row-major; inputs
 * without a file are zeros. The output file gets all outputs, one behind the other. A schedule holds
 * pairs of uint32, little-endian, as kerf_set_schedule takes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kerf.h"

typedef struct {
  const char *plan, *isa, *output, *described, *schedule;
  const char **inputs; /* room for as many as there are arguments */
  uint32_t input_count, threads, warmup, calls;
  int profile;
} options;

static int usage(const char *problem, const char *value) {
  fprintf(stderr, "kerf-run: %s%s%s\nusage: kerf-run PLAN [--threads N] [--isa NAME] [--input FILE]... "
                  "[--output FILE] [--warmup N] [--calls N] [--profile] [--schedule FILE]\n"
                  "       kerf-run --describe NAME\n",
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
  *o = (options){.threads = 1, .inputs = calloc((size_t)argc, sizeof *o->inputs)};
  if (!o->inputs) return usage("no memory", NULL);
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
    const char **text = !strcmp(flag, "--isa")        ? &o->isa
                        : !strcmp(flag, "--input")    ? &o->inputs[o->input_count++]
                        : !strcmp(flag, "--output")   ? &o->output
                        : !strcmp(flag, "--describe") ? &o->described
                        : !strcmp(flag, "--schedule") ? &o->schedule
                                                      : NULL;
    uint32_t *count = !strcmp(flag, "--threads")  ? &o->threads
                      : !strcmp(flag, "--warmup") ? &o->warmup
                      : !strcmp(flag, "--calls")  ? &o->calls
                                                  : NULL;
    if (text) *text = value;
    else if (!count) return usage("unknown option", flag);
    else if (!number(value, count)) return usage("not a number:", value);
  }
  return o->plan || o->described ? 0 : usage("no plan", NULL);
}

static double milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static uint64_t elements(uint32_t rank, const uint32_t *extents) {
  uint64_t product = 1;
  for (uint32_t axis = 0; axis < rank; axis++) product *= extents[axis];
  return product;
}

/* Each gives 0 after saying what went wrong, else 1. */

static int complain(const char *what, const char *path) {
  fprintf(stderr, "kerf-run: %s %s\n", what, path);
  return 0;
}

/* Reads an input, which must be the whole file. */
static int read_input(kerf_network *network, uint32_t index, const char *path) {
  uint32_t extents[KERF_MAX_AXES];
  const uint64_t count = elements(kerf_input_shape(network, index, extents), extents);
  float *floats = malloc(count * sizeof *floats);
  FILE *file = fopen(path, "rb");
  const int exact = floats && file && fread(floats, sizeof *floats, count, file) == count &&
                    fgetc(file) == EOF && !kerf_set_input(network, index, floats, count);
  if (file) fclose(file);
  free(floats);
  if (exact) return 1;
  fprintf(stderr, "kerf-run: %s must hold %llu float32 values\n", path, (unsigned long long)count);
  return 0;
}

static int read_inputs(kerf_network *network, const options *o) {
  for (uint32_t i = 0; i < o->input_count; i++) {
    if (i >= kerf_input_count(network)) return complain("there is no such input:", o->inputs[i]);
    if (!read_input(network, i, o->inputs[i])) return 0;
  }
  return 1;
}

/* Sets the schedule of a file; `steps` gets how many it has. */
static int read_schedule(kerf_network *network, const char *path, uint32_t *steps) {
  uint32_t *pairs = NULL, count = 0, room = 0, pair[2];
  FILE *file = fopen(path, "rb");
  int complete = file != NULL;
  while (complete && fread(pair, sizeof pair, 1, file) == 1) {
    if (count == room) {
      room = room ? 2 * room : 256;
      uint32_t *longer = realloc(pairs, room * sizeof pair);
      complete = longer != NULL;
      if (longer) pairs = longer;
    }
    if (complete) memcpy(pairs + 2 * count++, pair, sizeof pair);
  }
  if (file) fclose(file);
  complete = complete && count > 0;
  if (!complete) complain("no schedule in", path);
  else if (kerf_set_schedule(network, pairs, count))
    complete = complain("cannot take the schedule:", kerf_failure(network));
  *steps = count;
  free(pairs);
  return complete;
}

static int write_outputs(const kerf_network *network, const char *path) {
  FILE *file = fopen(path, "wb");
  int complete = file != NULL;
  for (uint32_t i = 0; complete && i < kerf_output_count(network); i++) {
    uint32_t extents[KERF_MAX_AXES];
    const uint64_t count = elements(kerf_output_shape(network, i, extents), extents);
    float *floats = malloc(count * sizeof *floats);
    complete = floats && !kerf_get_output(network, i, floats, count) &&
               fwrite(floats, sizeof *floats, count, file) == count;
    free(floats);
  }
  if (file && fclose(file)) complete = 0;
  return complete || complain("cannot write", path);
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

/* Runs as the options say and prints what there is to tell. */
static int run(kerf_network *network, const options *o, double loaded_ms) {
  uint32_t steps = 0;
  if (o->schedule && !read_schedule(network, o->schedule, &steps)) return 0;
  /* A network on both processors is timed by steps, which have two times each. */
  const uint32_t profiled = o->schedule ? 2 * steps : kerf_operator_count(network);
  const uint32_t calls = o->calls ? o->calls : 1;
  uint64_t *times = calloc((size_t)calls + o->warmup + profiled, sizeof *times);
  if (!times) return complain("no memory for the times of", o->plan);
  int done = read_inputs(network, o);
  if (done) {
    done = (!o->warmup || !kerf_measure(network, o->warmup, times)) &&
           !kerf_measure(network, calls, times);
    if (!done) complain("cannot run:", kerf_failure(network));
    done = done && (!o->output || write_outputs(network, o->output));
  }
  uint64_t *of_parts = times + calls;
  if (done && o->profile &&
      (o->schedule ? kerf_trace(network, of_parts) : kerf_profile(network, of_parts)))
    done = complain("cannot profile:", kerf_failure(network));
  if (done) {
    const char *isa = o->isa ? o->isa : kerf_best_isa(), *folder = strstr(isa, ":cache=");
    printf("{\"isa\":\"%.*s\",\"load_ms\":%.3f", folder ? (int)(folder - isa) : (int)strlen(isa),
           isa, loaded_ms);
    print_times("calls_ns", times, calls);
    if (o->profile) print_times(o->schedule ? "steps_ns" : "operators_ns", of_parts, profiled);
    printf(",\"arena_bytes\":%llu,\"peak_kib\":%lu}\n",
           (unsigned long long)kerf_arena_bytes(network), peak_kib());
  }
  free(times);
  return done;
}

enum { ERROR_BYTES = 8192 }; /* the logs of compilers are long */

static int describe(const char *name) {
  char error[ERROR_BYTES];
  kerf_device *device;
  if (kerf_device_open(name, &device, error, sizeof error)) return complain("cannot use", error);
  printf("%s", kerf_device_facts(device));
  kerf_device_close(device);
  return 1;
}

int main(int argc, char **argv) {
  options o;
  int code = parse(argc, argv, &o);
  if (!code && o.described) {
    code = !describe(o.described);
  } else if (!code) {
    char error[ERROR_BYTES];
    kerf_network *network;
    const double begin = milliseconds();
    if (kerf_open(o.plan, o.threads, o.isa, &network, error, sizeof error)) {
      fprintf(stderr, "kerf-run: %s: %s\n", o.plan, error);
      code = 1;
    } else {
      code = !run(network, &o, milliseconds() - begin);
      kerf_close(network);
    }
  }
  free(o.inputs);
  return code;
}

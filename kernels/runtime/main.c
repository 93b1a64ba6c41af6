/* kerf-run: the runtime as an executable, for devices that are reached by a shell, for emulators,
 * and for measuring the runtime's own memory. Prints one JSON object.
 *
 *   kerf-run PLAN [--threads N] [--isa NAME] [--input FILE]... [--output FILE]
 *            [--cpus LIST] [--warmup N] [--warmup-ms N] [--calls N] [--profile]
 *            [--schedule FILE] [--sample N]
 *   kerf-run --describe NAME     tells of an OpenCL device, in lines "key: value"
 *
 * The warm-up goes on until both its number of calls and its milliseconds are reached. Cores are a
 * list such as 4-7; their clocks are read right before and right after the timed calls.
 *
 * Input files, one for each input in order, hold float32 values, little-endian, row-major; inputs
 * without a file are zeros. The output file gets all outputs, one behind the other. A schedule holds
 * pairs of uint32, little-endian, as kerf_set_schedule takes them.
 * With --sample, of about N units of work of each operator, only the counts of an emulator mean
 * anything: the JSON says how many of all units they are of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cpus.h"
#include "kerf_emulation.h"

/* Most cores whose clocks are told. */
#define MAX_CLOCKS 64u

typedef struct {
  const char *plan, *isa, *output, *cpus, *described, *schedule;
  const char **inputs; /* room for as many as there are arguments */
  uint32_t input_count, threads, warmup, warmup_ms, calls, sample;
  int profile;
} options;

static int usage(const char *problem, const char *value) {
  fprintf(stderr, "kerf-run: %s%s%s\nusage: kerf-run PLAN [--threads N] [--isa NAME] [--input FILE]... "
                  "[--output FILE] [--cpus LIST] [--warmup N] [--warmup-ms N] [--calls N] [--profile] "
                  "[--schedule FILE] [--sample N]\n       kerf-run --describe NAME\n",
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
  *o = (options){.threads = 1, .calls = 1, .inputs = calloc((size_t)argc, sizeof *o->inputs)};
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
    const char **text = !strcmp(flag, "--isa")      ? &o->isa
                        : !strcmp(flag, "--input")  ? &o->inputs[o->input_count++]
                        : !strcmp(flag, "--output") ? &o->output
                        : !strcmp(flag, "--cpus")   ? &o->cpus
                        : !strcmp(flag, "--describe") ? &o->described
                        : !strcmp(flag, "--schedule") ? &o->schedule
                                                      : NULL;
    uint32_t *count = !strcmp(flag, "--threads")     ? &o->threads
                      : !strcmp(flag, "--warmup")    ? &o->warmup
                      : !strcmp(flag, "--warmup-ms") ? &o->warmup_ms
                      : !strcmp(flag, "--calls")     ? &o->calls
                      : !strcmp(flag, "--sample")    ? &o->sample
                                                     : NULL;
    if (text) *text = value;
    else if (!count) return usage("unknown option", flag);
    else if (!number(value, count)) return usage("not a number:", value);
  }
  return o->plan || o->described ? 0 : usage("no plan", NULL);
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

/* Warms up as long as the options want; gives the times of all calls, or NULL after saying what went
 * wrong. */
static uint64_t *warm_up(kerf_network *network, const options *o, uint32_t *count) {
  uint32_t room = o->warmup < 64 ? 64 : o->warmup, calls = 0;
  uint64_t *times = malloc(room * sizeof *times), spent = 0;
  while (times && (calls < o->warmup || spent < o->warmup_ms * UINT64_C(1000000))) {
    if (calls == room) {
      uint64_t *more = realloc(times, (room *= 2) * sizeof *times);
      if (!more) free(times);
      times = more;
      if (!times) break;
    }
    if (kerf_measure(network, 1, &times[calls])) {
      complain("cannot warm up:", kerf_failure(network));
      free(times);
      return NULL;
    }
    spent += times[calls++];
  }
  *count = calls;
  if (!times) complain("no memory for the times of", o->plan);
  return times;
}

/* Clocks of the cores that were told both times: number, hertz before, hertz after. */
static void print_clocks(const kerf_clock *before, const kerf_clock *after, uint32_t count) {
  printf(",\"clocks\":[");
  for (uint32_t i = 0; i < count; i++)
    printf("%s[%u,%llu,%llu]", i ? "," : "", before[i].cpu, (unsigned long long)before[i].hertz,
           (unsigned long long)after[i].hertz);
  printf("]");
}

static void print_units(const char *name, const kerf_network *network,
                        uint32_t (*units)(const kerf_network *, uint32_t)) {
  const uint32_t operators = kerf_operator_count(network);
  printf(",\"%s\":[", name);
  for (uint32_t i = 0; i < operators; i++) printf("%s%u", i ? "," : "", units(network, i));
  printf("]");
}

/* Runs as the options say and prints what there is to tell. */
static int run(kerf_network *network, const options *o, double loaded_ms) {
  uint32_t steps = 0;
  if (o->schedule && !read_schedule(network, o->schedule, &steps)) return 0;
  /* A network on both processors is timed by steps, which have two times each. */
  const uint32_t profiled = o->schedule ? 2 * steps : kerf_operator_count(network);
  kerf_clock before[MAX_CLOCKS], after[MAX_CLOCKS];
  uint32_t warmups = 0, clocks = 0;
  int done = read_inputs(network, o);
  kerf_set_sample(network, o->sample);
  uint64_t *warmup = done ? warm_up(network, o, &warmups) : NULL;
  uint64_t *times = calloc((size_t)o->calls + profiled + 1, sizeof *times);
  done = warmup != NULL;
  if (done && !times) done = complain("no memory for the times of", o->plan);
  if (done) {
    kerf_forget_counts(network);
    clocks = kerf_read_clocks(before, MAX_CLOCKS);
    done = !kerf_measure(network, o->calls, times) || complain("cannot run:", kerf_failure(network));
    if (kerf_read_clocks(after, MAX_CLOCKS) != clocks) clocks = 0; /* one was taken away */
    done = done && (!o->output || write_outputs(network, o->output));
  }
  uint64_t *of_parts = times + o->calls;
  if (done && o->profile &&
      (o->schedule ? kerf_trace(network, of_parts) : kerf_profile(network, of_parts)))
    done = complain("cannot profile:", kerf_failure(network));
  if (done) {
    const char *isa = o->isa ? o->isa : kerf_best_isa(), *folder = strstr(isa, ":cache=");
    printf("{\"isa\":\"%.*s\",\"load_ms\":%.3f", folder ? (int)(folder - isa) : (int)strlen(isa),
           isa, loaded_ms);
    print_times("warmup_ns", warmup, warmups);
    print_times("calls_ns", times, o->calls);
    print_clocks(before, after, clocks);
    if (o->profile) print_times(o->schedule ? "steps_ns" : "operators_ns", of_parts, profiled);
    print_units("units", network, kerf_operator_units);
    print_units("counted_units", network, kerf_counted_units);
    printf(",\"arena_bytes\":%llu,\"peak_kib\":%lu}\n",
           (unsigned long long)kerf_arena_bytes(network), peak_kib());
  }
  free(warmup);
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
  char error[ERROR_BYTES];
  if (!code && o.cpus && !kerf_use_cpus(o.cpus, error, sizeof error)) code = usage(error, NULL);
  if (!code && o.described) {
    code = !describe(o.described);
  } else if (!code) {
    kerf_network *network;
    const uint64_t begin = kerf_now();
    if (kerf_open(o.plan, o.threads, o.isa, NULL, &network, error, sizeof error)) {
      fprintf(stderr, "kerf-run: %s: %s\n", o.plan, error);
      code = 1;
    } else {
      code = !run(network, &o, (double)(kerf_now() - begin) * 1e-6);
      kerf_close(network);
    }
  }
  free(o.inputs);
  return code;
}

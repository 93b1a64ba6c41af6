/* Forms of hierarchies are read, and what they counted is written. */
#include <inttypes.h>
#include <string.h>

#include "hierarchy.h"

static int is_power_of_two(uint64_t n) { return n && !(n & (n - 1)); }

/* What is wrong with a form, NULL for nothing. */
static const char *problem_of(const kerf_hierarchy_form *form) {
  if (form->line_bytes < 8 || !is_power_of_two(form->line_bytes))
    return "line must be a power of two from 8 on";
  if (!form->cores || form->cores > KERF_MAX_CORES) return "cores must be 1 to 64";
  if (!form->levels || form->level[0].shared) return "the first level must be each core's own";
  for (uint32_t l = 0; l < form->levels; l++) {
    const kerf_level *level = &form->level[l];
    const uint64_t way = (uint64_t)form->line_bytes * level->ways;
    if (!way || level->bytes % way || !is_power_of_two(level->bytes / way))
      return "the sets of a level must be a power of two";
    if (l && form->level[l - 1].shared && !level->shared)
      return "behind a shared level all must be shared";
  }
  return NULL;
}

/* Whether one line of text was understood. */
static int read_line(const char *text, kerf_hierarchy_form *form) {
  char share[8];
  kerf_level level = {0};
  if (sscanf(text, "line %" SCNu32, &form->line_bytes) == 1) return 1;
  if (sscanf(text, "cores %" SCNu32, &form->cores) == 1) return 1;
  if (sscanf(text, "prefetch %" SCNu32, &form->prefetch_lines) == 1) return 1;
  if (sscanf(text, "level %15s %" SCNu64 " %" SCNu32 " %7s", level.name, &level.bytes, &level.ways,
             share) != 4 ||
      form->levels == KERF_MAX_LEVELS || (strcmp(share, "own") && strcmp(share, "shared")))
    return 0;
  level.shared = !strcmp(share, "shared");
  form->level[form->levels++] = level;
  return 1;
}

int kerf_hierarchy_read(FILE *file, kerf_hierarchy_form *form, char *error, size_t error_bytes) {
  char line[128];
  *form = (kerf_hierarchy_form){0};
  while (fgets(line, sizeof line, file)) {
    if (read_line(line, form)) continue;
    line[strcspn(line, "\n")] = 0;
    snprintf(error, error_bytes, "not understood: \"%s\"", line);
    return 0;
  }
  const char *problem = problem_of(form);
  if (problem) snprintf(error, error_bytes, "%s", problem);
  return !problem;
}

static void print_flow_names(const kerf_hierarchy_form *form, const char *prefix, FILE *file) {
  for (uint32_t l = 0; l < form->levels; l++)
    fprintf(file, "\t%s%s-misses\t%s%s-written-back", prefix, form->level[l].name, prefix,
            form->level[l].name);
  fprintf(file, "\t%sdram-read\t%sdram-written", prefix, prefix);
}

static void print_flow(const kerf_hierarchy_form *form, const kerf_flow *flow, FILE *file) {
  for (uint32_t l = 0; l < form->levels; l++)
    fprintf(file, "\t%" PRIu64 "\t%" PRIu64, flow->misses[l], flow->written_back[l]);
  fprintf(file, "\t%" PRIu64 "\t%" PRIu64, flow->dram_read * form->line_bytes,
          flow->dram_written * form->line_bytes);
}

void kerf_traffic_print_names(const kerf_hierarchy_form *form, FILE *file) {
  fprintf(file, "accesses");
  print_flow_names(form, "", file);
  print_flow_names(form, "prefetch-", file);
}

void kerf_traffic_print(const kerf_hierarchy_form *form, const kerf_traffic *traffic, FILE *file) {
  fprintf(file, "%" PRIu64, traffic->accesses);
  print_flow(form, &traffic->demand, file);
  print_flow(form, &traffic->prefetch, file);
}

static void add_flow(kerf_flow *sum, const kerf_flow *more) {
  for (uint32_t l = 0; l < KERF_MAX_LEVELS; l++) {
    sum->misses[l] += more->misses[l];
    sum->written_back[l] += more->written_back[l];
  }
  sum->dram_read += more->dram_read;
  sum->dram_written += more->dram_written;
}

void kerf_traffic_add(kerf_traffic *sum, const kerf_traffic *more) {
  sum->accesses += more->accesses;
  add_flow(&sum->demand, &more->demand);
  add_flow(&sum->prefetch, &more->prefetch);
}

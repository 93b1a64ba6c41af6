/* What the runtime has for emulators, which tell operators apart by its marks (kerf_mark.h) and count
 * what each executes; on a processor none of it is of use. */
#ifndef KERF_EMULATION_H
#define KERF_EMULATION_H

#include "kerf.h"

/* What an emulator counted so far is to be forgotten. */
void kerf_forget_counts(const kerf_network *network);

/* From now on only about `units` units of work of each operator are run and counted, 0 for all:
 * outputs are then meaningless. */
void kerf_set_sample(kerf_network *network, uint32_t units);

/* Units of an operator, and those of them that count; 0 where there is no operator. */
uint32_t kerf_operator_units(const kerf_network *network, uint32_t index);
uint32_t kerf_counted_units(const kerf_network *network, uint32_t index);

#endif

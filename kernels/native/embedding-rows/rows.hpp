// Rows of tables of embeddings: `../../embedding-rows.ts` once more, to the bit, with the processor's wide registers and with
// rows that are asked for before they are needed. That file says what the functions do.

#pragma once

#include <cstddef>
#include <cstdint>

namespace rows {

/** Functions over the memory of a table, in which all places are numbers of bytes from its start. */
struct Kernel {
  const char* name;
  bool (*runs)();
  uint32_t (*largest)(const uint32_t* ids, uint32_t count);
  uint32_t (*countOf)(const uint32_t* ids, uint32_t count, uint32_t parts, uint32_t part);
  void (*gather)(const float* values, uint32_t dim, const uint32_t* ids, uint32_t count, float* out);
  void (*gatherBags)(const float* values, uint32_t dim, const uint32_t* ids, const uint32_t* offsets, const float* weights,
                     uint32_t bags, float* out);
  uint32_t (*add)(uint32_t dim, const uint32_t* ids, uint32_t rows, const float* gradients, uint32_t* places,
                  uint32_t* touched, float* sums, uint32_t count, uint32_t parts, uint32_t part);
  uint32_t (*addBags)(uint32_t dim, const uint32_t* ids, const uint32_t* offsets, const float* weights, uint32_t bags,
                      const float* gradients, uint32_t* places, uint32_t* touched, float* sums, uint32_t count,
                      uint32_t parts, uint32_t part);
  void (*adagrad)(float* values, uint32_t dim, float* squares, float rate, uint32_t* places, const uint32_t* touched,
                  const float* sums, uint32_t count);
  void (*adam)(float* values, uint32_t dim, float* means, float* squares, float* updates, float beta1, float beta2,
               const float* corrections, uint32_t corrected, float rate, uint32_t* places, const uint32_t* touched,
               const float* sums, uint32_t count);
};

}  // namespace rows

// The functions for registers of LANES numbers; each file that includes this is compiled for other ones.
//
// Numbers of a row do not mix but for the sum of their squares, which is made in four lanes at any width: so the bits do not
// depend on the registers, as long as products are not fused with sums.

#include <cmath>
#include <cstring>

#include "rows.hpp"

#define INLINE static inline __attribute__((always_inline))

namespace rows {
namespace {

constexpr uint32_t NOWHERE = 0xffffffff;
constexpr float EPSILON = 1e-8f;
constexpr size_t LINE = 64;
/** Bytes of rows that are on their way; from 1 to 16 KiB it makes little difference. */
constexpr size_t AHEAD_BYTES = 4096;
constexpr uint32_t AHEAD_LEAST = 4;

/** Numbers that are worked on at once, anywhere in memory. */
struct Wide {
  static constexpr uint32_t lanes = LANES;
  typedef float Type __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
};
struct Four {
  static constexpr uint32_t lanes = 4;
  typedef float Type __attribute__((vector_size(4 * sizeof(float)), aligned(sizeof(float)), may_alias));
};

template <typename Vector>
INLINE typename Vector::Type load(const float* at) {
  return *(const typename Vector::Type*)at;
}

template <typename Vector>
INLINE void store(float* at, typename Vector::Type values) {
  *(typename Vector::Type*)at = values;
}

/** Rows from one that is needed to that which is asked for. */
INLINE uint32_t aheadOf(uint32_t dim) {
  const uint32_t rows = (uint32_t)(AHEAD_BYTES / (dim * sizeof(float) + 1));
  return rows < AHEAD_LEAST ? AHEAD_LEAST : rows > 64 ? 64 : rows;
}

INLINE void askFor(const float* row, uint32_t dim) {
  const char* at = (const char*)row;
  for (const char* end = at + dim * sizeof(float); at < end; at += LINE) __builtin_prefetch(at);
}

/** Asks for some rows; @returns where to go on. */
INLINE uint32_t askForMany(const float* values, uint32_t dim, const uint32_t* ids, uint32_t from, uint32_t end) {
  for (; from < end; from++) askFor(values + (size_t)ids[from] * dim, dim);
  return from;
}

/** to[j] += weight · from[j] */
INLINE void addScaled(float* to, const float* from, float weight, uint32_t dim) {
  uint32_t j = 0;
  for (; j + LANES <= dim; j += LANES) store<Wide>(to + j, load<Wide>(to + j) + weight * load<Wide>(from + j));
  for (; j < dim; j++) to[j] += weight * from[j];
}

/** What a bag's rows are, and what has been asked for. */
struct Bag {
  const float* values;
  uint32_t dim;
  const uint32_t* ids;
  const float* weights;
  uint32_t from, end;
};

/** Some registers' worth of columns of a bag, beginning with `column`; rows are added in fours, as they are everywhere. */
template <typename Vector, uint32_t registers, typename Ask>
INLINE void sumColumns(const Bag& bag, uint32_t column, float* out, Ask ask) {
  constexpr uint32_t lanes = Vector::lanes;
  typename Vector::Type sums[registers] = {};
  uint32_t k = bag.from;
  for (; k + 4 <= bag.end; k += 4) {
    ask(k);
    const float* row[4];
    for (int r = 0; r < 4; r++) row[r] = bag.values + (size_t)bag.ids[k + r] * bag.dim + column;
    const float* weights = bag.weights + k;
    for (uint32_t n = 0; n < registers; n++) {
      const uint32_t j = n * lanes;
      const typename Vector::Type ab = weights[0] * load<Vector>(row[0] + j) + weights[1] * load<Vector>(row[1] + j);
      const typename Vector::Type cd = weights[2] * load<Vector>(row[2] + j) + weights[3] * load<Vector>(row[3] + j);
      sums[n] = sums[n] + (ab + cd);
    }
  }
  for (; k < bag.end; k++) {
    const float* row = bag.values + (size_t)bag.ids[k] * bag.dim + column;
    for (uint32_t n = 0; n < registers; n++) sums[n] = sums[n] + bag.weights[k] * load<Vector>(row + n * lanes);
  }
  for (uint32_t n = 0; n < registers; n++) store<Vector>(out + column + n * lanes, sums[n]);
}

/** One of the last columns, behind a multiple of four: there the WebAssembly kernel adds pairs one after the other. */
INLINE float sumColumn(const Bag& bag, uint32_t column) {
  const auto at = [&](uint32_t k) { return bag.weights[k] * bag.values[(size_t)bag.ids[k] * bag.dim + column]; };
  float sum = 0;
  uint32_t k = bag.from;
  for (; k + 4 <= bag.end; k += 4) {
    const float ab = at(k) + at(k + 1);
    const float cd = at(k + 2) + at(k + 3);
    sum = sum + ab + cd;
  }
  for (; k < bag.end; k++) sum = sum + at(k);
  return sum;
}

/** Behind the first columns the bag's rows are in the cache. */
template <typename Ask>
INLINE void sumBag(const Bag& bag, float* out, Ask ask) {
  const auto nothing = [](uint32_t) {};
  uint32_t column = 0;
  if (bag.dim >= 4 * LANES) {
    sumColumns<Wide, 4>(bag, 0, out, ask);
    for (column = 4 * LANES; column + 4 * LANES <= bag.dim; column += 4 * LANES)
      sumColumns<Wide, 4>(bag, column, out, nothing);
  } else {
    for (uint32_t k = bag.from; k < bag.end; k += 4) ask(k);
  }
  for (; column + LANES <= bag.dim; column += LANES) sumColumns<Wide, 1>(bag, column, out, nothing);
  for (; column + 4 <= bag.dim; column += 4) sumColumns<Four, 1>(bag, column, out, nothing);
  for (; column < bag.dim; column++) out[column] = sumColumn(bag, column);
}

uint32_t largest(const uint32_t* ids, uint32_t count) {
  uint32_t most = 0;
  for (uint32_t k = 0; k < count; k++) most = ids[k] > most ? ids[k] : most;
  return most;
}

INLINE bool isOf(uint32_t part, uint32_t parts, uint32_t row) { return parts <= 1 || (row >> 4) % parts == part; }

uint32_t countOf(const uint32_t* ids, uint32_t count, uint32_t parts, uint32_t part) {
  uint32_t own = 0;
  for (uint32_t k = 0; k < count; k++) own += isOf(part, parts, ids[k]);
  return own;
}

void gather(const float* values, uint32_t dim, const uint32_t* ids, uint32_t count, float* out) {
  const uint32_t ahead = aheadOf(dim);
  uint32_t asked = 0;
  for (uint32_t k = 0; k < count; k++) {
    asked = askForMany(values, dim, ids, asked, count - k > ahead ? k + ahead : count);
    memcpy(out + (size_t)k * dim, values + (size_t)ids[k] * dim, dim * sizeof(float));
  }
}

void gatherBags(const float* values, uint32_t dim, const uint32_t* ids, const uint32_t* offsets, const float* weights,
                uint32_t bags, float* out) {
  const uint32_t ahead = aheadOf(dim) + 4;
  const uint32_t last = offsets[bags];
  uint32_t asked = offsets[0];
  const auto ask = [&](uint32_t k) {
    asked = askForMany(values, dim, ids, asked, last - k > ahead ? k + ahead : last);
  };
  for (uint32_t b = 0; b < bags; b++)
    sumBag({values, dim, ids, weights, offsets[b], offsets[b + 1]}, out + (size_t)b * dim, ask);
}

INLINE uint32_t addRow(uint32_t dim, uint32_t row, const float* from, float weight, uint32_t* places, uint32_t* touched,
                       float* sums, uint32_t count) {
  uint32_t place = places[row];
  if (place == NOWHERE) {
    place = count++;
    places[row] = place;
    touched[place] = row;
    memset(sums + (size_t)place * dim, 0, dim * sizeof(float));
  }
  addScaled(sums + (size_t)place * dim, from, weight, dim);
  return count;
}

uint32_t add(uint32_t dim, const uint32_t* ids, uint32_t rows, const float* gradients, uint32_t* places, uint32_t* touched,
             float* sums, uint32_t count, uint32_t parts, uint32_t part) {
  for (uint32_t k = 0; k < rows; k++)
    if (isOf(part, parts, ids[k]))
      count = addRow(dim, ids[k], gradients + (size_t)k * dim, 1, places, touched, sums, count);
  return count;
}

uint32_t addBags(uint32_t dim, const uint32_t* ids, const uint32_t* offsets, const float* weights, uint32_t bags,
                 const float* gradients, uint32_t* places, uint32_t* touched, float* sums, uint32_t count, uint32_t parts,
                 uint32_t part) {
  for (uint32_t b = 0; b < bags; b++)
    for (uint32_t k = offsets[b]; k < offsets[b + 1]; k++)
      if (isOf(part, parts, ids[k]))
        count = addRow(dim, ids[k], gradients + (size_t)b * dim, weights[k], places, touched, sums, count);
  return count;
}

INLINE float meanSquare(const float* at, uint32_t dim) {
  Four::Type lanes = {};
  uint32_t j = 0;
  for (; j + 4 <= dim; j += 4) lanes = lanes + load<Four>(at + j) * load<Four>(at + j);
  float sum = lanes[0] + lanes[1] + lanes[2] + lanes[3];
  for (; j < dim; j++) sum = sum + at[j] * at[j];
  return sum / (float)dim;
}

void adagrad(float* values, uint32_t dim, float* squares, float rate, uint32_t* places, const uint32_t* touched,
             const float* sums, uint32_t count) {
  const uint32_t ahead = aheadOf(dim);
  uint32_t asked = 0;
  for (uint32_t place = 0; place < count; place++, sums += dim) {
    asked = askForMany(values, dim, touched, asked, count - place > ahead ? place + ahead : count);
    const uint32_t row = touched[place];
    const float total = squares[row] + meanSquare(sums, dim);
    squares[row] = total;
    addScaled(values + (size_t)row * dim, sums, -rate / (std::sqrt(total) + EPSILON), dim);
    places[row] = NOWHERE;
  }
}

/** mean[j] = β · mean[j] + (1 − β) · from[j] */
INLINE void decay(float* mean, const float* from, float beta, uint32_t dim) {
  const float fresh = 1 - beta;
  uint32_t j = 0;
  for (; j + LANES <= dim; j += LANES) store<Wide>(mean + j, beta * load<Wide>(mean + j) + fresh * load<Wide>(from + j));
  for (; j < dim; j++) mean[j] = beta * mean[j] + fresh * from[j];
}

void adam(float* values, uint32_t dim, float* means, float* squares, float* updates, float beta1, float beta2,
          const float* corrections, uint32_t corrected, float rate, uint32_t* places, const uint32_t* touched,
          const float* sums, uint32_t count) {
  const uint32_t ahead = aheadOf(dim);
  uint32_t asked = 0;
  for (uint32_t place = 0; place < count; place++, sums += dim) {
    const uint32_t until = count - place > ahead ? place + ahead : count;
    askForMany(means, dim, touched, asked, until);
    asked = askForMany(values, dim, touched, asked, until);
    const uint32_t row = touched[place];
    const float update = updates[row] + 1;
    updates[row] = update;
    const float square = beta2 * squares[row] + (1 - beta2) * meanSquare(sums, dim);
    squares[row] = square;
    const uint32_t t = (update < (float)corrected ? (uint32_t)update : corrected) - 1;
    float* mean = means + (size_t)row * dim;
    decay(mean, sums, beta1, dim);
    const float rateOfRow = (-rate * corrections[t]) / (std::sqrt(square * corrections[corrected + t]) + EPSILON);
    addScaled(values + (size_t)row * dim, mean, rateOfRow, dim);
    places[row] = NOWHERE;
  }
}

constexpr Kernel kernelOf(const char* name, bool (*runs)()) {
  return {name, runs, largest, countOf, gather, gatherBags, add, addBags, adagrad, adam};
}

}  // namespace
}  // namespace rows

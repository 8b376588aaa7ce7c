// The best k of many scored rows: keys are collected above a threshold, and thinned out when their room is full.

#include "scan.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace scan {

namespace {

constexpr size_t FIRST_CAPACITY = 256;
/** Pushes between two thinnings out, at least. */
constexpr size_t SPARE_LEAST = 32;
/** More keys than this are not kept between two searches. */
constexpr size_t KEPT_CAPACITY = 1 << 18;
/** Fewer keys are sorted by comparing them. */
constexpr size_t FEW = 256;
constexpr int BUCKET_BITS = 11;
constexpr size_t BUCKETS = 1 << BUCKET_BITS;
/** Fewer keys are counted in fewer buckets to find the k-th. */
constexpr size_t MANY = 1 << 15;
constexpr int FEW_BITS = 8;

uint32_t upper(uint64_t key) { return (uint32_t)(key >> 32); }

/** Shift that leaves `bits` significant bits of numbers up to `most`. */
int shiftFor(uint32_t most, int bits) {
  int shift = 0;
  while (most >> shift >> bits) shift++;
  return shift;
}

void extremes(const uint64_t* keys, size_t count, uint32_t& least, uint32_t& most) {
  least = UINT32_MAX;
  most = 0;
  for (size_t i = 0; i < count; i++) {
    least = std::min(least, upper(keys[i]));
    most = std::max(most, upper(keys[i]));
  }
}

/** The k-th smallest key, 1 ≤ k ≤ count: a histogram finds the few keys that it is among. */
uint64_t selectKey(const uint64_t* keys, size_t count, size_t k) {
  uint32_t least, most;
  extremes(keys, count, least, most);
  const int shift = shiftFor(most - least, count < MANY ? FEW_BITS : BUCKET_BITS);
  uint32_t sizes[BUCKETS];
  std::fill(sizes, sizes + ((most - least) >> shift) + 1, 0);
  for (size_t i = 0; i < count; i++) sizes[(upper(keys[i]) - least) >> shift]++;
  size_t bucket = 0;
  for (; k > sizes[bucket]; bucket++) k -= sizes[bucket];
  std::vector<uint64_t> among(sizes[bucket] + 1);
  size_t found = 0;
  for (size_t i = 0; i < count; i++) {
    // The last place is overwritten by keys of other buckets.
    among[found] = keys[i];
    found += (upper(keys[i]) - least) >> shift == bucket;
  }
  std::nth_element(among.begin(), among.begin() + (k - 1), among.begin() + found);
  return among[k - 1];
}

/** Sorts by score alone; rows are in order already, and stay so among equals. */
void sortKeys(uint64_t* keys, size_t count) {
  if (count <= FEW) {
    std::sort(keys, keys + count);
    return;
  }
  uint32_t least, most;
  extremes(keys, count, least, most);
  std::vector<uint64_t> other(count);
  uint64_t* from = keys;
  uint64_t* to = other.data();
  std::vector<uint32_t> places(BUCKETS);
  for (int shift = 0; (uint64_t)(most - least) >> shift; shift += BUCKET_BITS) {
    std::fill(places.begin(), places.end(), 0);
    for (size_t i = 0; i < count; i++) places[((upper(from[i]) - least) >> shift) & (BUCKETS - 1)]++;
    uint32_t place = 0;
    for (size_t b = 0; b < BUCKETS; b++) {
      const uint32_t size = places[b];
      places[b] = place;
      place += size;
    }
    for (size_t i = 0; i < count; i++) to[places[((upper(from[i]) - least) >> shift) & (BUCKETS - 1)]++] = from[i];
    std::swap(from, to);
  }
  if (from != keys) memcpy(keys, from, count * sizeof(uint64_t));
}

}  // namespace

SharedBounds::SharedBounds(size_t count) : bounds(new std::atomic<float>[count]) {
  for (size_t q = 0; q < count; q++) bounds[q].store(-std::numeric_limits<float>::infinity(), std::memory_order_relaxed);
}

void SharedBounds::raise(size_t query, float worst) {
  float bound = bounds[query].load(std::memory_order_relaxed);
  while (bound < worst && !bounds[query].compare_exchange_weak(bound, worst, std::memory_order_relaxed)) {
  }
  if (bound < worst) raised.fetch_add(1, std::memory_order_release);
}

void TopRows::begin(size_t k, float floor, SharedBounds* shared, size_t query) {
  k_ = k;
  shared_ = shared;
  query_ = query;
  // Twice the wanted number: every thinning out is paid by as many pushes. Very long lists get by with less room.
  most_ = k + std::min<size_t>(std::max(k, SPARE_LEAST), 1 << 18) + GROUP_ROWS;
  capacity = std::min(most_, storage_.size());
  count = 0;
  threshold = floor;
}

void TopRows::refresh() { threshold = std::max(threshold, shared_->bounds[query_].load(std::memory_order_relaxed)); }

void TopRows::makeRoom() {
  if (capacity < most_) {
    capacity = std::min(most_, std::max(FIRST_CAPACITY, 2 * capacity));
    storage_.resize(capacity);
    keys = storage_.data();
    return;
  }
  const float worst = scoreOf(keepBest());
  shared_->raise(query_, worst);
  // Rows that come later are larger, so an equal score does not help them.
  threshold = std::max(threshold, std::nextafter(worst, std::numeric_limits<float>::infinity()));
}

/** Returns the worst key that is kept, of more than k. */
uint64_t TopRows::keepBest() {
  const uint64_t last = selectKey(keys, count, k_);
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    keys[kept] = keys[i];
    kept += keys[i] <= last;
  }
  count = kept;
  return last;
}

size_t TopRows::finish() {
  if (count > k_) keepBest();
  sortKeys(keys, count);
  return count;
}

void TopRows::take(uint32_t* rows, float* scores) const {
  for (size_t i = 0; i < count; i++) {
    rows[i] = (uint32_t)keys[i];
    scores[i] = scoreOf(keys[i]);
  }
}

void TopRows::release() {
  if (storage_.size() <= KEPT_CAPACITY) return;
  std::vector<uint64_t>().swap(storage_);
  keys = nullptr;
  capacity = 0;
}

}  // namespace scan

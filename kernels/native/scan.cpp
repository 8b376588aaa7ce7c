// One thread's scan: blocks are read between two looks at their sequences into a tile, and tiles are scored for the
// whole batch while they lie in the first-level cache.

#include "scan.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <tuple>

namespace scan {

namespace {

/** Half of a usual first-level cache; the other half is for queries. */
constexpr size_t TILE_BYTES = 16 * 1024;
/** Bytes of a block that are asked for while another, so far before it at least, is read. */
constexpr size_t AHEAD_MOST = 8192;
/** A tile that so many queries pass over takes long enough for the next one to be fetched meanwhile. */
constexpr size_t FETCH_QUERIES = 8;
constexpr size_t FETCH_MOST = 128 * 1024;
/** Blocks with more rows that match are taken whole. */
constexpr int WHOLE_FROM = 44;
constexpr int STAGED_MOST = 5 * GROUP_ROWS;
/** More queries at once are as quick without approximations: each has its own rows that are read whole. */
constexpr size_t APPROXIMATE_QUERIES_MOST = 1;
/** Of so many blocks approximations may let through so many rows: with more of them, reading all rows is as quick. */
constexpr uint32_t LOOK_BLOCKS = 8, LET_THROUGH_MOST = 20;
/** Blocks that are then read whole, twice as many each time, before approximations are looked at again. */
constexpr uint32_t WHOLE_LEAST = 8, WHOLE_MOST = 256;

using ScanKey = std::tuple<const void*, const void*, size_t, const void*, const void*>;
std::mutex sharedLock;
std::map<ScanKey, std::weak_ptr<SharedBounds>> sharedByScan;

/** The threads of one scan read the same queries in the same memory, and so find each other. */
std::shared_ptr<SharedBounds> shareBounds(const ScanKey& key, size_t count) {
  const std::lock_guard<std::mutex> held(sharedLock);
  for (auto each = sharedByScan.begin(); each != sharedByScan.end();)
    each = each->second.expired() ? sharedByScan.erase(each) : std::next(each);
  auto& known = sharedByScan[key];
  auto bounds = known.lock();
  if (!bounds) {
    bounds = std::make_shared<SharedBounds>(count);
    known = bounds;
  }
  return bounds;
}

/** Holds a thread's state as matrix instructions need it. */
struct Entered {
  const Matrices* matrices;
  explicit Entered(const Instructions& with) : matrices(with.matrices) {
    if (matrices) matrices->enter();
  }
  ~Entered() {
    if (matrices) matrices->leave();
  }
};

size_t tileWords(const Layout& layout) {
  switch (layout.format) {
    case Format::float16:
    case Format::int4:
      return layout.stride / 2;
    default:
      return layout.stride / 4;
  }
}

}  // namespace

Scanner::Scanner(const Layout& layout, const Instructions& with) : layout_(layout), given_(with), with_(&with) {
  tile_.words = tileWords(layout);
  const size_t fitting = TILE_BYTES / tile_.groupBytes();
  // A multiple of the groups that stay in registers.
  tile_.capacity = std::min(TILE_GROUPS_MOST, std::max(4, (int)(fitting / 4 * 4)) + BLOCK_GROUPS - 1);
  tile_.groups = 0;
  ahead_ = 2 + AHEAD_MOST / layout.blockBytes;
  if (layout.plane.bytes) planeAhead_ = 2 + AHEAD_MOST / layout.plane.bytes;
  const size_t slots = (size_t)tile_.capacity * GROUP_ROWS;
  // Matrix instructions read on behind the last row.
  tileMemory_.reset(new uint8_t[tile_.capacity * tile_.groupBytes() + 2 * 64]);
  tile_.data = tileMemory_.get() + (64 - (uintptr_t)tileMemory_.get() % 64) % 64;
  scales_.assign(slots, 1);
  norms_.assign(slots, 0);
  rows_.assign(slots, 0);
  valid_.assign(tile_.capacity, 0);
  tile_.scales = scales_.data();
  tile_.norms = norms_.data();
  tile_.rows = rows_.data();
  tile_.valid = valid_.data();
  stagedBytes_.assign(STAGED_MOST * layout.stride, 0);
  stagedScales_.assign(STAGED_MOST, 1);
  stagedNorms_.assign(STAGED_MOST, 0);
  stagedRows_.assign(STAGED_MOST, 0);
}

void Scanner::begin(const Search& search) {
  search_ = search;
  tile_.groups = 0;
  staged_ = 0;
  shared_ = shareBounds(
      {segments_.empty() ? nullptr : segments_[0], search.queries, search.k, search.steps, search.allowed}, search.count);
  const Matrices* matrices = given_.matrices;
  with_ = matrices && !matrices->take(layout_, search.count) ? matrices->others : &given_;
  const size_t lanes = (search.count + GROUP_ROWS - 1) / GROUP_ROWS * GROUP_ROWS;
  queryScales_.assign(lanes, 0);
  queryNorms_.assign(lanes, 0);
  starts_.assign(lanes, 0);
  slacks_.assign(lanes, 0);
  // Nothing reaches the thresholds of queries that fill the last 16.
  leastProducts_.assign(lanes, std::numeric_limits<float>::infinity());
  best_.resize(search.count);
  for (size_t q = 0; q < search.count; q++) {
    queryScales_[q] = search.scales[q];
    queryNorms_[q] = search.norms[q];
    starts_[q] = startOf(search.queries + q * layout_.queryStride);
    slacks_[q] = slackOf(search.queries + q * layout_.queryStride);
    const float floor = search.floors ? search.floors[q] : -std::numeric_limits<float>::infinity();
    best_[q].begin(search.k, floor, shared_.get(), q);
  }
  queries_ = {search.queries,     layout_.queryStride, nullptr,          queryScales_.data(),
              queryNorms_.data(), starts_.data(),      leastProducts_.data(), best_.data(),
              slacks_.data()};
  approximates_ = layout_.plane.bytes && with_->approximate && search.count <= APPROXIMATE_QUERIES_MOST;
  wholeBlocks_ = 0;
  wholeNext_ = WHOLE_LEAST;
  looked_ = 0;
  letThrough_ = 0;
  opens_ = 0;
  if (with_->matrices) packQueries();
  raised_ = shared_->raised.load(std::memory_order_acquire) - 1;
}

void Scanner::packQueries() {
  const size_t groupBytes = (tile_.groupBytes() + 1023) / 1024 * 1024;
  const size_t groups = (search_.count + GROUP_ROWS - 1) / GROUP_ROWS;
  if (packedBytes_ < groups * groupBytes) {
    packedBytes_ = groups * groupBytes;
    packedMemory_.reset(new uint8_t[packedBytes_ + 64]);
  }
  uint8_t* packed = packedMemory_.get() + (64 - (uintptr_t)packedMemory_.get() % 64) % 64;
  memset(packed, 0, groups * groupBytes);
  std::vector<uint8_t> last(GROUP_ROWS * layout_.queryStride);
  for (size_t g = 0; g < groups; g++) {
    const uint8_t* from = search_.queries + g * GROUP_ROWS * layout_.queryStride;
    const size_t left = search_.count - g * GROUP_ROWS;
    if (left < GROUP_ROWS) {
      memcpy(last.data(), from, left * layout_.queryStride);
      from = last.data();
    }
    with_->matrices->pack(from, layout_.queryStride, packed + g * groupBytes);
  }
  queries_.packed = packed;
}

int32_t Scanner::startOf(const uint8_t* query) const {
  if (layout_.format == Format::binary) return (int32_t)layout_.dim;
  const int32_t offset = layout_.format == Format::int4 ? 8 : layout_.format == Format::int8 ? with_->int8Offset : 0;
  if (offset == 0) return 0;
  int32_t sum = 0;
  for (size_t j = 0; j < layout_.queryStride; j++) sum += (int8_t)query[j];
  // Wraps around for very long rows, and back again when the products are added.
  return (int32_t)(0u - (uint32_t)offset * (uint32_t)sum);
}

/** 8 · (Σ |query| − 17 · Σ query): what rounding may have taken from a sum, and what makes the halves of bytes signed again. */
int32_t Scanner::slackOf(const uint8_t* query) const {
  if (!layout_.plane.bytes) return 0;
  int32_t sum = 0, size = 0;
  for (size_t j = 0; j < layout_.queryStride; j++) {
    sum += (int8_t)query[j];
    size += std::abs((int8_t)query[j]);
  }
  return 8 * (size - 17 * sum);
}

void Scanner::scan(uint64_t from, uint64_t to) {
  const Entered entered(*with_);
  for (uint64_t block = from; block < to; block++) {
    takeBlock(block, to);
    if (tile_.groups + BLOCK_GROUPS > tile_.capacity) scoreTile();
  }
  closeAll();
}

void Scanner::takeBlock(uint64_t block, uint64_t end) {
  uint64_t allowed = ~0ull;
  if (search_.allowed) {
    const size_t word = block * 2;
    allowed = word < search_.allowedWords ? search_.allowed[word] : 0;
    if (word + 1 < search_.allowedWords) allowed |= (uint64_t)search_.allowed[word + 1] << 32;
    if (allowed == 0) return;
  }
  const size_t segment = block / layout_.blocksPerSegment;
  if (segment >= segments_.size()) throw std::out_of_range("a segment that this thread does not know");
  const uint8_t* at =
      segments_[segment] + layout_.blocksAt + (block % layout_.blocksPerSegment) * layout_.blockBytes;
  next_ = at + layout_.blockBytes;
  const uint32_t firstRow = (uint32_t)(block * BLOCK_ROWS);
  if (approximates_ && wholeBlocks_ == 0) {
    const size_t bytes = layout_.plane.bytes;
    const uint8_t* plane = planes_[segment] + block % layout_.blocksPerSegment * bytes;
    if (block + planeAhead_ < end) fetch(plane + planeAhead_ * bytes, std::min(bytes, AHEAD_MOST));
    takeApproximately(plane, at, firstRow, allowed);
    return;
  }
  // The processor follows rows by itself, but stops at the end of a page.
  if (best_.size() < FETCH_QUERIES && block + ahead_ < end)
    fetch(at + ahead_ * layout_.blockBytes, std::min(layout_.blockBytes, AHEAD_MOST));
  if (approximates_) {
    wholeBlocks_--;
    closeAll();
  }
  takeWhole(at, firstRow, allowed);
}

void Scanner::takeWhole(const uint8_t* block, uint32_t firstRow, uint64_t allowed) {
  const int groups = tile_.groups;
  const int staged = staged_;
  while (!readBlock(block, firstRow, allowed)) {
    tile_.groups = groups;
    staged_ = staged;
  }
  if (inPlace_.reaching) pushInPlace(firstRow);
  if (staged_ >= GROUP_ROWS) flushStaged(false);
}

/** Leaves a block open when some of its rows have to be read: they are on their way then. */
void Scanner::takeApproximately(const uint8_t* plane, const uint8_t* block, uint32_t firstRow, uint64_t allowed) {
  const uint32_t sequence = __atomic_load_n((const uint32_t*)plane, __ATOMIC_ACQUIRE);
  uint64_t rows;
  memcpy(&rows, plane + 8, 8);
  rows &= allowed;
  if (rows && search_.steps) rows &= runFilter(search_.steps, search_.stepCount, block);
  if (rows) rows &= with_->approximate(layout_, plane, queries_, best_.size());
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  const bool torn = (sequence & 1) || __atomic_load_n((const uint32_t*)plane, __ATOMIC_RELAXED) != sequence;
  if (torn || letThrough(__builtin_popcountll(rows))) {
    closeAll();
    takeWhole(block, firstRow, allowed);
    return;
  }
  if (!rows) return;
  for (uint64_t left = rows; left; left &= left - 1)
    fetch(block + layout_.rowsAt + __builtin_ctzll(left) * layout_.stride, layout_.stride);
  if (opens_ == OPEN_MOST) closeFirst();
  open_[(firstOpen_ + opens_++) % OPEN_MOST] = {plane, block, firstRow, sequence, allowed, rows};
}

/** Counts rows of a block; returns whether they are too many of late, and has the next blocks read whole then. */
bool Scanner::letThrough(uint32_t rows) {
  letThrough_ += rows;
  const bool crowded = letThrough_ > LET_THROUGH_MOST;
  if (crowded) {
    wholeBlocks_ = wholeNext_;
    wholeNext_ = std::min(2 * wholeNext_, WHOLE_MOST);
  }
  if (!crowded && ++looked_ < LOOK_BLOCKS) return false;
  if (!crowded) wholeNext_ = WHOLE_LEAST;
  looked_ = 0;
  letThrough_ = 0;
  return crowded;
}

/** Reads the rows of the block that has been open longest. */
void Scanner::closeFirst() {
  const Open open = open_[firstOpen_];
  firstOpen_ = (firstOpen_ + 1) % OPEN_MOST;
  opens_--;
  const int staged = staged_;
  stage(open.block, open.firstRow, open.rows);
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  if (__atomic_load_n((const uint32_t*)open.plane, __ATOMIC_RELAXED) != open.sequence) {
    // Its approximations are of other rows than these.
    staged_ = staged;
    takeWhole(open.block, open.firstRow, open.allowed);
  } else if (staged_ >= GROUP_ROWS) {
    flushStaged(false);
  }
  // At once: what is found here raises the threshold that later blocks are held to.
  if (tile_.groups >= 4) scoreTile();
}

void Scanner::closeAll() {
  while (opens_ > 0) closeFirst();
}

/** Returns false when somebody wrote meanwhile: then nothing of it counts. */
bool Scanner::readBlock(const uint8_t* block, uint32_t firstRow, uint64_t allowed) {
  inPlace_.reaching = 0;
  const uint32_t* sequenceAt = (const uint32_t*)block;
  const uint32_t sequence = __atomic_load_n(sequenceAt, __ATOMIC_ACQUIRE);
  if (sequence & 1) return false;
  uint64_t mask;
  memcpy(&mask, block + 8, 8);
  mask &= allowed;
  if (search_.steps && mask) mask &= runFilter(search_.steps, search_.stepCount, block);
  if (mask) {
    if (__builtin_popcountll(mask) < WHOLE_FROM) {
      stage(block, firstRow, mask);
    } else if (best_.size() == 1 && with_->scoreInPlace && with_->scoreInPlace(layout_, block, queries_, inPlace_)) {
      inPlace_.reaching &= mask;
    } else {
      // What waits comes first: rows stay in order.
      if (staged_ > 0) flushStaged(true);
      for (int part = 0; part < BLOCK_ROWS / GROUP_ROWS; part++) {
        const int g = tile_.groups++;
        const int r = part * GROUP_ROWS;
        with_->arrange(layout_, block + layout_.rowsAt + r * layout_.stride, tile_.group(g));
        if (layout_.scalesAt) memcpy(&tile_.scales[g * GROUP_ROWS], block + layout_.scalesAt + r * 4, GROUP_ROWS * 4);
        if (layout_.normsAt) memcpy(&tile_.norms[g * GROUP_ROWS], block + layout_.normsAt + r * 4, GROUP_ROWS * 4);
        for (int i = 0; i < GROUP_ROWS; i++) tile_.rows[g * GROUP_ROWS + i] = firstRow + r + i;
        tile_.valid[g] = (uint16_t)(mask >> r);
      }
    }
  }
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return __atomic_load_n(sequenceAt, __ATOMIC_RELAXED) == sequence;
}

void Scanner::pushInPlace(uint32_t firstRow) {
  // What waits comes first: rows stay in order.
  if (staged_ > 0) flushStaged(true);
  scoreTile();
  with_->pushInPlace(inPlace_, firstRow, best_[0]);
  best_[0].refresh();
}

void Scanner::stage(const uint8_t* block, uint32_t firstRow, uint64_t mask) {
  for (; mask; mask &= mask - 1) {
    const int r = __builtin_ctzll(mask);
    const int n = staged_++;
    memcpy(&stagedBytes_[n * layout_.stride], block + layout_.rowsAt + r * layout_.stride, layout_.stride);
    if (layout_.scalesAt) memcpy(&stagedScales_[n], block + layout_.scalesAt + r * 4, 4);
    if (layout_.normsAt) memcpy(&stagedNorms_[n], block + layout_.normsAt + r * 4, 4);
    stagedRows_[n] = firstRow + r;
  }
}

/** Moves staged rows into the tile, full groups only or all. */
void Scanner::flushStaged(bool all) {
  int n = 0;
  for (; n + GROUP_ROWS <= staged_ || (all && n < staged_); n += GROUP_ROWS) {
    const int g = tile_.groups++;
    const int filled = std::min(GROUP_ROWS, staged_ - n);
    with_->arrange(layout_, &stagedBytes_[n * layout_.stride], tile_.group(g));
    memcpy(&tile_.scales[g * GROUP_ROWS], &stagedScales_[n], GROUP_ROWS * 4);
    memcpy(&tile_.norms[g * GROUP_ROWS], &stagedNorms_[n], GROUP_ROWS * 4);
    memcpy(&tile_.rows[g * GROUP_ROWS], &stagedRows_[n], GROUP_ROWS * 4);
    tile_.valid[g] = (uint16_t)((1u << filled) - 1);
  }
  const int left = std::max(0, staged_ - n);
  if (left > 0) {
    memmove(stagedBytes_.data(), &stagedBytes_[n * layout_.stride], left * layout_.stride);
    memmove(stagedScales_.data(), &stagedScales_[n], left * 4);
    memmove(stagedNorms_.data(), &stagedNorms_[n], left * 4);
    memmove(stagedRows_.data(), &stagedRows_[n], left * 4);
  }
  staged_ = left;
}

void Scanner::scoreTile() {
  if (tile_.groups == 0) return;
  refresh();
  const bool fetched = best_.size() >= FETCH_QUERIES;
  tile_.next = next_;
  tile_.nextBytes =
      fetched ? std::min(FETCH_MOST, tile_.groups * GROUP_ROWS / BLOCK_ROWS * layout_.blockBytes) : 0;
  with_->score(layout_, tile_, queries_, best_.size());
  tile_.groups = 0;
}

/** Takes bounds that were raised meanwhile, by this thread or others. */
void Scanner::refresh() {
  const uint32_t raised = shared_->raised.load(std::memory_order_acquire);
  if (raised == raised_) return;
  raised_ = raised;
  for (size_t q = 0; q < best_.size(); q++) {
    best_[q].refresh();
    leastProducts_[q] = leastProduct(best_[q].threshold, queryScales_[q]);
  }
}

void Scanner::finish(uint32_t* counts) {
  const Entered entered(*with_);
  if (staged_ > 0) flushStaged(true);
  scoreTile();
  for (size_t q = 0; q < best_.size(); q++) counts[q] = (uint32_t)best_[q].finish();
  shared_.reset();
}

void Scanner::take(uint32_t* rows, float* scores) {
  for (TopRows& best : best_) {
    best.take(rows, scores);
    rows += best.count;
    scores += best.count;
    best.release();
  }
}

}  // namespace scan

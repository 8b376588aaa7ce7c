// What the parts of the native scan share. The table's layout is that of src/vectors/table-layout.ts, the scores and the
// protocol of readers that of src/vectors/scanner.ts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace scan {

enum class Format : uint32_t { float32 = 0, float16 = 1, int8 = 2, int4 = 3, binary = 4 };

constexpr int BLOCK_ROWS = 64;
/** Rows that are scored at once: a register of 32-bit sums holds so many. */
constexpr int GROUP_ROWS = 16;

/** Groups of a tile at most, and what one block may add to them: its own four, and one of what was staged before. */
constexpr int BLOCK_GROUPS = 5;
constexpr int TILE_GROUPS_MOST = 16 + BLOCK_GROUPS - 1;

struct Layout {
  Format format;
  uint32_t dim;
  /** Bytes of a row, of an encoded query, of a block; places from the start of a block, 0 where there are none. */
  size_t stride;
  size_t queryStride;
  size_t blockBytes;
  size_t scalesAt;
  size_t normsAt;
  size_t rowsAt;
  /** Where a segment's blocks start, and how many it holds. */
  size_t blocksAt;
  size_t blocksPerSegment;
  /** Of the approximations of a block's rows, see src/vectors/approximation.ts. */
  struct Plane {
    size_t scalesAt;
    size_t normsAt;
    size_t valuesAt;
    /** 0 where there are none. */
    size_t bytes;
  } plane;

  bool integers() const { return format != Format::float32 && format != Format::float16; }
};

/** Thresholds that the threads of one scan tell each other: a lower bound of the k-th best score, per query. */
struct SharedBounds {
  explicit SharedBounds(size_t count);
  void raise(size_t query, float bound);
  std::unique_ptr<std::atomic<float>[]> bounds;
  /** How often one was raised. */
  std::atomic<uint32_t> raised{0};
};

/**
 * The best rows of one query so far. A key is the complement of the score, made an ordered integer, above the row:
 * smaller keys are better. Keys arrive in ascending order of rows, and keep it.
 */
class TopRows {
public:
  /** @param floor scores below are not wanted */
  void begin(size_t k, float floor, SharedBounds* shared, size_t query);
  /** Takes the lower bound that other threads have found. */
  void refresh();
  /** Makes room for a group; may raise the threshold. */
  __attribute__((always_inline)) void reserve() {
    if (count + GROUP_ROWS > capacity) makeRoom();
  }
  /** Puts the k best in order; returns how many there are. */
  size_t finish();
  void take(uint32_t* rows, float* scores) const;
  /** Gives memory of an uncommonly large search back. */
  void release();

  /** Scores below need not be pushed. */
  float threshold;
  size_t count = 0;
  size_t capacity = 0;
  uint64_t* keys = nullptr;

private:
  void makeRoom();
  uint64_t keepBest();

  std::vector<uint64_t> storage_;
  size_t k_;
  size_t most_;
  SharedBounds* shared_;
  size_t query_;
};

// The processors' files are compiled with instructions that others lack: nothing in them may be shared by the linker.
static inline __attribute__((always_inline)) uint64_t keyOf(float score, uint32_t row) {
  // −0 becomes 0.
  const float value = score + 0.0f;
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  const uint32_t ordered = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
  return (uint64_t)~ordered << 32 | row;
}

static inline __attribute__((always_inline)) float scoreOf(uint64_t key) {
  const uint32_t ordered = ~(uint32_t)(key >> 32);
  const uint32_t bits = ordered & 0x80000000u ? ordered & 0x7fffffffu : ~ordered;
  float score;
  __builtin_memcpy(&score, &bits, 4);
  return score;
}

/** Asks for memory before it is read. Into the second-level cache only: the first has too few places for what is on its way. */
static inline __attribute__((always_inline)) void fetch(const uint8_t* from, size_t bytes) {
  for (size_t line = 0; line < bytes; line += 64) __builtin_prefetch(from + line, 0, 2);
}

/** Rows taken out of their blocks, in groups of 16; how a group lies is up to the instructions that arrange and score it. */
struct Tile {
  /** 32-bit words of a row once it is in a tile. */
  size_t words;
  int capacity;
  int groups;
  uint8_t* data;
  /** A number a row. */
  float* scales;
  float* norms;
  uint32_t* rows;
  /** A bit a row of each group: it may be returned. */
  uint16_t* valid;
  /** What is read into the next tile, to be fetched while this one is scored. */
  const uint8_t* next;
  size_t nextBytes;

  __attribute__((always_inline)) void fetchPart(size_t part, size_t parts) const {
    const size_t bytes = nextBytes / parts;
    fetch(next + part * bytes, bytes);
  }
  size_t groupBytes() const { return words * GROUP_ROWS * 4; }
  uint8_t* group(int g) const { return data + (size_t)g * groupBytes(); }
};

/** Queries that are scored together: arrays of their numbers, which go on to a multiple of 16. */
struct Queries {
  const uint8_t* bytes;
  size_t stride;
  /** All of them once more, as the instructions have packed them; null where they do not. */
  const uint8_t* packed;
  const float* scales;
  const float* norms;
  /** What integer sums start with: it takes away what making numbers unsigned has added. */
  const int32_t* starts;
  /** A row's product that is lower does not reach the threshold once it is scaled, however that is rounded. */
  const float* leastProducts;
  TopRows* best;
  /** What bounds by the approximation plane add to sixteen and one times a sum. */
  const int32_t* slacks;
};

static inline float leastProduct(float threshold, float scale) {
  const float product = threshold / scale;
  return scale > 0 ? product - 1e-6f * __builtin_fabsf(product) - 1e-30f : -__builtin_inff();
}

/** The plain way to push, where compressing is no instruction. */
static inline __attribute__((always_inline)) void pushEach(TopRows& best, const float* scores, const uint32_t* rows,
                                                           uint32_t mask) {
  for (; mask; mask &= mask - 1) {
    const int i = __builtin_ctz(mask);
    best.keys[best.count++] = keyOf(scores[i], rows[i]);
  }
}

/** Scores of a block's rows for one query, and a bit for each that is high enough. */
struct BlockScores {
  float scores[BLOCK_ROWS];
  uint64_t reaching;
};

/**
 * What depends on the processor. A group that has been arranged holds word w of its 16 rows side by side, for every w: a
 * sum over words is then 16 rows' sums, and needs no adding across a register.
 */
struct Instructions {
  const char* name;
  /** Added to int8 rows in a tile, so that they are unsigned. */
  int32_t int8Offset;
  /** Moves 16 rows into a group. */
  void (*arrange)(const Layout& layout, const uint8_t* rows, uint8_t* group);
  /** Scores a tile for all queries, and pushes what reaches their thresholds. */
  void (*score)(const Layout& layout, const Tile& tile, const Queries& queries, size_t count);
  /** Scores a block's 64 rows for one query where they lie; returns false when the format has to go through a tile. */
  bool (*scoreInPlace)(const Layout& layout, const uint8_t* block, const Queries& query, BlockScores& out);
  /** Pushes those of them that are high enough. */
  void (*pushInPlace)(const BlockScores& scores, uint32_t firstRow, TopRows& best);
  /** Those that multiply matrices take some searches only, and arrange rows in another way. */
  const struct Matrices* matrices = nullptr;
  /** Returns a bit for each row of a block that its approximation lets reach some query's threshold; null where none is read. */
  uint64_t (*approximate)(const Layout& layout, const uint8_t* plane, const Queries& queries, size_t count) = nullptr;
};

struct Matrices {
  bool (*take)(const Layout& layout, size_t queries);
  /** Serve the other searches. */
  const Instructions* others;
  /** Moves 16 queries where `score` finds them: `groupBytes` of a tile, rounded up to a multiple of 1024. */
  void (*pack)(const uint8_t* queries, size_t stride, uint8_t* group);
  /** Around everything that scores, in each thread. */
  void (*enter)();
  void (*leave)();
};

/** The one named, or the best that this processor has; null when it lacks the one named. */
const Instructions* instructions(const char* name);

struct FilterStep {
  uint32_t operation;
  uint32_t at;
  uint32_t unused[2];
  double low;
  double high;
};

/** Runs a filter's program over a block; returns a bit a row. */
uint64_t runFilter(const FilterStep* steps, size_t count, const uint8_t* block);

/** Rows and their scores, best first, ties to the smaller row. */
struct List {
  uint32_t* rows;
  float* scores;
  size_t length;
};

/** The best rows of both, as many as `into` is long: no more than both are together. */
void merge(const List& a, const List& b, const List& into);

/** What to look for; optional parts are null. */
struct Search {
  size_t count;
  const uint8_t* queries;
  const float* scales;
  const float* norms;
  size_t k;
  const FilterStep* steps;
  size_t stepCount;
  /** A bit a row. */
  const uint32_t* allowed;
  size_t allowedWords;
  /** A lowest wanted score per query. */
  const float* floors;
};

/** Scans a table in one thread. */
class Scanner {
public:
  Scanner(const Layout& layout, const Instructions& with);
  void addSegment(const uint8_t* base, const uint8_t* plane) {
    segments_.push_back(base);
    planes_.push_back(plane);
  }
  size_t segments() const { return segments_.size(); }
  void begin(const Search& search);
  void scan(uint64_t from, uint64_t to);
  /** Fills in how many rows each query has found. */
  void finish(uint32_t* counts);
  /** Of all queries, one behind the other. */
  void take(uint32_t* rows, float* scores);

private:
  /** A block whose approximations were read, and its rows not yet. */
  struct Open {
    const uint8_t* plane;
    const uint8_t* block;
    uint32_t firstRow;
    /** Of the plane, when it was read: a writer changes it before the rows, so they still belong to it while it is the same. */
    uint32_t sequence;
    uint64_t allowed;
    uint64_t rows;
  };
  /** So many blocks are open until the first one's rows have arrived. */
  static constexpr size_t OPEN_MOST = 8;

  void takeBlock(uint64_t block, uint64_t end);
  void takeWhole(const uint8_t* block, uint32_t firstRow, uint64_t allowed);
  void takeApproximately(const uint8_t* plane, const uint8_t* block, uint32_t firstRow, uint64_t allowed);
  bool letThrough(uint32_t rows);
  void closeFirst();
  void closeAll();
  int32_t slackOf(const uint8_t* query) const;
  bool readBlock(const uint8_t* block, uint32_t firstRow, uint64_t allowed);
  void pushInPlace(uint32_t firstRow);
  void stage(const uint8_t* block, uint32_t firstRow, uint64_t mask);
  void flushStaged(bool all);
  void scoreTile();
  int32_t startOf(const uint8_t* query) const;
  void packQueries();
  void refresh();

  const Layout layout_;
  const Instructions& given_;
  /** Serve this search. */
  const Instructions* with_;
  std::vector<const uint8_t*> segments_, planes_;
  Tile tile_;
  /** Blocks from one to that which is fetched while it is read. */
  size_t ahead_;
  /** The same of their approximations. */
  size_t planeAhead_ = 0;
  /** Behind the block that was read last. */
  const uint8_t* next_ = nullptr;
  std::unique_ptr<uint8_t[]> tileMemory_;
  std::vector<float> scales_, norms_;
  std::vector<uint32_t> rows_;
  std::vector<uint16_t> valid_;
  /** Rows of blocks of which few match, waiting to fill a group. */
  std::vector<uint8_t> stagedBytes_;
  std::vector<float> stagedScales_, stagedNorms_;
  std::vector<uint32_t> stagedRows_;
  int staged_ = 0;
  /** Of the block that was read last, when it was scored where it lies. */
  BlockScores inPlace_ = {};
  Queries queries_ = {};
  /** Whether this search reads approximations first. */
  bool approximates_ = false;
  /** Blocks to be read whole before an approximation is read again, and how many they will be the next time. */
  uint32_t wholeBlocks_ = 0, wholeNext_ = 0;
  /** Approximations that were looked at of late, and the rows that they let through. */
  uint32_t looked_ = 0, letThrough_ = 0;
  Open open_[OPEN_MOST];
  size_t firstOpen_ = 0, opens_ = 0;
  std::unique_ptr<uint8_t[]> packedMemory_;
  size_t packedBytes_ = 0;
  std::vector<float> queryScales_, queryNorms_, leastProducts_;
  std::vector<int32_t> starts_, slacks_;
  std::vector<TopRows> best_;
  std::shared_ptr<SharedBounds> shared_;
  /** How often bounds were raised when the thresholds were last refreshed. */
  uint32_t raised_ = 0;
  Search search_ = {};
};

}  // namespace scan

// The random numbers of workloads. Separate from tools/simulate/random.h, because nothing here shares code with the
// product.
#pragma once

#include <cstdint>
#include <vector>

namespace leadpulse::workload {

// Numbers that depend on the seed alone, the same with every compiler and
// library (splitmix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t mixed = (state_ += 0x9e3779b97f4a7c15u);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
  }

  // Draws a number from 0 to `bound` - 1.
  int64_t Below(int64_t bound) { return static_cast<int64_t>(Next() % static_cast<uint64_t>(bound)); }

  // Draws a number from `low` to `high`, both included.
  int64_t Between(int64_t low, int64_t high) { return low + Below(high - low + 1); }

  bool Chance(int percent) { return Below(100) < percent; }

  template <typename T>
  const T& OneOf(const std::vector<T>& choices) {
    return choices[Below(static_cast<int64_t>(choices.size()))];
  }

  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[Below(static_cast<int64_t>(i))]);
    }
  }

 private:
  uint64_t state_;
};

}  // namespace leadpulse::workload

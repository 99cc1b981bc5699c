// Lists by number, all in one piece of memory: of thousands that hold an item or two each, many share a line of it.
//
// Filled first, packed once, then read. Thread-safe once packed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace leadpulse::rules {

template <typename Item>
class PackedLists {
 public:
  // Before Pack, in any order of lists; each keeps the order of its items.
  void Add(uint32_t list, const Item& item) { added_.emplace_back(list, item); }

  // Once, after the last was added. Lists from `count` on may hold nothing.
  void Pack(size_t count) {
    begins_.assign(count + 1, 0);
    for (const auto& [list, item] : added_) ++begins_[list + 1];
    for (size_t i = 0; i < count; ++i) begins_[i + 1] += begins_[i];
    items_.resize(added_.size());
    std::vector<uint32_t> next(begins_.begin(), begins_.end());
    for (const auto& [list, item] : added_) items_[next[list]++] = item;
    added_ = {};
  }

  size_t size() const { return begins_.size() - 1; }
  std::span<const Item> operator[](size_t list) const {
    return {items_.data() + begins_[list], begins_[list + 1] - begins_[list]};
  }

 private:
  std::vector<std::pair<uint32_t, Item>> added_;
  std::vector<uint32_t> begins_{0};  // of each list, and the end of the last
  std::vector<Item> items_;
};

}  // namespace leadpulse::rules

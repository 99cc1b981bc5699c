// Numbered lists in one array: thousands of lists with an item or two each share cache lines.
//
// Filled first, then packed once into memory that must outlive it, then read. Thread-safe once packed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "processor/rules/index/index_memory.h"

namespace leadpulse::rules {

template <typename Item>
class PackedLists {
 public:
  // Before Pack, in any order of lists; each keeps the order of its items.
  void Add(uint32_t list, const Item& item) { added_.emplace_back(list, item); }

  // Once, after the last item was added. Lists from `count` on must be empty.
  void Pack(size_t count, IndexMemory* memory) {
    std::vector<uint32_t> begins(count + 1, 0);
    for (const auto& [list, item] : added_) ++begins[list + 1];
    for (size_t i = 0; i < count; ++i) begins[i + 1] += begins[i];
    begins_ = memory->Keep(begins).data();
    const std::span<Item> items = memory->Make<Item>(added_.size());
    for (const auto& [list, item] : added_) items[begins[list]++] = item;
    items_ = items.data();
    added_ = {};
  }

  std::span<const Item> operator[](size_t list) const {
    return {items_ + begins_[list], begins_[list + 1] - begins_[list]};
  }

 private:
  const uint32_t* begins_ = nullptr;  // where each list begins, and where the last ends
  const Item* items_ = nullptr;
  std::vector<std::pair<uint32_t, Item>> added_;
};

}  // namespace leadpulse::rules

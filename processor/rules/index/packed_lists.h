// The memory of an index, and numbered lists in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace leadpulse::rules {

// Memory of one piece or few, which places data that is used together close together. With a thousand tenants an index
// is not in a near cache, and each of its memory pages costs a wait. Data in it does not move and lives as long as the
// IndexMemory. Filled by one thread.
class IndexMemory {
 public:
  // Reserves the first piece. `bytes`: the approximate size of all data.
  explicit IndexMemory(size_t bytes) : pieces_(bytes) {}

  // Returns `count` uninitialized elements for the caller to fill.
  template <typename T>
  std::span<T> Make(size_t count) {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    if (count == 0) return {};
    return {std::pmr::polymorphic_allocator<>(&pieces_).allocate_object<T>(count), count};
  }

  // Copies the items.
  template <std::ranges::contiguous_range Items>
  std::span<const std::ranges::range_value_t<Items>> Keep(const Items& items) {
    const auto kept = Make<std::ranges::range_value_t<Items>>(std::ranges::size(items));
    std::uninitialized_copy(std::ranges::begin(items), std::ranges::end(items), kept.begin());
    return kept;
  }

 private:
  std::pmr::monotonic_buffer_resource pieces_;
};

// Numbered lists in one array: thousands of lists with an item or two each share cache lines. Filled first, then packed
// once into memory that must outlive it, then read. Thread-safe once packed.
template <typename Item>
class PackedLists {
 public:
  // Adds an item before Pack, in any order of lists; each list keeps the order of its items.
  void Add(uint32_t list, const Item& item) { added_.emplace_back(list, item); }

  // Packs the lists, once, after the last item was added. Lists from `count` on must be empty.
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
  const uint32_t* begins_ = nullptr;  // begin of each list, and the end of the last
  const Item* items_ = nullptr;
  std::vector<std::pair<uint32_t, Item>> added_;
};

}  // namespace leadpulse::rules

// The memory of an index: one piece or few, in which data that is used together is close together. With a thousand
// tenants an index is not in a near cache, and each memory page of it costs a wait.
//
// Data in it does not move and lives as long as the IndexMemory. Filled by one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <ranges>
#include <span>
#include <type_traits>

namespace leadpulse::rules {

class IndexMemory {
 public:
  // `bytes`: the approximate size of all data.
  explicit IndexMemory(size_t bytes) : pieces_(bytes) {}

  // `count` elements, not initialized, to be filled by the caller.
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

}  // namespace leadpulse::rules

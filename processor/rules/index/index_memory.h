// The memory that an index lies in: one piece, or few, and all that is asked together lies together. Of a thousand
// tenants none's index is in a near cache, and each page of memory that it is spread over is waited for apart.
//
// What is kept stays where it is until the IndexMemory goes. Filled by one thread.
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
  // `bytes`: about what will be kept.
  explicit IndexMemory(size_t bytes) : pieces_(bytes) {}

  // So many, not initialized, to be filled by the caller.
  template <typename T>
  std::span<T> Make(size_t count) {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    if (count == 0) return {};
    return {std::pmr::polymorphic_allocator<>(&pieces_).allocate_object<T>(count), count};
  }

  // A copy.
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

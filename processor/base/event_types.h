// A set of event types. A value of four bytes; nothing fails.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>

#include "processor/base/engagement.h"

namespace leadpulse {

class EventTypes {
 public:
  // Iterates over the types in ascending order; independent of the set.
  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = EventType;

    constexpr explicit Iterator(uint32_t left = 0) : left_(left) {}
    constexpr EventType operator*() const { return static_cast<EventType>(std::countr_zero(left_)); }
    constexpr Iterator& operator++() {
      left_ &= left_ - 1;
      return *this;
    }
    constexpr Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend constexpr bool operator==(Iterator, Iterator) = default;

   private:
    uint32_t left_;
  };

  constexpr EventTypes() = default;
  constexpr EventTypes(std::initializer_list<EventType> types) {
    for (const EventType type : types) Insert(type);
  }

  constexpr void Insert(EventType type) { bits_ |= BitOf(type); }
  constexpr bool Contains(EventType type) const { return (bits_ & BitOf(type)) != 0; }
  constexpr bool Intersects(EventTypes other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr Iterator begin() const { return Iterator(bits_); }
  constexpr Iterator end() const { return Iterator(); }
  friend constexpr bool operator==(EventTypes, EventTypes) = default;

 private:
  static_assert(kEventTypeCount <= 32);
  static constexpr uint32_t BitOf(EventType type) { return uint32_t{1} << static_cast<uint32_t>(type); }

  uint32_t bits_ = 0;
};

}  // namespace leadpulse

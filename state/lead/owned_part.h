// A part of a lead that most leads leave empty, in memory of its own. While empty it takes only a pointer.
#pragma once

#include <memory>
#include <utility>

namespace leadpulse::state {

// A value: a copy has memory of its own. An absent part reads as an empty T, and is equal to it.
template <typename T>
class OwnedPart {
 public:
  OwnedPart() = default;
  OwnedPart(OwnedPart&&) noexcept = default;
  OwnedPart& operator=(OwnedPart&&) noexcept = default;
  OwnedPart(const OwnedPart& other) : held_(other.held_ == nullptr ? nullptr : std::make_unique<T>(*other.held_)) {}
  OwnedPart& operator=(const OwnedPart& other) { return *this = OwnedPart(other); }
  ~OwnedPart() = default;

  // Whether the part is present. It may be empty.
  explicit operator bool() const { return held_ != nullptr; }
  const T& operator*() const { return held_ == nullptr ? Empty() : *held_; }
  const T* operator->() const { return &**this; }
  // Returns the part; creates an empty one if it is absent.
  T& Get() {
    if (held_ == nullptr) held_ = std::make_unique<T>();
    return *held_;
  }
  // Sets the part. An empty value takes no memory.
  void Set(T value) { held_ = value == T() ? nullptr : std::make_unique<T>(std::move(value)); }
  void reset() { held_.reset(); }

  friend bool operator==(const OwnedPart& a, const OwnedPart& b) {
    return (a.held_ == nullptr && b.held_ == nullptr) || *a == *b;
  }

 private:
  // Returns an empty T. A separate function, so that reading a present part does not check the guard of the static.
  static const T& Empty() {
    static const T kEmpty;
    return kEmpty;
  }

  std::unique_ptr<T> held_;
};

}  // namespace leadpulse::state

// Owns the descriptor of an open file.
#pragma once

#include <unistd.h>

#include <utility>

namespace leadpulse {

// Closes the descriptor when it is destroyed, and a lock on the file ends with it. Movable.
class FileDescriptor {
 public:
  FileDescriptor() = default;  // no file
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileDescriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  bool is_open() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  // Somebody else closes it.
  int Release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

}  // namespace leadpulse

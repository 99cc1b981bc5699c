// The owner of an open file's descriptor.
#pragma once

#include <unistd.h>

#include <utility>

namespace leadpulse {

// The owner of a descriptor: closes it when it is destroyed, which also ends a lock on the file. Movable.
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
  // Returns the descriptor, which the caller must close.
  int Release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

}  // namespace leadpulse

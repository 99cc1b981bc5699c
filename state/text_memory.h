// Where a journal keeps its texts: a few blocks of bytes that never move, so that entries may refer into them, and
// texts that came one after the other lie beside each other.
//
// Owned by one journal, not thread-safe. Nothing is given back but all at once, by forgetting the whole.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace leadpulse::state {

class TextMemory {
 public:
  TextMemory() = default;
  // The first block has room for that many bytes.
  explicit TextMemory(size_t bytes) { AddBlock(bytes); }
  // What is moved from is empty.
  TextMemory(TextMemory&& other) noexcept { *this = std::move(other); }
  TextMemory& operator=(TextMemory&& other) noexcept {
    blocks_ = std::exchange(other.blocks_, {});
    free_ = std::exchange(other.free_, nullptr);
    left_ = std::exchange(other.left_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  // A copy that lives as long as this does, also when this is moved.
  std::string_view Store(std::string_view text);

  // See Journal::PrefetchTexts.
  void Prefetch() const;

  // Of all blocks, used or not.
  size_t capacity() const { return capacity_; }

 private:
  void AddBlock(size_t bytes);

  struct Block {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };

  std::vector<Block> blocks_;
  char* free_ = nullptr;  // in the last block
  size_t left_ = 0;
  size_t capacity_ = 0;
};

}  // namespace leadpulse::state

#include "state/text_memory.h"

#include <algorithm>
#include <cstring>

#include "processor/base/prefetch.h"

namespace leadpulse::state {
namespace {

// Bytes. Room for the ids of two or three events; blocks grow with the journal, so that there are few of them.
constexpr size_t kMinBlock = 128;
constexpr size_t kMaxBlock = 4096;

}  // namespace

std::string_view TextMemory::Store(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > left_) AddBlock(std::max(text.size(), std::clamp(capacity_ / 2, kMinBlock, kMaxBlock)));
  std::memcpy(free_, text.data(), text.size());
  const std::string_view stored(free_, text.size());
  free_ += text.size();
  left_ -= text.size();
  return stored;
}

void TextMemory::Prefetch() const {
  for (const Block& block : blocks_) PrefetchMemory(block.bytes.get(), block.size);
}

void TextMemory::AddBlock(size_t bytes) {
  if (bytes == 0) return;
  blocks_.push_back({std::make_unique_for_overwrite<char[]>(bytes), bytes});
  free_ = blocks_.back().bytes.get();
  left_ = bytes;
  capacity_ += bytes;
}

}  // namespace leadpulse::state

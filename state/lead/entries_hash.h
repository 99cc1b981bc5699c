// The hash of a journal's entries in their stored form, part of the lead's checksum. It is computed block by block, so
// that only the last blocks are hashed again when entries are added at the end.
//
// Not thread-safe. Nothing here fails.
#pragma once

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace leadpulse::state {

inline uint64_t JoinHashes(uint64_t first, uint64_t second) {
  const uint64_t both[] = {first, second};
  return XXH3_64bits(both, sizeof both);
}

class EntriesHash {
 public:
  // 0 if there are no bytes. Blocks that were hashed before must be unchanged.
  uint64_t Of(std::string_view bytes) {
    for (size_t begin = blocks_.size() * kBlockBytes; begin + kBlockBytes <= bytes.size(); begin += kBlockBytes) {
      blocks_.push_back(With(bytes.substr(begin, kBlockBytes)));
    }
    const std::string_view rest = bytes.substr(blocks_.size() * kBlockBytes);
    return rest.empty() ? Last() : With(rest);
  }
  // Only the first `bytes` bytes stay unchanged.
  void Truncate(size_t bytes) {
    if (bytes / kBlockBytes < blocks_.size()) blocks_.resize(bytes / kBlockBytes);
  }
  // Bytes of memory held.
  size_t MemoryBytes() const { return blocks_.capacity() * sizeof(uint64_t); }

 private:
  static constexpr size_t kBlockBytes = 1024;

  uint64_t Last() const { return blocks_.empty() ? 0 : blocks_.back(); }
  uint64_t With(std::string_view block) const { return JoinHashes(Last(), XXH3_64bits(block.data(), block.size())); }

  std::vector<uint64_t> blocks_;  // the hash of all bytes up to the end of each block
};

}  // namespace leadpulse::state

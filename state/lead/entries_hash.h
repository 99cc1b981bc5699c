// The hash of a journal's entries in their stored form, which goes into the checksum of the lead. It is made block by
// block, so that where entries are added at the end only the last blocks are hashed anew.
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
  // 0 where there are no bytes. The blocks that were hashed before must be the same.
  uint64_t Of(std::string_view bytes) {
    for (size_t begin = blocks_.size() * kBlockBytes; begin + kBlockBytes <= bytes.size(); begin += kBlockBytes) {
      blocks_.push_back(With(bytes.substr(begin, kBlockBytes)));
    }
    const std::string_view rest = bytes.substr(blocks_.size() * kBlockBytes);
    return rest.empty() ? Last() : With(rest);
  }
  // Only so many bytes will be the same.
  void Truncate(size_t bytes) {
    if (bytes / kBlockBytes < blocks_.size()) blocks_.resize(bytes / kBlockBytes);
  }
  // Of memory held.
  size_t MemoryBytes() const { return blocks_.capacity() * sizeof(uint64_t); }

 private:
  static constexpr size_t kBlockBytes = 1024;

  uint64_t Last() const { return blocks_.empty() ? 0 : blocks_.back(); }
  uint64_t With(std::string_view block) const { return JoinHashes(Last(), XXH3_64bits(block.data(), block.size())); }

  std::vector<uint64_t> blocks_;  // the hash of all bytes as far as the end of each
};

}  // namespace leadpulse::state

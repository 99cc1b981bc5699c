// Sorts lead keys by the bytes of their encoded form, the order of the store.
//
// Most keys of a partition begin alike, and comparing them byte by byte would be the largest cost of sorting. So each
// key carries the eight bytes after the common beginning as a number, and only keys with equal numbers are compared as
// a whole.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::state {

// Lead keys to sort, each with a value. Owned and called by one thread.
template <typename Value>
class SortedKeys {
 public:
  struct Entry {
    std::string_view key;  // encoded
    Value value;
    uint64_t number = 0;  // the eight bytes after the common beginning
  };

  void Add(std::string_view tenant, std::string_view lead, Value value) {
    const size_t size = bytes_.size();
    bytes_.append(tenant).append(1, '\0').append(lead);
    entries_.push_back({{}, value});  // Sort sets the key, when all bytes are there
    sizes_.push_back(bytes_.size() - size);
  }

  // Returns all entries, ascending; equal keys by their values. Views into this. Call it once, after the last Add.
  std::span<const Entry> Sort() {
    size_t at = 0;
    for (size_t i = 0; i < entries_.size(); ++i) {
      entries_[i].key = std::string_view(bytes_).substr(at, sizes_[i]);
      at += sizes_[i];
    }
    const size_t common = CommonBeginning();
    for (Entry& entry : entries_) entry.number = NumberAt(entry.key, common);
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      if (a.number != b.number) return a.number < b.number;
      const int order = a.key.compare(b.key);
      return order != 0 ? order < 0 : a.value < b.value;
    });
    return entries_;
  }

 private:
  // Returns how many first bytes all keys share.
  size_t CommonBeginning() const {
    if (entries_.empty()) return 0;
    std::string_view common = entries_.front().key;
    for (const Entry& entry : entries_) {
      if (entry.key.starts_with(common)) continue;
      const auto differs = std::mismatch(common.begin(), common.end(), entry.key.begin(), entry.key.end()).first;
      common = common.substr(0, static_cast<size_t>(differs - common.begin()));
    }
    return common.size();
  }

  // Returns the eight bytes from `at` on as a number, first byte highest. Bytes beyond the end are zero, so a shorter
  // key's number is less than or equal to that of a key that continues it.
  static uint64_t NumberAt(std::string_view key, size_t at) {
    uint64_t number = 0;
    key.copy(reinterpret_cast<char*>(&number), sizeof number, at);
    return std::endian::native == std::endian::little ? __builtin_bswap64(number) : number;
  }

  std::string bytes_;          // the encoded keys, concatenated
  std::vector<size_t> sizes_;  // the size of each key
  std::vector<Entry> entries_;
};

}  // namespace leadpulse::state

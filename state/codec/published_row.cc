#include "state/codec/published_row.h"

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>
#include <vector>

#include "leadpulse/v1/published_change.pb.h"

namespace leadpulse::state {
namespace {

constexpr uint32_t kLengthDelimited = 2;
constexpr uint32_t kEntryTag = v1::PublishedChanges::kChangesFieldNumber << 3 | kLengthDelimited;

// Calls `take` with where each entry begins. Returns false if the row is not a list of entries.
template <typename Take>
bool TakeEntries(const std::string& row, const Take& take) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(row.data()), static_cast<int>(row.size()));
  while (static_cast<size_t>(in.CurrentPosition()) < row.size()) {
    const auto begin = static_cast<size_t>(in.CurrentPosition());
    uint32_t size = 0;
    if (in.ReadTag() != kEntryTag || !in.ReadVarint32(&size) || !in.Skip(static_cast<int>(size))) return false;
    take(begin);
  }
  return true;
}

}  // namespace

void KeepLatestPublished(size_t most, std::string* row) {
  if (most == 0) return row->clear();
  size_t count = 0;
  const bool is_list = TakeEntries(*row, [&](size_t) { ++count; });
  if (!is_list || (count <= most && row->size() <= kMostPublishedBytes)) return;
  std::vector<size_t> begins;
  TakeEntries(*row, [&](size_t begin) { begins.push_back(begin); });
  size_t first = begins.size() > most ? begins.size() - most : 0;
  while (first + 1 < begins.size() && row->size() - begins[first] > kMostPublishedBytes) ++first;
  row->erase(0, begins[first]);
}

}  // namespace leadpulse::state

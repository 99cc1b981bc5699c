#include "state/codec/published_row.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
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

// Returns where each entry begins, and the end of the last one; empty if the row is not a list of entries.
std::vector<size_t> BoundsOf(const std::string& row) {
  std::vector<size_t> bounds;
  if (!TakeEntries(row, [&bounds](size_t begin) { bounds.push_back(begin); })) return {};
  bounds.push_back(row.size());
  return bounds;
}

bool IsMove(const v1::PublishedChange& published) {
  const v1::Change::Kind kind = published.change().kind();
  return kind == v1::Change::STAGE_CHANGED || kind == v1::Change::LEAD_CREATED;
}

// Returns the entry that stands for all of the row, which must follow each other; otherwise for those behind a gap.
std::optional<v1::PublishedChange> RemainderOf(std::string_view row) {
  v1::PublishedChanges dropped;
  if (!dropped.ParseFromArray(row.data(), static_cast<int>(row.size()))) return std::nullopt;
  std::optional<v1::PublishedChange> left;
  for (v1::PublishedChange& next : *dropped.mutable_changes()) {
    const uint64_t seq = next.change().seq();
    const uint64_t first = next.last_seq() == 0 ? seq : next.first_seq(), last = std::max(seq, next.last_seq());
    if (!left || left->last_seq() + 1 != first) {
      left = std::move(next);
      left->set_first_seq(first);
    } else if (IsMove(next) || !IsMove(*left)) {
      next.set_first_seq(left->first_seq());
      left = std::move(next);
    }
    left->set_last_seq(last);
  }
  return left;
}

}  // namespace

void KeepLatestPublished(size_t most, std::string* row) {
  const std::vector<size_t> bounds = BoundsOf(*row);
  if (bounds.size() > most + 1) row->erase(0, bounds[bounds.size() - 1 - most]);
}

void BoundPublished(std::string* row) {
  size_t count = 0;
  const bool is_list = TakeEntries(*row, [&](size_t) { ++count; });
  if (!is_list || (count <= kMostPublished && row->size() <= kMostPublishedBytes)) return;
  const std::vector<size_t> bounds = BoundsOf(*row);
  size_t dropped = count > kMostPublished ? count - kMostPublished + 1 : 0;
  while (dropped + 1 < count && row->size() - bounds[dropped] > kMostPublishedBytes) ++dropped;
  v1::PublishedChanges remainder;
  if (auto left = RemainderOf(std::string_view(*row).substr(0, bounds[dropped]))) {
    *remainder.add_changes() = *std::move(left);
  }
  row->replace(0, bounds[dropped], remainder.SerializeAsString());
}

}  // namespace leadpulse::state

#include "processor/files/input/record_splitter.h"

#include <algorithm>
#include <cstring>

#include "processor/base/text.h"
#include "processor/base/varint.h"
#include "schemas/codec/records.h"

namespace leadpulse::input {
namespace {

const char* FindLineFeed(std::string_view bytes) {
  return static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
}

}  // namespace

bool IsBlank(std::string_view text) { return std::all_of(text.begin(), text.end(), IsAsciiSpace); }

Split SplitLine(std::string_view at_hand, size_t searched, size_t max_record) {
  const char* line_feed = searched < at_hand.size() ? FindLineFeed(at_hand.substr(searched)) : nullptr;
  size_t size = line_feed != nullptr ? static_cast<size_t>(line_feed - at_hand.data()) : at_hand.size();
  if (size > max_record) return {Split::Kind::kLong, 0, 0, 0};
  if (line_feed == nullptr) return {};
  return {Split::Kind::kRecord, 0, size, size + 1};
}

Split SplitFrame(std::string_view at_hand, size_t max_record) {
  uint64_t length = 0;
  const char* payload = at_hand.data();
  const VarintOutcome outcome = ReadVarint(&payload, at_hand.data() + at_hand.size(), &length);
  if (outcome == VarintOutcome::kCut) return {};
  if (outcome == VarintOutcome::kTooLong) return {Split::Kind::kBroken, 0, 0, 0};
  const auto used = static_cast<size_t>(payload - at_hand.data());
  if (length > max_record) return {Split::Kind::kLong, used, length, 0};
  if (at_hand.size() - used < length) return {};
  return {Split::Kind::kRecord, used, length, used + length};
}

LongRecord LongRecord::Line(bool skip) {
  LongRecord record;
  record.skip_ = skip;
  return record;
}

LongRecord LongRecord::Frame(uint64_t payload_bytes) {
  LongRecord record;
  record.is_line_ = false;
  record.blank_ = false;
  record.remaining_ = payload_bytes;
  return record;
}

size_t LongRecord::Take(std::string_view bytes) {
  if (!is_line_) {
    size_t count = std::min<uint64_t>(remaining_, bytes.size());
    Count(bytes.substr(0, count));
    remaining_ -= count;
    complete_ = remaining_ == 0;
    return count;
  }
  const char* line_feed = FindLineFeed(bytes);
  complete_ = line_feed != nullptr;
  size_t count = complete_ ? static_cast<size_t>(line_feed - bytes.data()) : bytes.size();
  Count(bytes.substr(0, count));
  return complete_ ? count + 1 : count;
}

void LongRecord::Count(std::string_view bytes) {
  size_ += bytes.size();
  if (blank_) blank_ = IsBlank(bytes);
  if (beginning_.size() < codec::kDeadLetterPrefix) {
    beginning_ += bytes.substr(0, codec::kDeadLetterPrefix - beginning_.size());
  }
}

}  // namespace leadpulse::input

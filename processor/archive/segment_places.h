// What a segment has of each partition, added up entry by entry; and how far an archive has come, segment by segment.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "leadpulse/v1/archive.pb.h"
#include "processor/base/status.h"

namespace leadpulse::archive {

// By its name, for an archive is looked at without the settings, too.
struct PlaceKey {
  std::string topic;
  int32_t partition = 0;
  friend auto operator<=>(const PlaceKey&, const PlaceKey&) = default;
};
// `engagement.events [3]`
std::string NameOf(const PlaceKey& place);
// `offsets 3 to 7` of [3, 8).
std::string OffsetsText(int64_t from, int64_t until);

// Any message that has them.
template <typename Message>
PlaceKey KeyOf(const Message& message) {
  return {message.topic(), message.partition()};
}

// Knows a record again: of its offset, time, key and value.
uint64_t RecordHash(const v1::ArchivedRecord& record);

class SegmentPlaces {
 public:
  // Rejected: the entry does not follow from those before it.
  Status Add(const v1::ArchiveEntry& entry);

  const std::map<PlaceKey, v1::ArchivedPlace>& places() const { return places_; }
  bool ended() const { return ended_; }

 private:
  Status Record(const v1::ArchivedRecord& record);
  Status Advance(const PlaceKey& key, int64_t until);

  std::map<PlaceKey, v1::ArchivedPlace> places_;
  bool ended_ = false;
};

// How far an archive has come with a partition.
struct ArchivedTo {
  int64_t next = 0;             // everything before it is accounted for
  std::optional<int64_t> last;  // record, and what it was
  uint64_t last_hash = 0;
};
using ArchivedPositions = std::map<PlaceKey, ArchivedTo>;

// Goes on by one segment's place. Rejected, and not gone on: it does not begin where the one before ends.
Status AddSegment(const v1::ArchivedPlace& place, ArchivedPositions* positions);

}  // namespace leadpulse::archive

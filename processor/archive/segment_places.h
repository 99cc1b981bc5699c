// Adds up the records of each partition in a segment, entry by entry, and the archive's positions, segment by segment.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "leadpulse/v1/archive.pb.h"
#include "processor/base/status.h"

namespace leadpulse::archive {

// A partition by its topic's name, because an archive can also be read without the settings.
struct PlaceKey {
  std::string topic;
  int32_t partition = 0;
  friend auto operator<=>(const PlaceKey&, const PlaceKey&) = default;
};
// Returns `engagement.events [3]`.
std::string NameOf(const PlaceKey& place);
// Returns `offsets 3 to 7` for [3, 8).
std::string OffsetsText(int64_t from, int64_t until);

// Returns the place of any message with these fields.
template <typename Message>
PlaceKey KeyOf(const Message& message) {
  return {message.topic(), message.partition()};
}

// Returns a hash of the record's offset, time, key and value, which identifies it.
uint64_t RecordHash(const v1::ArchivedRecord& record);

class SegmentPlaces {
 public:
  // Adds an entry. Rejected: the entry does not continue those before it.
  Status Add(const v1::ArchiveEntry& entry);

  const std::map<PlaceKey, v1::ArchivedPlace>& places() const { return places_; }
  bool ended() const { return ended_; }

 private:
  Status Record(const v1::ArchivedRecord& record);
  Status Advance(const PlaceKey& key, int64_t until);

  std::map<PlaceKey, v1::ArchivedPlace> places_;
  bool ended_ = false;
};

// The archive's position in a partition.
struct ArchivedTo {
  int64_t next = 0;             // every offset before it is archived or known to be deleted
  std::optional<int64_t> last;  // offset of the last archived record
  uint64_t last_hash = 0;       // its RecordHash
};
using ArchivedPositions = std::map<PlaceKey, ArchivedTo>;

// Advances to the end of a segment's place.
void Advance(const v1::ArchivedPlace& place, ArchivedTo* to);
// Advances the position of the segment's place. Rejected if the place does not begin where the last one ended; then
// nothing advances.
Status AddSegment(const v1::ArchivedPlace& place, ArchivedPositions* positions);

}  // namespace leadpulse::archive

#include "processor/archive/segment_places.h"

#include <string_view>

#include "processor/kafka/record_identity.h"

namespace leadpulse::archive {

std::string NameOf(const PlaceKey& place) { return place.topic + " [" + std::to_string(place.partition) + "]"; }

std::string OffsetsText(int64_t from, int64_t until) {
  if (until == from + 1) return "offset " + std::to_string(from);
  return "offsets " + std::to_string(from) + " to " + std::to_string(until - 1);
}

uint64_t RecordHash(const v1::ArchivedRecord& record) {
  const auto value = record.has_value() ? std::optional<std::string_view>(record.value()) : std::nullopt;
  return kafka::RecordHash(record.offset(), record.time_ms(), record.key(), value);
}

Status SegmentPlaces::Add(const v1::ArchiveEntry& entry) {
  if (ended_) return Status::Rejected("an entry stands behind the last");
  for (const v1::ArchivedRange& begun : entry.begun()) {
    v1::ArchivedPlace& place = places_[KeyOf(begun)];
    if (!place.topic().empty()) return Status::Rejected(NameOf(KeyOf(begun)) + " begins twice");
    place.set_topic(begun.topic());
    place.set_partition(begun.partition());
    place.set_from(begun.from());
    place.set_until(begun.from());
  }
  for (const v1::ArchivedRange& deleted : entry.deleted()) {
    LP_RETURN_IF_ERROR(Advance(KeyOf(deleted), deleted.until()));
    *places_[KeyOf(deleted)].add_deleted() = deleted;
  }
  std::map<PlaceKey, const v1::ArchivedRecord*> last;
  for (const v1::ArchivedRecord& record : entry.records()) {
    LP_RETURN_IF_ERROR(Record(record));
    last[KeyOf(record)] = &record;
  }
  for (const auto& [key, record] : last) places_[key].set_last_hash(RecordHash(*record));
  for (const v1::ArchivedRange& reached : entry.reached()) LP_RETURN_IF_ERROR(Advance(KeyOf(reached), reached.until()));
  ended_ = entry.ended();
  return Status::Ok();
}

Status SegmentPlaces::Record(const v1::ArchivedRecord& record) {
  const PlaceKey key = KeyOf(record);
  LP_RETURN_IF_ERROR(Advance(key, record.offset() + 1));
  v1::ArchivedPlace& place = places_[key];
  if (place.has_last() && place.last() >= record.offset()) {
    return Status::Rejected("offset " + std::to_string(record.offset()) + " of " + NameOf(key) + " is there twice");
  }
  if (!place.has_first()) place.set_first(record.offset());
  place.set_last(record.offset());
  place.set_records(place.records() + 1);
  return Status::Ok();
}

Status SegmentPlaces::Advance(const PlaceKey& key, int64_t until) {
  const auto found = places_.find(key);
  if (found == places_.end()) return Status::Rejected(NameOf(key) + " has no beginning");
  if (until < found->second.until()) {
    return Status::Rejected(NameOf(key) + " goes back from offset " + std::to_string(found->second.until()) + " to " +
                            std::to_string(until));
  }
  found->second.set_until(until);
  return Status::Ok();
}

void Advance(const v1::ArchivedPlace& place, ArchivedTo* to) {
  to->next = place.until();
  if (!place.has_last()) return;
  to->last = place.last();
  to->last_hash = place.last_hash();
}

Status AddSegment(const v1::ArchivedPlace& place, ArchivedPositions* positions) {
  const PlaceKey key = KeyOf(place);
  const auto [known, is_new] = positions->try_emplace(key);
  if (!is_new && known->second.next < place.from()) {
    return Status::Rejected(OffsetsText(known->second.next, place.from()) + " of " + NameOf(key) + " are missing");
  }
  if (!is_new && known->second.next > place.from()) {
    return Status::Rejected(OffsetsText(place.from(), known->second.next) + " of " + NameOf(key) + " are there twice");
  }
  Advance(place, &known->second);
  return Status::Ok();
}

}  // namespace leadpulse::archive

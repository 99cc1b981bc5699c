// Encodes published changes as a state stores them beside their lead (PublishedChanges in published_change.proto).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::v1 {
class PublishedChange;
}  // namespace leadpulse::v1

namespace leadpulse::codec {

struct PublishedChange {
  Change change;  // without its source
  std::string
      actor;  // who sent the command that caused it; empty if the command does not say, or if something else caused it
  // Set if it stands for dropped changes (published_change.proto); 0: it stands for itself.
  SequenceNumber first_seq{0}, last_seq{0};
  friend bool operator==(const PublishedChange&, const PublishedChange&) = default;
};

// An encoder of published changes. It reuses buffers between calls, so each thread needs its own. Strings must be
// UTF-8.
class PublishedChangeEncoder {
 public:
  // Appends one change to a row.
  void Append(const Change& change, std::string_view actor, std::string* row);

 private:
  std::string change_;  // the bytes of the last one
};

// Calls `visit` with the changes of the row of this lead, the latest first, until it returns false. Fatal if the row
// cannot be read that far.
Status VisitLatestChanges(const LeadKey& key, std::string_view row,
                          const std::function<bool(PublishedChange change)>& visit);
// Returns all changes of the row, by ascending sequence number. Fatal if it cannot be read.
Result<std::vector<PublishedChange>> ReadPublishedChanges(const LeadKey& key, std::string_view row);

// Sets a message that also has the lead of the change.
void SetPublishedChange(const PublishedChange& published, v1::PublishedChange* out);
// Appends what AppendChangeJson writes. A change that a command caused also has its `actor`. An unknown kind is
// `UNSPECIFIED`.
void AppendPublishedChangeJson(const v1::PublishedChange& published, std::string* out);

}  // namespace leadpulse::codec

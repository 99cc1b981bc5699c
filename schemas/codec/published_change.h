// Published changes as a state holds them beside their lead (PublishedChanges in published_change.proto).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

struct PublishedChange {
  Change change;      // without its source
  std::string actor;  // who sent the command that caused it; empty if it does not say, or if something else did
  friend bool operator==(const PublishedChange&, const PublishedChange&) = default;
};

// Reuses buffers between calls: one a thread. Texts must be UTF-8.
class PublishedChangeEncoder {
 public:
  PublishedChangeEncoder();
  ~PublishedChangeEncoder();
  // Appends one change to a row.
  void Append(const Change& change, std::string_view actor, std::string* row);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

// All changes of the row of this lead, by ascending sequence number. Fatal: it cannot be read.
Result<std::vector<PublishedChange>> ReadPublishedChanges(const LeadKey& key, std::string_view row);

// Appends what AppendChangeJson writes. A change that a command caused also has its `actor`.
void AppendPublishedChangeJson(const PublishedChange& published, std::string* out);

}  // namespace leadpulse::codec

// The records in dead letters: whose they are, and whether a run may take them now.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "config/settings.h"
#include "processor/base/instant.h"
#include "schemas/codec/record_decoder.h"
#include "schemas/codec/records.h"
#include "tools/leadpulse/dead_letters/dead_letter_source.h"

namespace leadpulse::tools {

// Why a record is not sent again: it would be a dead letter again, or not all of it is there.
struct HeldBack {
  std::string reason;  // the code of a dead letter, `cut`, `no_payload` or `unknown_source`
  std::string detail;  // a sentence: what to do instead
};

// Decodes the payloads of dead letters. One thread.
class LetterRecords {
 public:
  // Makes it for letters of a live run. `latest`: the latest time of a record that a run takes now.
  LetterRecords(const config::TopicNames& topics, const config::FormatSettings& formats, Instant latest);
  // Makes it for letters of runs on files.
  explicit LetterRecords(Instant latest) : latest_(latest) {}

  // Returns the tenant that the record names, also one that cannot be used; if it cannot be read, that of the key.
  // Empty if neither says it.
  std::string TenantOf(const FoundLetter& found) const;

  // Returns the record if the checks that need neither lead nor definitions accept it now. A run makes the others.
  std::variant<codec::Record, HeldBack> RecordOf(const codec::StoredDeadLetter& letter);

  // Whether the payload is a line of JSON as files have it.
  bool IsLine(const codec::StoredDeadLetter& letter) const;

 private:
  struct Form {
    codec::RecordShape shape = codec::RecordShape::kInputRecord;
    config::RecordFormat format = config::RecordFormat::kJson;
    friend auto operator<=>(const Form&, const Form&) = default;
  };
  // Returns the form of the record's source; nullopt if the settings do not name its topic.
  std::optional<Form> FormOf(const codec::StoredDeadLetter& letter) const;
  codec::RecordDecoder* DecoderOf(const Form& form);

  std::map<std::string, Form> topics_;  // empty: the sources are files
  const Instant latest_;
  std::map<Form, std::unique_ptr<codec::RecordDecoder>> decoders_;
};

}  // namespace leadpulse::tools

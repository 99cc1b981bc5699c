// The stored form of a lead: a head with version and checksum, then a Protobuf LeadState
// (schemas/leadpulse/v1/lead_state.proto) whose last field, the journal, is in the compact form of journal_codec.h.
// state/README.md describes it byte by byte. Functions are thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "state/lead/lead.h"

namespace leadpulse::state {

// The one written is kRowVersion of row_form.h. This one, of which the head is shorter, is read, too.
inline constexpr char kFirstRowVersion = 1;

// Equal leads give equal bytes. Attribute::converted and JournalEntry::retracted are not stored. All texts must be
// UTF-8 (Protobuf refuses to read back what is not); the record decoders see to it.
std::string EncodeLead(const Lead& lead);

// The same for many leads, with what it takes kept from one to the next. Not thread-safe.
class LeadEncoder {
 public:
  LeadEncoder();
  ~LeadEncoder();
  std::string Encode(const Lead& lead);
  // The same, or an append where that spares much: to the row with the journal's written() entries. `appended_before`
  // are the bytes of appends since the row was written whole, for whoever reads it puts all of them together.
  std::string EncodeChange(const Lead& lead, size_t appended_before, bool* append);

 private:
  struct Entries;
  Entries EncodeEntries(const Journal& journal);
  void EncodeFront(const Lead& lead, const Entries& entries, size_t room, std::string* bytes);

  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

// Any bytes give a lead or a fatal error that names the lead and what is wrong, never a crash. The checksum covers
// the key too. `converted` is left unset: whoever knows the definitions fills it in.
Result<Lead> DecodeLead(const LeadKey& key, std::string_view bytes);

// The same for many leads, with what it takes kept from one to the next. Not thread-safe.
class LeadDecoder {
 public:
  LeadDecoder();
  ~LeadDecoder();
  // Into a lead that is empty but for its key. After an error it is to be dropped.
  Status Decode(std::string_view bytes, Lead* lead);
  // The bytes of the last one's journal, once.
  std::string TakeJournal();

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

// Lead::next_change_at of the same bytes, checked as far as by version and checksum: a fraction of the work.
Result<Instant> DecodeNextChangeAt(const LeadKey& key, std::string_view bytes);

// A right head before any body: for tests of what a body may hold.
std::string SealLeadBody(const LeadKey& key, std::string_view body);
// The same in the first version.
std::string SealFirstVersion(const LeadKey& key, std::string_view body);

// The inverse of EncodeLeadKey for bytes that come from a store: without a NUL they are a fatal error. (DecodeLeadKey
// in processor/base/ids.h is for keys that are known to be sound.)
Result<LeadKey> ParseLeadKey(std::string_view encoded);

}  // namespace leadpulse::state

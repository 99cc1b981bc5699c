// The stored form of a lead: a head with version and checksum (row_form.h), then a Protobuf LeadState
// (schemas/leadpulse/v1/lead_state.proto) whose last field, the journal, is in the compact form of journal_codec.h.
// state/README.md describes it byte by byte. Functions are thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "state/lead/lead.h"

namespace leadpulse::state {

// Equal leads give equal bytes. Attribute::converted and JournalEntry::retracted are not stored. All texts must be
// UTF-8 (Protobuf refuses to read back what is not); the record decoders see to it.
std::string EncodeLead(const Lead& lead);

// The same for many leads; reuses memory from one to the next. Not thread-safe.
class LeadEncoder {
 public:
  LeadEncoder();
  ~LeadEncoder();
  std::string Encode(const Lead& lead);
  // The same, or an append if that saves much: to the row that has the journal's written() entries. `appended_before`:
  // bytes of appends since the row was written whole, which a reader has to join.
  std::string EncodeChange(const Lead& lead, size_t appended_before, bool* append);

 private:
  struct Entries;
  Entries EncodeEntries(const Journal& journal);
  void EncodeFront(const Lead& lead, const Entries& entries, size_t room, std::string* bytes);

  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

// A hash of the profile as a row has it, with a key of this process: nobody can make two profiles with one hash, and by
// chance two have the same one less often than memory fails.
uint64_t ProfileHash(const Profile& profile);

// Any bytes give a lead or a fatal error that names the lead and what is wrong, never a crash. The checksum covers the
// key too. Leaves `converted` unset, because that needs the definitions.
Result<Lead> DecodeLead(const LeadKey& key, std::string_view bytes);

// The same for many leads; reuses memory from one to the next. Not thread-safe.
class LeadDecoder {
 public:
  LeadDecoder();
  ~LeadDecoder();
  // `lead` must be empty except for its key. After an error the caller must drop it.
  Status Decode(std::string_view bytes, Lead* lead);
  // The same, only if it is a lead of its own (Lead::is_lead). False for the row of a mailbox that is not one: version
  // and checksum are checked, and nothing more is decoded, which is much cheaper.
  Result<bool> DecodeIfLead(std::string_view bytes, Lead* lead);
  // The same, but leaves the profile empty if its hash is `known`, which saves half of the time. Sets `hash` to that of
  // the profile, except if it returns false.
  Result<bool> DecodeIfLead(std::string_view bytes, std::optional<uint64_t> known, Lead* lead, uint64_t* hash);
  // The bytes of the last lead's journal. Moves them out.
  std::string TakeJournal();

 private:
  // Whether it is a lead of its own; `body` of its row.
  Result<bool> UnsealIfLead(const LeadKey& key, std::string_view bytes, std::string_view* body);
  // `left_out`: a field in the body.
  Status DecodeUnsealed(std::string_view bytes, std::string_view body, std::string_view left_out, Lead* lead);

  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

// Only Lead::next_change_at, after checking version and checksum: much cheaper than DecodeLead.
Result<Instant> DecodeNextChangeAt(const LeadKey& key, std::string_view bytes);

// The version of a lead, which an edit names so that it does not overwrite another: 16 hexadecimal digits, a hash of
// what records have said about the lead, its profile and its journal. Every applied record changes it, a note and a tag
// too. It is not stored, so that only those who ask for it pay. Time, definitions, messages about its address and a
// restart do not change it: what they decide follows from records. Thread-safe.
std::string LeadVersion(const Lead& lead);

// The inverse of EncodeLeadKey for bytes from a store: fatal if there is no NUL. (DecodeLeadKey in processor/base/ids.h
// is for valid keys.)
Result<LeadKey> ParseLeadKey(std::string_view encoded);

}  // namespace leadpulse::state

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

// Encodes a lead. Equal leads give equal bytes. Attribute::converted and JournalEntry::retracted are not stored. All
// strings must be UTF-8 (Protobuf refuses to read back what is not); the record decoders ensure it.
std::string EncodeLead(const Lead& lead);

// The stored form of a lead's profile, cached from one write of the lead to the next: most events leave the profile as
// it is. Whoever changes the profile calls Reset.
class EncodedProfile {
 public:
  void Reset() { *this = EncodedProfile(); }
  size_t MemoryBytes() const { return bytes_ == nullptr ? 0 : sizeof(std::string) + bytes_->capacity(); }

 private:
  friend class LeadEncoder;
  bool is_written_ = false;  // the profile has been written in its present form
  // From the second such write on: a lead that is written once may leave the memory before it is written again.
  std::unique_ptr<std::string> bytes_;
};

// An encoder of many leads, which reuses memory from one to the next: what its functions return is valid until the next
// call. Not thread-safe.
class LeadEncoder {
 public:
  LeadEncoder();
  ~LeadEncoder();
  // Returns the row. `profile`: that of this lead; null: nothing is cached.
  std::string_view Encode(const Lead& lead, EncodedProfile* profile = nullptr);
  // When a change is an append. kRarely: if that saves much, and a reader has little to join. kOften: for a log, in
  // which the next row comes soon.
  enum class Appends : uint8_t { kRarely, kOften };
  // Returns the row, or an append to the row that has the journal's written() entries. `appended_before`: bytes of
  // appends since the row was written whole, which a reader has to join.
  std::string_view EncodeChange(const Lead& lead, size_t appended_before, Appends appends, bool* append,
                                EncodedProfile* profile = nullptr);
  // Returns LeadVersion(lead).
  std::string_view Version(const Lead& lead, EncodedProfile* profile = nullptr);

 private:
  struct Entries;
  Entries EncodeEntries(const Journal& journal);
  // Returns an append to a row: its mark, the front of a row with these entries, and then those of the entries that are
  // `added`. `decided`: the lead that has what no record says, such as the view; `lead` itself in a row.
  std::string_view WriteAppend(const Lead& lead, const Lead& decided, const Entries& entries, std::string_view added,
                               EncodedProfile* profile);
  // Returns the whole row, likewise.
  std::string_view WriteRow(const Lead& lead, const Lead& decided, const Entries& entries, EncodedProfile* profile);
  // Returns the stored profile, valid until the next call.
  std::string_view EncodeProfileOf(const Lead& lead, EncodedProfile* profile);
  // Encodes the parts that few leads have into scratch_.
  void EncodeRareParts(const Lead& lead, const Lead& decided);

  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

// Returns a hash of the profile as a row stores it. It is keyed with a secret of this process, so nobody can make two
// profiles with one hash. Collisions by chance are rarer than memory failures.
uint64_t ProfileHash(const Profile& profile);

// Decodes a lead. Any bytes give a lead or a fatal error that names the lead and what is wrong, never a crash. The
// checksum covers the key too. Leaves `converted` unset, because that needs the definitions.
Result<Lead> DecodeLead(const LeadKey& key, std::string_view bytes);

// A decoder of many leads, which reuses memory from one to the next. Not thread-safe.
class LeadDecoder {
 public:
  LeadDecoder();
  ~LeadDecoder();
  // Decodes into `lead`, which must be empty except for its key. After an error the caller must drop it.
  Status Decode(std::string_view bytes, Lead* lead);
  // Decodes the row only if it is a lead of its own (Lead::is_lead). Returns false for the row of a mailbox that is not
  // one: version and checksum are checked, and nothing more is decoded, which is much cheaper.
  Result<bool> DecodeIfLead(std::string_view bytes, Lead* lead);
  // Decodes as above, but leaves the profile empty if its hash is `known`, which saves half of the time. Sets `hash` to
  // that of the profile, except if it returns false.
  Result<bool> DecodeIfLead(std::string_view bytes, std::optional<uint64_t> known, Lead* lead, uint64_t* hash);
  // Moves out the bytes of the last lead's journal.
  std::string TakeJournal();

 private:
  // Whether the row is a lead of its own. Sets `body` to that of the row.
  Result<bool> UnsealIfLead(const LeadKey& key, std::string_view bytes, std::string_view* body);
  // Decodes the body, without `left_out`, a field in it.
  Status DecodeUnsealed(std::string_view bytes, std::string_view body, std::string_view left_out, Lead* lead);

  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

// Returns only Lead::next_change_at, after checking version and checksum: much cheaper than DecodeLead.
Result<Instant> DecodeNextChangeAt(const LeadKey& key, std::string_view bytes);
// Does so for Lead::delta_epoch.
Result<uint64_t> DecodeDeltaEpoch(const LeadKey& key, std::string_view bytes);

// Returns the version of a lead, which an edit names so that it does not overwrite another edit: 16 hexadecimal digits,
// a hash of what records have said about the lead, its profile and its journal. Every applied record changes it, a note
// and a tag too. It is not stored, so only those who ask for it pay. Time, definitions, messages about its address and
// a restart do not change it: what they decide follows from records. Thread-safe.
std::string LeadVersion(const Lead& lead);

// Decodes a key from a store, the inverse of EncodeLeadKey. Fatal if there is no NUL. (DecodeLeadKey in
// processor/base/ids.h is for valid keys.)
Result<LeadKey> ParseLeadKey(std::string_view encoded);

}  // namespace leadpulse::state

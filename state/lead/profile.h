// The data about a lead that commands set.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/base/value.h"
#include "state/lead/owned_part.h"

namespace leadpulse::state {

inline constexpr std::string_view kEmailAttribute = "email";

// An attribute as the command sent it and as the definitions in force read it. If it does not convert under new
// definitions, it keeps `sent` and counts as unset (`converted` holds std::monostate).
struct Attribute {
  Value sent;
  Value converted;  // derived, not stored
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// Returns the value that outputs show: a date and an address as sent, every other value as converted. Rules see
// instants and addresses in normal form.
inline const Value& ShownValue(std::string_view name, const Attribute& attribute) {
  const bool is_address = name == kEmailAttribute && std::holds_alternative<std::string>(attribute.sent) &&
                          std::holds_alternative<std::string>(attribute.converted);
  const bool is_date = std::holds_alternative<Instant>(attribute.converted);
  return is_address || is_date ? attribute.sent : attribute.converted;
}

// Brings the converted value of `email` into the normal form of addresses if it is a text.
void NormalizeEmail(Value* converted);

struct Consent {
  std::string purpose;  // the first spelling
  bool granted = false;
  std::string source;
  Instant at;
  friend bool operator==(const Consent&, const Consent&) = default;
};

// An entry of the ledger of consents: one record_consent as it was sent.
struct ConsentEntry {
  Consent consent;
  std::string actor;
  std::string version;     // the version of the text that the person agreed to
  Instant issued_at = {};  // of the command; `consent.at` is not later
  friend bool operator==(const ConsentEntry&, const ConsentEntry&) = default;
};

struct Note {
  Instant at;
  std::string actor;
  std::string text;
  std::string command_id = {};  // of the command that added it; empty in notes of earlier programs
  friend bool operator==(const Note&, const Note&) = default;
};

// Persisted: never renumber.
enum class EditKind : uint8_t {
  kStage = 1,
  kAgent = 2,
  kQualification = 3,
  kDoNotContact = 4,
  kAttributes = 5,
  kTags = 6,
  kLists = 7,
  kCampaigns = 8,
};

// Whether its value is a NamesEdit.
constexpr bool IsOfNames(EditKind kind) { return kind >= EditKind::kAttributes; }

// A command that set the stage or changed another of these kinds: who sent it, when, and the new value. The profile has
// the latest value, too.
struct ProfileEdit {
  EditKind kind = EditKind::kStage;
  Instant at;
  std::string actor;
  // By kind: the name of the stage; the agent, empty for nobody; the score, empty if cleared; `true` or `false`; the
  // names that were added and removed, as in WriteNamesEdit.
  std::string value;
  friend bool operator==(const ProfileEdit&, const ProfileEdit&) = default;
};

struct StageSetting {
  Stage stage = Stage::kNew;
  Instant issued_at;
  friend bool operator==(const StageSetting&, const StageSetting&) = default;
};

// A set of names without case; the first spelling stays. Ordered by the folded names.
class NameSet {
 public:
  // Returns false if it was there already.
  bool Add(std::string_view name);
  bool Remove(std::string_view name);
  bool ContainsFolded(std::string_view folded) const { return names_.find(folded) != names_.end(); }
  size_t size() const { return names_.size(); }
  // Returns the names: folded to first spelling.
  const std::map<std::string, std::string, std::less<>>& names() const { return names_; }
  friend bool operator==(const NameSet&, const NameSet&) = default;

 private:
  std::map<std::string, std::string, std::less<>> names_;
};

// The parts of a profile that an import of contacts need not set. Most leads, and all rows of mailboxes, have none.
struct ProfileExtras {
  NameSet tags;
  NameSet lists;
  NameSet campaigns;
  std::map<std::string, Consent, std::less<>> consents;  // by folded purpose; the latest, see Supersedes
  std::vector<ConsentEntry> consent_ledger;              // in log order; see RecordConsent
  std::vector<Note> notes;                               // the last kMaxNotes, oldest first
  std::vector<ProfileEdit> edits;                        // in log order; see RecordEdit
  std::string agent_id;                                  // empty: none
  std::string do_not_contact_reason;
  friend bool operator==(const ProfileExtras&, const ProfileExtras&) = default;
};

struct Profile {
  // The members that every evaluation reads come first, so that they are close together.
  bool do_not_contact = false;
  std::optional<int32_t> qualification;
  std::optional<StageSetting> set_stage;  // the one accepted last, in log order
  // The issued_at of the last command that gave the lead an address different from its previous one.
  std::optional<Instant> address_changed_at;
  std::optional<Instant> first_command_at;   // the smallest issued_at applied
  std::optional<Instant> newest_command_at;  // the greatest
  // By normalised name (NormalizeName).
  std::map<std::string, Attribute, std::less<>> attributes;

  OwnedPart<ProfileExtras> extras;
  std::string last_address;                      // normalised or folded; empty if the lead never had one
  std::vector<std::string> applied_command_ids;  // the last kMaxAppliedCommandIds, oldest first
  friend bool operator==(const Profile&, const Profile&) = default;
};

inline constexpr size_t kMaxNotes = 200;
inline constexpr size_t kMaxEdits = 50;       // edits of stage, agent, qualification and do-not-contact
inline constexpr size_t kMaxNamesEdits = 20;  // edits of names; fewer, because programs that synchronise make them
inline constexpr size_t kMaxConsentEntries = 100;
inline constexpr size_t kMaxAppliedCommandIds = 256;
inline constexpr size_t kMaxAttributes = 500;
inline constexpr size_t kMaxProfileBytes = 512 << 10;  // attributes, tags, lists, campaigns and consents together

// Returns the bytes that count against kMaxProfileBytes: names and values (a number counts 8, a boolean 1) of
// attributes, the names of tags, lists and campaigns, and the strings of the entries of the ledger of consents.
size_t ProfileBytes(const Profile& profile);

// Adds an edit and removes the oldest of those that share its bound, if needed. An edit of names that differs from the
// last one only in its time replaces that: a program that sets the same attribute every night leaves one edit, the
// latest.
void RecordEdit(ProfileEdit edit, Profile* profile);

// Whether a consent takes the place of an earlier recorded one of its purpose: it was given later, or both at the same
// instant, and then a withdrawal stays.
inline bool Supersedes(const Consent& consent, const Consent& earlier) {
  return consent.at > earlier.at || (consent.at == earlier.at && (earlier.granted || !consent.granted));
}
// Makes the consent the latest of its purpose if it supersedes that.
void KeepLatest(const Consent& consent, ProfileExtras* extras);
// Adds an entry to the ledger, which holds the newest kMaxConsentEntries and always the latest of each purpose.
void RecordConsent(ConsentEntry entry, Profile* profile);
// Drops the oldest entries of the ledger that are not the latest of their purpose, until ProfileBytes is at most
// `max_bytes` or none is left. Returns ProfileBytes.
size_t DropConsentEntries(size_t max_bytes, Profile* profile);
// Returns the ledger of a profile stored before there was one: the latest consent of each purpose, by time.
std::vector<ConsentEntry> LedgerOfLatest(const ProfileExtras& extras);

}  // namespace leadpulse::state

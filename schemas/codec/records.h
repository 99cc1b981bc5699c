// Records as the program handles them, independent of any wire format.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/value.h"

namespace leadpulse::codec {

// Names as sent (not normalised) with their values, in ascending byte order of the names, each name once.
using NamedValues = std::vector<std::pair<std::string, Value>>;

// Whether an event of this type may be a program's: a mail proxy's open, a scanner's click, an automatic reply.
inline constexpr bool CanBeMachine(EventType type) {
  return type == EventType::kOpen || type == EventType::kClick || type == EventType::kPageVisit ||
         type == EventType::kReply;
}

struct Event {
  LeadKey key;
  std::string event_id;
  EventType type = EventType::kUnspecified;
  Instant occurred_at;
  std::string campaign_id;
  std::string message_id;
  std::string name;
  // Never checked: values of any length; a list with null, a list or an object inside is a StructValue with its JSON.
  NamedValues properties;
  std::string url;
  BounceKind bounce_kind = BounceKind::kHard;  // never kUnspecified here
  bool machine = false;                        // only where CanBeMachine
  bool backfill = false;
  std::string retracts;  // for a RETRACT only
  // For an UNSUBSCRIBE or a RESUBSCRIBE only: the subscription group, as sent; empty: everything. In a RESUBSCRIBE it
  // may be longer than kMaxTopicBytes, though cut; it then lifts nothing.
  std::string topic;
  // The normalised `email`; empty: the record has none, or it is not an address (processor/base/address.h).
  std::string address = {};
  // The form of `email` in states of an older engine, if no lead_id was sent and the normal form was another one then:
  // what an erasure left under it counts. Not written.
  std::string former_address = {};
  // Whether no lead_id was sent: key.lead is then the normalised email, even if it is not an address.
  bool by_address = false;
  // Whether bounce_kind must be written: hard is the default, and other types have no kind.
  bool tells_bounce_kind() const { return type == EventType::kBounce || bounce_kind == BounceKind::kSoft; }
  friend bool operator==(const Event&, const Event&) = default;
};

struct UpdateProfile {
  NamedValues set;
  std::vector<std::string> unset;
  friend bool operator==(const UpdateProfile&, const UpdateProfile&) = default;
};
struct EditTags {
  std::vector<std::string> add, remove;
  friend bool operator==(const EditTags&, const EditTags&) = default;
};
struct EditLists {
  std::vector<std::string> add, remove;
  friend bool operator==(const EditLists&, const EditLists&) = default;
};
struct EditCampaigns {
  std::vector<std::string> assign, remove;
  friend bool operator==(const EditCampaigns&, const EditCampaigns&) = default;
};
struct SetStage {
  Stage stage = Stage::kUnspecified;
  friend bool operator==(const SetStage&, const SetStage&) = default;
};
struct SetQualification {
  std::optional<int32_t> score;  // nullopt: clear
  friend bool operator==(const SetQualification&, const SetQualification&) = default;
};
struct AssignAgent {
  std::string agent_id;
  friend bool operator==(const AssignAgent&, const AssignAgent&) = default;
};
struct SetDoNotContact {
  bool value = false;
  std::string reason;
  friend bool operator==(const SetDoNotContact&, const SetDoNotContact&) = default;
};
struct RecordConsent {
  std::string purpose;
  bool granted = false;
  std::string source;
  std::string version = {};  // the version of the text that the person agreed to; empty: none
  // When it was given or withdrawn, at most the command's issued_at; nullopt: at issued_at.
  std::optional<Instant> at = {};
  friend bool operator==(const RecordConsent&, const RecordConsent&) = default;
};
struct AddNote {
  std::string text;
  friend bool operator==(const AddNote&, const AddNote&) = default;
};
// Removes the note of the command with this id, if the lead has it.
struct RemoveNote {
  std::string command_id;
  friend bool operator==(const RemoveNote&, const RemoveNote&) = default;
};
struct Erase {
  bool suppress = false;  // the erased person also opts out of everything
  friend bool operator==(const Erase&, const Erase&) = default;
};
// Removes a lead that a mistake made, without a time of erasure: later and earlier records bring it back.
struct Withdraw {
  friend bool operator==(const Withdraw&, const Withdraw&) = default;
};
// There is no alternative for a command without a known action: the decoder rejects it as `unsupported`. That reason is
// the last one, after those that need the lead, but none of those can apply to it.
using Action = std::variant<UpdateProfile, EditTags, EditLists, EditCampaigns, SetStage, SetQualification, AssignAgent,
                            SetDoNotContact, RecordConsent, AddNote, RemoveNote, Erase, Withdraw>;

// The actions of a command: each kind at most once, in the order of Action; Erase and Withdraw alone. A decoded command
// has one or more.
class Actions {
 public:
  Actions() = default;
  // Implicit, because most commands have one action.
  template <typename One>
  requires(!std::same_as<One, Actions> && std::constructible_from<Action, One>)
      Actions(One action) {  // NOLINT(google-explicit-constructor)
    Add(std::move(action));
  }
  // Adds an action whose kind comes after those of the others.
  void Add(Action action) { all_.push_back(std::move(action)); }

  // Returns the action of this kind, or null.
  template <typename One>
  const One* Find() const {
    for (const Action& action : all_) {
      if (const auto* found = std::get_if<One>(&action)) return found;
    }
    return nullptr;
  }
  // Whether the command removes the lead: it is Erase or Withdraw.
  bool removes_lead() const { return Find<Erase>() != nullptr || Find<Withdraw>() != nullptr; }
  size_t size() const { return all_.size(); }
  std::vector<Action>::const_iterator begin() const { return all_.begin(); }
  std::vector<Action>::const_iterator end() const { return all_.end(); }
  friend bool operator==(const Actions&, const Actions&) = default;

 private:
  std::vector<Action> all_;
};

// The version of a lead that does not exist.
inline constexpr std::string_view kVersionOfNoLead = "none";

struct Command {
  LeadKey key;
  std::string command_id;
  Instant issued_at;
  std::string actor;
  bool backfill = false;
  Actions actions;
  std::string address = {};  // as for an Event
  bool by_address = false;   // as for an Event
  // The version that the lead must have (LeadVersion in state/codec/lead_codec.h), or kVersionOfNoLead; empty: any.
  std::string expected_version = {};
  std::string former_address = {};  // as for an Event
  friend bool operator==(const Command&, const Command&) = default;
};

// An input record.
using Record = std::variant<Event, Command>;

// Why a record went to the dead letters; the first that applies, in this order. Numbers are those of
// DeadLetter.Reason: never renumber.
enum class Reason : uint8_t {
  kMalformed = 1,
  kTooLarge = 2,
  kMissingTenant = 3,
  kMissingLead = 4,
  kMissingEventId = 5,
  kMissingCommandId = 6,
  kUnknownType = 7,
  kBadTimestamp = 8,
  kFutureTimestamp = 9,
  kInvalidValue = 10,
  kFinalStage = 11,
  kTooManyAttributes = 12,
  kLeadTooLarge = 13,
  kUnsupported = 14,
  kWrongPartition = 15,  // on Kafka only; decoders never return it
  kConflict = 16,        // the engine compares versions; decoders never return it
};
inline constexpr int kReasonCount = 17;
std::string_view ReasonName(Reason reason);  // `missing_tenant`

struct Rejection {
  Reason reason;
  std::string detail;  // a sentence: what is wrong, with which field
  friend bool operator==(const Rejection&, const Rejection&) = default;
};

// The result of decoding one record.
using Decoded = std::variant<Event, Command, Rejection>;

// The place of a record. In files: the file as given, partition 0, the offset in decompressed bytes and the line
// (from 1; in .pb files the record's number). In Kafka: topic, partition, offset, no line.
struct SourcePosition {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
  uint64_t line = 0;
  friend bool operator==(const SourcePosition&, const SourcePosition&) = default;
};

struct DeadLetter {
  SourcePosition source;
  Reason reason;
  std::string detail;
  std::string payload;                // raw bytes; for a too_large record the first kDeadLetterPrefix
  std::optional<uint64_t> full_size;  // the record's size, if `payload` is only its beginning
};

// Numbers are those of Change.Kind and Cause.Kind: never renumber.
enum class ChangeKind : uint8_t {
  kLeadCreated = 1,
  kEmailStatusChanged = 2,
  kSendableChanged = 3,
  kStageChanged = 4,
  kScoreChanged = 5,
  kTierChanged = 6,
  kSegmentLeft = 7,
  kSegmentEntered = 8,
  kLeadErased = 9,
  kTopicChanged = 10,
  kLeadMerged = 11,
  kLeadUpdated = 12,
};
inline constexpr int kChangeKindCount = 13;
std::string_view ChangeKindName(ChangeKind kind);  // `LEAD_CREATED`

enum class CauseKind : uint8_t { kEvent = 1, kCommand = 2, kTime = 3, kDefinitions = 4 };

struct Cause {
  CauseKind kind = CauseKind::kTime;
  std::string id;
  friend bool operator==(const Cause&, const Cause&) = default;
};

struct Change {
  LeadKey key;
  SequenceNumber seq;
  Instant at;
  ChangeKind kind = ChangeKind::kLeadCreated;
  std::string name;
  std::string from;
  std::string to;
  Cause cause;
  bool backfill = false;
  std::optional<SourcePosition> source;
  std::vector<std::string> updated = {};  // kLeadUpdated: see the .proto
  friend bool operator==(const Change&, const Change&) = default;
};

// The limits of a record, in bytes.
inline constexpr size_t kMaxRecordBytes = 1 << 20;
inline constexpr size_t kDeadLetterPrefix = 64 << 10;
inline constexpr size_t kMaxTenantBytes = 128;
inline constexpr size_t kMaxLeadIdBytes = 320;
inline constexpr size_t kMaxEventIdBytes = 128;
inline constexpr size_t kMaxStringBytes = 1 << 10;      // every other string
inline constexpr size_t kMaxVersionBytes = 256;         // the version of the text that a consent agrees to
inline constexpr size_t kMaxLongStringBytes = 8 << 10;  // url, note, attribute values
inline constexpr size_t kMaxListElements = 100;

// Sets the lead of a record from its id, its e-mail address, or both, as the producer sent them. Without an id, the
// normalised email is used. `address` becomes the normalised email if that is an address, otherwise empty. Neither view
// may point into the three results. They are not checked against the limits of a record.
void SetLead(std::string_view lead_id, std::string_view email, std::string* lead, std::string* address,
             bool* by_address);

// Returns Event::former_address for a record of this lead; empty unless the lead is named `by_address`.
std::string FormerAddressOf(std::string_view email, std::string_view lead, bool by_address);

// Sets the lead of an Event or a Command.
template <typename Record>
void SetLead(std::string_view lead_id, std::string_view email, Record* record) {
  SetLead(lead_id, email, &record->key.lead, &record->address, &record->by_address);
}

}  // namespace leadpulse::codec

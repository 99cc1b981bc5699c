// Makes records from a provider's events, by the rules that all providers share.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/json.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// One event in the provider's own terms. The views point into the parsed body, or into anything that outlives the call.
struct Draft {
  std::string_view name;  // the provider's name of the event
  EventType type = EventType::kUnspecified;
  BounceKind bounce = BounceKind::kHard;
  // Why a bounce is one: codes and texts of the receiver or the provider, the most exact first.
  std::vector<std::string_view> reasons;
  std::string_view address;         // with or without a display name, in any case
  std::string_view lead;            // the sender's id of the lead; empty: the address is used
  std::optional<Instant> at;        // if missing, before 2000 or ahead, the time of receipt is used
  bool happens_on_receipt = false;  // its sender gives no times: that of receipt is no guess
  std::string_view id;              // the provider's, the same when it sends the event again; empty: it gives none
  bool id_is_shared = false;        // different events can have the same id, as in samples: the name is put before it
  // Fields that distinguish two events without an id that have equal name, address, time, message and link.
  std::vector<std::string_view> also_told_apart_by;
  std::string_view message;
  std::string_view campaign;
  std::string_view link;   // the link that was clicked or visited
  std::string_view title;  // the name that rules use for the event; empty: the link
  std::string_view user_agent;
  bool machine = false;  // the provider says that a program did it
  // The provider's subscription group of an opt-out or its end. nullopt: everything. Empty, or over kMaxTopicBytes: an
  // unknown group.
  std::optional<std::string_view> topic;
  const Json* arguments = nullptr;  // the sender's custom arguments, an object; null: none
  codec::NamedValues properties;    // ascending, each name once
  // The whole event, stored if it is skipped. It lives as long as events are added; all drafts of one event share it.
  const Json* item = nullptr;
};

// Whether the type is an opt-out or its end, which may be about a topic.
inline bool IsWish(EventType type) { return type == EventType::kUnsubscribe || type == EventType::kResubscribe; }

// An opt-out (UNSUBSCRIBE) or its end (RESUBSCRIBE), and its topic as in Draft.
struct Wish {
  EventType type = EventType::kUnspecified;
  std::optional<std::string_view> topic = {};
};

// The lead of an event. At least one of lead_id and address is not empty.
struct Recipient {
  std::string tenant;
  std::string lead_id;  // empty: the address is used
  std::string address;  // without its display name, normalised
};

// A provider's name of an event, and the type that it becomes.
struct EventName {
  std::string_view name;
  EventType type = EventType::kUnspecified;  // kUnspecified: it says nothing about the lead
  BounceKind bounce = BounceKind::kHard;     // the kind of a bounce
};

// Says why a bounce that is an automatic reply was skipped.
inline constexpr std::string_view kAutomaticReply = "an automatic reply, no bounce";

class EventCollector {
 public:
  // Creates a collector. `payload` and `options` outlive it. `provider` is the provider's name.
  EventCollector(std::string_view provider, const Payload& payload, const ConversionOptions& options);

  // Begins the draft of `item`: sets its name, and by `names` its type and the kind of a bounce. nullopt if no record
  // is made and the event is counted as skipped: its name is missing or unknown, or says nothing about the lead by
  // `names` or `ignored`.
  std::optional<Draft> Begin(std::string_view name, std::span<const EventName> names,
                             std::span<const std::string_view> ignored, const Json& item);

  // Begins the draft of mail that the provider withheld, by what it knows about the address (KnownOfAddress). If the
  // reason says nothing, `otherwise` is the type; nullopt, and counted as skipped, if that is kUnspecified.
  std::optional<Draft> BeginWithheld(std::string_view name, std::string_view reason, EventType otherwise,
                                     const Json& item);

  // Makes a record, or skips an event that names no lead or a tenant that is not allowed. The rules:
  // - the lead is `lead_argument`'s value, else the sender's id, else the address, without its display name, trimmed,
  //   in lower case; if the lead has an id, the record has the address, too;
  // - the id is the provider's; if there is none, or event_id cannot hold it, the id is a hash over provider, name,
  //   address, time (not that of receipt), message, link and `also_told_apart_by`;
  // - only opens, clicks, visits and replies can be a machine's: because the provider says so, or by the user agent;
  // - a bounce is soft if its reasons say so, whatever the provider calls it; an automatic reply is no bounce;
  // - a message id loses its angle brackets; a value longer than a record may hold is left out;
  // - a click or visit without a title is named by its link, so that rules can ask for it;
  // - an opt-out from an unknown group is from everything. The end of such an opt-out is skipped: it must not end an
  //   opt-out from everything.
  void Add(const Draft& draft);

  // Adds a record for each wish in one event of the provider. A wish with a topic gets its own id, made from the
  // draft's id, the topic and whether it is left or joined.
  void AddWishes(const Draft& draft, std::span<const Wish> wishes);

  // Returns the recipient of a draft, for several AddTo calls; together they are Add. nullopt if the event was skipped.
  std::optional<Recipient> RecipientOf(const Draft& draft);
  void AddTo(const Recipient& recipient, const Draft& draft);
  // Adds a command that the draft's event causes, with the draft's time. The provider is its actor.
  void AddCommand(const Recipient& recipient, const Draft& draft, std::string command_id, codec::Action action);

  // Sets the answer to a post that only checks the address.
  void Challenge(std::string_view challenge);

  // Counts an event that says nothing about a lead; `detail` may say what it is. In the functions below, `item` lives
  // as long as events are added.
  void SkipNoEngagement(std::string_view name, std::string_view detail = {});
  void SkipUnknown(std::string_view name, const Json& item);
  void SkipIncomplete(std::string_view name, std::string_view detail, const Json& item);

  Conversion Take() { return std::move(conversion_); }

 private:
  void Skip(std::string_view name, SkipReason reason, std::string_view detail, const Json* item);
  // Returns the draft's time if it is plausible. No mail was tracked before 2000, so an earlier time, such as 0, means
  // none. A run refuses a record that is ahead of its clock, and an opt-out would be lost with it.
  std::optional<Instant> TimeOf(const Draft& draft) const;
  // Whether the time of receipt stands for that of the draft.
  bool IsGuessed(const Draft& draft) const;
  // Returns the draft's tenant; nullopt if it is not allowed.
  std::optional<std::string> TenantOf(const Draft& draft) const;
  // Returns the lead's id; empty if only the address is known.
  std::string LeadIdOf(const Draft& draft) const;
  std::string EventIdOf(const Draft& draft, std::string_view address) const;

  std::string_view provider_;
  const Payload& payload_;
  const ConversionOptions& options_;
  Conversion conversion_;
  const Json* stored_item_ = nullptr;  // the last item whose text was stored
};

// Returns the first text that is not empty, or an empty one.
std::string_view FirstText(std::initializer_list<std::string_view> texts);
// Returns the first of an object's members that is not an empty string, or an empty one.
std::string_view FirstText(const Json& object, std::initializer_list<std::string_view> names);
// Returns the string, or the first element of a list of strings.
std::string_view TextOrFirst(const Json& value);

// Parses the body as JSON. Rejected: it is empty, or not JSON.
Result<Json> ParseBody(const Payload& payload);
// Parses it likewise, and subtracts its number of values from `values_left`. Also rejected: it has more.
Result<Json> ParseBody(const Payload& payload, size_t* values_left);

// Calls `add` for each event of a body that is an array of events, or one event. Rejected: the body is neither, or
// cannot be read.
Status ReadEvents(const Payload& payload, void (*add)(const Json& event, EventCollector* events),
                  EventCollector* events);
// Calls `add` for a body that is one event. Rejected: it is not an object (`no_event` says so), or cannot be read.
Status ReadEvent(const Payload& payload, const char* no_event, void (*add)(const Json& event, EventCollector* events),
                 EventCollector* events);

}  // namespace leadpulse::webhooks

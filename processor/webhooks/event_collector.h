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
  std::string_view address;   // with or without a display name, in any case
  std::string_view lead;      // the sender's id of the lead; empty: the address is used
  std::optional<Instant> at;  // if missing or before 2000, the time of receipt is used
  std::string_view id;        // the provider's, equal when it sends the event again; empty: it gives none
  bool id_is_shared = false;  // different events can have the same id, as in samples: the name is put before it
  // Fields that distinguish two events without an id whose name, address, time, message and link are equal.
  std::vector<std::string_view> also_told_apart_by;
  std::string_view message;
  std::string_view campaign;
  std::string_view link;   // what was clicked or visited
  std::string_view title;  // the name that rules know the event by; empty: the link
  std::string_view user_agent;
  bool machine = false;  // the provider says that a program did it
  // The provider's subscription group that an opt-out or its end is about. nullopt: it is about everything. Empty, or
  // over kMaxTopicBytes: it is about a group that is not known.
  std::optional<std::string_view> topic;
  const Json* arguments = nullptr;  // the sender's custom arguments, an object; null: none
  codec::NamedValues properties;    // ascending, each name once
  // The whole event, stored if it is skipped. Lives as long as events are added. All drafts of one event have the same.
  const Json* item = nullptr;
};

// Whether it is an opt-out or its end, which may be about a topic.
inline bool IsWish(EventType type) { return type == EventType::kUnsubscribe || type == EventType::kResubscribe; }

// An opt-out (UNSUBSCRIBE) or its end (RESUBSCRIBE), and its topic as in Draft.
struct Wish {
  EventType type = EventType::kUnspecified;
  std::optional<std::string_view> topic = {};
};

// Whom an event is about. At least one of the two is not empty.
struct Recipient {
  std::string tenant;
  std::string lead_id;  // empty: the address is used
  std::string address;  // without its display name, normalised
};

// A provider's name of an event, and what it becomes.
struct EventName {
  std::string_view name;
  EventType type = EventType::kUnspecified;  // kUnspecified: it says nothing about the lead
  BounceKind bounce = BounceKind::kHard;     // the kind of a bounce
};

class EventCollector {
 public:
  // Both outlive this. `provider` is its name.
  EventCollector(std::string_view provider, const Payload& payload, const ConversionOptions& options);

  // Begins the draft of `item`: sets its name, and by `names` its type and the kind of a bounce. nullopt if there is no
  // record to make, and then the event is counted as skipped: its name is missing or unknown, or says nothing about the
  // lead by `names` or `ignored`.
  std::optional<Draft> Begin(std::string_view name, std::span<const EventName> names,
                             std::span<const std::string_view> ignored, const Json& item);

  // Makes a record, or skips an event that names no lead or a tenant that is not allowed. The rules:
  // - the lead is `lead_argument`'s value, else the sender's id, else the address, without its display name, trimmed,
  //   in lower case; where an id is known, the record has the address beside it;
  // - the id is the provider's; if there is none, or event_id cannot hold it, the id is a hash over provider, name,
  //   address, time (not that of receipt), message, link and `also_told_apart_by`;
  // - only opens, clicks and visits can be a machine's: because the provider says so, or by the user agent;
  // - a message id loses its angle brackets; a value longer than a record may hold is left out;
  // - a click or visit without a title takes its link as its name, so that rules can ask for it;
  // - an opt-out from a group that is not known is from everything. The end of such an opt-out is skipped: it must not
  //   lift an opt-out from everything.
  void Add(const Draft& draft);

  // Adds a record for each wish that one event of the provider states. Those with a topic get ids of their own, made
  // from the draft's id, the topic and whether it is left or joined.
  void AddWishes(const Draft& draft, std::span<const Wish> wishes);

  // Add in two steps, for a draft that becomes several records. nullopt if the event was skipped.
  std::optional<Recipient> RecipientOf(const Draft& draft);
  void AddTo(const Recipient& recipient, const Draft& draft);
  // Adds a command that the draft's event causes, with the draft's time. The provider is its actor.
  void AddCommand(const Recipient& recipient, const Draft& draft, std::string command_id, codec::Action action);

  // `item` lives as long as events are added.
  void SkipNoEngagement(std::string_view name);
  void SkipUnknown(std::string_view name, const Json& item);
  void SkipIncomplete(std::string_view name, std::string_view detail, const Json& item);

  Conversion Take() { return std::move(conversion_); }

 private:
  void Skip(std::string_view name, SkipReason reason, std::string_view detail, const Json* item);
  // nullopt if the draft names a tenant that is not allowed.
  std::optional<std::string> TenantOf(const Draft& draft) const;
  // Empty: only the address is known.
  std::string LeadIdOf(const Draft& draft) const;
  std::string EventIdOf(const Draft& draft, std::string_view address) const;

  std::string_view provider_;
  const Payload& payload_;
  const ConversionOptions& options_;
  Conversion conversion_;
  const Json* stored_item_ = nullptr;  // the last item whose text was stored
};

// The first text that is not empty, or an empty one.
std::string_view FirstText(std::initializer_list<std::string_view> texts);
// The same for an object's members.
std::string_view FirstText(const Json& object, std::initializer_list<std::string_view> names);
// The text, or the first element of a list of texts.
std::string_view TextOrFirst(const Json& value);

// The body as JSON. Rejected: it is empty, or no JSON.
Result<Json> ParseBody(const Payload& payload);

// Calls `add` for each event of a body that is an array of events, or one event. Rejected: the body is neither, or
// cannot be read.
Status ReadEvents(const Payload& payload, void (*add)(const Json& event, EventCollector* events),
                  EventCollector* events);
// Calls `add` for a body that is one event. Rejected: it is not an object (`no_event` says so), or cannot be read.
Status ReadEvent(const Payload& payload, const char* no_event, void (*add)(const Json& event, EventCollector* events),
                 EventCollector* events);

}  // namespace leadpulse::webhooks

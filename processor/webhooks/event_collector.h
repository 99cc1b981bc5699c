// Makes records of what a provider tells, by the rules that are the same for all of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/webhooks/json.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// One event as a provider's own fields say it. Views: of the body's tree, or of anything that outlives the call.
struct Draft {
  std::string_view name;  // the provider's
  EventType type = EventType::kUnspecified;
  BounceKind bounce = BounceKind::kHard;
  std::string_view address;   // with a display name or without, in any case
  std::string_view lead;      // the sender's id of who it is about; empty: it has none, and the address stands in
  std::optional<Instant> at;  // nothing, or before 2000: there is none, and the time of receipt stands in
  std::string_view id;        // the provider's, which is the same when it sends the event again; empty: it gives none
  bool id_is_shared = false;  // by different events, if only in samples and test posts: the name goes before it
  // What tells this event from another of the same name, address, time, message and link where there is no id.
  std::vector<std::string_view> also_told_apart_by;
  std::string_view message;
  std::string_view campaign;
  std::string_view link;   // of a click or a visit
  std::string_view title;  // what rules know the event by; empty: the link
  std::string_view user_agent;
  bool machine = false;             // the provider says that a program did it
  const Json* arguments = nullptr;  // the sender's own, an object; null: none
  codec::NamedValues properties;    // ascending, each name once
  // The whole, for those who look at what was skipped; outlives the collector. Drafts of one event have the same.
  const Json* item = nullptr;
};

class EventCollector {
 public:
  // Both outlive this. `provider` is its name.
  EventCollector(std::string_view provider, const Payload& payload, const ConversionOptions& options);

  // Makes a record, or skips what says not who it is about or names a tenant that it may not. The rules:
  // - the lead is `lead_argument`'s value, else the sender's id, else the address, without its display name, trimmed,
  //   in lower case;
  // - the id is the provider's; where it has none, or one that event_id cannot hold, a hash over provider, name,
  //   address, time (not that of receipt), message, link and what also tells it apart;
  // - only opens, clicks and visits are a machine's; by the provider's word, or by the user agent;
  // - a message id loses its angle brackets; what is longer than a record may hold is left out;
  // - the link of a click or a visit that has no title is its name, too, so that rules can ask for it.
  void Add(const Draft& draft);

  // The same in two steps, for one draft of which several records are made. Nothing: it was skipped.
  std::optional<LeadKey> KeyOf(const Draft& draft);
  void AddTo(const LeadKey& key, const Draft& draft);
  // A command that the draft's event gives rise to, with the draft's time. The provider is its actor.
  void AddCommand(const LeadKey& key, const Draft& draft, std::string command_id, codec::Action action);

  // `item` outlives this.
  void SkipNoEngagement(std::string_view name);
  void SkipUnknown(std::string_view name, const Json& item);
  void SkipIncomplete(std::string_view name, std::string_view detail, const Json& item);

  Conversion Take() { return std::move(conversion_); }

 private:
  void Skip(std::string_view name, SkipReason reason, std::string_view detail, const Json* item);
  // Nothing: it names one that it may not.
  std::optional<std::string> TenantOf(const Draft& draft) const;
  std::string LeadOf(const Draft& draft) const;
  std::string EventIdOf(const Draft& draft, std::string_view address) const;

  std::string_view provider_;
  const Payload& payload_;
  const ConversionOptions& options_;
  Conversion conversion_;
  const Json* kept_item_ = nullptr;  // the last whose text was kept
};

// `Ada <ada@example.com>`, `<ada@example.com>` and ` Ada@Example.com` as `ada@example.com`; empty where there is no
// `@`.
std::string AddressOf(std::string_view text);

// A body that is an array of events, or one event: what `add` makes of each. Rejected: it is neither, or cannot be
// read.
Result<Conversion> ConvertEvents(std::string_view provider, const Payload& payload, const ConversionOptions& options,
                                 void (*add)(const Json& event, EventCollector* events));

// The body as JSON. Rejected: it is empty, or no JSON.
Result<Json> ParseBody(const Payload& payload);

}  // namespace leadpulse::webhooks

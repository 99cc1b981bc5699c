// Web forms and senders of one's own: what they post becomes records as a mapping says. It is not among Providers(),
// for there are as many as there are mappings.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "processor/webhooks/event_names.h"
#include "processor/webhooks/generic_mapping.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// Commands come before the event that they are of. Their ids are made of the event's own id, or else of all it says.
//
// Their own ids are taken as they are: senders that count from 1 each must not share a tenant. Without one an id is
// made of name, address, lead, time, message, link and title; without a time, too, of all that the event says.
class GenericProvider : public Provider {
 public:
  explicit GenericProvider(GenericMapping mapping);
  GenericProvider(const GenericProvider&) = delete;
  GenericProvider& operator=(const GenericProvider&) = delete;

  std::string_view name() const override { return mapping_.provider; }
  Result<Conversion> Convert(const Payload& payload, const ConversionOptions& options) const override;

 private:
  void Add(const Json& event, EventCollector* events) const;
  // `whole` gets the event's text where the id needs it, and outlives the draft.
  Draft DraftOf(const Becomes& becomes, const Json& event, std::string* whole) const;
  void AddCommands(const LeadKey& key, const Draft& draft, const CommandMapping& mapping, EventCollector* events) const;

  const GenericMapping mapping_;
  std::vector<EventName> names_;  // views of the mapping
};

struct LoadedGenericProvider {
  std::unique_ptr<const Provider> provider;        // null where there are errors
  std::vector<config::DefinitionsProblem> errors;  // in the order of the file
};

LoadedGenericProvider LoadGenericProvider(std::string_view yaml);

}  // namespace leadpulse::webhooks

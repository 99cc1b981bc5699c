#include "processor/importing/record_ids.h"

#include <string_view>
#include <variant>
#include <vector>

#include "processor/base/value.h"
#include "processor/crypto/digests.h"
#include "processor/importing/import_options.h"

namespace leadpulse::importing {
namespace {

using crypto::StableId;

constexpr std::string_view kBegin = "import";

void AddAll(const std::vector<std::string>& parts, StableId* id) {
  id->Add(std::to_string(parts.size()));
  for (const std::string& part : parts) id->Add(part);
}

void AddValues(const codec::NamedValues& values, StableId* id) {
  id->Add(std::to_string(values.size()));
  for (const auto& [name, value] : values) {
    id->Add(name);
    id->Add(ValueToJson(value));
  }
}

struct AddAction {
  StableId* id;

  void operator()(const codec::UpdateProfile& update) const {
    id->Add("profile");
    AddValues(update.set, id);
    AddAll(update.unset, id);
  }
  void operator()(const codec::EditTags& edit) const {
    id->Add("tags");
    AddAll(edit.add, id);
  }
  void operator()(const codec::EditLists& edit) const {
    id->Add("lists");
    AddAll(edit.add, id);
  }
  void operator()(const codec::EditCampaigns& edit) const {
    id->Add("campaigns");
    AddAll(edit.assign, id);
  }
  void operator()(const codec::SetStage& set) const {
    id->Add("stage");
    id->Add(StageName(set.stage));
  }
  void operator()(const codec::RecordConsent& consent) const {
    id->Add("consent");
    id->Add(consent.purpose);
    id->Add(consent.granted ? "yes" : "no");
    // Not parts of all, because there was a time without them.
    if (consent.at) id->Add(std::to_string(consent.at->millis));
    if (consent.source != kActor) id->Add("source " + consent.source);
    if (!consent.version.empty()) id->Add("version " + consent.version);
  }
  void operator()(const codec::AssignAgent& assign) const {
    id->Add("agent");
    id->Add(assign.agent_id);
  }
  void operator()(const codec::AddNote& note) const {
    id->Add("note");
    id->Add(note.text);
  }
  void operator()(const codec::SetDoNotContact& set) const {
    id->Add("do not contact");
    id->Add(set.value ? "yes" : "no");
  }
  void operator()(const codec::Erase&) const { id->Add("erase"); }
  template <typename Other>
  void operator()(const Other&) const {
    LP_ASSERT(false);  // no row becomes one
  }
};

}  // namespace

std::string CommandId(const codec::Command& command) {
  StableId id(kBegin);
  id.Add("command");
  id.Add(command.key.tenant);
  id.Add(command.key.lead);
  id.Add(std::to_string(command.issued_at.millis));
  for (const codec::Action& action : command.actions) std::visit(AddAction{&id}, action);
  return id.Take();
}

std::string EventId(const codec::Event& event, bool of_address) {
  StableId id(kBegin);
  id.Add("event");
  id.Add(event.key.tenant);
  id.Add(event.key.lead);
  id.Add(EventTypeName(event.type));
  id.Add(std::to_string(event.occurred_at.millis));
  id.Add(BounceKindName(event.bounce_kind));
  id.Add(event.campaign_id);
  id.Add(event.message_id);
  id.Add(event.name);
  id.Add(event.url);
  AddValues(event.properties, &id);
  if (!event.topic.empty()) id.Add(event.topic);
  if (of_address) {
    id.Add("address");
    id.Add(event.address);
  }
  return id.Take();
}

}  // namespace leadpulse::importing

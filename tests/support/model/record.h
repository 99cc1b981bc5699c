// Input records as structures, including bad ones.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/support/model/event_type.h"

namespace leadpulse::model {

using Json = nlohmann::json;

enum class BounceKind { kUnspecified, kHard, kSoft, kUnknown = 77 };

// Times are text, as a producer wrote them, so that they can be bad.
struct Event {
  std::string tenant;
  std::string lead;
  std::string email;
  std::string id;
  EventType type = EventType::kUnspecified;
  std::string occurred_at;
  std::string campaign;
  std::string message;
  std::string name;
  Json properties = Json::object();
  std::string url;
  BounceKind bounce_kind = BounceKind::kUnspecified;
  bool machine = false;
  bool backfill = false;
  std::string retracts;
  std::string topic;
};

struct UpdateProfile {
  Json set = Json::object();
  std::vector<std::string> unset;
};

enum class NameSet { kTags, kLists, kCampaigns };

// edit_tags, edit_lists and edit_campaigns (whose `add` is spelled `assign`).
struct EditNames {
  NameSet which = NameSet::kTags;
  std::vector<std::string> add;
  std::vector<std::string> remove;
};

struct SetStage {
  Stage stage = Stage::kUnspecified;
};

struct SetQualification {
  std::optional<int64_t> score;
  bool clear = false;
};

struct AssignAgent {
  std::string agent;
};

struct SetDoNotContact {
  bool value = false;
  std::string reason;
};

struct RecordConsent {
  std::string purpose;
  bool granted = false;
  std::string source;
  std::string version = {};
  std::string at = {};  // empty: the command's issued_at
};

struct AddNote {
  std::string text;
};

struct RemoveNote {
  std::string command;
};

struct Erase {
  bool suppress = false;
};

struct Withdraw {};

using Action = std::variant<UpdateProfile, EditNames, SetStage, SetQualification, AssignAgent, SetDoNotContact,
                            RecordConsent, AddNote, RemoveNote, Erase, Withdraw>;

// The actions of a command, in the order in which they were written; none: an unsupported command.
struct Actions : std::vector<Action> {
  Actions() = default;
  template <typename One>
  requires(!std::same_as<One, Actions> && std::constructible_from<Action, One>)
      Actions(One action) {  // NOLINT(google-explicit-constructor)
    push_back(std::move(action));
  }

  // Returns the first action of this kind, or null.
  template <typename One>
  const One* Find() const {
    for (const Action& action : *this) {
      if (const auto* found = std::get_if<One>(&action)) return found;
    }
    return nullptr;
  }
};

struct Command {
  std::string tenant;
  std::string lead;
  std::string email;
  std::string id;
  std::string issued_at;
  std::string actor;
  bool backfill = false;
  Actions actions;
};

// A line that is not a record, with the expected reason code.
struct Broken {
  std::string line;
  std::string reason = "malformed";
};

struct Record {
  std::variant<Event, Command, Broken> content;
  uint64_t spelling = 0;  // picks among spellings that mean the same
};

}  // namespace leadpulse::model

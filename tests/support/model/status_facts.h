// The times that decide whether a lead may be written to. They outlive the entries of the journal and an erasure.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tests/support/model/calendar.h"

namespace leadpulse::model {

struct Entry;

// What an UNSUBSCRIBE or a RESUBSCRIBE is about: a topic, or everything.
struct Scope {
  std::optional<Millis> out;  // the latest UNSUBSCRIBE
  std::optional<Millis> in;   // the latest RESUBSCRIBE

  // There is an UNSUBSCRIBE and no later RESUBSCRIBE.
  bool IsOut() const;
};

// The scope of those who name no topic.
inline constexpr char kEverything[] = "";

// Latest times of a lead's effective events.
struct StatusFacts {
  std::map<std::string, Scope> scopes;  // by folded topic; a topic that the lead met is here, with times or without
  std::optional<Millis> complaint;
  std::optional<Millis> hard_bounce;
  std::optional<Millis> sign_of_life;

  // Keeps the entry's topic while there is room. Otherwise its scope becomes everything, or nothing for a RESUBSCRIBE.
  void Meet(Entry& entry);

  // Counts an entry that is neither a program's nor retracted. Entries of other types change nothing.
  void Count(const Entry& entry);

  // Whether the scope of this folded topic is opted out.
  bool IsOut(const std::string& scope) const;

  // Forgets topics without times.
  void DropEmptyScopes();
};

// Whether `after` is there and strictly later than `before`.
bool IsLater(std::optional<Millis> after, std::optional<Millis> before);

// Something happened and was not undone later.
bool Stands(std::optional<Millis> done, std::optional<Millis> undone);

}  // namespace leadpulse::model

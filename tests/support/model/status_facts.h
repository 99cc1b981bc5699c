// The times that decide whether a lead may be written to. They outlive the entries of the journal and an erasure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "tests/support/model/calendar.h"
#include "tests/support/model/event_type.h"

namespace leadpulse::model {

struct Entry;

// The state of a topic, or of everything, by UNSUBSCRIBE and RESUBSCRIBE.
struct Scope {
  std::optional<Millis> out;  // the latest UNSUBSCRIBE
  std::optional<Millis> in;   // the latest RESUBSCRIBE

  // Whether there is an UNSUBSCRIBE and no later RESUBSCRIBE.
  bool IsOut() const;
};

// The scope of events that name no topic.
inline constexpr char kEverything[] = "";

// The address that an event is about.
struct Belonging {
  std::string address;         // empty: none
  bool names_address = false;  // by the event's `email`
  bool is_former = false;      // an unknown address that the lead had before
};

// One event that counts in the status facts: an opt-out, its end, a complaint, a hard bounce, a sign of life.
struct StatusEvent {
  EventType type = EventType::kUnspecified;
  Millis at = 0;
  std::optional<std::string> scope;  // like that of an `Entry`
  Belonging belonging;
  std::string sent_for;  // lead id
  // A bounce of an earlier life, not later than the last change of address in that life.
  bool is_of_old_address = false;

  bool IsSignOfLife() const;
};

// Returns the status event of an entry, if it is one. Ignores whether a machine caused the entry or it is retracted.
std::optional<StatusEvent> StatusEventOf(const Entry& entry);

// The latest times of a lead's effective events, whatever address they belong to.
struct StatusFacts {
  std::map<std::string, Scope> scopes;  // by folded topic
  std::optional<Millis> complaint;
  std::optional<Millis> hard_bounce;
  std::optional<Millis> sign_of_life;

  void Count(const StatusEvent& event);
};

// Adds the entry's topic to those that the lead met while there is room. Otherwise its scope becomes everything, or
// none for a RESUBSCRIBE.
void MeetTopic(std::set<std::string>& topics, Entry& entry);

// Whether `after` exists and is strictly later than `before`.
bool IsLater(std::optional<Millis> after, std::optional<Millis> before);

// Whether something happened and was not undone later.
bool Stands(std::optional<Millis> done, std::optional<Millis> undone);

}  // namespace leadpulse::model

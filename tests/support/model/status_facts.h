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

// What an UNSUBSCRIBE or a RESUBSCRIBE is about: a topic, or everything.
struct Scope {
  std::optional<Millis> out;  // the latest UNSUBSCRIBE
  std::optional<Millis> in;   // the latest RESUBSCRIBE

  // There is an UNSUBSCRIBE and no later RESUBSCRIBE.
  bool IsOut() const;
};

// The scope of those who name no topic.
inline constexpr char kEverything[] = "";

// The address that an event says something about.
struct Belonging {
  std::string address;         // empty: none
  bool names_address = false;  // by the event's `email`
  bool is_former = false;      // to an address that the lead had before, nobody knows which
};

// One event that counts in the status facts: an opt-out, its end, a complaint, a hard bounce, a sign of life.
struct StatusEvent {
  EventType type = EventType::kUnspecified;
  Millis at = 0;
  std::optional<std::string> scope;  // as of an `Entry`
  Belonging belonging;
  std::string sent_for;  // lead id
  // A bounce of an earlier life, not later than the last change of address in that life.
  bool is_of_old_address = false;

  bool IsSignOfLife() const;
};

// What an entry says of the status, if anything. Does not ask whether it is a program's or retracted.
std::optional<StatusEvent> StatusEventOf(const Entry& entry);

// Latest times of a lead's effective events, whichever address they belong to.
struct StatusFacts {
  std::map<std::string, Scope> scopes;  // by folded topic
  std::optional<Millis> complaint;
  std::optional<Millis> hard_bounce;
  std::optional<Millis> sign_of_life;

  void Count(const StatusEvent& event);
};

// Adds the entry's topic to those that a lead met while there is room. Otherwise its scope becomes everything, or
// nothing for a RESUBSCRIBE.
void MeetTopic(std::set<std::string>& topics, Entry& entry);

// Whether `after` is there and strictly later than `before`.
bool IsLater(std::optional<Millis> after, std::optional<Millis> before);

// Something happened and was not undone later.
bool Stands(std::optional<Millis> done, std::optional<Millis> undone);

}  // namespace leadpulse::model

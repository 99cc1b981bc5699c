// The result of a rule for one lead at one instant, from scratch.
#pragma once

#include <optional>
#include <string>

#include "tests/support/model/facts.h"
#include "tests/support/model/rule.h"

namespace leadpulse::model {

// The parts of the view that rules can use; those that depend on the score exist only once it is known.
struct Standing {
  std::string email_status;
  bool sendable = false;
  int64_t score = 0;
  std::string tier;
  int64_t quality = 0;
  int64_t qualification = 0;
  std::string stage;
  std::string status;
};

// The evaluation of one rule for one lead at one instant, from scratch.
class Evaluator {
 public:
  Evaluator(const Facts& facts, const Standing& standing, Millis now) : facts_(facts), standing_(standing), now_(now) {}

  bool Holds(const Rule& rule) const;

  // Whether the step counts a journal entry.
  bool Fits(const Step& step, const Entry& entry) const;

 private:
  bool Holds(const Predicate& predicate) const;
  bool HoldsForInstant(const Predicate& predicate) const;
  bool HoldsForProfile(const Predicate& predicate) const;
  bool HasConsent(const std::string& purpose) const;
  bool HasWords(const std::string& words) const;
  bool Passes(const Value& value, const Test& test) const;
  // Whether an event's property passes: of a list, one element, by an ordered test too.
  bool PassesProperty(const Value& value, const Test& test) const;
  bool Compares(const Value& value, Compare compare, const Literal& to) const;
  bool Equals(const Value& value, const Literal& literal) const;
  bool HoldsText(const Value& value, const TextTest& test) const;
  bool AgeFits(const Predicate& predicate, Millis instant) const;
  bool IsAnniversary(Millis instant, int next_days) const;
  bool Did(const Predicate& predicate) const;
  bool Followed(const Predicate& predicate) const;
  bool HasFollower(const Predicate& predicate, const Entry& first) const;
  bool InWindow(const Window& window, Millis instant) const;
  bool Between(const Instant& from, const Instant& to, Millis instant) const;
  bool OnDay(const Day& day, Millis instant) const;
  bool InPeriod(const Period& period, Millis instant) const;
  Millis At(const Instant& instant) const;
  absl::CivilDay DayAt(const Day& day) const;
  Value Field(const std::string& name) const;
  std::optional<Value> TimeField(const std::string& name) const;
  std::optional<Value> CountField(const std::string& name) const;
  std::optional<Value> StandingField(const std::string& name) const;

  const Facts& facts_;
  const Standing& standing_;
  const Millis now_;
};

}  // namespace leadpulse::model

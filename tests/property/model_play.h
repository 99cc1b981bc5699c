// Plays a few records of one lead through the model, for cases worked out by hand.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/model.h"

namespace leadpulse::model {

inline constexpr char kTenant[] = "t";
inline constexpr char kLead[] = "l";

inline Millis T(const std::string& text) { return ReadRfc3339(text).value(); }

// Formats a day of January 2025.
inline std::string OnDay(int day) {
  return "2025-01-" + std::string(day < 10 ? "0" : "") + std::to_string(day) + "T00:00:00Z";
}

inline Record EventAt(const std::string& time, EventType type, const std::string& id) {
  Event event;
  event.tenant = kTenant;
  event.lead = kLead;
  event.id = id;
  event.type = type;
  event.occurred_at = time;
  return {event, 0};
}

inline Event& Of(Record& record) { return std::get<Event>(record.content); }

inline Record Retract(const std::string& time, const std::string& id, const std::string& retracts) {
  Record record = EventAt(time, EventType::kRetract, id);
  Of(record).retracts = retracts;
  return record;
}

inline Record CommandAt(const std::string& time, const std::string& id, Action action) {
  Command command;
  command.tenant = kTenant;
  command.lead = kLead;
  command.id = id;
  command.issued_at = time;
  command.actions = std::move(action);
  return {command, 0};
}

inline Record SetAttribute(const std::string& time, const std::string& id, Json set) {
  return CommandAt(time, id, UpdateProfile{std::move(set), {}});
}

inline TenantDefinitions Plain() {
  TenantDefinitions definitions;
  definitions.tiers = {{"hot", 50}, {"cold", std::nullopt}};
  return definitions;
}

// Returns the changes of the one lead as "instant kind name from>to cause".
inline std::vector<std::string> Published(const Model& model) {
  std::vector<std::string> lines;
  const auto found = model.changes().find({kTenant, kLead});
  if (found == model.changes().end()) return lines;
  for (const Change& change : found->second) {
    std::string line = FormatInstant(change.at) + " " + change.kind;
    if (!change.name.empty()) line += " " + change.name;
    if (change.from != change.to) line += " " + change.from + ">" + change.to;
    lines.push_back(line + " " + change.cause);
  }
  EXPECT_EQ(model.defect(), "");
  return lines;
}

inline Model Play(const TenantDefinitions& definitions, const std::vector<Record>& records,
                  const std::string& until = "") {
  Model model({{"*", definitions}}, T("2026-01-01T00:00:00Z"));
  for (const Record& record : records) model.Read(record);
  std::optional<Millis> end;
  if (!until.empty()) end = T(until);
  model.Finish(end);
  return model;
}

inline Json LineOf(const Model& model) { return model.Leads().at({kTenant, kLead}); }

using Lines = std::vector<std::string>;

}  // namespace leadpulse::model

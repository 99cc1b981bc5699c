// Short names for records of several leads, and for their results. Times are days of January 2025.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/property/model_play.h"

namespace leadpulse::model {

// The address in most cases, and the mailbox with that name.
inline constexpr char kAddress[] = "x@example.com";

// Makes an event whose id is its type and day, so that two events of one day and type are one.
inline Record Sent(const std::string& lead, int day, EventType type, const std::string& email = "") {
  Record record = EventAt(OnDay(day), type, TypeName(type) + std::to_string(day));
  Of(record).lead = lead;
  Of(record).email = email;
  return record;
}

inline Record Opens(const std::string& lead, int day) { return Sent(lead, day, EventType::kOpen); }

inline Record Leaves(const std::string& lead, int day, const std::string& email = "") {
  return Sent(lead, day, EventType::kUnsubscribe, email);
}

inline Record ComesBack(const std::string& lead, int day, const std::string& email = "") {
  return Sent(lead, day, EventType::kResubscribe, email);
}

inline Record Bounces(const std::string& lead, int day, const std::string& email = "") {
  return Sent(lead, day, EventType::kBounce, email);
}

inline Record TakesBack(const std::string& lead, int day, const std::string& id) {
  Record record = Sent(lead, day, EventType::kRetract);
  Of(record).retracts = id;
  return record;
}

inline Record WithId(Record record, const std::string& id) {
  std::visit(
      [&](auto& content) {
        if constexpr (requires { content.id; }) content.id = id;
      },
      record.content);
  return record;
}

inline Record Do(const std::string& lead, int day, Action action) {
  Record record = CommandAt(OnDay(day), "c" + std::to_string(day) + lead, std::move(action));
  std::get<Command>(record.content).lead = lead;
  return record;
}

inline Record DoByAddress(const std::string& email, int day, Action action) {
  Record record = Do("", day, std::move(action));
  std::get<Command>(record.content).email = email;
  return record;
}

inline Record SetsEmailTo(const std::string& lead, int day, const Json& email) {
  return Do(lead, day, UpdateProfile{{{"email", email}}, {}});
}

// Puts a record in front that gives lead 7 the address from the first day on.
inline std::vector<Record> User(std::vector<Record> more) {
  more.insert(more.begin(), SetsEmailTo("7", 1, kAddress));
  return more;
}

inline Record Tags(const std::string& lead, int day) { return Do(lead, day, EditNames{NameSet::kTags, {"t"}, {}}); }

inline TenantDefinitions ByEmail() {
  TenantDefinitions definitions = Plain();
  definitions.identity_by_email = true;
  return definitions;
}

// The records of a few leads, and their views.
class Story {
 public:
  explicit Story(const std::vector<Record>& records, const TenantDefinitions& definitions = ByEmail(),
                 AddressLimits limits = {})
      : model_({{"*", definitions}}, T("2026-01-01T00:00:00Z"), limits) {
    Go(records);
  }

  void Go(const std::vector<Record>& records) {
    for (const Record& record : records) model_.Read(record);
    model_.Finish(std::nullopt);
    EXPECT_EQ(model_.defect(), "");
  }

  void Redefine(const TenantDefinitions& definitions) { model_.Redefine({{"*", definitions}}, "version"); }

  bool Has(const std::string& lead) const { return model_.Leads().contains({kTenant, lead}); }

  Json Line(const std::string& lead) const {
    const auto lines = model_.Leads();
    const auto found = lines.find({kTenant, lead});
    return found == lines.end() ? Json{{"emailStatus", "no lead"}} : found->second;
  }

  std::string Status(const std::string& lead) const { return Line(lead)["emailStatus"]; }

  int Count(const std::string& lead, const std::string& type) const { return Line(lead)["counts"][type]; }

  // Returns the changes of a lead as `kind name cause`, without changes of stage.
  Lines Changes(const std::string& lead) const {
    Lines lines;
    const auto found = model_.changes().find({kTenant, lead});
    if (found == model_.changes().end()) return lines;
    for (const Change& change : found->second) {
      if (change.kind == "STAGE_CHANGED") continue;
      lines.push_back(change.kind + (change.name.empty() ? "" : " " + change.name) + " " + change.cause_id);
    }
    return lines;
  }

  std::vector<std::string> Rejected() const {
    std::vector<std::string> reasons;
    for (const DeadLetter& letter : model_.dead_letters()) reasons.push_back(letter.reason);
    return reasons;
  }

  const Model& model() const { return model_; }

 private:
  Model model_;
};

}  // namespace leadpulse::model

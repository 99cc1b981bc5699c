#include "processor/importing/column_guess.h"

#include <string>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/importing/own_export.h"
#include "processor/importing/sendgrid_activity.h"

namespace leadpulse::importing {

std::string ColumnGuess::DeclaredName(std::string_view simplified) const {
  if (options_.definitions == nullptr) return "";
  const auto& declared =
      options_.mode == Mode::kEvents ? options_.definitions->event_properties : options_.definitions->fields;
  for (const auto& [name, type] : declared) {
    if (Simplify(name) == simplified) return name;
  }
  return "";
}

std::string ColumnGuess::PropertyName(const Column& column) const {
  const std::string declared = DeclaredName(Simplify(column.header));
  return declared.empty() ? NormalizeName(column.header) : declared;
}

// Returns what a column of that name usually is. What stands in brackets behind the name of an address does not count:
// `Email (required)`.
std::optional<Known> ColumnGuess::Find(std::string_view header) const {
  if (is_sendgrid_) return SendGridColumn(Simplify(header));
  if (auto known = FindSynonym(options_.mode, Simplify(header))) return known;
  auto address = FindSynonym(options_.mode, Simplify(header.substr(0, header.find('('))));
  return address && address->meaning == Meaning::kAddress ? address : std::nullopt;
}

void ColumnGuess::Of(Column* column, bool has_lead) const {
  const std::string simplified = Simplify(column->header);
  if (simplified.empty()) {
    column->why_left_out = "it has no name";
  } else if (NormalizeName(column->header) == kReasonColumn) {
    column->why_left_out = "it says what was wrong before";
  } else if (column->ours) {
    OfOwn(column, has_lead);
  } else if (const auto known = Find(column->header)) {
    column->meaning = known->meaning;
    column->name = known->name;
    // If the definitions declare a field under the column's own name, the column is that field.
    if (column->meaning == Meaning::kAttribute) {
      if (std::string declared = DeclaredName(simplified); !declared.empty()) column->name = std::move(declared);
    }
    const bool is_property = known->meaning == Meaning::kTopic && options_.mode == Mode::kEvents;
    if (is_property && column->name.empty()) column->name = PropertyName(*column);
    if (known->meaning == Meaning::kLeftOut) column->why_left_out = "it is SendGrid's own";
    TakeSense(column);
  } else {
    OfUnknown(column);
    TakeSense(column);
  }
}

void ColumnGuess::TakeSense(Column* column) const {
  const bool may_be = options_.mode == Mode::kContacts && options_.definitions != nullptr &&
                      column->meaning == Meaning::kAttribute && !options_.definitions->fields.contains(column->name);
  if (!may_be) return;
  std::vector<std::string> fields;
  for (const auto& [name, type] : options_.definitions->fields) fields.push_back(name);
  std::string found = FieldOfSense(column->header, fields);
  if (found.empty()) return;
  column->name = std::move(found);
  column->is_likely = true;
}

void ColumnGuess::OfUnknown(Column* column) const {
  column->is_likely = false;
  if (options_.mode == Mode::kOptOuts) {
    column->meaning = Meaning::kLeftOut;
    column->why_left_out = "it is no part of an opt-out";
    return;
  }
  const bool is_agent = options_.mode == Mode::kEvents && Simplify(column->header) == "useragent";
  column->meaning = options_.mode != Mode::kEvents ? Meaning::kAttribute
                    : is_agent                     ? Meaning::kUserAgent
                                                   : Meaning::kProperty;
  column->name = PropertyName(*column);
}

// Finds what a column of an export is. Its attributes have their own names, `profile.score` if that means another.
void ColumnGuess::OfOwn(Column* column, bool has_lead) const {
  constexpr std::string_view kProfile = "profile.";
  const std::string_view name = column->header;
  const bool is_lead = name == "lead" || ((name == "lead_id" || name == "id") && !has_lead);
  if (is_lead) {
    column->meaning = Meaning::kLead;
  } else if (name == "email") {
    column->meaning = Meaning::kAddress;
  } else if (name == "tags" || name == "lists" || name == "campaigns") {
    column->meaning = *MeaningFromName(options_.mode, name);
  } else if (IsWorkedOut(name)) {
    column->why_left_out = "Leadpulse works it out, or sets it by a command";
  } else {
    column->meaning = Meaning::kAttribute;
    column->name = name.starts_with(kProfile) ? name.substr(kProfile.size()) : name;
  }
}

}  // namespace leadpulse::importing

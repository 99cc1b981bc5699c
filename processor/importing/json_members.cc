#include "processor/importing/json_members.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/strict_fields.h"
#include "processor/base/json_value.h"
#include "processor/base/text.h"
#include "processor/importing/column_guess.h"
#include "processor/importing/row_cells.h"
#include "schemas/codec/record_checks.h"
#include "schemas/codec/records.h"

namespace leadpulse::importing {
namespace {

constexpr size_t kMostTargets = 4096;
constexpr std::string_view kMixedList = "is left out: it is a list with null, a list or an object inside";
constexpr std::string_view kTooLongName = "is left out: its name is over 1024 bytes";
constexpr std::string_view kOfColumn = "is left out: a column has its name";
constexpr std::string_view kOfOtherCell = "is left out: another column of JSON has it, too";

// Calls `take` for the members of an object inside of others, with `prefix` before their names. False: too many.
bool TakeMembers(const Json& object, const std::string& prefix, const TakeMember& take, size_t* left) {
  std::vector<const std::pair<std::string, Json>*> members;
  for (const auto& member : object.members()) members.push_back(&member);
  std::ranges::stable_sort(members, {}, [](const auto* member) -> const std::string& { return member->first; });
  for (const auto* member : members) {
    const auto& [name, value] = *member;
    const std::string whole = prefix + NormalizeName(name);
    if (value.is_object() && whole.size() <= codec::kMaxStringBytes) {
      if (!TakeMembers(value, whole + ".", take, left)) return false;
      continue;
    }
    if (*left == 0) return false;
    --*left;
    take(whole, value);
  }
  return true;
}

std::string NameOf(const Column& column, const std::string& member) {
  return Concat({column.header, ".", Utf8Prefix(member, 60)});
}

// Returns a member as the text of a cell; empty if it is no text, number, yes or no.
std::string TextOf(const Json& json) {
  std::string text;
  if (json.is_string()) text = TrimAsciiSpace(json.text());
  if (json.is_number() || json.is_boolean()) json.AppendTo(&text);
  return text;
}

WrongRow LeftOut(const Column& column, const std::string& member, std::string_view why) {
  const std::string name = NameOf(column, member);
  return {Concat({name, " ", why}), {Concat({name, " ", why})}};
}

}  // namespace

std::optional<Json> ObjectIn(std::string_view cell) {
  if (!cell.starts_with('{') || !cell.ends_with('}')) return std::nullopt;
  Result<Json> json = Json::Parse(cell);
  return json.ok() && json->is_object() ? std::optional(*std::move(json)) : std::nullopt;
}

bool ForEachMember(const Json& object, const TakeMember& take) {
  size_t left = kMaxMembers;
  return TakeMembers(object, "", take, &left);
}

JsonMembers::JsonMembers(const std::vector<Column>& columns, const ImportOptions& options) : options_(options) {
  for (const Column& column : columns) {
    if (column.meaning == Meaning::kAttribute) columns_.insert(column.name);
    // With an id of its own, a lead has the address as an attribute.
    if (column.meaning == Meaning::kAddress) columns_.insert("email");
  }
}

const JsonMembers::Target& JsonMembers::TargetOf(const Column& column, const std::string& member) {
  if (known_targets_ >= kMostTargets) {
    targets_.clear();
    known_targets_ = 0;
  }
  auto& targets = targets_[&column];
  if (const auto known = targets.find(member); known != targets.end()) return known->second;
  ++known_targets_;
  return targets.emplace(member, FindTarget(column, member)).first->second;
}

JsonMembers::Target JsonMembers::FindTarget(const Column& column, const std::string& member) const {
  Target target;
  const auto said = std::ranges::find(column.members, member, &std::pair<std::string, std::string>::first);
  const bool is_said = said != column.members.end();
  if (is_said && said->second.empty()) return target;
  const std::string& name = is_said ? said->second : member;
  target.name = ColumnGuess(options_, /*is_sendgrid=*/false).DeclaredName(Simplify(name));
  if (!target.name.empty()) {
    target.type = options_.definitions->fields.find(target.name)->second;
  } else if (is_said || !column.only_declared) {
    target.name = name;
    const bool is_refused = options_.definitions != nullptr && config::MustBeDeclared(*options_.definitions, name);
    if (is_refused) target.why_left_out = "is left out: it is not declared under fields";
  }
  target.status = StatusColumnOf(member);
  const size_t dot = member.rfind('.');
  if (target.status == StatusColumn::kNone && dot != std::string::npos)
    target.status = StatusColumnOf(member.substr(dot + 1));
  // As of columns: words, not values of another type.
  const bool is_text = !target.type || *target.type == FieldType::kText;
  if (target.status == StatusColumn::kState && !is_text) target.status = StatusColumn::kNone;
  if (columns_.contains(target.name)) target.why_left_out = kOfColumn;
  if (target.name.size() > codec::kMaxStringBytes) target.why_left_out = kTooLongName;
  return target;
}

bool JsonMembers::IsLeftOut(const Column& column, const std::string& member) {
  return TargetOf(column, member).name.empty();
}

std::string JsonMembers::ListIn(const Json& object) const {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"list", "listname", "topic", "newsletter", "group", "name", "title", "label", "slug", "listid", "id", "uuid"});
  std::vector<std::string> names(kNames.size());
  for (const auto& [name, value] : object.members()) {
    const auto* const known = std::ranges::find(kNames, Simplify(name));
    if (known != kNames.end()) names[static_cast<size_t>(known - kNames.begin())] = TextOf(value);
  }
  std::erase(names, "");
  if (names.empty()) return "";
  if (options_.definitions == nullptr) return names.front();
  for (const config::DeclaredTopic& topic : options_.definitions->topics) {
    const auto is_it = [&](const std::string& name) {
      return FoldCase(name) == FoldCase(topic.id) || FoldCase(name) == FoldCase(topic.name);
    };
    if (std::ranges::any_of(names, is_it)) return topic.id;
  }
  return names.front();
}

bool JsonMembers::AddStatuses(const Column& column, const std::string& member, const Json& json,
                              const std::string& list, std::vector<StatusMember>* statuses) {
  if (!json.is_array()) {
    const StatusColumn status = TargetOf(column, member).status;
    std::string text = status == StatusColumn::kNone ? std::string() : TextOf(json);
    const bool is_count = status == StatusColumn::kBounced && CountsBounces(member) && ParseNumber(text);
    if (text.empty() || is_count) return true;
    if (statuses->size() == kMaxStatuses) return false;
    statuses->push_back({NameOf(column, member), status, std::move(text), list});
    return true;
  }
  bool are_few = true;
  for (const Json& element : json.elements()) {
    if (!element.is_object()) {
      are_few = AddStatuses(column, member, element, list, statuses) && are_few;
      continue;
    }
    std::string named = ListIn(element);
    if (named.empty()) named = list;
    const bool are_all = ForEachMember(element, [&](const std::string& inner, const Json& value) {
      are_few = AddStatuses(column, Concat({member, ".", inner}), value, named, statuses) && are_few;
    });
    are_few = are_few && are_all;
  }
  return are_few;
}

std::vector<StatusMember> JsonMembers::StatusesIn(const Column& column, const std::string& member, const Json& json) {
  std::vector<StatusMember> statuses;
  (void)AddStatuses(column, member, json, "", &statuses);
  return statuses;
}

// Converts a member to the type of its field. A text is read as a cell of a column is.
std::optional<Problem> JsonMembers::Convert(const Json& json, const Column& column, const Target& target,
                                            Value* value) const {
  *value = ValueOf(json);
  if (!target.type || IsUnset(*value)) return std::nullopt;
  Column field = column;
  field.meaning = Meaning::kAttribute;
  field.type = target.type;
  if (json.is_string() || (json.is_number() && HoldsDates(field))) {
    const std::string_view text = TrimAsciiSpace(json.text());
    *value = Value();
    if (text.empty() || (IsTyped(field) && MeansEmpty(text))) return std::nullopt;
    return ReadValue(text, field, options_, value);
  }
  if (ConvertValue(*value, *target.type, options_.definitions->calendar)) return std::nullopt;
  return Problem{Concat({"is no ", FieldTypeName(*target.type)})};
}

std::optional<WrongRow> JsonMembers::Read(const Column& column, std::string_view cell, MemberValues* values,
                                          std::vector<StatusMember>* statuses, std::vector<WrongRow>* warnings) {
  const std::optional<Json> object = ObjectIn(cell);
  if (!object) return WrongCell(column, Utf8Prefix(cell, 60), {"is no JSON object"});
  std::optional<WrongRow> wrong;
  MemberValues found;
  bool says_too_much = false;
  const bool are_few = ForEachMember(*object, [&](const std::string& member, const Json& json) {
    if (member.empty()) return;
    const size_t known = statuses->size();
    says_too_much = !AddStatuses(column, member, json, "", statuses) || says_too_much;
    if (wrong) return;
    const bool is_of_mail = json.is_array() && statuses->size() > known;
    const Target& target = TargetOf(column, member);
    if (target.name.empty()) return;
    if (!target.why_left_out.empty()) {
      if (!is_of_mail) warnings->push_back(LeftOut(column, member, target.why_left_out));
      return;
    }
    Value value;
    if (const auto problem = Convert(json, column, target, &value)) {
      Column named = column;
      named.header = NameOf(column, member);
      std::string text;
      json.AppendTo(&text);
      wrong = WrongCell(named, json.is_string() ? json.text() : text, *problem);
    } else if (std::holds_alternative<StructValue>(value)) {
      if (!is_of_mail) warnings->push_back(LeftOut(column, member, kMixedList));
    } else {
      found.insert_or_assign(target.name, std::move(value));
    }
  });
  if (!are_few) {
    return WrongRow{
        Concat({column.header, ": has too many members"}),
        {Concat({column.header, ": it holds more than 500 members, and a lead has at most 500 attributes"})}};
  }
  if (says_too_much) {
    return WrongRow{Concat({column.header, ": says too much about mail"}),
                    {Concat({column.header, ": it says more than 1,000 times who gets no mail"})}};
  }
  for (auto& [name, value] : found) {
    if (!values->try_emplace(name, std::move(value)).second) warnings->push_back(LeftOut(column, name, kOfOtherCell));
  }
  return wrong;
}

}  // namespace leadpulse::importing

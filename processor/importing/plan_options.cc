#include "processor/importing/plan_options.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/yaml_text.h"
#include "config/yaml_tree.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/csv/utf8_input.h"
#include "processor/importing/importer.h"

namespace leadpulse::importing {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct ImportKind {
  std::string_view name;
  Mode mode;
  EventType opt_out;
};
constexpr auto kKinds = std::to_array<ImportKind>({
    {"contacts", Mode::kContacts, EventType::kUnspecified},
    {"unsubscribe", Mode::kOptOuts, EventType::kUnsubscribe},
    {"bounce", Mode::kOptOuts, EventType::kBounce},
    {"complaint", Mode::kOptOuts, EventType::kComplaint},
    {"events", Mode::kEvents, EventType::kUnspecified},
});

enum class MemberType : uint8_t { kText, kTexts, kMap, kMapOfMaps };
struct Member {
  std::string_view name;
  MemberType type;
};
// In the order in which they are written.
constexpr auto kMembers =
    std::to_array<Member>({{"kind", MemberType::kText},          {"map", MemberType::kMap},
                           {"lead_id", MemberType::kText},       {"at", MemberType::kText},
                           {"values", MemberType::kMapOfMaps},   {"consents", MemberType::kMap},
                           {"tags", MemberType::kTexts},         {"lists", MemberType::kTexts},
                           {"campaigns", MemberType::kTexts},    {"stage", MemberType::kText},
                           {"empty_unsets", MemberType::kText},  {"empty_words", MemberType::kTexts},
                           {"update_only", MemberType::kText},   {"create_only", MemberType::kText},
                           {"date_format", MemberType::kText},   {"date_formats", MemberType::kMap},
                           {"number_format", MemberType::kText}, {"number_formats", MemberType::kMap},
                           {"timezone", MemberType::kText},      {"encoding", MemberType::kText},
                           {"delimiter", MemberType::kText},     {"header_row", MemberType::kText}});

// Members that would have no effect on events.
constexpr auto kMembersOfContacts = std::to_array<std::string_view>(
    {"tags", "lists", "campaigns", "stage", "consents", "empty_unsets", "update_only", "create_only", "shared"});

void AddTexts(const Json& list, std::vector<std::string>* texts) {
  for (const Json& text : list.elements()) texts->emplace_back(text.text());
}

std::optional<Problem> AddPairs(const Json& plan, std::string_view name, Pairs* pairs) {
  for (const auto& [key, value] : plan[name].members()) {
    if (!value.is_string()) return Problem{key + " must be a text", {name}};
    pairs->emplace_back(key, value.text());
  }
  return std::nullopt;
}

std::optional<Problem> AddValues(const Json& plan, std::vector<CellValue>* values) {
  for (const auto& [column, replacements] : plan["values"].members()) {
    if (!replacements.is_object())
      return Problem{column + R"( must be an object such as {"THEIRS": "OURS"})", {"values"}};
    for (const auto& [theirs, ours] : replacements.members()) {
      if (!ours.is_string()) return Problem{Concat({column, ": ", theirs, " must be a text"}), {"values"}};
      values->push_back({column, theirs, std::string(ours.text())});
    }
  }
  return std::nullopt;
}

std::optional<Problem> ReadKind(const Json& plan, ImportOptions* options) {
  if (const std::string_view name = plan["kind"].text(); !name.empty()) {
    const auto* const kind = std::ranges::find(kKinds, name, &ImportKind::name);
    if (kind == kKinds.end()) return Problem{"contacts, unsubscribe, bounce, complaint or events", {"kind"}};
    options->mode = kind->mode;
    options->opt_out = kind->opt_out;
  }
  if (options->mode == Mode::kContacts) return std::nullopt;
  for (const std::string_view name : kMembersOfContacts) {
    if (!plan[name].is_null()) return Problem{"of contacts only; import the file once more as contacts", {name}};
  }
  return std::nullopt;
}

std::optional<Problem> ReadForms(const Json& plan, ImportOptions* options) {
  if (const std::string_view form = plan["date_format"].text(); !form.empty()) {
    if (auto problem = ReadDatePattern(form, "date_format", &options->times.pattern)) return problem;
  }
  if (const std::string_view form = plan["number_format"].text(); !form.empty()) {
    if (auto problem = ReadNumberForm(form, "number_format", &options->numbers)) return problem;
  }
  if (auto problem = AddPairs(plan, "date_formats", &options->date_formats)) return problem;
  return AddPairs(plan, "number_formats", &options->number_formats);
}

std::optional<Problem> ReadRowsOf(const Json& plan, ImportOptions* options) {
  const bool update_only = plan["update_only"].truth(), create_only = plan["create_only"].truth();
  if (update_only && create_only) return Problem{"with update_only it leaves no row", {"create_only"}};
  if (update_only) options->rows_of = RowsOf::kKnownLeads;
  if (create_only) options->rows_of = RowsOf::kNewLeads;
  return std::nullopt;
}

// Appends the YAML of the node as JSON. Scalars become strings.
void AppendJson(const config::YamlNode& node, std::string* json) {
  const auto& children = node.children;
  if (node.kind == config::YamlKind::kList) {
    *json += '[';
    for (const config::YamlNode& child : children) {
      if (&child != &children.front()) *json += ',';
      AppendJson(child, json);
    }
    *json += ']';
  } else if (node.kind == config::YamlKind::kMap) {
    *json += '{';
    for (size_t i = 0; i + 1 < children.size(); i += 2) {
      if (i > 0) *json += ',';
      AppendJsonString(children[i].text, json);
      *json += ':';
      AppendJson(children[i + 1], json);
    }
    *json += '}';
  } else {
    AppendJsonString(node.text, json);
  }
}

bool IsOf(MemberType type, const Json& value) {
  const auto are_texts = [](const Json::Members& members) {
    return std::ranges::all_of(members, [](const auto& member) { return member.second.is_string(); });
  };
  switch (type) {
    case MemberType::kText:
      return value.is_string();
    case MemberType::kTexts:
      return value.is_array() && std::ranges::all_of(value.elements(), &Json::is_string);
    case MemberType::kMap:
      return value.is_object() && are_texts(value.members());
    case MemberType::kMapOfMaps:
      return value.is_object() && std::ranges::all_of(value.members(), [&](const auto& member) {
               return member.second.is_object() && are_texts(member.second.members());
             });
  }
  return false;
}

std::string_view TypeInWords(MemberType type) {
  if (type == MemberType::kText) return "a text";
  return type == MemberType::kTexts ? "a list of texts" : "a map of texts";
}

// Writes the members of a plan.
class PlanText {
 public:
  void Text(std::string_view name, std::string_view text) {
    if (!text.empty()) yaml_ += Concat({name, ": ", config::YamlString(text), "\n"});
  }
  void Texts(std::string_view name, const std::vector<std::string>& texts) {
    if (!texts.empty()) yaml_ += Concat({name, ":\n"});
    for (const std::string& text : texts) yaml_ += Concat({"  - ", config::YamlString(text), "\n"});
  }
  void Map(std::string_view name, const Pairs& pairs) {
    if (!pairs.empty()) yaml_ += Concat({name, ":\n"});
    for (const auto& [key, value] : pairs) AddEntry(key, value, 2);
  }
  void Values(const std::vector<CellValue>& values) {
    if (!values.empty()) yaml_ += "values:\n";
    std::vector<std::string_view> done;
    for (const CellValue& value : values) {
      if (std::ranges::find(done, value.column) != done.end()) continue;
      done.push_back(value.column);
      yaml_ += Concat({"  ", config::YamlKey(value.column, 2), "\n"});
      for (const CellValue& same : values) {
        if (same.column == value.column) AddEntry(same.theirs, same.ours, 4);
      }
    }
  }
  std::string Take() { return std::move(yaml_); }

 private:
  void AddEntry(std::string_view key, std::string_view value, int indentation) {
    yaml_ += Concat({std::string(static_cast<size_t>(indentation), ' '), config::YamlKey(key, indentation), " ",
                     config::YamlString(value), "\n"});
  }
  std::string yaml_;
};

// Adds what the file showed to pairs that options said.
Pairs WithFindings(Pairs pairs, std::string_view name, const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    const Option& option = finding.option;
    if (!finding.is_offer && option.name == name) pairs.emplace_back(option.column, option.meaning);
  }
  return pairs;
}

}  // namespace

std::optional<Problem> ReadFileOptions(const Json& plan, FileOptions* file) {
  if (const std::string_view encoding = plan["encoding"].text(); !encoding.empty()) {
    file->csv.encoding = csv::EncodingFromName(encoding);
    if (!file->csv.encoding) return Problem{"one such as windows-1252 or Shift_JIS", {"encoding"}};
  }
  if (const std::string_view delimiter = plan["delimiter"].text(); !delimiter.empty()) {
    file->csv.delimiter = DelimiterFromName(delimiter);
    if (!file->csv.delimiter) return Problem{"one character such as `;`, or tab", {"delimiter"}};
  }
  if (const std::string_view line = plan["header_row"].text(); !line.empty()) {
    const auto number = ParseInteger<uint64_t>(line);
    if (number.value_or(0) > 0) file->header_line = number;
    if (!file->header_line) return Problem{"the line that names the columns, from 1", {"header_row"}};
  }
  return std::nullopt;
}

std::optional<Problem> ReadImportOptions(const Json& plan, ImportOptions* options) {
  if (auto problem = ReadKind(plan, options)) return problem;
  if (auto problem = AddPairs(plan, "map", &options->map)) return problem;
  if (auto problem = AddPairs(plan, "consents", &options->consents)) return problem;
  if (auto problem = AddValues(plan, &options->values)) return problem;
  if (auto problem = ReadForms(plan, options)) return problem;
  if (!plan["lead_id"].is_null()) options->lead_id_column = plan["lead_id"].text();
  if (!plan["at"].is_null()) options->time_column = plan["at"].text();
  AddTexts(plan["tags"], &options->tags);
  AddTexts(plan["lists"], &options->lists);
  AddTexts(plan["campaigns"], &options->campaigns);
  AddTexts(plan["empty_words"], &options->empty_words);
  if (const std::string_view stage = plan["stage"].text(); !stage.empty()) {
    options->stage = StageFromName(AsciiLower(stage)).value_or(Stage::kUnspecified);
    if (options->stage == Stage::kUnspecified) return Problem{Concat({"`", stage, "` is no stage"}), {"stage"}};
  }
  if (!plan["empty_unsets"].is_null()) options->empty_unsets = plan["empty_unsets"].truth();
  if (auto problem = ReadRowsOf(plan, options)) return problem;
  std::string zone(plan["timezone"].text());
  if (zone.empty()) return std::nullopt;
  options->zone_name = zone;
  return LoadZone(zone, &options->times.zone.emplace());
}

Result<Json> PlanFromYaml(std::string_view yaml) {
  const config::YamlTree tree = config::ParseYaml(yaml);
  if (!tree.faults.empty()) return Status::Rejected("it is no YAML: " + tree.faults.front().message);
  if (!tree.root || tree.root->kind != config::YamlKind::kMap) {
    return Status::Rejected("it must be a map such as `date_formats: {Birthday: DD.MM.YYYY}`");
  }
  std::string text;
  AppendJson(*tree.root, &text);
  LP_ASSIGN_OR_RETURN(Json plan, Json::Parse(text));
  std::vector<std::string> names;
  for (const Member& member : kMembers) names.emplace_back(member.name);
  for (const auto& [name, value] : plan.members()) {
    const auto* const member = std::ranges::find(kMembers, name, &Member::name);
    if (member == kMembers.end()) {
      const std::optional<std::string> nearest = NearestName(name, names);
      return Status::Rejected(Concat({"it has no member `", name, "`; ",
                                      nearest ? "did you mean " + *nearest + "?" : "there are " + Join(names, ", ")}));
    }
    if (!IsOf(member->type, value)) return Status::Rejected(Concat({name, " must be ", TypeInWords(member->type)}));
  }
  return plan;
}

std::string PlanToYaml(const ImportOptions& options, const FileOptions& file, const std::vector<Finding>& findings) {
  PlanText plan;
  const auto* const kind = std::ranges::find_if(kKinds, [&](const ImportKind& each) {
    return each.mode == options.mode && (each.mode != Mode::kOptOuts || each.opt_out == options.opt_out);
  });
  plan.Text("kind", kind->name);
  plan.Map("map", WithFindings(options.map, "map", findings));
  plan.Text("lead_id", options.lead_id_column);
  plan.Text("at", options.time_column);
  plan.Values(options.values);
  plan.Map("consents", options.consents);
  plan.Texts("tags", options.tags);
  plan.Texts("lists", options.lists);
  plan.Texts("campaigns", options.campaigns);
  if (options.stage != Stage::kUnspecified) plan.Text("stage", StageName(options.stage));
  if (options.empty_unsets) plan.Text("empty_unsets", "true");
  plan.Texts("empty_words", options.empty_words);
  if (options.rows_of == RowsOf::kKnownLeads) plan.Text("update_only", "true");
  if (options.rows_of == RowsOf::kNewLeads) plan.Text("create_only", "true");
  if (options.times.pattern) plan.Text("date_format", DatePatternName(*options.times.pattern));
  plan.Map("date_formats", WithFindings(options.date_formats, "date_formats", findings));
  if (options.numbers) plan.Text("number_format", NumberFormName(*options.numbers));
  plan.Map("number_formats", WithFindings(options.number_formats, "number_formats", findings));
  plan.Text("timezone", options.zone_name);
  if (file.csv.encoding) plan.Text("encoding", file.csv.encoding->name);
  if (file.csv.delimiter) plan.Text("delimiter", DelimiterName(*file.csv.delimiter));
  if (file.header_line) plan.Text("header_row", std::to_string(*file.header_line));
  return plan.Take();
}

}  // namespace leadpulse::importing

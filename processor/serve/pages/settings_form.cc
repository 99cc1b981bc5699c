#include "processor/serve/pages/settings_form.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "absl/strings/str_split.h"
#include "config/definitions_loader.h"
#include "config/follow_up_fields.h"
#include "config/setting_texts.h"
#include "config/tenant_loader.h"
#include "config/yaml_text.h"
#include "processor/base/assert.h"
#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/rules/language/printer.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/typed_value.h"

namespace leadpulse::serve {
namespace {

using config::KeyText;
using config::TenantDefinitions;
using config::YamlString;
using Row = SettingsForm::Row;

constexpr size_t kEmptyRows = 2;  // for what is new
constexpr auto kTypes = std::to_array<std::string_view>({"text", "number", "boolean", "day", "date"});
// What a scoring rule waits for: types of events, and these.
constexpr std::string_view kWhen = "when", kStep = "step", kHardBounce = "hard bounce", kSoftBounce = "soft bounce";
constexpr auto kEvents =
    std::to_array<std::string_view>({"open", "click", "reply", "page_visit", "custom", "sent", "delivered", "bounce",
                                     "unsubscribe", "resubscribe", "complaint"});

const std::string& Of(const Row& row, std::string_view name) {
  static const std::string none;
  const auto found = row.find(name);
  return found == row.end() ? none : found->second;
}

// Returns the rows of the form's table: fields of the same name belong to one row each, in their order.
std::vector<Row> RowsIn(const PageRequest& request, std::initializer_list<std::string_view> names) {
  std::vector<Row> rows;
  for (const std::string_view name : names) {
    const std::vector<std::string> values = request.Fields(name);
    if (rows.size() < values.size()) rows.resize(values.size());
    for (size_t i = 0; i < values.size(); ++i) rows[i][std::string(name)] = TrimAsciiSpace(values[i]);
  }
  std::erase_if(rows, [&](const Row& row) { return Of(row, *names.begin()).empty(); });
  return rows;
}

// Makes the options of a select.
template <typename Values>
PageData OptionsOf(const Values& values, std::string_view selected) {
  return ListOf(values, [&](std::string_view value) { return OptionOf(value, LabelOf(value), value == selected); });
}

// Sets `rows` to those of the form and to some empty ones. `more` adds the options of a row.
template <typename More>
void AddRows(const SettingsForm& form, std::initializer_list<std::string_view> names, const More& more,
             PageData* data) {
  std::vector<Row> rows = form.rows;
  rows.resize(rows.size() + kEmptyRows);
  (*data)["rows"] = ListOf(rows, [&](const Row& row) {
    PageData shown;
    for (const std::string_view name : names) shown[std::string(name)] = TextData(Of(row, name));
    more(row, &shown);
    return shown;
  });
}

void AddValues(const SettingsForm& form, PageData* data) {
  for (const auto& [name, value] : form.values) (*data)[name] = TextData(value);
}

// Returns the entry of a list on one line, from the keys that have a value.
std::string EntryOf(std::initializer_list<std::pair<std::string_view, std::string>> keys) {
  std::string entry;
  for (const auto& [key, value] : keys) {
    if (!value.empty()) entry += Concat({entry.empty() ? "- {" : ", ", key, ": ", value});
  }
  return entry + "}\n";
}

std::string QuotedUnlessEmpty(const std::string& text) { return text.empty() ? text : YamlString(text); }

// Makes what was typed for a number or a duration what the definitions take (typed_value.h), or notes what is wrong.
class TypedReader {
 public:
  explicit TypedReader(SettingsForm* form) : problems_(form->problems) {}

  void Integer(std::string_view label, Row* row, std::string_view name,
               std::initializer_list<std::string_view> words = {}) {
    std::string& text = (*row)[std::string(name)];
    if (text.empty()) return;
    const Result<int64_t> number = ReadTypedInteger(text, words);
    if (!number.ok()) return Note(label, number.status());
    text = std::to_string(*number);
  }
  void Duration(std::string_view label, Row* row, std::string_view name) {
    std::string& text = (*row)[std::string(name)];
    if (text.empty()) return;
    const Result<Millis> duration = ReadTypedDuration(text, DurationUse::kDefinition);
    if (!duration.ok()) return Note(label, duration.status());
    text = DurationToType(*duration);
  }

 private:
  void Note(std::string_view label, const Status& status) {
    problems_.push_back(Concat({label, ": ", status.message()}));
  }

  std::vector<std::string>& problems_;
};

// Spells a duration that TypedReader has read as the definitions do; returns an empty text where it has read none.
std::string DurationKey(const std::string& text) {
  const Result<Millis> duration = ReadTypedDuration(text, DurationUse::kDefinition);
  return duration.ok() ? config::SpellPreciseDuration(*duration) : "";
}

// ---- Fields ----

SettingsForm FieldsOf(const TenantDefinitions& tenant) {
  SettingsForm form;
  for (const auto& [name, type] : tenant.fields) {
    if (config::FollowUpFields().contains(name)) continue;
    form.rows.push_back({{"field", name}, {"type", std::string(FieldTypeName(type))}});
  }
  form.values["strict"] = tenant.strict_fields ? "true" : "";
  return form;
}

SettingsForm FieldsIn(const PageRequest& request) {
  return {RowsIn(request, {"field", "type"}), {{"strict", std::string(request.Field("strict"))}}, {}};
}

void ShowFields(const SettingsForm& form, PageData* data) {
  AddRows(
      form, {"field"}, [](const Row& row, PageData* shown) { (*shown)["types"] = OptionsOf(kTypes, Of(row, "type")); },
      data);
  AddValues(form, data);
}

std::vector<KeyText> KeysOfFields(const SettingsForm& form) {
  std::string fields;
  for (const Row& row : form.rows) {
    fields += Concat({config::YamlKey(Of(row, "field"), 0), " ", YamlString(Of(row, "type")), "\n"});
  }
  return {{{"fields"}, fields}, {{"strict_fields"}, Of(form.values, "strict").empty() ? "false" : "true"}};
}

// ---- Scoring ----

Row RowOf(const config::ScoringRule& rule) {
  Row row{{"points", std::to_string(rule.points)}};
  if (rule.when) {
    row["kind"] = kWhen;
    row["about"] = rule.when->source;
  } else if (const rules::Step& step = *rule.step; config::IsPlainStep(step) && !step.campaign) {
    const auto* name = std::get_if<rules::Text>(&step.name);
    row["kind"] = !step.bounce                        ? EventTypeName(step.type)
                  : *step.bounce == BounceKind::kHard ? kHardBounce
                                                      : kSoftBounce;
    row["about"] = name == nullptr ? "" : name->text;
  } else {
    row["kind"] = kStep;
    row["about"] = rules::PrintStep(step);
    if (step.bounce) row["bounce"] = BounceKindName(*step.bounce);
  }
  if (rule.limit) {
    row["count"] = std::to_string(rule.limit->count);
    row["per"] = config::LimitPerNames()[static_cast<size_t>(rule.limit->per)];
  }
  if (rule.decay) {
    row["percent"] = std::to_string(rule.decay->percent);
    row["every"] = DurationToType(rule.decay->every);
  }
  if (rule.expires_after) row["expires"] = DurationToType(*rule.expires_after);
  return row;
}

SettingsForm ScoringOf(const TenantDefinitions& tenant) {
  SettingsForm form;
  for (const config::ScoringRule& rule : *tenant.scoring) form.rows.push_back(RowOf(rule));
  form.values["exclude"] = tenant.exclude ? tenant.exclude->source : "";
  return form;
}

SettingsForm ScoringIn(const PageRequest& request) {
  SettingsForm form{
      RowsIn(request, {"kind", "about", "points", "count", "per", "percent", "every", "expires", "bounce"}),
      {{"exclude", std::string(TrimAsciiSpace(request.Field("exclude")))}},
      {}};
  TypedReader reader(&form);
  for (Row& row : form.rows) {
    reader.Integer("Points", &row, "points", {"points", "point"});
    reader.Integer("At most", &row, "count", {"times", "time"});
    reader.Integer("Fades by %", &row, "percent", {"%"});
    reader.Duration("Every", &row, "every");
    reader.Duration("Expires after", &row, "expires");
  }
  return form;
}

void ShowScoring(const SettingsForm& form, PageData* data) {
  AddRows(
      form, {"about", "points", "count", "percent", "every", "expires", "bounce"},
      [](const Row& row, PageData* shown) {
        PageList kinds = OptionsOf(kEvents, Of(row, "kind")).list_value();
        for (const auto& [value, label] : {std::pair{kHardBounce, "Hard bounce"},
                                           {kSoftBounce, "Soft bounce"},
                                           {kWhen, "A rule holds"},
                                           {kStep, "An event as a rule"}}) {
          kinds.push_back(OptionOf(value, label, Of(row, "kind") == value));
        }
        (*shown)["kinds"] = kinds;
        (*shown)["periods"] = OptionsOf(config::LimitPerNames(), Of(row, "per"));
        const std::string& kind = Of(row, "kind");
        const bool is_rule = kind == kWhen || kind == kStep;
        const std::string what = is_rule ? "Rule" : Concat({LabelOf(kind), " ", Of(row, "about")});
        (*shown)["row_label"] = kind.empty() ? "New rule" : what;
      },
      data);
  AddValues(form, data);
}

std::string EntryOfRule(const Row& row) {
  const std::string &kind = Of(row, "kind"), &what = Of(row, "about");
  std::string limit, decay;
  if (!Of(row, "count").empty()) limit = Concat({"{count: ", Of(row, "count"), ", per: ", Of(row, "per"), "}"});
  const std::string &percent = Of(row, "percent"), &every = Of(row, "every");
  if (!percent.empty() || !every.empty()) {
    decay = Concat({"{", percent.empty() ? "" : "percent: ", percent, percent.empty() || every.empty() ? "" : ", ",
                    every.empty() ? "" : "every: ", DurationKey(every), "}"});
  }
  const bool is_bounce = kind == kHardBounce || kind == kSoftBounce, is_rule = kind == kWhen || kind == kStep;
  return EntryOf({{"event", is_rule     ? ""
                            : is_bounce ? "bounce"
                                        : kind},
                  {"name", is_rule ? "" : QuotedUnlessEmpty(what)},
                  {"match", kind == kStep ? YamlString(what) : ""},
                  {"when", kind == kWhen ? YamlString(what) : ""},
                  {"bounce", kind == kHardBounce   ? "hard"
                             : kind == kSoftBounce ? "soft"
                                                   : Of(row, "bounce")},
                  {"points", Of(row, "points")},
                  {"limit", limit},
                  {"decay", decay},
                  {"expires_after", DurationKey(Of(row, "expires"))}});
}

std::vector<KeyText> KeysOfScoring(const SettingsForm& form) {
  std::string rules;
  for (const Row& row : form.rows) rules += EntryOfRule(row);
  return {{{"scoring", "rules"}, rules}, {{"scoring", "exclude"}, QuotedUnlessEmpty(Of(form.values, "exclude"))}};
}

// ---- Tiers and automatic steps ----

SettingsForm TiersOf(const TenantDefinitions& tenant) {
  SettingsForm form;
  for (const config::Tier& tier : tenant.tiers) {
    form.rows.push_back({{"tier", tier.name}, {"at_least", tier.at_least ? std::to_string(*tier.at_least) : ""}});
  }
  const config::Lifecycle& steps = tenant.lifecycle;
  for (const EventType type : steps.engaged_on) form.engaged_on.emplace(EventTypeName(type));
  form.values["auto_qualify_at"] = steps.auto_qualify_at ? std::to_string(*steps.auto_qualify_at) : "";
  form.values["requires_engagement"] = steps.auto_qualify_requires_engagement ? "true" : "";
  form.values["soft_bounce_limit"] = std::to_string(steps.soft_bounce_limit);
  return form;
}

SettingsForm TiersIn(const PageRequest& request) {
  SettingsForm form{RowsIn(request, {"tier", "at_least"}), {}, {}};
  for (const std::string& type : request.Fields("engaged_on")) form.engaged_on.insert(type);
  for (const char* name : {"auto_qualify_at", "requires_engagement", "soft_bounce_limit"}) {
    form.values[name] = TrimAsciiSpace(request.Field(name));
  }
  TypedReader reader(&form);
  for (Row& row : form.rows) reader.Integer("Score", &row, "at_least", {"points", "point"});
  reader.Integer("Qualification", &form.values, "auto_qualify_at");
  reader.Integer("Soft bounces", &form.values, "soft_bounce_limit");
  return form;
}

void ShowTiers(const SettingsForm& form, PageData* data) {
  AddRows(
      form, {"tier", "at_least"}, [](const Row&, PageData*) {}, data);
  (*data)["types"] = ListOf(
      kEvents, [&](std::string_view type) { return OptionOf(type, LabelOf(type), form.engaged_on.contains(type)); });
  AddValues(form, data);
}

std::vector<KeyText> KeysOfTiers(const SettingsForm& form) {
  std::string tiers, types;
  for (const Row& row : form.rows) {
    tiers += EntryOf({{"name", YamlString(Of(row, "tier"))}, {"at_least", Of(row, "at_least")}});
  }
  for (const std::string& type : form.engaged_on) types += Concat({types.empty() ? "" : ", ", YamlString(type)});
  return {{{"tiers"}, tiers},
          {{"lifecycle", "engaged_on"}, Concat({"[", types, "]"})},
          {{"lifecycle", "auto_qualify_at"}, Of(form.values, "auto_qualify_at")},
          {{"lifecycle", "auto_qualify_requires_engagement"},
           Of(form.values, "requires_engagement").empty() ? "false" : "true"},
          {{"lifecycle", "soft_bounce_limit"}, Of(form.values, "soft_bounce_limit")}};
}

// ---- Topics and suppressed domains ----

SettingsForm MailOf(const TenantDefinitions& tenant) {
  SettingsForm form;
  for (const config::DeclaredTopic& topic : tenant.topics) {
    form.rows.push_back({{"topic", topic.id}, {"topic_name", topic.name}});
  }
  form.values["domains"] = Join(tenant.suppressed_domains.Entries(), "\n");
  return form;
}

SettingsForm MailIn(const PageRequest& request) {
  return {RowsIn(request, {"topic", "topic_name"}), {{"domains", WithLineFeeds(request.Field("domains"))}}, {}};
}

void ShowMail(const SettingsForm& form, PageData* data) {
  AddRows(
      form, {"topic", "topic_name"}, [](const Row&, PageData*) {}, data);
  AddValues(form, data);
}

std::vector<KeyText> KeysOfMail(const SettingsForm& form) {
  std::string topics, domains;
  for (const Row& row : form.rows) {
    topics += EntryOf({{"id", YamlString(Of(row, "topic"))}, {"name", QuotedUnlessEmpty(Of(row, "topic_name"))}});
  }
  const std::vector<std::string> lines = absl::StrSplit(Of(form.values, "domains"), '\n');
  for (const std::string& line : lines) {
    const std::string_view domain = TrimAsciiSpace(line);
    if (!domain.empty()) domains += Concat({"- ", YamlString(domain), "\n"});
  }
  return {{{"topics"}, topics}, {{"suppress", "domains"}, domains}};
}

constexpr auto kPages = std::to_array<SettingsPage>(
    {{"/settings/fields", "Fields", "settings_fields", FieldsOf, FieldsIn, ShowFields, KeysOfFields},
     {"/settings/scoring", "Scoring", "settings_scoring", ScoringOf, ScoringIn, ShowScoring, KeysOfScoring},
     {"/settings/tiers", "Tiers and steps", "settings_tiers", TiersOf, TiersIn, ShowTiers, KeysOfTiers},
     {"/settings/mail", "Mail", "settings_mail", MailOf, MailIn, ShowMail, KeysOfMail}});

}  // namespace

const SettingsPage& SettingsPageAt(std::string_view path) {
  const auto found = std::ranges::find(kPages, path, &SettingsPage::path);
  LP_ASSERT(found != kPages.end());
  return *found;
}

}  // namespace leadpulse::serve

#include "processor/serve/api/jobs/import_request.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/engagement.h"
#include "processor/base/json_object.h"
#include "processor/csv/utf8_input.h"
#include "processor/importing/times.h"
#include "processor/serve/api/reads/lead_selection.h"

namespace leadpulse::serve {
namespace {

Result<std::shared_ptr<const config::Definitions>> DefinitionsOfRun(const std::string& tenant, RunClient* run) {
  LP_ASSIGN_OR_RETURN(const v1::DefinitionsInForce in_force,
                      OrStatus(run->Definitions(QueryBy<v1::GetDefinitions>(WholeTenant(tenant)))));
  config::LoadedDefinitions loaded = config::LoadDefinitions(in_force.text());
  if (loaded.definitions != nullptr) return std::move(loaded.definitions);
  return Status::Retriable("the run has definitions that this program does not accept; are both of one version?");
}

std::vector<std::string> TextsOf(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& text : list.elements()) texts.emplace_back(text.text());
  return texts;
}

// Reads the member `name`, whose members are texts.
std::optional<importing::Problem> ReadPairs(const Json& body, std::string_view name,
                                            std::vector<std::pair<std::string, std::string>>* pairs) {
  for (const auto& [key, value] : body[name].members()) {
    if (!value.is_string()) return importing::Problem{key + " must be a text", {name}};
    pairs->emplace_back(key, value.text());
  }
  return std::nullopt;
}

struct ImportKind {
  std::string_view name;
  importing::Mode mode;
  EventType opt_out;
};
constexpr auto kImportKinds = std::to_array<ImportKind>({
    {"contacts", importing::Mode::kContacts, EventType::kUnspecified},
    {"unsubscribe", importing::Mode::kOptOuts, EventType::kUnsubscribe},
    {"bounce", importing::Mode::kOptOuts, EventType::kBounce},
    {"complaint", importing::Mode::kOptOuts, EventType::kComplaint},
    {"events", importing::Mode::kEvents, EventType::kUnspecified},
});

std::optional<importing::Problem> ReadKind(std::string_view name, importing::ImportOptions* options) {
  if (name.empty()) return std::nullopt;
  const auto kind = std::ranges::find(kImportKinds, name, &ImportKind::name);
  if (kind == kImportKinds.end())
    return importing::Problem{"contacts, unsubscribe, bounce, complaint or events", {"kind"}};
  options->mode = kind->mode;
  options->opt_out = kind->opt_out;
  return std::nullopt;
}

// Rejects members that would have no effect on events.
std::optional<importing::Problem> CheckMembersOfContacts(const Json& body) {
  for (const char* name :
       {"tags", "lists", "campaigns", "consents", "empty_unsets", "update_only", "create_only", "shared"}) {
    if (!body[name].is_null())
      return importing::Problem{"of contacts only; import the file once more as contacts", {name}};
  }
  return std::nullopt;
}

// Returns an option's name as the API has it: `map: {"COLUMN": "email"}`, `timezone`.
std::string NameOf(const importing::Option& option) {
  std::string name(option.name);
  if (option.column.empty()) return name;
  name += ": ";
  JsonObject map(&name);
  map.Text(option.column, option.meaning);
  map.End();
  return name;
}

}  // namespace

Result<std::unique_ptr<OpenUpload>> OpenUpload::Open(const Source& source, const std::string& body, RunClient* run) {
  std::unique_ptr<OpenUpload> upload(new OpenUpload);
  LP_ASSIGN_OR_RETURN(upload->definitions_, DefinitionsOfRun(source.tenant, run));
  upload->options_.tenant = source.tenant;
  upload->options_.issued_at = source.issued_at;
  upload->options_.definitions = &upload->definitions_->For(source.tenant);
  LP_ASSIGN_OR_RETURN(const Json json, Json::Parse(body));
  csv::ReadOptions csv;
  const std::string_view encoding = json["encoding"].text();
  if (!encoding.empty()) csv.encoding = csv::EncodingFromName(encoding);
  const bool is_unknown = !encoding.empty() && !csv.encoding;
  LP_ASSIGN_OR_RETURN(const csv::ReadBytes whole, csv::OpenFile(source.path));
  upload->problem_ = importing::FindEncoding(whole, &csv);
  if (is_unknown) upload->problem_ = importing::Problem{"one such as windows-1252 or Shift_JIS", {"encoding"}};
  LP_ASSIGN_OR_RETURN(csv::ReadBytes read, csv::OpenFile(source.path));
  LP_ASSIGN_OR_RETURN(upload->importer_, importing::Importer::Open(std::move(read), csv, source.latest));
  if (!upload->problem_) upload->problem_ = upload->ReadOptions(json);
  if (!upload->problem_) upload->problem_ = upload->importer_->Plan(upload->options_);
  return upload;
}

std::optional<importing::Problem> OpenUpload::ReadOptions(const Json& body) {
  if (auto problem = ReadKind(body["kind"].text(), &options_)) return problem;
  if (options_.mode != importing::Mode::kContacts) {
    if (auto problem = CheckMembersOfContacts(body)) return problem;
  }
  if (auto problem = ReadPairs(body, "map", &options_.map)) return problem;
  if (auto problem = ReadPairs(body, "consents", &options_.consents)) return problem;
  options_.lead_id_column = body["lead_id"].text();
  options_.tags = TextsOf(body["tags"]);
  options_.lists = TextsOf(body["lists"]);
  options_.campaigns = TextsOf(body["campaigns"]);
  options_.empty_unsets = body["empty_unsets"].truth();
  if (body["update_only"].truth()) options_.rows_of = importing::RowsOf::kKnownLeads;
  if (body["create_only"].truth()) {
    if (body["update_only"].truth()) return importing::Problem{"with update_only it leaves no row", {"create_only"}};
    options_.rows_of = importing::RowsOf::kNewLeads;
  }
  may_share_ = body["shared"].truth();
  if (const std::string_view pattern = body["date_format"].text(); !pattern.empty()) {
    options_.times.pattern = ParseDatePattern(pattern);
    if (!options_.times.pattern) return importing::Problem{"such as DD.MM.YYYY or MM/DD/YYYY", {"date_format"}};
  }
  std::string zone(body["timezone"].text());
  options_.zone_is_said = !zone.empty();
  if (zone.empty()) zone = options_.definitions->calendar.zone_name();
  if (zone.empty()) return std::nullopt;
  return importing::LoadZone(zone, &options_.times.zone.emplace());
}

std::string InWordsOfTheApi(const importing::Problem& problem) { return importing::InWords(problem, NameOf); }

}  // namespace leadpulse::serve

#include "processor/serve/api/jobs/import_request.h"

#include <utility>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/json_object.h"
#include "processor/csv/utf8_input.h"
#include "processor/importing/plan_options.h"
#include "processor/importing/status_words.h"
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

// Returns an option's name as the API has it: `map: {"COLUMN": "email"}`, `timezone`.
std::string NameOf(const importing::Option& option) {
  std::string name(option.name);
  if (option.column.empty() && option.meaning.empty()) return name;
  name += ": ";
  if (option.column.empty()) {
    AppendJsonString(option.meaning, &name);
    return name;
  }
  JsonObject map(&name);
  if (option.name == "values") {
    const std::string_view theirs = option.theirs.empty() ? importing::kUnknownWords : option.theirs;
    JsonObject(map.Key(option.column)).Text(theirs, option.meaning);
  } else {
    map.Text(option.column, option.meaning);
  }
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
  importing::FileOptions file;
  upload->problem_ = importing::ReadFileOptions(json, &file);
  LP_ASSIGN_OR_RETURN(const csv::ReadBytes whole, csv::OpenFile(source.path));
  auto unclear = importing::FindEncoding(whole, &file.csv);
  if (!upload->problem_) upload->problem_ = std::move(unclear);
  LP_ASSIGN_OR_RETURN(csv::ReadBytes read, csv::OpenFile(source.path));
  LP_ASSIGN_OR_RETURN(upload->importer_,
                      importing::Importer::Open(std::move(read), file.csv, source.latest, file.header_line));
  if (!upload->problem_) upload->problem_ = upload->ReadOptions(json);
  if (!upload->problem_) upload->problem_ = upload->importer_->Plan(upload->options_);
  return upload;
}

std::optional<importing::Problem> OpenUpload::ReadOptions(const Json& body) {
  if (auto problem = importing::ReadImportOptions(body, &options_)) return problem;
  may_share_ = body["shared"].truth();
  const std::string& zone = options_.definitions->calendar.zone_name();
  if (!options_.zone_name.empty() || zone.empty()) return std::nullopt;
  return importing::LoadZone(zone, &options_.times.zone.emplace());
}

std::string OptionOfTheApi(const importing::Option& option) { return NameOf(option); }

std::string InWordsOfTheApi(const importing::Problem& problem) { return importing::InWords(problem, NameOf); }

}  // namespace leadpulse::serve

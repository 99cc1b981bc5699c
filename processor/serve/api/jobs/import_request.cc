#include "processor/serve/api/jobs/import_request.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>
#include <vector>

#include "config/definitions_loader.h"
#include "processor/base/assign_or_return.h"
#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/csv/utf8_input.h"
#include "processor/importing/times.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/webhooks/json.h"

namespace leadpulse::serve {
namespace {

using webhooks::Json;

Result<std::shared_ptr<const config::Definitions>> DefinitionsOfRun(const std::string& tenant, RunClient* run) {
  v1::GetDefinitions question;
  question.mutable_caller()->set_tenant_id(tenant);
  LP_ASSIGN_OR_RETURN(const auto answered, run->Definitions(question));
  if (const auto* refusal = std::get_if<RunRefusal>(&answered)) return StatusOf(*refusal);
  config::LoadedDefinitions loaded = config::LoadDefinitions(std::get<v1::DefinitionsInForce>(answered).text());
  if (loaded.definitions != nullptr) return std::move(loaded.definitions);
  return Status::Retriable("the run has definitions that this program does not accept; are both of one version?");
}

std::vector<std::string> TextsOf(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& text : list.elements()) texts.emplace_back(text.text());
  return texts;
}

// Members whose values are texts.
Result<std::vector<std::pair<std::string, std::string>>> PairsOf(const Json& object, const std::string& name) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [key, value] : object.members()) {
    if (!value.is_text()) return Status::Rejected(name + ": " + key + " must be a text");
    pairs.emplace_back(key, value.text());
  }
  return pairs;
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

Status ReadKind(std::string_view name, importing::ImportOptions* options) {
  if (name.empty()) return Status::Ok();
  const auto kind = std::ranges::find(kImportKinds, name, &ImportKind::name);
  if (kind == kImportKinds.end()) {
    return Status::Rejected("kind: contacts, unsubscribe, bounce, complaint or events");
  }
  options->mode = kind->mode;
  options->opt_out = kind->opt_out;
  return Status::Ok();
}

// What has no effect on events would seem to have one.
Status CheckMembersOfContacts(const Json& json) {
  for (const std::string_view name : {"tags", "lists", "campaigns", "consents", "empty_unsets"}) {
    if (!json[name].is_null()) {
      return Status::Rejected(Concat({name, ": of contacts only; import the file once more as contacts"}));
    }
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<OpenUpload>> OpenUpload::Open(const Source& source, const ImportBody& body, RunClient* run) {
  std::unique_ptr<OpenUpload> upload(new OpenUpload);
  LP_ASSIGN_OR_RETURN(upload->definitions_, DefinitionsOfRun(source.tenant, run));
  upload->options_.tenant = source.tenant;
  upload->options_.issued_at = source.issued_at;
  upload->options_.definitions = &upload->definitions_->For(source.tenant);
  LP_ASSIGN_OR_RETURN(csv::ReadBytes read, csv::OpenFile(source.path));
  LP_ASSIGN_OR_RETURN(upload->importer_, importing::Importer::Open(std::move(read), {}, source.latest));
  upload->planned_ = upload->ReadOptions(body);
  if (upload->planned_.ok()) upload->planned_ = upload->importer_->Plan(upload->options_);
  return upload;
}

Status OpenUpload::ReadOptions(const ImportBody& body) {
  LP_ASSIGN_OR_RETURN(const Json json, Json::Parse(body.json));
  LP_RETURN_IF_ERROR(ReadKind(json["kind"].text(), &options_));
  if (options_.mode != importing::Mode::kContacts) LP_RETURN_IF_ERROR(CheckMembersOfContacts(json));
  LP_ASSIGN_OR_RETURN(options_.map, PairsOf(json["map"], "map"));
  LP_ASSIGN_OR_RETURN(options_.consents, PairsOf(json["consents"], "consents"));
  options_.lead_id_column = json["lead_id"].text();
  options_.tags = TextsOf(json["tags"]);
  options_.lists = TextsOf(json["lists"]);
  options_.campaigns = TextsOf(json["campaigns"]);
  options_.empty_unsets = json["empty_unsets"].truth();
  if (const std::string_view pattern = json["date_format"].text(); !pattern.empty()) {
    options_.times.pattern = importing::ParseDatePattern(pattern);
    if (!options_.times.pattern) return Status::Rejected("date_format: such as DD.MM.YYYY or MM/DD/YYYY");
  }
  std::string zone(json["timezone"].text());
  options_.zone_is_said = !zone.empty();
  if (zone.empty()) zone = options_.definitions->calendar.zone_name();
  if (zone.empty()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(options_.times.zone, importing::LoadZone(zone));
  return Status::Ok();
}

}  // namespace leadpulse::serve

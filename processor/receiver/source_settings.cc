#include "processor/receiver/source_settings.h"

#include <map>
#include <utility>

#include "config/setting_texts.h"
#include "config/settings_document.h"
#include "processor/base/text.h"
#include "processor/receiver/signature_settings.h"
#include "processor/webhooks/generic_provider.h"

namespace leadpulse::receiver {
namespace {

using config::SettingsGroup;
using config::YamlEntry;
using config::YamlValue;

constexpr const char* kGeneric = "generic";
constexpr const char* kTenant = "a tenant (1 to 128 of A–Z a–z 0–9 _ . -)";
constexpr size_t kMaxIdBytes = 128;

// Characters that providers accept and proxies do not change.
bool IsPath(std::string_view text) {
  return text.size() >= 2 && text.size() <= 256 && text.front() == '/' && IsAlphanumeric(text, "/_.~-");
}

class SourceLoader {
 public:
  SourceLoader(const SettingsGroup& group, const SettingsFiles& files) : group_(group), files_(files) {}

  // nullopt after a reported error.
  std::optional<Source> Load() {
    bool right = Require("provider", "who posts") && LoadProvider();
    webhooks::ConversionOptions& options = source_.options;
    right = Require("tenant", "whose leads they are") &&
            group_.Text("tenant", kTenant, config::IsId, &options.tenant) && right;
    const auto text = [&](const char* key, const char* what, bool (*fits)(std::string_view), std::string* member) {
      if (group_.Has(key)) right = group_.Text(key, what, fits, member) && right;
    };
    text("lead_argument", "a name", nullptr, &options.lead_argument);
    text("tenant_argument", "a name", nullptr, &options.tenant_argument);
    text("campaign_argument", "a name", nullptr, &options.campaign_argument);
    right = LoadTenants() && right;
    right = LoadMachineAgents() && right;
    if (right) source_.path = "/" + options.tenant + "/" + provider_;
    text("path", "a path, such as /acme/sendgrid", IsPath, &source_.path);
    right = Require("signature", kSignatureExpected) && LoadSignature() && right;
    return right ? std::optional<Source>(std::move(source_)) : std::nullopt;
  }

 private:
  bool Require(const char* key, const char* what) const {
    if (!group_.Has(key)) group_.ReportMissing(key, what);
    return group_.Has(key);
  }

  bool LoadProvider() {
    std::vector<std::string> names;
    for (const webhooks::Provider* each : webhooks::Providers()) names.emplace_back(each->name());
    names.emplace_back(kGeneric);
    size_t index = 0;
    if (!group_.Choice("provider", names, &index)) return false;
    provider_ = names[index];
    if (provider_ == kGeneric)
      return Require("mapping", "the file that says what the sender calls its fields") && LoadMapping();
    if (const YamlEntry* mapping = group_.Find("mapping")) {
      mapping->value.Error("is used with `provider: generic` only");
      return false;
    }
    // Never destroyed.
    source_.provider = {webhooks::FindProvider(provider_), [](const webhooks::Provider*) {}};
    return true;
  }

  bool LoadMapping() {
    std::string path;
    const std::optional<std::string> text = ReadFileOf(group_, "mapping", files_, &path);
    if (!text) return false;
    webhooks::LoadedGenericProvider loaded = webhooks::LoadGenericProvider(*text);
    for (const config::DefinitionsProblem& problem : loaded.errors) {
      group_.Find("mapping")->value.Error("in that file: " + config::RenderProblem(path, "error", problem));
    }
    source_.provider = std::move(loaded.provider);
    return source_.provider != nullptr;
  }

  bool LoadMachineAgents() {
    bool only = false;
    bool right = true;
    if (const YamlEntry* entry = group_.Find("machine_agents_only")) {
      right = group_.Flag("machine_agents_only", &only);
      if (!group_.Has("machine_agents")) {
        entry->value.Error("is used with `machine_agents: FILE` only");
        return false;
      }
    }
    if (!group_.Has("machine_agents")) return right;
    std::string path;
    const std::optional<std::string> text = ReadFileOf(group_, "machine_agents", files_, &path);
    if (!text) return false;
    Result<webhooks::MachineAgents> agents =
        webhooks::MachineAgents::Read(*text, only ? webhooks::KnownAgents::kNot : webhooks::KnownAgents::kToo);
    if (!agents.ok()) {
      group_.Find("machine_agents")->value.Error("in that file: " + agents.status().message());
      return false;
    }
    source_.options.machines = *std::move(agents);
    return right;
  }

  bool LoadTenants() {
    const YamlEntry* entry = group_.Find("tenants");
    const bool wanted = group_.Has("tenant_argument");
    if (entry == nullptr) {
      if (wanted) {
        group_.ReportMissing("tenants",
                             "a list of the tenants that `tenant_argument` may name; without it a sender could name "
                             "any");
      }
      return !wanted;
    }
    if (!wanted) {
      entry->KeyError("is used with `tenant_argument` only");
      return false;
    }
    const std::optional<std::vector<YamlValue>> list = entry->value.List("a list of tenants");
    if (!list) return false;
    if (list->empty()) entry->value.Error("expected at least one tenant");
    bool right = !list->empty();
    for (const YamlValue& each : *list) {
      std::optional<std::string> tenant = each.Name("a tenant", kMaxIdBytes);
      if (tenant && !config::IsId(*tenant)) each.Error(std::string("expected ") + kTenant);
      right = right && tenant && config::IsId(*tenant);
      if (right) source_.options.tenants.push_back(*std::move(tenant));
    }
    return right;
  }

  bool LoadSignature() {
    std::optional<SignatureChecks> checks =
        LoadSignatures(group_.Find("signature")->value, provider_, source_.path, group_.environment(), files_);
    if (!checks) return false;
    source_.signatures = *std::move(checks);
    return true;
  }

  const SettingsGroup& group_;
  const SettingsFiles& files_;
  std::string provider_;  // its name in the settings
  Source source_;
};

}  // namespace

std::vector<Source> LoadSources(const YamlValue& value, const config::Environment& environment,
                                const SettingsFiles& files) {
  std::vector<Source> sources;
  const std::optional<std::vector<YamlValue>> list = value.List("a list of sources");
  if (!list) return sources;
  if (list->empty()) value.Error("expected at least one source");
  std::map<std::string, std::string> paths;
  for (const YamlValue& each : *list) {
    const std::optional<SettingsGroup> group =
        SettingsGroup::Open(each,
                            {"provider", "tenant", "path", "mapping", "lead_argument", "tenant_argument", "tenants",
                             "campaign_argument", "machine_agents", "machine_agents_only", "signature"},
                            &environment);
    if (!group) continue;
    std::optional<Source> source = SourceLoader(*group, files).Load();
    if (!source) continue;
    const auto [other, is_new] = paths.emplace(source->path, each.path());
    if (!is_new) each.Error("has the path of " + other->second + "; give one of them another `path`");
    sources.push_back(*std::move(source));
  }
  return sources;
}

}  // namespace leadpulse::receiver

#include "processor/receiver/source_settings.h"

#include <algorithm>
#include <map>
#include <utility>

#include "config/setting_texts.h"
#include "config/settings_group.h"
#include "processor/webhooks/generic_provider.h"

namespace leadpulse::receiver {
namespace {

using config::SettingsGroup;
using config::YamlEntry;
using config::YamlKind;
using config::YamlValue;

constexpr const char* kGeneric = "generic";
constexpr const char* kSignature =
    "`signature: {secret: …}` with the key that the provider shows, or `signature: none`, and then everybody who finds "
    "the path can post";
// By the order of SignatureScheme.
const std::vector<std::string> kSchemes = {"provider", "basic", "header", "hmac"};

// What a provider can be told, and a proxy passes on as it is.
bool IsPath(std::string_view text) {
  return text.size() >= 2 && text.size() <= 256 && text.front() == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  std::string_view("/_.~-").find(c) != std::string_view::npos;
         });
}

class SourceLoader {
 public:
  SourceLoader(const YamlValue& value, const SettingsGroup& group, const FileReader& read_file)
      : value_(value), group_(group), read_file_(read_file) {}

  // Nothing: something is wrong, and reported.
  std::optional<Source> Load();

 private:
  bool Require(const char* key, const char* what) const {
    if (!group_.Has(key)) group_.ReportMissing(key, what);
    return group_.Has(key);
  }
  bool LoadProvider();
  bool LoadMapping();
  bool LoadMachineAgents();
  bool LoadSignature();
  bool LoadKey(const YamlValue& value, webhooks::SignatureKey* key) const;
  bool LoadSecret(const SettingsGroup& group, std::string* secret) const;
  bool LoadTopics(const SettingsGroup& group, std::vector<std::string>* topics) const;

  const YamlValue& value_;
  const SettingsGroup& group_;
  const FileReader& read_file_;
  std::string provider_;  // its name in the settings
  Source source_;
};

std::optional<Source> SourceLoader::Load() {
  bool right = Require("provider", "who posts") && LoadProvider();
  webhooks::ConversionOptions& options = source_.options;
  right = Require("tenant", "whose leads they are") &&
          group_.Text("tenant", "a tenant (1 to 128 of A–Z a–z 0–9 _ . -)", config::IsId, &options.tenant) && right;
  const auto text = [&](const char* key, const char* what, bool (*fits)(std::string_view), std::string* member) {
    if (group_.Has(key)) right = group_.Text(key, what, fits, member) && right;
  };
  text("lead_argument", "a name", nullptr, &options.lead_argument);
  text("tenant_argument", "a name", nullptr, &options.tenant_argument);
  text("campaign_argument", "a name", nullptr, &options.campaign_argument);
  right = LoadMachineAgents() && right;
  if (right) source_.path = "/" + options.tenant + "/" + provider_;
  text("path", "a path, such as /acme/sendgrid", IsPath, &source_.path);
  right = Require("signature", kSignature) && LoadSignature() && right;
  return right ? std::optional<Source>(std::move(source_)) : std::nullopt;
}

bool SourceLoader::LoadProvider() {
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
  // They live as long as the program.
  source_.provider = {webhooks::FindProvider(provider_), [](const webhooks::Provider*) {}};
  return true;
}

bool SourceLoader::LoadMapping() {
  std::string path;
  if (!group_.Text("mapping", "a path", nullptr, &path)) return false;
  const YamlValue& value = group_.Find("mapping")->value;
  const Result<std::string> text = read_file_(path);
  if (!text.ok()) {
    value.Error(text.status().message());
    return false;
  }
  webhooks::LoadedGenericProvider loaded = webhooks::LoadGenericProvider(*text);
  for (const config::DefinitionsProblem& problem : loaded.errors) {
    value.Error("in that file: " + config::RenderProblem(path, "error", problem));
  }
  source_.provider = std::move(loaded.provider);
  return source_.provider != nullptr;
}

bool SourceLoader::LoadMachineAgents() {
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
  if (!group_.Text("machine_agents", "a path", nullptr, &path)) return false;
  const YamlValue& value = group_.Find("machine_agents")->value;
  const Result<std::string> text = read_file_(path);
  if (!text.ok()) {
    value.Error(text.status().message());
    return false;
  }
  Result<webhooks::MachineAgents> agents =
      webhooks::MachineAgents::Read(*text, only ? webhooks::KnownAgents::kNot : webhooks::KnownAgents::kToo);
  if (!agents.ok()) {
    value.Error("in that file: " + agents.status().message());
    return false;
  }
  source_.options.machines = *std::move(agents);
  return right;
}

bool SourceLoader::LoadSignature() {
  const YamlValue& value = group_.Find("signature")->value;
  if (value.node().kind == YamlKind::kScalar && value.node().text == "none") {
    value.Warning("posts of this source are not checked: everybody who finds the path can post");
    return true;
  }
  if (value.node().kind != YamlKind::kMap) {
    // Not what stands there: it may be the secret.
    value.Error(std::string("expected ") + kSignature);
    return false;
  }
  webhooks::SignatureKey key;
  if (!LoadKey(value, &key) || provider_.empty()) return false;
  key.source = source_.path;
  Result<std::unique_ptr<webhooks::SignatureCheck>> check = webhooks::MakeSignatureCheck(provider_, key);
  if (!check.ok()) {
    value.Error(check.status().message());
    return false;
  }
  source_.signature = std::move(*check);
  return true;
}

bool SourceLoader::LoadKey(const YamlValue& value, webhooks::SignatureKey* key) const {
  const std::optional<SettingsGroup> group = SettingsGroup::Open(
      value, {"secret", "secret_file", "scheme", "header", "url", "topics", "max_age"}, &group_.environment());
  if (!group) return false;
  bool right = LoadSecret(*group, &key->secret) && LoadTopics(*group, &key->topics);
  if (group->Has("header")) right = group->Text("header", "a header's name", nullptr, &key->header) && right;
  if (group->Has("url")) right = group->Text("url", "a URL", nullptr, &key->url) && right;
  if (group->Has("scheme")) {
    size_t scheme = 0;
    right = group->Choice("scheme", kSchemes, &scheme) && right;
    key->scheme = static_cast<webhooks::SignatureScheme>(scheme);
  }
  if (group->Has("max_age")) {
    Millis age{0};
    right = group->Duration("max_age", std::chrono::seconds(1), std::chrono::hours(24 * 30), &age) && right;
    key->max_age = age;
  }
  return right;
}

bool SourceLoader::LoadSecret(const SettingsGroup& group, std::string* secret) const {
  if (group.Has("secret") == group.Has("secret_file")) {
    group.ReportMissing("secret", "exactly one of `secret` and `secret_file`");
    return false;
  }
  if (group.Has("secret")) {
    config::Secret read;
    const bool right = group.SecretText("secret", &read);
    *secret = read.Reveal();
    return right;
  }
  std::string path;
  if (!group.Text("secret_file", "a path", nullptr, &path)) return false;
  Result<std::string> text = read_file_(path);
  if (!text.ok()) {
    group.Find("secret_file")->value.Error(text.status().message());
    return false;
  }
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  *secret = *std::move(text);
  return true;
}

bool SourceLoader::LoadTopics(const SettingsGroup& group, std::vector<std::string>* topics) const {
  const YamlEntry* entry = group.Find("topics");
  if (entry == nullptr) return true;
  const std::optional<std::vector<YamlValue>> list = entry->value.List("a list of TopicArns");
  if (!list) return false;
  bool right = true;
  for (const YamlValue& each : *list) {
    std::optional<std::string> topic = each.Name("a TopicArn", 1024);
    right = right && topic.has_value();
    if (topic) topics->push_back(*std::move(topic));
  }
  return right;
}

}  // namespace

std::vector<Source> LoadSources(const YamlValue& value, const config::Environment& environment,
                                const FileReader& read_file) {
  std::vector<Source> sources;
  const std::optional<std::vector<YamlValue>> list = value.List("a list of sources");
  if (!list) return sources;
  if (list->empty()) value.Error("expected at least one source");
  std::map<std::string, std::string> paths;
  for (const YamlValue& each : *list) {
    const std::optional<SettingsGroup> group =
        SettingsGroup::Open(each,
                            {"provider", "tenant", "path", "mapping", "lead_argument", "tenant_argument",
                             "campaign_argument", "machine_agents", "machine_agents_only", "signature"},
                            &environment);
    if (!group) continue;
    std::optional<Source> source = SourceLoader(each, *group, read_file).Load();
    if (!source) continue;
    const auto [other, is_new] = paths.emplace(source->path, each.path());
    if (!is_new) each.Error("has the path of " + other->second + "; give one of them another `path`");
    sources.push_back(*std::move(source));
  }
  return sources;
}

}  // namespace leadpulse::receiver

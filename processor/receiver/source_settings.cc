#include "processor/receiver/source_settings.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/setting_texts.h"
#include "config/settings_document.h"
#include "processor/base/text.h"
#include "processor/webhooks/generic_provider.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::receiver {
namespace {

using config::SettingsGroup;
using config::YamlEntry;
using config::YamlKind;
using config::YamlValue;

constexpr const char* kSignatureExpected =
    "`signature: {secret: …}` with the key that the provider shows, or `signature: none`, and then everybody who finds "
    "the path can post";

// Shorter secrets can be guessed by trying.
constexpr size_t kMinSecretBytes = 16;

// See Source::signatures.
using SignatureChecks = std::vector<webhooks::SignatureCheck>;

// By the order of SignatureScheme.
const std::vector<std::string> kSchemes = {"provider", "basic", "header", "hmac"};
const std::vector<std::string> kShortSecret = {"refuse", "accept"};

constexpr const char* kReadableFile = "that file can be read by others than its owner: chmod 600";

// One of the two secrets: where it stands, and what it is.
struct FoundSecret {
  const YamlEntry* entry = nullptr;
  std::string path;  // where its file is; empty: the secret is in the settings
  std::string text;
};

class SignatureLoader {
 public:
  SignatureLoader(const SettingsGroup& group, const YamlValue& value, std::string_view provider,
                  const std::string& path, const SettingsFiles& files)
      : group_(group), value_(value), provider_(provider), files_(files) {
    key_.source = path;
  }

  // nullopt after a reported error.
  std::optional<SignatureChecks> Load() {
    const config::ProblemLog& log = value_.log();
    const size_t errors = log.error_count();
    LoadKey();
    size_t accept_short = 0;
    group_.Choice("short_secret", kShortSecret, &accept_short);
    if (group_.Has("secret") == group_.Has("secret_file")) {
      group_.ReportMissing("secret", "exactly one of `secret` and `secret_file`");
      return std::nullopt;
    }
    const bool has_previous = group_.Has("previous_secret") || group_.Has("previous_secret_file");
    if (group_.Has("previous_secret") && group_.Has("previous_secret_file")) {
      group_.Find("previous_secret_file")->KeyError("stands beside `previous_secret`: remove one");
      return std::nullopt;
    }
    const std::optional<FoundSecret> secret = LoadSecret("secret");
    std::optional<FoundSecret> previous;
    if (has_previous) previous = LoadSecret("previous_secret");
    if (log.full() || log.error_count() != errors || !secret || provider_.empty()) return std::nullopt;
    if (previous && previous->text == secret->text) {
      previous->entry->value.Error("is the same as the secret that replaces it");
      return std::nullopt;
    }
    AddCheck(*secret, accept_short == 1);
    if (previous) AddCheck(*previous, true);
    return log.error_count() == errors ? std::optional(std::move(checks_)) : std::nullopt;
  }

 private:
  void LoadKey() {
    LoadTopics();
    group_.Text("header", "a header's name", nullptr, &key_.header);
    group_.Text("url", "a URL", nullptr, &key_.url);
    size_t scheme = 0;
    if (group_.Choice("scheme", kSchemes, &scheme)) key_.scheme = static_cast<webhooks::SignatureScheme>(scheme);
    Millis age{0};
    if (group_.Duration("max_age", std::chrono::seconds(1), std::chrono::hours(24 * 30), &age)) key_.max_age = age;
  }

  void LoadTopics() {
    const YamlEntry* entry = group_.Find("topics");
    if (entry == nullptr) return;
    const std::optional<std::vector<YamlValue>> list = entry->value.List("a list of TopicArns");
    for (const YamlValue& each : list.value_or(std::vector<YamlValue>())) {
      std::optional<std::string> topic = each.Name("a TopicArn", 1024);
      if (topic) key_.topics.push_back(*std::move(topic));
    }
  }

  // `name` or `name`_file. nullopt if neither is given, or after a reported error.
  std::optional<FoundSecret> LoadSecret(const std::string& name) {
    FoundSecret found;
    found.entry = group_.Find(name);
    if (found.entry != nullptr) {
      config::Secret read;
      if (!group_.SecretText(name, &read)) return std::nullopt;
      found.text = read.Reveal();
      return found;
    }
    found.entry = group_.Find(name + "_file");
    std::optional<std::string> text = ReadFileOf(group_, name + "_file", files_, &found.path);
    if (!text) return std::nullopt;
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    found.text = *std::move(text);
    return found;
  }

  void AddCheck(const FoundSecret& secret, bool accept_short) {
    webhooks::SignatureKey key = key_;
    key.secret = secret.text;
    Result<webhooks::SignatureCheck> check = webhooks::MakeSignatureCheck(provider_, key);
    if (!check.ok()) return value_.Error(check.status().message());
    checks_.push_back(std::move(*check));
    const std::optional<size_t> bytes = webhooks::SecretBytes(provider_, key);
    if (!bytes) return;  // a public key: anybody may read it
    WarnOfReaders(secret);
    if (*bytes >= kMinSecretBytes) return;
    const std::string least =
        "is shorter than " + std::to_string(kMinSecretBytes) + " bytes, and can be found by trying";
    if (accept_short) {
      secret.entry->value.Warning(least + ": let the provider use a longer one, as of `openssl rand -hex 16`");
    } else {
      secret.entry->value.Error(least +
                                ": take a longer one, as of `openssl rand -hex 16`, and give this one as "
                                "`previous_secret` until the provider uses the other; or say `short_secret: accept`");
    }
  }

  void WarnOfReaders(const FoundSecret& secret) const {
    const YamlValue& value = secret.entry->value;
    if (!secret.path.empty()) {
      if (files_.others_can_read(secret.path)) value.Warning(kReadableFile);
    } else if (value.node().text.find("${") == std::string::npos && files_.others_can_read("")) {
      value.Warning(
          "this file can be read by others than its owner: chmod 600, or take the secret from the environment with "
          "${NAME}");
    }
  }

  const SettingsGroup& group_;
  const YamlValue& value_;
  const std::string_view provider_;
  const SettingsFiles& files_;
  webhooks::SignatureKey key_;
  SignatureChecks checks_;
};

// `provider`: its name in the settings; empty if that was wrong and reported. `path`: the source's. nullopt after a
// reported error.
std::optional<SignatureChecks> LoadSignatures(const YamlValue& value, std::string_view provider,
                                              const std::string& path, const config::Environment& environment,
                                              const SettingsFiles& files) {
  if (value.node().kind == YamlKind::kScalar && value.node().text == "none") {
    value.Warning("posts of this source are not checked: everybody who finds the path can post");
    return SignatureChecks();
  }
  if (value.node().kind != YamlKind::kMap) {
    // The message does not quote the value, which may be the secret.
    value.Error(std::string("expected ") + kSignatureExpected);
    return std::nullopt;
  }
  const std::optional<SettingsGroup> group =
      SettingsGroup::Open(value,
                          {"secret", "secret_file", "previous_secret", "previous_secret_file", "short_secret", "scheme",
                           "header", "url", "topics", "max_age"},
                          &environment);
  return group ? SignatureLoader(*group, value, provider, path, files).Load() : std::nullopt;
}

constexpr const char* kGeneric = "generic";
constexpr const char* kTenant = "a tenant (1 to 128 of A–Z a–z 0–9 _ . -)";
constexpr size_t kMaxIdBytes = 128;

// Characters that providers accept and proxies do not change.
bool IsPath(std::string_view text) {
  return text.size() >= 2 && text.size() <= 256 && text.front() == '/' && IsAlphanumeric(text, "/_.~-");
}

class SourceLoader {
 public:
  SourceLoader(const SettingsGroup& group, const SettingsFiles& files, const config::ProblemLog& log)
      : group_(group), files_(files), log_(log) {}

  // nullopt after a reported error.
  std::optional<Source> Load() {
    const size_t errors = log_.error_count();
    webhooks::ConversionOptions& options = source_.options;
    if (Require("provider", "who posts")) LoadProvider();
    if (Require("tenant", "whose leads they are")) group_.Text("tenant", kTenant, config::IsId, &options.tenant);
    group_.Text("lead_argument", "a name", nullptr, &options.lead_argument);
    group_.Text("tenant_argument", "a name", nullptr, &options.tenant_argument);
    group_.Text("campaign_argument", "a name", nullptr, &options.campaign_argument);
    LoadTenants();
    LoadMachineAgents();
    if (log_.error_count() == errors) source_.path = "/" + options.tenant + "/" + provider_;
    group_.Text("path", "a path, such as /acme/sendgrid", IsPath, &source_.path);
    const bool is_right = log_.error_count() == errors;
    if (!Require("signature", kSignatureExpected)) return std::nullopt;
    std::optional<SignatureChecks> checks =
        LoadSignatures(group_.Find("signature")->value, provider_, source_.path, group_.environment(), files_);
    if (!is_right || !checks) return std::nullopt;
    source_.signatures = *std::move(checks);
    return std::move(source_);
  }

 private:
  bool Require(const char* key, const char* what) const {
    if (!group_.Has(key)) group_.ReportMissing(key, what);
    return group_.Has(key);
  }

  void LoadProvider() {
    std::vector<std::string> names;
    for (const webhooks::Provider& each : webhooks::Providers()) names.emplace_back(each.name());
    names.emplace_back(kGeneric);
    size_t index = 0;
    if (!group_.Choice("provider", names, &index)) return;
    provider_ = names[index];
    if (provider_ == kGeneric) {
      if (Require("mapping", "the file that says what the sender calls its fields")) LoadMapping();
      return;
    }
    if (const YamlEntry* mapping = group_.Find("mapping")) {
      return mapping->value.Error("is used with `provider: generic` only");
    }
    // A static object: lives until the program ends.
    source_.provider = {webhooks::FindProvider(provider_), [](const webhooks::Provider*) {}};
  }

  void LoadMapping() {
    std::string path;
    const std::optional<std::string> text = ReadFileOf(group_, "mapping", files_, &path);
    if (!text) return;
    webhooks::LoadedGenericProvider loaded = webhooks::LoadGenericProvider(*text);
    for (const config::DefinitionsProblem& problem : loaded.errors) {
      group_.Find("mapping")->value.Error("in that file: " + config::RenderProblem(path, "error", problem));
    }
    source_.provider = std::move(loaded.provider);
  }

  void LoadMachineAgents() {
    bool only = false;
    group_.Flag("machine_agents_only", &only);
    if (!group_.Has("machine_agents")) {
      const YamlEntry* entry = group_.Find("machine_agents_only");
      if (entry != nullptr) entry->value.Error("is used with `machine_agents: FILE` only");
      return;
    }
    std::string path;
    const std::optional<std::string> text = ReadFileOf(group_, "machine_agents", files_, &path);
    if (!text) return;
    Result<bots::MachineAgents> agents =
        bots::MachineAgents::Read(*text, only ? bots::KnownAgents::kNot : bots::KnownAgents::kToo);
    if (!agents.ok()) {
      return group_.Find("machine_agents")->value.Error("in that file: " + agents.status().message());
    }
    source_.options.machines = *std::move(agents);
  }

  void LoadTenants() {
    const YamlEntry* entry = group_.Find("tenants");
    const bool wanted = group_.Has("tenant_argument");
    if (entry == nullptr && wanted) {
      group_.ReportMissing("tenants",
                           "a list of the tenants that `tenant_argument` may name; without it a sender could name any");
    }
    if (entry == nullptr) return;
    if (!wanted) return entry->KeyError("is used with `tenant_argument` only");
    const std::optional<std::vector<YamlValue>> list = entry->value.List("a list of tenants");
    if (!list) return;
    if (list->empty()) entry->value.Error("expected at least one tenant");
    for (const YamlValue& each : *list) {
      std::optional<std::string> tenant = each.Name("a tenant", kMaxIdBytes);
      if (tenant && !config::IsId(*tenant)) each.Error(std::string("expected ") + kTenant);
      if (tenant) source_.options.tenants.push_back(*std::move(tenant));
    }
  }

  const SettingsGroup& group_;
  const SettingsFiles& files_;
  const config::ProblemLog& log_;
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
    std::optional<Source> source = SourceLoader(*group, files, value.log()).Load();
    if (!source) continue;
    const auto [other, is_new] = paths.emplace(source->path, each.path());
    if (!is_new) each.Error("has the path of " + other->second + "; give one of them another `path`");
    sources.push_back(*std::move(source));
  }
  return sources;
}

}  // namespace leadpulse::receiver

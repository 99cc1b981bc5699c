#include "processor/receiver/source_settings.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/setting_texts.h"
#include "config/settings_reader.h"
#include "processor/base/text.h"
#include "processor/receiver/settings_table.h"
#include "processor/webhooks/generic_provider.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::receiver {
namespace {

using config::ReportMissing;
using config::SettingsReader;
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

constexpr std::string_view kSignature = "sources[].signature.";

constexpr const char* kReadableFile = "that file can be read by others than its owner: chmod 600";

// One of the two secrets: where it stands, and what it is.
struct FoundSecret {
  const YamlEntry* entry = nullptr;
  std::string path;  // where its file is; empty: the secret is in the settings
  std::string text;
};

class SignatureLoader {
 public:
  // Takes as `value` the map `signature`, which `reader` has read into `values`. `path`: the source's.
  SignatureLoader(const SettingsReader& reader, const SourceValues& values, const YamlValue& value,
                  const std::string& path, const SettingsFiles& files)
      : reader_(reader), values_(values), value_(value), files_(files), key_(values.key) {
    key_.source = path;
    if (Find("max_age") != nullptr) key_.max_age = values.max_age;
  }

  // Returns nullopt after a reported error.
  std::optional<SignatureChecks> Load() {
    const config::ProblemLog& log = value_.log();
    const size_t errors = log.error_count();
    LoadTopics();
    if (Has("secret") == Has("secret_file")) {
      ReportMissing(value_, "secret", "exactly one of `secret` and `secret_file`");
      return std::nullopt;
    }
    if (Has("previous_secret") && Has("previous_secret_file")) {
      Find("previous_secret_file")->KeyError("stands beside `previous_secret`: remove one");
      return std::nullopt;
    }
    const std::optional<FoundSecret> secret = LoadSecret("secret", values_.secret, values_.secret_file);
    const std::optional<FoundSecret> previous =
        LoadSecret("previous_secret", values_.previous_secret, values_.previous_secret_file);
    if (log.full() || log.error_count() != errors || !reader_.AreRight(kSignature) || !secret ||
        values_.provider.empty()) {
      return std::nullopt;
    }
    if (previous && previous->text == secret->text) {
      previous->entry->value.Error("is the same as the secret that replaces it");
      return std::nullopt;
    }
    AddCheck(*secret, values_.accepts_short_secret);
    if (previous) AddCheck(*previous, true);
    secret_ = secret->text;
    return log.error_count() == errors ? std::optional(std::move(checks_)) : std::nullopt;
  }

  // Returns the current secret after Load.
  const std::string& secret() const { return secret_; }

 private:
  const YamlEntry* Find(std::string_view key) const { return reader_.Find(Concat({kSignature, key})); }
  bool Has(std::string_view key) const { return Find(key) != nullptr; }

  void LoadTopics() {
    const YamlEntry* entry = Find("topics");
    if (entry == nullptr) return;
    const std::optional<std::vector<YamlValue>> list = entry->value.List("a list of TopicArns");
    for (const YamlValue& each : list.value_or(std::vector<YamlValue>())) {
      std::optional<std::string> topic = each.Name("a TopicArn", 1024);
      if (topic) key_.topics.push_back(*std::move(topic));
    }
  }

  // Returns the setting `key`, or the file at `path` that `key`_file names. nullopt if neither is given, or after a
  // reported error.
  std::optional<FoundSecret> LoadSecret(const std::string& key, const config::Secret& given,
                                        const std::string& path) const {
    const std::string name = Concat({kSignature, key});
    if (const YamlEntry* entry = reader_.Find(name)) {
      return reader_.IsRight(name) ? std::optional(FoundSecret{entry, "", given.Reveal()}) : std::nullopt;
    }
    std::optional<std::string> text = ReadFileOf(reader_, name + "_file", path, files_);
    if (!text) return std::nullopt;
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    return FoundSecret{reader_.Find(name + "_file"), path, *std::move(text)};
  }

  void AddCheck(const FoundSecret& secret, bool accept_short) {
    webhooks::SignatureKey key = key_;
    key.secret = secret.text;
    Result<webhooks::SignatureCheck> check = webhooks::MakeSignatureCheck(values_.provider, key);
    if (!check.ok()) return value_.Error(check.status().message());
    checks_.push_back(std::move(*check));
    const std::optional<size_t> bytes = webhooks::SecretBytes(values_.provider, key);
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

  const SettingsReader& reader_;
  const SourceValues& values_;
  const YamlValue& value_;
  const SettingsFiles& files_;
  webhooks::SignatureKey key_;
  std::string secret_;
  SignatureChecks checks_;
};

constexpr size_t kMaxIdBytes = 128;

class SourceLoader {
 public:
  SourceLoader(const YamlValue& value, const config::Environment& environment, const SettingsFiles& files)
      : value_(value),
        files_(files),
        log_(value.log()),
        reader_(SourceTable(&values_), environment, &value.log(), value.path(), "sources[]") {}

  // Returns nullopt after a reported error.
  std::optional<Source> Load() {
    if (!reader_.ReadGroup(value_)) return std::nullopt;
    const size_t errors = log_.error_count();
    if (Require("provider", "who posts") && reader_.IsRight("sources[].provider")) LoadProvider();
    Require("tenant", "whose leads they are");
    LoadTenants();
    LoadMachineAgents();
    const bool is_right = log_.error_count() == errors && reader_.AreRight("");
    const webhooks::ConversionOptions& options = values_.options;
    source_.path = values_.path.empty() ? "/" + options.tenant + "/" + values_.provider : values_.path;
    if (!Require("signature", kSignatureExpected)) return std::nullopt;
    std::optional<SignatureChecks> checks = LoadSignatures(Find("signature")->value);
    if (!is_right || !checks) return std::nullopt;
    source_.options = std::move(values_.options);
    source_.signatures = *std::move(checks);
    return std::move(source_);
  }

 private:
  const YamlEntry* Find(std::string_view key) const { return reader_.Find(Concat({"sources[].", key})); }

  bool Require(const char* key, const char* what) const {
    if (Find(key) != nullptr) return true;
    ReportMissing(value_, key, what);
    return false;
  }

  void LoadProvider() {
    if (values_.provider == kGeneric) {
      if (Require("mapping", "the file that says what the sender calls its fields")) LoadMapping();
      return;
    }
    if (const YamlEntry* mapping = Find("mapping")) {
      return mapping->value.Error("is used with `provider: generic` only");
    }
    // A static object: lives until the program ends.
    source_.provider = {webhooks::FindProvider(values_.provider), [](const webhooks::Provider*) {}};
  }

  void LoadMapping() {
    const std::optional<std::string> text = ReadFileOf(reader_, "sources[].mapping", values_.mapping, files_);
    if (!text) return;
    webhooks::LoadedGenericProvider loaded = webhooks::LoadGenericProvider(*text);
    for (const config::DefinitionsProblem& problem : loaded.errors) {
      Find("mapping")->value.Error("in that file: " + config::RenderProblem(values_.mapping, "error", problem));
    }
    source_.provider = std::move(loaded.provider);
  }

  void LoadMachineAgents() {
    if (Find("machine_agents") == nullptr) {
      const YamlEntry* entry = Find("machine_agents_only");
      if (entry != nullptr) entry->value.Error("is used with `machine_agents: FILE` only");
      return;
    }
    const std::optional<std::string> text =
        ReadFileOf(reader_, "sources[].machine_agents", values_.machine_agents, files_);
    if (!text) return;
    Result<bots::MachineAgents> agents = bots::MachineAgents::Read(
        *text, values_.machine_agents_only ? bots::KnownAgents::kNot : bots::KnownAgents::kToo);
    if (!agents.ok()) {
      return Find("machine_agents")->value.Error("in that file: " + agents.status().message());
    }
    values_.options.machines = *std::move(agents);
  }

  void LoadTenants() {
    const YamlEntry* entry = Find("tenants");
    const bool wanted = Find("tenant_argument") != nullptr;
    if (entry == nullptr && wanted) {
      ReportMissing(value_, "tenants",
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
      if (tenant) values_.options.tenants.push_back(*std::move(tenant));
    }
  }

  // Returns nullopt after a reported error.
  std::optional<SignatureChecks> LoadSignatures(const YamlValue& value) {
    if (value.node().kind == YamlKind::kScalar && value.node().text == "none") {
      if (SignsChallenges()) return value.Refuse("its mapping signs challenges; give it `scheme: hmac` and a secret");
      if (source_.provider != nullptr && source_.provider->traits().erases) {
        return value.Refuse(
            "its mapping erases leads, and everybody who finds the path could do so; give it a signature");
      }
      value.Warning("posts of this source are not checked: everybody who finds the path can post");
      return SignatureChecks();
    }
    if (value.node().kind != YamlKind::kMap) {
      // The message does not quote the value, which may be the secret.
      value.Error(std::string("expected ") + kSignatureExpected);
      return std::nullopt;
    }
    if (!reader_.ReadGroup(value)) return std::nullopt;
    SignatureLoader loader(reader_, values_, value, source_.path, files_);
    std::optional<SignatureChecks> checks = loader.Load();
    if (checks && SignsChallenges() && !KeepChallengeSecret(value, loader.secret())) return std::nullopt;
    return checks;
  }

  bool SignsChallenges() const {
    return source_.provider != nullptr && webhooks::NeedsSecret(source_.provider->traits().challenge_answer);
  }

  bool KeepChallengeSecret(const YamlValue& value, const std::string& secret) {
    if (values_.key.scheme != webhooks::SignatureScheme::kBodyHmac) {
      value.Error("its mapping signs challenges, which takes `scheme: hmac`");
      return false;
    }
    source_.challenge_secret = secret;
    return true;
  }

  const YamlValue& value_;
  const SettingsFiles& files_;
  const config::ProblemLog& log_;
  SourceValues values_;
  SettingsReader reader_;
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
    std::optional<Source> source = SourceLoader(each, environment, files).Load();
    if (!source) continue;
    const auto [other, is_new] = paths.emplace(source->path, each.path());
    if (!is_new) each.Error("has the path of " + other->second + "; give one of them another `path`");
    sources.push_back(*std::move(source));
  }
  return sources;
}

}  // namespace leadpulse::receiver

#include "processor/receiver/signature_settings.h"

#include <utility>

#include "config/settings_document.h"


namespace leadpulse::receiver {
namespace {

using config::SettingsGroup;
using config::YamlEntry;
using config::YamlKind;
using config::YamlValue;

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

  std::optional<SignatureChecks> Load() {
    bool right = LoadKey();
    size_t accept_short = 0;
    if (group_.Has("short_secret")) right = group_.Choice("short_secret", kShortSecret, &accept_short) && right;
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
    if (!right || !secret || (has_previous && !previous) || provider_.empty()) return std::nullopt;
    if (previous && previous->text == secret->text) {
      previous->entry->value.Error("is the same as the secret that replaces it");
      return std::nullopt;
    }
    right = AddCheck(*secret, accept_short == 1);
    if (previous) right = AddCheck(*previous, true) && right;
    return right ? std::optional<SignatureChecks>(std::move(checks_)) : std::nullopt;
  }

 private:
  bool LoadKey() {
    bool right = LoadTopics();
    if (group_.Has("header")) right = group_.Text("header", "a header's name", nullptr, &key_.header) && right;
    if (group_.Has("url")) right = group_.Text("url", "a URL", nullptr, &key_.url) && right;
    if (group_.Has("scheme")) {
      size_t scheme = 0;
      right = group_.Choice("scheme", kSchemes, &scheme) && right;
      key_.scheme = static_cast<webhooks::SignatureScheme>(scheme);
    }
    if (group_.Has("max_age")) {
      Millis age{0};
      right = group_.Duration("max_age", std::chrono::seconds(1), std::chrono::hours(24 * 30), &age) && right;
      key_.max_age = age;
    }
    return right;
  }

  bool LoadTopics() {
    const YamlEntry* entry = group_.Find("topics");
    if (entry == nullptr) return true;
    const std::optional<std::vector<YamlValue>> list = entry->value.List("a list of TopicArns");
    if (!list) return false;
    bool right = true;
    for (const YamlValue& each : *list) {
      std::optional<std::string> topic = each.Name("a TopicArn", 1024);
      right = right && topic.has_value();
      if (topic) key_.topics.push_back(*std::move(topic));
    }
    return right;
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

  bool AddCheck(const FoundSecret& secret, bool accept_short) {
    webhooks::SignatureKey key = key_;
    key.secret = secret.text;
    Result<std::unique_ptr<webhooks::SignatureCheck>> check = webhooks::MakeSignatureCheck(provider_, key);
    if (!check.ok()) {
      value_.Error(check.status().message());
      return false;
    }
    checks_.push_back(std::move(*check));
    const std::optional<size_t> bytes = webhooks::SecretBytes(provider_, key);
    if (!bytes) return true;  // a public key: anybody may read it
    WarnOfReaders(secret);
    if (*bytes >= kMinSecretBytes) return true;
    const std::string least =
        "is shorter than " + std::to_string(kMinSecretBytes) + " bytes, and can be found by trying";
    if (accept_short) {
      secret.entry->value.Warning(least + ": let the provider use a longer one, as of `openssl rand -hex 16`");
    } else {
      secret.entry->value.Error(least +
                                ": take a longer one, as of `openssl rand -hex 16`, and give this one as "
                                "`previous_secret` until the provider uses the other; or say `short_secret: accept`");
    }
    return accept_short;
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

}  // namespace

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
  if (!group) return std::nullopt;
  return SignatureLoader(*group, value, provider, path, files).Load();
}

}  // namespace leadpulse::receiver

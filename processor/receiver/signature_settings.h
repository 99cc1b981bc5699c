// The group `signature` of a source in the settings.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings_document.h"
#include "config/yaml_reader.h"
#include "processor/receiver/receiver_settings.h"
#include "processor/webhooks/signature.h"

namespace leadpulse::receiver {

inline constexpr const char* kSignatureExpected =
    "`signature: {secret: …}` with the key that the provider shows, or `signature: none`, and then everybody who finds "
    "the path can post";

// Shorter secrets can be guessed by trying.
inline constexpr size_t kMinSecretBytes = 16;

// See Source::signatures.
using SignatureChecks = std::vector<std::shared_ptr<webhooks::SignatureCheck>>;

// `provider`: its name in the settings; empty if that was wrong and reported. `path`: the source's. nullopt if
// something is wrong; it is reported.
std::optional<SignatureChecks> LoadSignatures(const config::YamlValue& value, std::string_view provider,
                                              const std::string& path, const config::Environment& environment,
                                              const SettingsFiles& files);

}  // namespace leadpulse::receiver

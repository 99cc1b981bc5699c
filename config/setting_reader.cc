#include "config/setting_reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "config/client_settings.h"
#include "config/expanded_scalar.h"
#include "config/units.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

// Reads a scalar whose text is final. False: it does not fit, and the value's log says why.
struct ScalarReader {
  const Setting& setting;
  const YamlValue& value;
  Settings* settings;

  bool operator()(const FlagSetting& kind) const { return Keep(value.Boolean(), &kind.member(*settings)); }
  bool operator()(const IntegerSetting& kind) const {
    const std::optional<int64_t> read = value.Integer(kind.low, kind.high);
    if (read) kind.set(*settings, *read);
    return read.has_value();
  }
  bool operator()(const ShareSetting& kind) const {
    const std::optional<double> read = ParseNumber(value.node().text);
    return KeepBounded(read, kind.low, kind.high, "", &kind.member(*settings));
  }
  bool operator()(const DurationSetting& kind) const {
    const std::optional<Millis> read = ParsePreciseDuration(value.node().text);
    return KeepBounded(read, kind.low, kind.high, ", such as 100ms, 10s or 5m", &kind.member(*settings));
  }
  bool operator()(const BytesSetting& kind) const {
    const std::optional<uint64_t> read = ParseBytes(value.node().text);
    return KeepBounded(read, kind.low, kind.high, ", such as 64MiB or 2GiB", &kind.member(*settings));
  }
  bool operator()(const TextSetting& kind) const {
    std::optional<std::string> read = value.Name(kind.what, kMaxSettingTextBytes);
    if (read && kind.fits != nullptr && !kind.fits(*read)) return Misfit("");
    return Keep(std::move(read), &kind.member(*settings));
  }
  bool operator()(const SecretSetting& kind) const {
    const std::optional<std::string> read = value.Name("a secret", kMaxSettingTextBytes);
    if (!read || read->size() < kind.least_bytes) return Misfit("");
    kind.member(*settings) = Secret(*read);
    return true;
  }
  bool operator()(const ChoiceSetting& kind) const {
    const std::vector<std::string> names(kind.names.begin(), kind.names.end());
    const std::optional<size_t> read = value.Choice("one of these", names);
    if (read) kind.set(*settings, *read);
    return read.has_value();
  }
  bool operator()(const ClientMapSetting&) const { return Misfit(""); }

  template <typename T>
  bool Keep(std::optional<T> read, T* member) const {
    if (!read) return false;
    *member = *std::move(read);
    return true;
  }
  template <typename Read, typename Bound, typename T>
  bool KeepBounded(const std::optional<Read>& read, Bound low, Bound high, std::string_view hint, T* member) const {
    if (!read || *read < low || *read > high) return Misfit(hint);
    *member = *read;
    return true;
  }
  bool Misfit(std::string_view hint) const {
    value.Error("expected " + DescribeKind(setting) + std::string(hint) + ", found " + Quoted(value.node().text));
    return false;
  }
};

bool ReadScalar(const Setting& setting, const YamlValue& value, const Environment& environment, Settings* settings) {
  const bool secret = std::holds_alternative<SecretSetting>(setting.kind);
  return ReadExpanded(value, environment, DescribeKind(setting), secret, [&](const YamlValue& final_value) {
    return std::visit(ScalarReader{setting, final_value, settings}, setting.kind);
  });
}

// As all of librdkafka's are; what is something else may be `sasl.password:hunter2`, where a space is missing.
bool IsClientSettingName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
  });
}

bool ReadClientSetting(const YamlEntry& entry, const Environment& environment, ClientSettings* client) {
  if (const std::optional<std::string> why = WhyClientSettingIsRefused(entry.key)) {
    entry.KeyError("this setting of librdkafka is not taken: " + *why);
    return false;
  }
  if (entry.value.node().kind != YamlKind::kScalar) {
    entry.value.Error("expected a text, found " + std::string(KindName(entry.value.node().kind)));
    return false;
  }
  const std::optional<Substitution> substitution = Expand(entry.value, environment);
  if (!substitution) return false;
  (*client)[entry.key] = substitution->text;
  return true;
}

bool ReadClientMap(const ClientMapSetting& kind, const YamlValue& value, const Environment& environment,
                   Settings* settings) {
  const std::optional<std::vector<YamlEntry>> entries = value.Entries("a map from librdkafka's names to values");
  if (!entries) return false;
  bool good = true;
  for (const YamlEntry& entry : *entries) {
    if (IsClientSettingName(entry.key)) {
      good = ReadClientSetting(entry, environment, &kind.member(*settings)) && good;
    } else {
      value.log().Error(entry.key_offset, value.path(), "expected `name: value`; names have a–z 0–9 . _ only");
      good = false;
    }
  }
  return good;
}

}  // namespace

bool ReadSetting(const Setting& setting, const YamlValue& value, const Environment& environment, Settings* settings) {
  const auto* map = std::get_if<ClientMapSetting>(&setting.kind);
  const YamlKind wanted = map != nullptr ? YamlKind::kMap : YamlKind::kScalar;
  if (value.node().kind != wanted) {
    value.Error("expected " + DescribeKind(setting) + ", found " + std::string(KindName(value.node().kind)));
    return false;
  }
  if (map != nullptr) return ReadClientMap(*map, value, environment, settings);
  return ReadScalar(setting, value, environment, settings);
}

}  // namespace leadpulse::config

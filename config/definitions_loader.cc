#include "config/definitions_loader.h"

#include <xxhash.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "config/problem_log.h"
#include "config/setting_texts.h"
#include "config/source_text.h"
#include "config/tenant_loader.h"
#include "config/yaml_reader.h"
#include "config/yaml_tree.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"

namespace leadpulse::config {
namespace {

constexpr std::string_view kAnyTenant = "*";
constexpr std::string_view kTenants = "tenants";

std::vector<std::string> RootKeys() { return {std::string(kTenants)}; }

void LoadTenants(const YamlValue& value, const RulesInForce& in_force, Definitions* definitions) {
  const std::optional<std::vector<YamlEntry>> tenants = value.Entries("a map from tenants to their definitions");
  if (!tenants) return;
  ScoringPool scorings;
  for (const YamlEntry& entry : *tenants) {
    if (value.log().full()) return;
    if (entry.key != kAnyTenant && !IsNameOf(entry.key, kMaxTenantIdBytes)) {
      entry.KeyError("a tenant is \"*\" or 1 to 128 characters of A–Z a–z 0–9 _ . -");
    }
    definitions->tenants[entry.key] = LoadTenant(entry, in_force, &scorings);
  }
}

// Reports that `tenants` is missing, as the only error: everything else is below this key.
void ReportNoTenants(const std::vector<YamlEntry>& entries, ProblemLog* log) {
  for (const YamlEntry& entry : entries) {
    const std::string meant = DidYouMean(entry.key, RootKeys());
    if (entry.key == kTenants || meant.empty()) continue;
    return entry.KeyError("the key `tenants` is missing; unknown key " + Quoted(entry.key) + meant);
  }
  log->Error(std::nullopt, "", "the key `tenants` is missing");
}

void LoadRoot(const YamlNode& root, const RulesInForce& in_force, ProblemLog* log, Definitions* definitions) {
  constexpr std::string_view kWhat = "a map with the key `tenants`";
  const YamlValue value(&root, root.offset, "", log);
  const std::optional<std::vector<YamlEntry>> entries = value.Entries(kWhat);
  if (!entries) return;
  const auto tenants = std::find_if(entries->begin(), entries->end(), [](const YamlEntry& entry) {
    return entry.key == kTenants && !entry.value.IsNull();
  });
  if (tenants == entries->end()) return ReportNoTenants(*entries, log);
  for (const YamlEntry& entry : *entries) {
    if (entry.key != kTenants) entry.KeyError(UnknownKey(entry.key, RootKeys()));
  }
  LoadTenants(tenants->value, in_force, definitions);
}

// Loads the definitions, without the fallback from the defaults that they need if the text has no "*".
std::shared_ptr<Definitions> Load(std::string_view text, const RulesInForce& in_force, ProblemLog* log) {
  auto definitions = std::make_shared<Definitions>();
  definitions->version = VersionOfText(text);
  definitions->text = text;
  const YamlTree tree = ParseYaml(text);
  for (const YamlFault& fault : tree.faults) log->Error(fault.offset, "", fault.message);
  if (tree.root) {
    LoadRoot(*tree.root, in_force, log, definitions.get());
  } else if (!log->has_errors()) {
    log->Error(std::nullopt, "", "the file is empty; the key `tenants` is missing");
  }
  if (const auto any = definitions->tenants.find(kAnyTenant); any != definitions->tenants.end()) {
    definitions->fallback = any->second;
  }
  definitions->IndexTenants();
  return definitions;
}

}  // namespace

std::string VersionOfText(std::string_view text) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx",
                static_cast<unsigned long long>(XXH3_64bits(text.data(), text.size())));
  return digits;
}

LoadedDefinitions LoadDefinitions(std::string_view yaml, const RulesInForce& in_force) {
  const SourceText source(yaml);
  ProblemLog log(&source);
  std::shared_ptr<Definitions> definitions = Load(yaml, in_force, &log);
  LoadedDefinitions loaded;
  if (!log.has_errors()) {
    if (definitions->fallback == nullptr) definitions->fallback = DefaultDefinitions()->fallback;
    loaded.definitions = std::move(definitions);
  }
  loaded.errors = log.TakeErrors();
  loaded.warnings = log.TakeWarnings();
  return loaded;
}

std::vector<std::string> NewWarnings(std::string_view tenant, const LoadedDefinitions& before,
                                     const LoadedDefinitions& after) {
  const std::string above = Concat({kTenants, ".", tenant, "."});
  std::vector<std::string> warnings;
  for (const DefinitionsProblem& warning : after.warnings) {
    const bool was_there = std::ranges::any_of(before.warnings, [&warning](const DefinitionsProblem& other) {
      return other.path == warning.path && other.message == warning.message;
    });
    if (was_there) continue;
    const size_t skipped = warning.path.starts_with(above) ? above.size() : 0;
    warnings.push_back(Concat({std::string_view(warning.path).substr(skipped), ": ", warning.message}));
  }
  return warnings;
}

std::shared_ptr<const Definitions> DefaultDefinitions() {
  static const auto& defaults = *new std::shared_ptr<const Definitions>([] {
    const SourceText source(DefaultDefinitionsText());
    ProblemLog log(&source);
    std::shared_ptr<Definitions> definitions = Load(source.text(), RulesInForce(), &log);
    LP_ASSERT(!log.has_errors() && definitions->fallback != nullptr);
    definitions->text.clear();
    return definitions;
  }());
  return defaults;
}

std::string RenderProblem(std::string_view file, std::string_view severity, const DefinitionsProblem& problem) {
  std::string text(file);
  if (problem.line > 0) text += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
  text += ": " + std::string(severity) + ": ";
  if (!problem.path.empty()) text += problem.path + ": ";
  text += problem.message;
  if (!problem.excerpt.empty()) text += "\n" + problem.excerpt;
  return text;
}

}  // namespace leadpulse::config

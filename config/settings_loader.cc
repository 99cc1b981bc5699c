#include "config/settings_loader.h"

#include <utility>

#include "config/problem_log.h"
#include "config/settings_checks.h"
#include "config/settings_reader.h"
#include "config/source_text.h"

namespace leadpulse::config {

LoadedSettings LoadSettings(std::string_view yaml, const Environment& environment) {
  const SourceText source(yaml);
  ProblemLog log(&source);
  Settings settings;
  ReadSettingsDocument(yaml, "`leadpulse run --help-config` lists what it may hold", &log, [&](const YamlNode& root) {
    SettingsReader reader(SettingGroups(&settings), environment, &log);
    reader.ReadGroup(YamlValue(&root, root.offset, "", &log));
    reader.ReportMissing();
    CheckSettings(settings, reader.given(), &log);
  });
  LoadedSettings loaded;
  if (!log.has_errors()) loaded.settings = std::move(settings);
  loaded.errors = log.TakeErrors();
  loaded.warnings = log.TakeWarnings();
  return loaded;
}

void LoadClientGroups(const YamlEntry& kafka, const YamlEntry* formats, const std::string& group,
                      const Environment& environment, KafkaSettings* kafka_settings, FormatSettings* format_settings) {
  Settings settings;
  ProblemLog* const log = &kafka.value.log();
  SettingsReader reader(SettingGroups(&settings), environment, log, group + ".");
  reader.ReadEntry(kafka);
  if (formats != nullptr) reader.ReadEntry(*formats);
  reader.ReportMissing("kafka.");  // another program needs no other group
  CheckClientSettings(settings, reader.given(), log);
  *kafka_settings = std::move(settings.kafka);
  *format_settings = settings.formats;
}

}  // namespace leadpulse::config

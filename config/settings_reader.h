// Reads a file's settings into the members of a table (settings_table.h), and knows afterwards which ones were given,
// for checks between them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings_document.h"
#include "config/settings_table.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

struct GivenSetting {
  uint32_t offset = 0;                  // where its key is in the file
  bool right = false;                   // its value is valid
  std::optional<YamlEntry> entry = {};  // nullopt: a group around it is no map
};
// The settings in the file, by name.
using GivenSettings = std::map<std::string_view, GivenSetting>;

// Each mistake is reported at its place, and the member keeps its default. Secrets and values from the environment are
// never quoted. A key without a value counts as missing.
class SettingsReader {
 public:
  // Keeps `environment` and the log, which outlive this. The names of the table begin with `table_beginning` where the
  // paths in the file begin with `file_beginning`: `sources[]` and `sources[3]`.
  SettingsReader(std::vector<SettingGroup> table, const Environment& environment, ProblemLog* log,
                 std::string file_beginning = "", std::string table_beginning = "")
      : table_(std::move(table)),
        environment_(environment),
        log_(log),
        file_beginning_(std::move(file_beginning)),
        table_beginning_(std::move(table_beginning)) {}

  // Reads a map of settings and groups. False: it is no map, which is reported.
  bool ReadGroup(const YamlValue& value);
  // Reads one setting or group.
  void ReadEntry(const YamlEntry& entry);
  // Reports the required settings that are missing and whose names begin so, each at the innermost of its groups that
  // the file has.
  void ReportMissing(std::string_view beginning = "") const;

  const GivenSettings& given() const { return given_; }
  // Returns a setting or group; null if it is missing.
  const YamlEntry* Find(std::string_view name) const;
  bool Has(std::string_view name) const { return Find(name) != nullptr; }
  // Whether the setting is there, with a valid value.
  bool IsRight(std::string_view name) const;
  // Whether no setting has a wrong value whose name begins so.
  bool AreRight(std::string_view beginning) const;
  // Returns the value of a group that is a map; null if the file has none.
  const YamlValue* Group(std::string_view name) const;

 private:
  struct GivenGroup {
    YamlEntry entry;
    bool is_map = false;
  };

  // Returns the keys that the group at `name` may have, in the order of the table.
  std::vector<std::string> KeysOf(const std::string& name) const;
  // Returns the value's name in the table.
  std::string NameOf(const YamlValue& value) const;
  const Setting* SettingAt(std::string_view name) const;
  // Marks every setting in the group as given and wrong, so that it is not reported as missing.
  void MarkAsWrong(const YamlValue& group);

  const std::vector<SettingGroup> table_;
  const Environment& environment_;
  ProblemLog* const log_;
  const std::string file_beginning_, table_beginning_;
  GivenSettings given_;
  std::map<std::string, GivenGroup, std::less<>> groups_;  // those in the file
};

}  // namespace leadpulse::config

#include "processor/maintenance/rebuild_record.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "processor/base/field_reader.h"
#include "processor/base/text.h"
#include "processor/files/output_file.h"

namespace leadpulse::maintenance {
namespace {

// Persisted: never change one.
constexpr char kFile[] = "leadpulse-rebuild.txt";
constexpr char kTorn[] = ".tmp";  // the suffix of a ReplacedFile that is not complete
constexpr std::string_view kRecordForm = "leadpulse rebuild, form 1\n";
constexpr std::array<std::string_view, 4> kStages = {"unfinished", "finished", "swapping", "swapped"};

std::string RecordPath(const std::string& folder) { return (std::filesystem::path(folder) / kFile).string(); }

// Takes `name value` and the line end off the front of a text.
bool TakeLine(std::string_view name, std::string_view* text, std::string* value) {
  const size_t end = text->find('\n');
  const std::string_view line = text->substr(0, end);
  if (end == std::string_view::npos || !line.starts_with(name) || line.substr(name.size(), 1) != " ") return false;
  *value = line.substr(name.size() + 1);
  text->remove_prefix(end + 1);
  return true;
}

bool Parse(std::string_view text, RebuildRecord* record) {
  if (!text.starts_with(kRecordForm)) return false;
  text.remove_prefix(kRecordForm.size());
  std::string stage;
  std::string ids;
  if (!TakeLine("stage", &text, &stage) || !TakeLine("live", &text, &record->live) ||
      !TakeLine("kept", &text, &record->kept) || !TakeLine("ids", &text, &ids) || !text.empty()) {
    return false;
  }
  const auto* const found = std::ranges::find(kStages, stage);
  if (found == kStages.end()) return false;
  record->stage = static_cast<RebuildStage>(found - kStages.begin());
  FieldReader fields(ids);
  return fields.Next(&record->live_id) && fields.Next(&record->rebuilt_id) && fields.Done();
}

}  // namespace

std::string RebuiltState(const std::string& folder) { return (std::filesystem::path(folder) / "state").string(); }
std::string RebuiltOutput(const std::string& folder) { return (std::filesystem::path(folder) / "output").string(); }

Result<std::optional<RebuildRecord>> ReadRebuildRecord(const std::string& folder) {
  const std::string path = RecordPath(folder);
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return std::optional<RebuildRecord>();
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  RebuildRecord record;
  if (file && Parse(text, &record)) return std::optional(std::move(record));
  return Status::Fatal(path + " cannot be read, is damaged or was written by a later version of this program. Begin " +
                       "the rebuild again in another folder.");
}

Status RemoveTornRebuildRecord(const std::string& folder) {
  const std::string torn = RecordPath(folder) + kTorn;
  std::error_code error;
  std::filesystem::remove(torn, error);
  return error ? Status::Fatal(torn + " cannot be removed: " + error.message()) : Status::Ok();
}

Status WriteRebuildRecord(const std::string& folder, const RebuildRecord& record) {
  if ((record.live + record.kept).find('\n') != std::string::npos) {
    return Status::Rejected("the path of the state has a line break in it; rename its folder");
  }
  LP_ASSIGN_OR_RETURN(auto file, files::ReplacedFile::Create(RecordPath(folder), /*sync=*/true));
  LP_RETURN_IF_ERROR(file->Append(
      Concat({kRecordForm, "stage ", kStages[static_cast<size_t>(record.stage)], "\nlive ", record.live, "\nkept ",
              record.kept, "\nids ", std::to_string(record.live_id), " ", std::to_string(record.rebuilt_id), "\n"})));
  return file->Commit();
}

}  // namespace leadpulse::maintenance

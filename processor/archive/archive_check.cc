#include "processor/archive/archive_check.h"

#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "processor/archive/archive_layout.h"
#include "processor/archive/segment_journal.h"
#include "processor/base/assert.h"

namespace leadpulse::archive {
namespace {

// A segment may end after the folder was listed and before its journal is read.
constexpr int kTries = 5;

class ArchiveCheck {
 public:
  explicit ArchiveCheck(std::string folder) : folder_(std::move(folder)) {}

  // Returns the report. Retriable: the folder changed during the check.
  Result<ArchiveReport> Run() {
    LP_ASSIGN_OR_RETURN(ArchiveListing listing, ListArchive(folder_));
    if (listing.manifests.empty() && listing.journals.empty()) {
      return Status::Rejected(folder_ + " holds no archive: it has no manifest, such as " + SegmentName(1) +
                              kManifestEnding + ", which would say what lies there");
    }
    for (const auto& [number, path] : listing.manifests) {
      if (last_ && number != *last_ + 1) {
        Problem(SegmentName(*last_ + 1) + (number > *last_ + 2 ? " to " + SegmentName(number - 1) : "") +
                kManifestEnding + " is missing");
      }
      last_ = number;
      LP_RETURN_IF_ERROR(Segment(number, path));
    }
    for (const auto& [number, path] : listing.journals) {
      if (last_ && number <= *last_) continue;  // it has just ended
      open_ = number;
      LP_RETURN_IF_ERROR(Journal(path));
    }
    for (const std::string& name : listing.files) {
      const std::string own = name.substr(name.rfind('/') + 1);
      if (named_.contains(name) || (open_ && own.starts_with(SegmentName(*open_)))) continue;
      Problem(name + " is in no manifest");
    }
    return report_;
  }

 private:
  void Problem(std::string text) { report_.problems.push_back(std::move(text)); }

  Status Segment(uint64_t number, const std::string& path) {
    ++report_.segments;
    const Result<v1::ArchiveManifest> manifest = ReadManifest(path, number);
    if (!manifest.ok() && manifest.status().kind() != ErrorKind::kRejected) return manifest.status();
    if (!manifest.ok()) {
      Problem(manifest.status().message());
      return Status::Ok();
    }
    const std::string name = SegmentName(number) + kManifestEnding;
    for (const v1::ArchivedPlace& place : manifest->places()) Place(name, place);
    for (const v1::ArchivedFile& file : manifest->files()) LP_RETURN_IF_ERROR(CheckFile(file));
    return Status::Ok();
  }

  void Place(const std::string& name, const v1::ArchivedPlace& place) {
    const PlaceKey key = KeyOf(place);
    if (const Status status = AddSegment(place, &positions_); !status.ok()) {
      Problem(name + ": " + status.message());
      positions_.erase(key);
      LP_ASSERT(AddSegment(place, &positions_).ok());  // a new place has no position yet
    }
    const auto [known, is_new] = report_.places.try_emplace(key);
    CheckedPlace& checked = known->second;
    if (is_new) checked.from = place.from();
    checked.until = place.until();
    checked.records += place.records();
    checked.aside += place.aside();
    for (const v1::ArchivedRange& range : place.deleted()) {
      Problem(OffsetsText(range.from(), range.until()) + " of " + NameOf(key) +
              " are missing: the topic's retention deleted them before they were archived");
    }
  }

  Status CheckFile(const v1::ArchivedFile& file) {
    named_.insert(file.name());
    const Result<FileDigest> digest = DigestFile(folder_ + "/" + file.name());
    if (!digest.ok() && digest.status().kind() == ErrorKind::kFatal) return digest.status();
    if (!digest.ok()) {
      Problem(file.name() + " is missing");
      return Status::Ok();
    }
    report_.bytes += digest->bytes;
    if (digest->bytes != file.bytes()) {
      Problem(file.name() + " has " + std::to_string(digest->bytes) + " bytes, and " + std::to_string(file.bytes()) +
              " were written");
    } else if (digest->hash != file.hash()) {
      Problem(file.name() + " is not what was written: its hash is another one");
    }
    return Status::Ok();
  }

  Status Journal(const std::string& path) {
    report_.open = true;
    SegmentPlaces places;
    std::optional<std::string> broken;
    LP_ASSIGN_OR_RETURN(const auto extent, ReadJournal(path, [&](const v1::ArchiveEntry& entry) {
                          const Status status = broken ? Status::Ok() : places.Add(entry);
                          if (!status.ok()) broken = status.message();
                          return Status::Ok();
                        }));
    const std::string name = path.substr(path.rfind('/') + 1);
    if (broken) Problem(name + ": " + *broken);
    if (extent.damaged) {
      Problem(name + " is damaged behind byte " + std::to_string(extent.whole) +
              "; the next `leadpulse archive` reads what was there from the topics again");
    }
    for (const auto& [key, place] : places.places()) Place(name, place);
    return Status::Ok();
  }

  const std::string folder_;
  ArchiveReport report_;
  ArchivedPositions positions_;
  std::optional<uint64_t> last_, open_;
  std::set<std::string> named_;  // files that a manifest names
};

}  // namespace

Result<ArchiveReport> CheckArchive(const std::string& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return Status::Rejected(folder + " is no folder. Give the one that `leadpulse archive --to` fills.");
  }
  for (int left = kTries;; --left) {
    Result<ArchiveReport> report = ArchiveCheck(folder).Run();
    if (report.ok() || report.status().kind() != ErrorKind::kRetriable || left == 0) return report;
  }
}

}  // namespace leadpulse::archive

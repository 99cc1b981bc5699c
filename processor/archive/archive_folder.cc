#include "processor/archive/archive_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <map>
#include <optional>
#include <set>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/base/durability.h"
#include "processor/base/durable_files.h"
#include "processor/files/input/byte_sink.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::archive {
namespace {

constexpr std::array<const char*, 3> kEndings{".pb.zst", ".jsonl.zst", ".jsonl.zst"};  // by ArchiveTarget

std::string NameOfFile(uint64_t segment, ArchiveTarget target) {
  const std::string name = SegmentName(segment) + kEndings[static_cast<size_t>(target)];
  return target == ArchiveTarget::kQuarantine ? std::string(kQuarantineFolder) + "/" + name : name;
}

class SegmentWriter {
 public:
  SegmentWriter(std::string folder, uint64_t segment, ArchiveRouter* router)
      : folder_(std::move(folder)), segment_(segment), router_(router) {}

  Status Add(const v1::ArchiveEntry& entry) {
    LP_RETURN_IF_ERROR(places_.Add(entry));
    for (const v1::ArchivedRecord& record : entry.records()) {
      piece_.clear();
      const ArchiveTarget target = router_->File(record, &piece_);
      if (target == ArchiveTarget::kQuarantine) ++quarantine_[KeyOf(record)];
      LP_RETURN_IF_ERROR(Write(target));
    }
    return Status::Ok();
  }

  Result<v1::ArchiveManifest> Finish() {
    v1::ArchiveManifest manifest;
    manifest.set_segment(segment_);
    for (auto& [target, file] : files_) {
      LP_RETURN_IF_ERROR(file.sink->Close());
      const std::string name = NameOfFile(segment_, target);
      const std::string path = folder_ + "/" + name;
      LP_RETURN_IF_ERROR(MoveDurably(path + kUnfinishedEnding, path));
      LP_RETURN_IF_ERROR(SyncDirectory(DirectoryOf(path)));
      CrashPoint("archive_file");
      LP_ASSIGN_OR_RETURN(const FileDigest digest, DigestFile(path));
      v1::ArchivedFile* told = manifest.add_files();
      told->set_name(name);
      told->set_bytes(digest.bytes);
      told->set_records(file.records);
      told->set_hash(digest.hash);
    }
    for (const auto& [key, place] : places_.places()) {
      v1::ArchivedPlace* told = manifest.add_places();
      *told = place;
      told->set_aside(quarantine_[key]);
      told->set_records(place.records() - quarantine_[key]);
    }
    return manifest;
  }

 private:
  struct OpenFile {
    std::unique_ptr<input::ByteSink> sink;
    uint64_t records = 0;
  };

  Status Write(ArchiveTarget target) {
    OpenFile& file = files_[target];
    if (file.sink == nullptr) {
      const std::string path = folder_ + "/" + NameOfFile(segment_, target);
      LP_RETURN_IF_ERROR(CreateDirectory(DirectoryOf(path)));
      LP_ASSIGN_OR_RETURN(std::unique_ptr<input::ByteSink> made, input::MakeFileSink(path + kUnfinishedEnding));
      file.sink = input::Compress(input::Compression::kZstd, std::move(made));
    }
    ++file.records;
    return file.sink->Write(piece_);
  }

  const std::string folder_;
  const uint64_t segment_;
  ArchiveRouter* const router_;
  SegmentPlaces places_;
  std::map<ArchiveTarget, OpenFile> files_;
  std::map<PlaceKey, uint64_t> quarantine_;
  std::string piece_;
};

// Writes the records of a segment's journal as compressed files under their final names, durably. Keeps the journal and
// does not yet write the manifest. A repeated call replaces the files. Rejected: the journal has a gap.
Result<v1::ArchiveManifest> WriteSegmentFiles(const std::string& folder, uint64_t segment, const std::string& journal,
                                              ArchiveRouter* router) {
  SegmentWriter writer(folder, segment, router);
  LP_ASSIGN_OR_RETURN(const auto read,
                      ReadJournal(journal, [&](const v1::ArchiveEntry& entry) { return writer.Add(entry); }));
  if (read.behind > 0) {
    return Status::Fatal(journal + " is damaged behind byte " + std::to_string(read.whole) +
                         ". Start again: what is behind it is then cut off and read from the topics again.");
  }
  return writer.Finish();
}

bool IsOfArchive(const std::string& name) { return name == kQuarantineFolder; }

Status Remove(const std::string& path) {
  return unlink(path.c_str()) == 0 ? Status::Ok() : FileFailure(path, "removed");
}

std::set<PlaceKey> PlacesOf(const v1::ArchiveEntry& entry) {
  std::set<PlaceKey> keys;
  for (const auto& record : entry.records()) keys.insert(KeyOf(record));
  for (const auto& range : entry.reached()) keys.insert(KeyOf(range));
  for (const auto& range : entry.deleted()) keys.insert(KeyOf(range));
  return keys;
}

}  // namespace

Result<std::unique_ptr<ArchiveFolder>> ArchiveFolder::Open(const std::string& path, ArchiveRouter* router) {
  LP_RETURN_IF_ERROR(CreateDirectory(path));
  FileDescriptor locked(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!locked.is_open()) return FileFailure("folder " + path, "opened");
  if (flock(locked.get(), LOCK_EX | LOCK_NB) != 0) {
    return Status::Retriable("another process archives to " + path + "; give each a folder of its own");
  }
  std::unique_ptr<ArchiveFolder> folder(new ArchiveFolder(path, std::move(locked), router));
  LP_RETURN_IF_ERROR(folder->TakeOver());
  return folder;
}

Status ArchiveFolder::TakeOver() {
  LP_ASSIGN_OR_RETURN(const ArchiveListing listing, ListArchive(path_));
  if (listing.empty()) LP_RETURN_IF_ERROR(CheckHoldsNothingElse());
  for (const std::string& path : listing.unfinished) LP_RETURN_IF_ERROR(Remove(path));
  LP_RETURN_IF_ERROR(TakeManifests(listing));
  for (const auto& [number, path] : listing.journals) {
    if (number <= segment_) LP_RETURN_IF_ERROR(Remove(path));  // its manifest exists, so it has ended
  }
  const bool open = listing.journals.contains(segment_ + 1);
  const std::string next = SegmentName(segment_ + 1);
  for (const std::string& name : listing.files) {
    const std::string own = name.substr(name.rfind('/') + 1);
    if (own < next || (open && own.starts_with(next))) continue;
    return Status::Rejected(path_ + "/" + name +
                            " has no manifest, so nobody knows what is in it. Put the manifest back, " +
                            "or move the file out of the archive");
  }
  if (!open) return Status::Ok();
  ++segment_;
  LP_RETURN_IF_ERROR(OpenJournal());
  return places_.ended() ? FinishSegment() : Status::Ok();
}

// Rejects a folder with other files: a run on the folder would read those, too.
Status ArchiveFolder::CheckHoldsNothingElse() const {
  const Result<std::optional<std::string>> other = FindOtherFile(path_, IsOfArchive);
  if (!other.ok() || !*other) return other.status();
  return Status::Rejected(path_ + " holds no archive but other files, such as `" + **other +
                          "`; give a folder that is empty or not there yet");
}

Status ArchiveFolder::TakeManifests(const ArchiveListing& listing) {
  for (const auto& [number, path] : listing.manifests) {
    if (segment_ != 0 && number != segment_ + 1) {
      return Status::Rejected("segment " + SegmentName(segment_ + 1) + " of " + path_ +
                              " is missing; put it back, or move away all before " + SegmentName(number));
    }
    segment_ = number;
    LP_ASSIGN_OR_RETURN(const v1::ArchiveManifest manifest, ReadManifest(path, number));
    for (const v1::ArchivedPlace& place : manifest.places()) {
      if (const Status status = AddSegment(place, &positions_); !status.ok()) {
        return Status::Rejected(path + ": " + status.message() + ". `leadpulse archive check` says all that is wrong");
      }
    }
  }
  return Status::Ok();
}

Status ArchiveFolder::OpenJournal() {
  places_ = {};
  LP_ASSIGN_OR_RETURN(journal_, SegmentJournal::Open(PathOf(kJournalEnding), [this](const v1::ArchiveEntry& entry) {
                        return places_.Add(entry);
                      }));
  for (const auto& [key, place] : places_.places()) {
    const auto known = positions_.find(key);
    if (known != positions_.end() && known->second.next != place.from()) {
      return Status::Rejected(journal_->path() + " does not begin where the segment before it ends");
    }
  }
  TakePositions();
  return Status::Ok();
}

void ArchiveFolder::TakePositions() {
  for (const auto& [key, place] : places_.places()) Advance(place, &positions_[key]);
}

Status ArchiveFolder::Append(v1::ArchiveEntry entry) {
  if (journal_ == nullptr) {
    ++segment_;
    LP_RETURN_IF_ERROR(OpenJournal());
  }
  for (const PlaceKey& key : PlacesOf(entry)) {
    if (places_.places().contains(key)) continue;
    LP_ASSERT(positions_.contains(key));
    v1::ArchivedRange* begun = entry.add_begun();
    begun->set_topic(key.topic);
    begun->set_partition(key.partition);
    begun->set_from(positions_[key].next);
  }
  if (const Status status = places_.Add(entry); !status.ok()) {
    return Status::Fatal("what the topics gave does not follow from what is archived: " + status.message());
  }
  LP_RETURN_IF_ERROR(journal_->Append(entry));
  dirty_ = true;
  TakePositions();
  return Status::Ok();
}

Status ArchiveFolder::Sync() {
  if (!dirty_) return Status::Ok();
  LP_RETURN_IF_ERROR(journal_->Sync());
  dirty_ = false;
  return Status::Ok();
}

// Marks the end in the journal first. After an interruption, the next start repeats the rest with the same entries.
Status ArchiveFolder::EndSegment() {
  if (journal_ == nullptr) return Status::Ok();
  v1::ArchiveEntry end;
  end.set_ended(true);
  LP_RETURN_IF_ERROR(journal_->Append(end));
  LP_RETURN_IF_ERROR(journal_->Sync());
  CrashPoint("archive_ended");
  return FinishSegment();
}

Status ArchiveFolder::FinishSegment() {
  LP_ASSIGN_OR_RETURN(const v1::ArchiveManifest manifest,
                      WriteSegmentFiles(path_, segment_, journal_->path(), router_));
  LP_RETURN_IF_ERROR(WriteManifest(PathOf(kManifestEnding), manifest));
  CrashPoint("archive_manifest");
  LP_RETURN_IF_ERROR(Remove(journal_->path()));
  LP_RETURN_IF_ERROR(SyncDirectory(path_));
  uint64_t records = 0, bytes = 0;
  for (const v1::ArchivedFile& file : manifest.files()) {
    records += file.records();
    bytes += file.bytes();
  }
  telemetry::LogInfo("segment " + SegmentName(segment_) + " has ended: " + std::to_string(records) + " records, " +
                     std::to_string(bytes) + " bytes");
  journal_.reset();
  dirty_ = false;
  return Status::Ok();
}

}  // namespace leadpulse::archive

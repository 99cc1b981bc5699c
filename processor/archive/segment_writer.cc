#include "processor/archive/segment_writer.h"

#include <array>
#include <map>
#include <memory>
#include <utility>

#include "processor/archive/archive_layout.h"
#include "processor/archive/segment_journal.h"
#include "processor/archive/segment_places.h"
#include "processor/base/assign_or_return.h"
#include "processor/base/crash_point.h"
#include "processor/base/durability.h"
#include "processor/base/durable_files.h"
#include "processor/files/input/byte_sink.h"

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

}  // namespace

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

}  // namespace leadpulse::archive

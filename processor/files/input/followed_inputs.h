// Files and folders that a run reads as they grow, as one stream of batches.
//
// Each file is a lane, whose records come in their order. Rounds determine the order between lanes. A round examines
// the files, then reads each one that has grown, up to the size seen: folders and files in the given order, the files
// of a folder by name. The files of a folder are examined from the last name to the first. So no lane blocks another,
// and data that a program wrote to one file before it began a later one is read first.
//
// A restart needs only the position in each file; the rest is read in rounds again.
//
// A file that is renamed, removed, cut off or replaced (rotated) goes on being read until it has been quiet for a
// while, before the next one of its name. It is known by its inode while the run has it open, and after a restart by
// its inode and by the hash of what was read, also as a copy or compressed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/input/batch.h"
#include "processor/files/input/file_events.h"
#include "processor/files/input/followed_file.h"
#include "processor/files/input/input_list.h"
#include "processor/files/input/input_reader.h"
#include "processor/files/input/prefix_hash.h"
#include "state/store/lead_reader.h"

namespace leadpulse::input {

struct FollowOptions {
  // A file that has not grown for this time counts as ended: a last line without its line end is a record, an
  // incomplete compressed file ends early. Longer than the pauses of a copy over a network.
  std::chrono::milliseconds quiet{30'000};
  bool sync = true;              // false: names of new files are not made durable; for tests
  bool may_be_missing = false;   // a given file that is missing is waited for, if its folder exists
  FollowedDisk* disk = nullptr;  // null: the real one
};

// The followed inputs of a run. Owned and called by one thread at a time. Memory: about a kilobyte for each file, and
// kMaxOpen readers.
class FollowedInputs : public InputList {
 public:
  // The most open files: those that grew last, which are also examined most often. Fewer compressed files, because zstd
  // may take 128 MiB for each.
  static constexpr size_t kMaxOpen = 64;
  static constexpr size_t kMaxOpenCompressed = 4;
  // The most earlier files of a name that are still read; beyond it the oldest ends.
  static constexpr size_t kMaxBefore = 8;

  // Opens files and folders. Rejected for standard input, a path that is not an input, and a folder given twice. A
  // folder may be empty.
  static Result<std::unique_ptr<FollowedInputs>> Open(const std::vector<std::string>& paths,
                                                      const FollowOptions& options);

  Status Resume(const state::MetaReader& kept, const std::atomic<bool>& stop) override;

  // Fills a batch. Waits for a short time if nothing has grown. end_of_input: there are new files, which Extend adds.
  // Logs a warning if the rest of a rotated file is lost. Fatal if a folder or the disk cannot be read.
  Status Fill(Batch* batch) override;

  // Returns true: followed inputs have no end.
  Result<bool> Extend(const state::MetaReader& kept) override;

  // Returns nullopt: followed inputs have no size.
  std::optional<uint64_t> stored_size() const override { return std::nullopt; }

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Lane {
    uint32_t input = 0;
    size_t given = 0;  // index of its path among the given ones
    std::string path;  // where the file is: after a rotation not that of the input
    Compression compression = Compression::kNone;
    SeenFile seen;
    uint64_t done = 0;  // stored bytes read
    Time grown_at;
    bool gone = false;        // its name is gone
    bool held = false;        // not begun: has several names
    bool cut_off = false;     // no longer has the bytes that were read
    bool warned = false;      // has said that something else stands at its path
    bool unfinished = false;  // ends inside a record, or is compressed and not whole
    bool ending = false;      // was quiet: read as if it did not grow any more
    bool broken = false;      // no further record is possible
    // Set while it is open.
    std::unique_ptr<InputReader> reader;
    FollowedFile* file = nullptr;  // below the reader
    // While it is closed: where to continue. Without the hash, the bytes read are hashed again first.
    InputProgress progress;
    std::optional<PrefixHash> hash;
    std::string head;  // see FollowedFile
    // Files that had the name before, oldest first: open, and not yet completely read.
    std::vector<Lane> before = {};

    bool has_news() const { return !held && (seen.size > done || ending); }
  };
  struct Folder {
    size_t given;
    FolderWatch watch;
  };

  explicit FollowedInputs(const FollowOptions& options)
      : InputList(/*standard_input=*/-1),
        options_(options),
        disk_(options.disk != nullptr ? options.disk : &real_disk_) {}

  Status ResumeOne(uint32_t index, const state::MetaReader& kept) override;
  Result<bool> Verify(uint32_t index, const InputProgress& progress, const SeenFile& seen);
  Status AdoptMoved(uint32_t index, const state::MetaReader& kept);
  Status FindFilesBefore(Lane* lane, Time now);

  static bool IsCompressed(const Lane& lane) { return lane.compression != Compression::kNone; }
  bool InFolder(const Lane& lane) const;
  Status AddGiven(const std::string& path, size_t given);
  Status AddFile(const std::string& path, size_t given, bool may_be_missing = false);
  void SkipForNow(const std::string& path, FolderWatch* watch, const Status& why);
  Status AddNewFile(const std::string& path, size_t folder, const state::MetaReader& kept);
  Status SyncNames() const;
  void Enter(uint32_t index);
  void Retire(const Lane& lane);
  void MakeLane(uint32_t input, Time now);
  const std::string& PathOf(const Lane& lane) const { return inputs_[lane.input].path; }
  bool Before(uint32_t a, uint32_t b) const;

  Status BeginRound(Time now);
  Status FindNewFiles(Time now);
  Status LookAt(Lane* lane, Time now);
  bool FindNews(Lane* lane, Time now);

  // ---- rotations: followed_rotation.cc ----

  Status NoteGone(Lane* lane, Time now);
  Status NoteSize(Lane* lane, Time now);
  Status TakeOtherFile(Lane* lane, const SeenFile& seen, Time now);
  Status Rotate(Lane* lane, const SeenFile& seen, Time now);
  Result<bool> FindAgain(Lane* lane);
  Result<bool> IsIn(const std::string& path, const SeenFile& seen, Lane* lane);
  void WarnOfLoss(const Lane& lane) const;
  bool Begin(Lane* lane);
  std::pair<Lane*, Lane*> FindById(const FileId& id, const Lane* except);
  static InputProgress ProgressOf(const Lane& file);
  static InputProgress ProgressWithBefore(const Lane& lane);
  static void Complete(const Lane& lane, const Lane& file, BatchMark* mark);
  void AddMarks(Batch* batch);

  Result<bool> ReadLane(Lane* lane, Batch* batch, Time deadline);
  Result<bool> ReadFile(Lane* lane, Lane* file, Batch* batch, Time deadline);
  Status OpenLane(Lane* lane);
  void CloseLane(Lane* lane);
  void NoteEnd(Lane* lane);
  void Touch(uint32_t index);

  const FollowOptions options_;
  FollowedDisk real_disk_;
  FollowedDisk* const disk_;
  FileEvents events_;
  std::vector<Folder> folders_;
  std::vector<Lane> lanes_;       // by input
  std::vector<size_t> given_of_;  // by input
  std::vector<uint32_t> order_;   // lanes in the order of a round, without those that are gone and closed
  std::deque<uint32_t> recent_;   // lanes that grew last, the latest at the back; all others are closed
  std::deque<uint32_t> round_;    // lanes that the current round has still to read
  std::vector<std::pair<size_t, std::string>> new_files_;  // index of their folder, path
  std::unordered_set<std::string> skipped_;                // files of which a warning was logged
  std::vector<std::vector<InputProgress>> earlier_;        // by input, at a start: of files that had its name before
  std::vector<uint32_t> moved_;                            // inputs whose progress changes with the next batch
  std::vector<SeenFile> seen_;                             // by input, at a start
  bool rotated_ = false;                                   // in the current round
  bool look_at_all_ = true;
  Time looked_at_all_;
  Time looked_at_folders_;
};

}  // namespace leadpulse::input

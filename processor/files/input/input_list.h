// The inputs of one run, in the given order, as one stream of batches. For inputs that grow, see followed_inputs.h.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/input/batch.h"
#include "processor/files/input/byte_source.h"
#include "processor/files/input/input_format.h"
#include "processor/files/input/input_progress.h"
#include "processor/files/input/input_reader.h"
#include "state/store/lead_reader.h"

namespace leadpulse::input {

struct Input {
  std::string path;  // as given
  InputFormat format;
  InputProgress progress;    // at the start of the run
  uint64_t stored_size = 0;  // 0 for standard input
  Links links = Links::kFollow;
};

// Replaces each folder by the files in it whose names end like inputs, sorted by name; other files in it are skipped,
// folders and links are skipped with a warning. Rejected if a folder has no such file, fatal if it cannot be read.
Result<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths);

// The inputs of a run. Owned and called by one thread at a time.
class InputList {
 public:
  InputList() = default;
  virtual ~InputList() = default;
  InputList(InputList&&) = default;
  InputList& operator=(InputList&&) = default;

  // Opens the inputs. Checks every path before anything is read: its ending, and that it is a readable file. Folders
  // are replaced as in FilesOf. A path that is given twice is read once. `standard_input` is the descriptor for `-`.
  static Result<InputList> Open(const std::vector<std::string>& paths, int standard_input);

  // Reads the progress of each input, stored under its InputProgressName, and verifies the input. Returns without an
  // error as soon as `stop` becomes true; Fill then gives no more records. `stop` outlives this.
  virtual Status Resume(const state::MetaReader& kept, const std::atomic<bool>& stop);

  // Clears and fills a batch. It may stay empty if no record came in time. The last batch has end_of_input.
  virtual Status Fill(Batch* batch);

  // Adds new inputs; returns whether there is more to read. Call it after end_of_input, while no other thread uses
  // this.
  virtual Result<bool> Extend(const state::MetaReader& /*kept*/) { return false; }

  const std::vector<Input>& inputs() const { return inputs_; }
  // Returns the stored bytes of all inputs together; nullopt if unknown.
  virtual std::optional<uint64_t> stored_size() const;

 protected:
  // The longest time for which a slow source delays earlier records.
  static constexpr std::chrono::milliseconds kMaxBatchTime{100};

  explicit InputList(int standard_input) : standard_input_(standard_input) {}

  bool stopping() const { return stop_ != nullptr && *stop_; }
  const std::atomic<bool>& stop() const { return *stop_; }  // since Resume
  // Adds an input, unless it is in the list, and returns its index.
  Result<uint32_t> Add(const std::string& path, Links links, bool may_be_missing = false);
  virtual Status ResumeOne(uint32_t index, const state::MetaReader& kept);
  // Skips to the place where reading resumes, or until stopped. Fatal if the source ends before it.
  Status SkipTo(const std::string& path, const InputProgress& progress, ByteSource* source) const;

  std::vector<Input> inputs_;
  std::vector<std::optional<VerifiedInput>> verified_;  // by input; nullopt: never read before

 private:
  Result<std::unique_ptr<InputReader>> OpenReader(uint32_t index);

  int standard_input_ = 0;
  const std::atomic<bool>* stop_ = nullptr;
  std::unordered_map<std::string, uint32_t> index_;  // into inputs_, by path
  std::unique_ptr<ByteSource> fed_input_;            // standard input after the part already read
  uint32_t next_ = 0;
  uint64_t stored_bytes_done_ = 0;
  std::unique_ptr<InputReader> reader_;
};

}  // namespace leadpulse::input

// The inputs of one run, in the order given, as one stream of batches. Those that grow meanwhile: followed_inputs.h.
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
#include "processor/files/input/input_verification.h"
#include "state/store/meta_reader.h"

namespace leadpulse::input {

struct Input {
  std::string path;  // as given
  InputFormat format;
  InputProgress progress;    // when the run began
  uint64_t stored_size = 0;  // 0 for standard input
};

// The paths with, in place of each folder, the files in it that a run can read by their names, in the order of these;
// other files and folders in it are passed over. Rejected: a folder has no such file; fatal: it cannot be read.
Result<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths);

// Owned and called by one thread at a time.
class InputList {
 public:
  InputList() = default;
  virtual ~InputList() = default;
  InputList(InputList&&) = default;
  InputList& operator=(InputList&&) = default;

  // Checks every path before anything is read: its ending, and that it is a readable file. Of a folder: the files in it
  // whose ending says that they can be read, in the order of their names. A path given twice is read
  // once. `standard_input` is the descriptor that `-` stands for.
  static Result<InputList> Open(const std::vector<std::string>& paths, int standard_input);

  // Takes over how far each was read, as it is kept under its InputProgressName, and verifies it. `stop`: give up (with
  // no error) as soon as it becomes true. It outlives this; after it Fill gives no more either.
  virtual Status Resume(const state::MetaReader& kept, const std::atomic<bool>& stop);

  // Clears and fills a batch; possibly with nothing, where nothing came in time. The last one has end_of_input.
  virtual Status Fill(Batch* batch);

  // After end_of_input: whether there is more to read, from inputs that are added only now. No other thread uses this
  // meanwhile.
  virtual Result<bool> Extend(const state::MetaReader& /*kept*/) { return false; }

  const std::vector<Input>& inputs() const { return inputs_; }
  // Stored bytes of all inputs together; nothing where that is not known.
  virtual std::optional<uint64_t> stored_size() const;

 protected:
  // A slow source does not hold back what came before it for longer.
  static constexpr std::chrono::milliseconds kMaxBatchTime{100};

  explicit InputList(int standard_input) : standard_input_(standard_input) {}

  bool stopping() const { return stop_ != nullptr && *stop_; }
  const std::atomic<bool>& stop() const { return *stop_; }  // since Resume
  // The index of the input, which may be there already.
  Result<uint32_t> Add(const std::string& path);
  Status ResumeOne(uint32_t index, const state::MetaReader& kept);
  // To where the reading resumes, or until stopped. Fatal: the source ends before.
  Status SkipTo(const std::string& path, const InputProgress& progress, ByteSource* source) const;

  std::vector<Input> inputs_;
  std::vector<std::optional<VerifiedInput>> verified_;  // by input; nothing: never read before

 private:
  Result<std::unique_ptr<InputReader>> OpenReader(uint32_t index);

  int standard_input_ = 0;
  const std::atomic<bool>* stop_ = nullptr;
  std::unordered_map<std::string, uint32_t> index_;  // of inputs_, by path
  std::unique_ptr<ByteSource> fed_input_;            // standard input behind the part already read
  uint32_t next_ = 0;
  uint64_t stored_bytes_done_ = 0;
  std::unique_ptr<InputReader> reader_;
};

}  // namespace leadpulse::input

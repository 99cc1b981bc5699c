// The inputs of one run, in the order given, as one stream of batches.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/input/batch.h"
#include "processor/input/byte_source.h"
#include "processor/input/input_format.h"
#include "processor/input/input_progress.h"
#include "processor/input/input_reader.h"
#include "processor/input/input_verification.h"
#include "state/meta_reader.h"

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
  // Checks every path before anything is read: its ending, and that it is a readable file. Of a folder: the files in it
  // whose ending says that they can be read, in the order of their names. A path given twice is read
  // once. `standard_input` is the descriptor that `-` stands for.
  static Result<InputList> Open(const std::vector<std::string>& paths, int standard_input);
  // A file that is read on as it grows, or the `.jsonl` and `.pb` files in a folder in the order of their names: the
  // last is read on until a later one appears, which Extend then adds. Compressed files are rejected, for what ends in
  // the middle cannot be told from what is still being written.
  static Result<InputList> Follow(const std::string& path);

  // Takes over how far each was read, as it is kept under its InputProgressName, and verifies it. `stop`: give up (with
  // no error) as soon as it becomes true. It outlives this; after it Fill gives no more either.
  Status Resume(const state::MetaReader& kept, const std::atomic<bool>& stop);

  // Clears and fills a batch; possibly with nothing, where nothing came in time. The last one has end_of_input. What is
  // followed has no last one, unless Extend will find something.
  Status Fill(Batch* batch);

  // Of a folder that is followed, after end_of_input or where it was empty: adds the files that were not there before.
  // False: there is none. Nobody calls Fill or looks at the inputs meanwhile.
  Result<bool> Extend();

  const std::vector<Input>& inputs() const { return inputs_; }
  // Stored bytes of all inputs together; nothing where one of them is standard input.
  std::optional<uint64_t> stored_size() const;

 private:
  bool stopping() const { return stop_ != nullptr && *stop_; }
  Status Add(const std::string& path);
  Result<std::vector<std::string>> NewFiles() const;
  Result<std::unique_ptr<ByteSource>> OpenSource(uint32_t index) const;
  Status ResumeOne(Input* input, const state::MetaReader& kept, std::optional<VerifiedInput>* verified);
  Status SkipTo(const Input& input, ByteSource* source) const;
  Result<std::unique_ptr<InputReader>> OpenReader(uint32_t index);

  int standard_input_ = 0;
  bool follow_ = false;
  std::string folder_;  // that is followed; empty: none
  const std::atomic<bool>* stop_ = nullptr;
  std::vector<Input> inputs_;
  std::vector<std::optional<VerifiedInput>> verified_;  // by input; nothing: never read before
  std::unique_ptr<ByteSource> fed_input_;               // standard input behind the part already read
  uint32_t next_ = 0;
  uint64_t stored_bytes_done_ = 0;
  std::unique_ptr<InputReader> reader_;
};

}  // namespace leadpulse::input

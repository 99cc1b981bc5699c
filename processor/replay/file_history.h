// History in files, as `leadpulse run` reads them, and in folders of such files.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/input/batch.h"
#include "processor/files/input/batch_decoder.h"
#include "processor/files/input/input_list.h"
#include "processor/replay/history_source.h"

namespace leadpulse::replay {

// Their name in a checkpoint: `files a.jsonl archive`.
std::string FilesIdentity(const std::vector<std::string>& paths);

class FileHistory : public HistorySource {
 public:
  // `paths`: files and folders, as given. Rejected: one of them is not an input. `stop` outlives this.
  static Result<std::unique_ptr<FileHistory>> Open(const std::vector<std::string>& paths, int standard_input,
                                                   const std::atomic<bool>& stop);

  std::string Identity() const override { return FilesIdentity(given_); }
  Status Resume(const std::string& position) override;
  Status Next(size_t most, HistoryBatch* batch) override;
  std::string Position() const override;
  std::optional<double> Fraction() const override;
  std::string Reading() const override;

 private:
  FileHistory(std::vector<std::string> given, input::InputList inputs, const std::atomic<bool>& stop)
      : given_(std::move(given)), inputs_(std::move(inputs)), stop_(stop), progress_(inputs_.inputs().size()) {}

  void TakeRecord(const input::RawRecord& raw, size_t* broken, HistoryBatch* batch);

  const std::vector<std::string> given_;
  input::InputList inputs_;
  const std::atomic<bool>& stop_;
  bool resumed_ = false;
  std::optional<input::Batch> raw_;
  size_t most_ = 0;                      // the number of records that raw_ can hold
  std::vector<std::string> json_lines_;  // lines for the batch's records that were not read as JSON
  input::InputDecoders decoders_;
  std::vector<std::optional<input::InputProgress>> progress_;  // by input; nullopt: not read yet
  std::optional<uint32_t> reading_;
  uint64_t stored_bytes_read_ = 0;
};

}  // namespace leadpulse::replay

// Reads and decodes the next batch while the current one is applied.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "processor/base/status.h"
#include "processor/files/input/batch.h"
#include "processor/files/input/batch_decoder.h"
#include "processor/files/input/input_list.h"

namespace leadpulse::input {

// Starts a thread. Nothing else may use `inputs` and `decoder` until this is destroyed.
class ReadAhead {
 public:
  // `batch_records`: the most records in a batch.
  ReadAhead(InputList* inputs, BatchDecoder* decoder, size_t batch_records);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Waits for the next batch, in the order of the inputs; it may be empty. After the batch with end_of_input or an
  // error it must not be called again.
  Result<std::unique_ptr<Batch>> Next();
  // Returns a batch for reuse.
  void Recycle(std::unique_ptr<Batch> batch);

 private:
  void Run();

  InputList* inputs_;
  BatchDecoder* decoder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Batch>> free_;
  std::unique_ptr<Batch> ready_;
  Status failure_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace leadpulse::input

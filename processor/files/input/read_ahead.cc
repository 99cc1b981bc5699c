#include "processor/files/input/read_ahead.h"

#include <utility>

namespace leadpulse::input {
namespace {

// One batch is being applied, one is ready, one is being filled.
constexpr size_t kBatches = 3;

}  // namespace

ReadAhead::ReadAhead(InputList* inputs, BatchDecoder* decoder, size_t batch_records)
    : inputs_(inputs), decoder_(decoder) {
  for (size_t i = 0; i < kBatches; ++i) free_.push_back(std::make_unique<Batch>(batch_records));
  thread_ = std::thread([this] { Run(); });
}

ReadAhead::~ReadAhead() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<std::unique_ptr<Batch>> ReadAhead::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_ != nullptr || !failure_.ok(); });
  if (ready_ == nullptr) return failure_;
  std::unique_ptr<Batch> batch = std::move(ready_);
  changed_.notify_all();
  return batch;
}

void ReadAhead::Recycle(std::unique_ptr<Batch> batch) {
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(batch));
  changed_.notify_all();
}

void ReadAhead::Run() {
  bool ended = false;
  while (!ended) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !free_.empty(); });
    if (stopping_) return;
    std::unique_ptr<Batch> batch = std::move(free_.back());
    free_.pop_back();
    lock.unlock();

    Status status = inputs_->Fill(batch.get());
    if (status.ok()) decoder_->Decode(inputs_->inputs(), batch.get());
    ended = !status.ok() || batch->end_of_input;

    lock.lock();
    changed_.wait(lock, [this] { return stopping_ || ready_ == nullptr; });
    if (stopping_) return;
    if (status.ok()) {
      ready_ = std::move(batch);
    } else {
      failure_ = status;
    }
    changed_.notify_all();
  }
}

}  // namespace leadpulse::input

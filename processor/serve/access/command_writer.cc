#include "processor/serve/access/command_writer.h"

#include <utility>

namespace leadpulse::access {

CommandWriter::Coming::Coming(CommandWriter* writer) : writer_(*writer) {
  const std::lock_guard lock(writer_.mutex_);
  ++writer_.coming_;
}

CommandWriter::Coming::~Coming() {
  const std::lock_guard lock(writer_.mutex_);
  if (--writer_.coming_ == 0) writer_.changed_.notify_one();
}

CommandWriter::CommandWriter(CommandLog* log, std::chrono::milliseconds gather) : log_(*log), gather_(gather) {
  thread_ = std::thread([this] { Run(); });
}

void CommandWriter::Add(SentCommand command, std::string action, Done done) {
  {
    std::unique_lock lock(mutex_);
    if (!stopping_) {
      // Otherwise the thread writes already, or waits for those that come.
      const bool is_first = waiting_.empty();
      waiting_.push_back({std::move(command), std::move(action), std::move(done)});
      lock.unlock();  // the thread that this wakes needs it
      if (is_first) changed_.notify_one();
      return;
    }
  }
  done(Status::Retriable("the front stops"));
}

void CommandWriter::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void CommandWriter::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    changed_.wait_for(lock, gather_, [this] { return stopping_ || coming_ == 0; });
    std::vector<Waiting> group = std::exchange(waiting_, {});
    lock.unlock();
    Write(group);
    group.clear();  // what it holds is freed while others may go on
    lock.lock();
  }
}

void CommandWriter::Write(const std::vector<Waiting>& group) {
  std::vector<CommandWrite> writes;
  writes.reserve(group.size());
  for (const Waiting& each : group) writes.push_back({&each.command, each.action});
  const auto earlier = log_.Write(writes);
  for (size_t i = 0; i < group.size(); ++i) {
    if (earlier.ok()) {
      group[i].done((*earlier)[i]);
    } else if (group.size() == 1 || earlier.status().kind() != ErrorKind::kRejected) {
      group[i].done(earlier.status());
    } else {
      const auto alone = log_.Write({writes[i]});
      alone.ok() ? group[i].done(alone->front()) : group[i].done(alone.status());
    }
  }
}

}  // namespace leadpulse::access

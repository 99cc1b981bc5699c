#include "processor/kafka/live_run.h"

#include <algorithm>
#include <utility>

namespace leadpulse::kafka {

LiveRun::LiveRun(const LiveRunOptions& options, const LiveRunEnvironment& environment)
    : options_(options), environment_(environment), tenants_(options.counted_tenants) {
  for (size_t i = 0; i < options.workers; ++i) metrics_.push_back(std::make_unique<WorkerMetrics>());
}

LiveRun::~LiveRun() { (void)Stop(); }

Status LiveRun::Start() {
  for (size_t i = 0; i < options_.workers; ++i) {
    auto member = std::make_unique<Member>();
    LP_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, environment_.connect(i));
    member->connection = std::move(connection);
    member->worker = MakeWorker(options_.worker, {member->connection.get(), environment_.store, &writer_fence_,
                                                  environment_.clock, environment_.definitions, metrics_[i].get(),
                                                  &tenants_, environment_.outcomes, environment_.feed});
    LP_RETURN_IF_ERROR(member->worker->Start());
    members_.push_back(std::move(member));
  }
  for (auto& member : members_) {
    member->thread = std::thread([this, owner = member.get()] { Work(owner); });
  }
  return Status::Ok();
}

void LiveRun::Work(Member* member) {
  Status status;
  while (status.ok() && !stop_) {
    status = member->worker->RunOnce();
    member->ready = status.ok() && member->worker->ready();
  }
  member->ready = false;
  if (status.ok()) {
    status = member->worker->Finish();
  } else {
    // Nothing more is committed; the group removes the members when their sessions end.
    stop_ = failed_ = true;
  }
  member->status = std::move(status);
}

Status LiveRun::Stop() {
  stop_ = true;
  Status first;
  for (auto& member : members_) {
    if (member->thread.joinable()) member->thread.join();
    if (first.ok() && !member->status.ok()) first = member->status;
  }
  return first;
}

bool LiveRun::ready() const {
  return !members_.empty() && std::ranges::all_of(members_, [](const auto& member) { return member->ready.load(); });
}

}  // namespace leadpulse::kafka

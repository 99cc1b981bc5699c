#include "processor/kafka/live_run.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

// How often the standby asks whether a partition is due.
constexpr std::chrono::milliseconds kStandbyPollInterval{100};
constexpr size_t kMebibyte = size_t{1} << 20;
// The program with its libraries; and for each worker, librdkafka's threads and buffers.
constexpr size_t kFixed = 96 * kMebibyte;
constexpr size_t kFixedOfWorker = 12 * kMebibyte;
// The largest record of lead.state, with some margin: a record larger than the queue would never get into it.
constexpr size_t kLeastPublished = 20 * kMebibyte;
// More than the 4 MiB of a journal: the events of a lead that has them would be committed one by one.
constexpr size_t kLeastEpoch = 6 * kMebibyte;

// Returns the bytes that the store takes. RocksDB fills one write buffer while it flushes another, and the other column
// families have theirs. The commits that wait take at most twice their limit, and a partition's share is copied while
// it is written.
size_t TakenByStore(const LiveMemory& memory) { return memory.write_buffer * 5 / 2 + memory.write_behind * 5 / 2; }

// Returns the bytes that a worker takes. After a poll the queue fills again, and the polled records exist decoded and
// as dead letters, too. A restore has its own queue. An epoch's leads are encoded and copied. A restore from the
// beginning sorts its leads, and their table has a filter and an index.
size_t TakenByWorker(const LiveMemory& memory) {
  return memory.fetched * 5 + memory.epoch * 3 + memory.restore * 5 / 4 + memory.published + memory.unwritten;
}

}  // namespace

LiveMemory PlanLiveMemory(size_t total, size_t cache, size_t workers, bool has_standby) {
  LP_ASSERT(workers > 0);
  const size_t fixed = kFixed + (workers + (has_standby ? 1 : 0)) * kFixedOfWorker;
  const size_t rest = std::max(total, fixed) - fixed;
  LiveMemory memory;
  memory.write_buffer = std::clamp(rest / 22, 2 * kMebibyte, 64 * kMebibyte);
  memory.write_behind = std::clamp(rest / 11, 4 * kMebibyte, 128 * kMebibyte);
  const size_t share = rest / 2 / workers;
  memory.fetched = std::clamp(share / 28, 2 * kMebibyte, 64 * kMebibyte);
  memory.epoch = std::clamp(share / 20, kLeastEpoch, 1024 * kMebibyte);
  memory.restore = std::clamp(share / 16, 2 * kMebibyte, 32 * kMebibyte);
  memory.published = std::clamp(share / 8, kLeastPublished, 128 * kMebibyte);
  memory.unwritten = std::clamp(share / 8, 1 * kMebibyte, 128 * kMebibyte);
  const size_t taken = TakenByStore(memory) + workers * TakenByWorker(memory) +
                       (has_standby ? memory.fetched * 5 / 2 + memory.restore * 5 / 4 : 0);
  // The allocator takes a quarter more than the counted size of leads.
  memory.cache = std::min(cache, std::max((std::max(rest, taken) - taken) / 5 * 4, 8 * kMebibyte));
  return memory;
}

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
    member->worker = MakeWorker(options_.worker, EnvironmentOf(member->connection.get(), metrics_[i].get()));
    LP_RETURN_IF_ERROR(member->worker->Start());
    members_.push_back(std::move(member));
  }
  if (options_.has_standby) {
    LP_ASSIGN_OR_RETURN(standby_connection_, environment_.connect(options_.workers));
    standby_ = std::make_unique<Standby>(options_.worker, EnvironmentOf(standby_connection_.get(), nullptr),
                                         &standby_metrics_);
    standby_thread_ = std::thread([this] { StandBy(); });
  }
  for (auto& member : members_) {
    member->thread = std::thread([this, owner = member.get()] { Work(owner); });
  }
  return Status::Ok();
}

WorkerEnvironment LiveRun::EnvironmentOf(Connection* connection, WorkerMetrics* metrics) {
  return {connection, environment_.store, &writer_fence_,        environment_.clock, environment_.definitions,
          metrics,    &tenants_,          environment_.outcomes, environment_.feed,  environment_.clock_guard};
}

void LiveRun::StandBy() {
  std::string warned;  // the last message, while the problem lasts
  while (!stop_) {
    const Result<bool> has_more = standby_->RunOnce();
    if (has_more.ok() && *has_more) warned.clear();
    if (!has_more.ok() && warned != has_more.status().message()) {
      warned = has_more.status().message();
      telemetry::LogWarning("copying the partitions of other processes: " + warned + "; it is tried again",
                            {telemetry::ErrorField(warned)});
    }
    if (!has_more.ok() || !*has_more) std::this_thread::sleep_for(kStandbyPollInterval);
  }
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
  // It may wait for a broker, and the workers must commit in time.
  if (standby_thread_.joinable()) standby_thread_.join();
  return first;
}

bool LiveRun::ready() const {
  return !members_.empty() && std::ranges::all_of(members_, [](const auto& member) { return member->ready.load(); });
}

}  // namespace leadpulse::kafka

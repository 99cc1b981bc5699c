// The processes of a simulation: how they start, run, die and come to rest.

#include <algorithm>
#include <atomic>

#include "tests/kafka/simulation.h"

namespace leadpulse::testing {
namespace {

using kafka::InputTopic;

// A run that is not at rest after this number of rounds of every worker never will be.
constexpr int kMostSettlingRounds = 6000;
// Rounds in which nothing is written: longer than a commit interval.
constexpr int kQuietRounds = 30;
// Rounds between two checks for transactions that nobody would end.
constexpr int kAbortHangingEvery = 100;

}  // namespace

void Simulation::StartDue() {
  for (size_t place = 0; place < kPlaces; ++place) {
    if (places_[place].down_until && now() >= *places_[place].down_until) Start(place);
  }
  // At least one process must work.
  const bool anybody = std::any_of(places_.begin(), places_.end(),
                                   [](const Place& p) { return p.process != nullptr || p.down_until.has_value(); });
  if (!anybody) Start(static_cast<size_t>(random_.Below(kPlaces)));
}

void Simulation::Start(size_t place) {
  Place& here = places_[place];
  LP_ASSERT(here.process == nullptr);
  here.down_until.reset();
  here.paused_until = {};
  Tell("start: " + std::to_string(place));
  const int64_t most = tombstones_kept_ < std::chrono::hours(1) ? 500 : 3000;
  const Millis skew(is_settling_ ? 0 : random_.Between(-most, most));
  const size_t bytes = random_.Chance(30) ? 1 : static_cast<size_t>(random_.Between(1, 100'000));
  here.process = std::make_unique<SimulatedProcess>(
      SimulatedProcess::World{&cluster_, &clock_, &trace_, {bytes, Millis(random_.Below(3000))}}, ++last_number_,
      static_cast<int>(place), workers_, has_standby_, options_, here.store.get(), nullptr, skew);
  const std::atomic<bool> stop{false};
  here.newest_definitions = definitions_.MakeReader();
  auto newest = here.newest_definitions->ReadToEnd(Millis(1000), stop);
  while (!newest.ok()) newest = here.newest_definitions->ReadToEnd(Millis(1000), stop);
  here.process->definitions().known = std::move(newest->value());
}

// Kills a process as kill -9 does. A call that is under way notices it when it returns.
void Simulation::Kill(size_t place) {
  Place& here = places_[place];
  if (here.process == nullptr || cluster_.IsKilled(here.process->number())) return;
  Tell("kill: " + std::to_string(place));
  cluster_.Kill(here.process->number());
  here.store->Seal();
  here.down_until = now() + Millis(random_.Chance(70) ? random_.Below(2000) : random_.Below(90'000));
}

void Simulation::Reap() {
  for (size_t place = 0; place < kPlaces; ++place) {
    const SimulatedProcess* process = At(place);
    if (process != nullptr && cluster_.IsKilled(process->number()) && !process->is_running()) TakeDown(place);
  }
}

void Simulation::Count(const SimulatedProcess& process) {
  counts_.events["dead letters"] += process.DeadLetters();
  counts_.events["commits"] += process.Sum(&kafka::WorkerMetrics::commits);
  counts_.events["aborts"] += process.Sum(&kafka::WorkerMetrics::aborts);
  counts_.events["producers"] += process.Sum(&kafka::WorkerMetrics::producers);
  counts_.events["full restores"] += process.Sum(&kafka::WorkerMetrics::full_restores);
  counts_.events["flips"] += process.Sum(&kafka::WorkerMetrics::timers);
  counts_.events["re-evaluated leads"] += process.Sum(&kafka::WorkerMetrics::reevaluated);
  if (failure_.empty() && !process.TenantsAddUp()) failure_ = "what is counted of tenants does not add up";
}

void Simulation::TakeDown(size_t place) {
  Place& here = places_[place];
  Count(*here.process);
  const bool was_killed = cluster_.IsKilled(here.process->number());
  here.process.reset();
  if (was_killed) LoseSomeOfStore(&here);
}

// Drops unsynced writes of the store. A power cut loses the last of them, and a lost disk all.
void Simulation::LoseSomeOfStore(Place* place) {
  const auto commits = static_cast<int64_t>(place->store->commit_count());
  int64_t kept = commits;
  if (random_.Chance(30)) kept = random_.Between(std::max<int64_t>(0, commits - 5), commits);
  if (random_.Chance(10)) kept = random_.Between(0, commits);
  if (random_.Chance(15)) kept = 0;
  if (kept < commits) Tell("store loses writes");
  place->store = place->store->After(static_cast<size_t>(kept));
}

void Simulation::Stop(size_t place) {
  if (At(place) == nullptr || At(place)->is_running() || cluster_.IsKilled(At(place)->number())) return;
  Tell("stop: " + std::to_string(place));
  places_[place].is_stopping = true;
  for (size_t member = 0; member < members(); ++member) Note(place, At(place)->Finish(member));
  places_[place].is_stopping = false;
  if (!cluster_.IsKilled(At(place)->number())) Note(place, At(place)->WriteOut());
  // The process may have been killed during the stop.
  if (!cluster_.IsKilled(At(place)->number())) cluster_.Kill(At(place)->number());
  Place& here = places_[place];
  here.store->Seal();
  here.down_until = now() + Millis(random_.Below(20'000));
  Count(*here.process);
  here.process.reset();
  here.store = here.store->After(here.store->commit_count());
}

void Simulation::Scale() {
  const auto wanted = static_cast<size_t>(random_.Between(1, kPlaces));
  Tell("scale: to " + std::to_string(wanted));
  for (size_t place = 0; place < kPlaces; ++place) {
    const bool is_there = At(place) != nullptr || places_[place].down_until.has_value();
    if (place < wanted && !is_there) Start(place);
    if (place < wanted || !is_there) continue;
    Stop(place);
    if (At(place) == nullptr) places_[place].down_until.reset();
  }
}

void Simulation::WriteOutDue(size_t place) {
  if (At(place) == nullptr || cluster_.IsKilled(At(place)->number())) return;
  Note(place, At(place)->WriteOutDue());
}

bool Simulation::CanRun(size_t place) const {
  const SimulatedProcess* process = At(place);
  return process != nullptr && !cluster_.IsKilled(process->number()) && !places_[place].is_stopping &&
         const_cast<SimulatedCluster&>(cluster_).agenda().now() >= places_[place].paused_until;
}

void Simulation::RunSome() {
  const auto place = static_cast<size_t>(random_.Below(kPlaces));
  const auto worker = static_cast<size_t>(random_.Below(static_cast<int64_t>(members())));
  if (!RunWorker(place, worker) && depth_ == 0) cluster_.AdvanceTime(Millis(5));
}

bool Simulation::RunWorker(size_t place, size_t worker) {
  if (!CanRun(place) || At(place)->is_running(worker)) return false;
  const Status status = At(place)->RunOnce(worker);
  if (worker == workers_) {
    NoteStandby(place, status);
  } else {
    Note(place, status);
  }
  latest_wall_ = std::max(latest_wall_, clock_.Now() + At(place)->skew());
  return true;
}

void Simulation::NoteStandby(size_t place, const Status& status) {
  if (At(place)->standby_failures() > 0 && !cluster_.IsKilled(At(place)->number())) {
    failure_ = "the standby of place " + std::to_string(place) + " cannot copy a partition";
  }
  if (status.ok() || status.kind() == ErrorKind::kRetriable) return;
  // The owner of a partition has deleted deltas before the standby has read them; it begins again.
  if (status.message().starts_with("changelog: offset out of range")) {
    return Tell("standby out of range: " + std::to_string(place));
  }
  Note(place, status);
}

void Simulation::Note(size_t place, const Status& status) {
  if (status.ok() || cluster_.IsKilled(At(place)->number()) || !failure_.empty()) return;
  // If others have done the work of an absent process and retention has deleted it, it may stop before it learns of
  // that. So it may if the partition's new owner has deleted deltas that it still reads.
  const bool is_input_gone = status.message().starts_with("offset out of range") && rates_.delete_input > 0;
  if (is_input_gone || status.message().starts_with("changelog: offset out of range")) {
    Tell("stopped out of range: " + std::to_string(place));
    return Kill(place);
  }
  // A coordinator that moves restarts all sessions, including that of a member that no longer exists. If the move ends
  // before the worker asks again, that member looks alive; the process ends, and is started again.
  if (status.message().starts_with("fenced: another consumer has the instance id") && rates_.move_group > 0) {
    Tell("stopped as fenced: " + std::to_string(place));
    return Kill(place);
  }
  failure_ = "a worker of place " + std::to_string(place) + " stopped: " + status.message();
}

// ---- Coming to rest ----

int64_t Simulation::Written() {
  int64_t written = 0;
  for (size_t topic = 0; topic < kTopicCount; ++topic) {
    for (uint32_t p = 0; p < workload_.partitions; ++p) {
      written += cluster_.log(static_cast<Topic>(topic), PartitionId{p}).end();
    }
  }
  return written;
}

// Whether a transaction is still open. Those of dead processes time out.
bool Simulation::HasOpenTransaction() {
  for (size_t topic = 0; topic < kTopicCount; ++topic) {
    for (uint32_t p = 0; p < workload_.partitions; ++p) {
      const PartitionLog& log = cluster_.log(static_cast<Topic>(topic), PartitionId{p});
      if (log.last_stable_offset() < log.end()) return true;
    }
  }
  return false;
}

// Uses the highest offset ever committed: the group may have forgotten its offsets.
bool Simulation::IsEverythingApplied() {
  if (HasOpenTransaction()) return false;
  for (uint32_t p = 0; p < workload_.partitions; ++p) {
    const PartitionId partition{p};
    const auto& commits = trace_.commits(partition);
    if (cluster_.offsets().IsUnstable(partition)) return false;
    for (const InputTopic topic : kafka::kInputTopics) {
      bool has_more = false;
      const int64_t next = commits.empty() ? 0 : commits.back().next[topic];
      cluster_.log(TopicOf(topic), partition).ReadCommitted(next, 1, [&](const LogEntry&) { has_more = true; });
      if (has_more) return false;
    }
  }
  return true;
}

bool Simulation::IsQuiet() {
  if (HasOpenTransaction()) return false;
  for (uint32_t p = 0; p < workload_.partitions; ++p) {
    const PartitionId partition{p};
    // Dead processes keep their partitions until their sessions end.
    if (StoreOf(trace_.owner(partition)) == nullptr) return false;
    if (cluster_.offsets().IsUnstable(partition)) return false;
    const GroupOffsets::Committed committed = cluster_.offsets().At(partition);
    for (const InputTopic topic : kafka::kInputTopics) {
      // Offsets after the last record may deliver nothing.
      const PartitionLog& log = cluster_.log(TopicOf(topic), partition);
      const auto next = committed[static_cast<size_t>(topic)];
      bool has_more = false;
      if (next) log.ReadCommitted(*next, 1, [&](const LogEntry&) { has_more = true; });
      if (!next || has_more) return false;
    }
  }
  return std::all_of(places_.begin(), places_.end(),
                     [](const Place& p) { return p.process == nullptr || p.process->is_ready(); });
}

void Simulation::Settle() {
  is_settling_ = true;
  cluster_.chaos().rates = {};
  rates_ = {};
  definitions_.failed_reads = definitions_.ended_readings = 0;
  Tell("settling");
  const auto processes = static_cast<size_t>(random_.Between(1, kPlaces));
  // Restart all processes, so that all clocks are right; some after a kill.
  for (size_t place = 0; place < kPlaces; ++place) {
    if (At(place) != nullptr) random_.Chance(50) ? Kill(place) : Stop(place);
    Reap();
    places_[place].down_until.reset();
  }
  clock_.SetWall(std::max(clock_.Now(), latest_wall_) + Millis(20'000) + std::chrono::days(random_.Below(60)));
  final_clock_ = clock_.Now();
  for (size_t place = 0; place < processes; ++place) Start(place);
  int64_t written = 0;
  int quiet = 0;
  bool is_at_rest = false;
  auto quiet_since = clock_.Monotonic();
  for (int round = 0; round < kMostSettlingRounds && failure_.empty() && !is_at_rest; ++round) {
    for (size_t place = 0; place < processes; ++place) {
      for (size_t member = 0; member < members() && failure_.empty(); ++member) {
        clock_.SetWall(final_clock_);
        RunWorker(place, member);
      }
    }
    if (round % kAbortHangingEvery == 0 && cluster_.AbortHanging() > 0) Tell("hanging transactions aborted");
    const bool is_quiet = Written() == written && IsQuiet();
    quiet = is_quiet ? quiet + 1 : 0;
    if (!is_quiet) quiet_since = clock_.Monotonic();
    written = Written();
    // The last changes go to lead.state and lead.profiles after a while, and some in a later commit than others.
    const auto quiet_for = clock_.Monotonic() - quiet_since;
    const Millis interval =
        std::max({options_.changelog_interval, options_.profiles.interval, options_.profiles.counts_interval});
    is_at_rest = quiet >= kQuietRounds && quiet_for > interval + Millis(1'000);
  }
  if (failure_.empty() && !is_at_rest) failure_ = "does not come to rest";
  if (failure_.empty()) Copy();
  for (size_t place = 0; place < kPlaces; ++place) {
    if (At(place) == nullptr) continue;
    Note(place, At(place)->WriteOut());
    Count(*At(place));
  }
}

// Lets each standby copy once more. It may be in the middle of copying.
void Simulation::Copy() {
  for (int time = 0; time < 2 && has_standby_; ++time) {
    cluster_.AdvanceTime(options_.standby_interval + kafka::RetryBackoff::kLongest + Millis(1));
    clock_.SetWall(final_clock_);
    for (size_t place = 0; place < kPlaces; ++place) {
      int rounds = 0;
      do {
        RunWorker(place, workers_);
      } while (failure_.empty() && CanRun(place) && At(place)->is_copying() && ++rounds < kMostSettlingRounds);
      if (rounds == kMostSettlingRounds) failure_ = "does not stop copying";
    }
  }
}

std::vector<RollbackStore*> Simulation::CopiesOf(PartitionId partition) {
  std::vector<RollbackStore*> copies;
  for (const Place& place : places_) {
    if (place.process == nullptr || !place.process->has_standby()) continue;
    if (place.process->number() != trace_.owner(partition).process) copies.push_back(place.store.get());
  }
  return copies;
}

RollbackStore* Simulation::StoreOf(const ClientName& name) const {
  for (const Place& place : places_) {
    if (place.process != nullptr && place.process->number() == name.process) return place.store.get();
  }
  return nullptr;
}

const LiveRecord* Simulation::RecordAt(const LogId& log, int64_t offset) const {
  const auto found = appended_.find({log, offset});
  return found == appended_.end() ? nullptr : found->second;
}

}  // namespace leadpulse::testing

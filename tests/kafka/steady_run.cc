#include "tests/kafka/steady_run.h"

#include "absl/strings/escaping.h"
#include "nlohmann/json.hpp"

namespace leadpulse::testing {
namespace {

// Rounds in which nothing is written: longer than between two writes of a rollout or a restore.
constexpr int kRoundsAtRest = 30;
constexpr int kMostRoundsToRest = 20'000;
constexpr Millis kBetweenRounds{5};
// No state is too old to be caught up with: the wall clock may advance by months between two steps.
constexpr Millis kTombstonesKept = std::chrono::days(3650);

SimulatedClusterOptions ClusterOptions(const SteadyOptions& options) {
  SimulatedClusterOptions cluster;
  cluster.partitions = options.partitions;
  cluster.most_polled = options.changelog_read;
  cluster.polls_by_luck = false;
  return cluster;
}

}  // namespace

SteadyRun::SteadyRun(const SteadyOptions& options, Instant wall)
    : options_(options), wall_(wall), clock_(wall), cluster_(ClusterOptions(options), &clock_, 1) {
  cluster_.set_observer(&trace_);
  cluster_.chaos().rates.early_send = 0;
}

SteadyRun::~SteadyRun() = default;

void SteadyRun::Want(std::shared_ptr<const config::Definitions> definitions) {
  definitions_ = std::move(definitions);
  if (process_ != nullptr) process_->definitions().known.definitions = definitions_;
}

void SteadyRun::Start(state::LeadStore* store) {
  LP_ASSERT(process_ == nullptr && definitions_ != nullptr);
  kafka::WorkerOptions options;
  options.application = "leadpulse";
  options.session_timeout = cluster_.options().session_timeout;
  options.formats.events = options.formats.commands = options_.format;
  options.input_partitioning = options_.partitioning;
  options.commit_interval = Millis(0);
  options.changelog_interval = options.profiles.interval = options.profiles.counts_interval = Millis(0);
  options.restore_bytes = options_.restore_bytes;
  options.tombstones_kept = kTombstonesKept;
  options.leads_per_round = options_.leads_per_round;
  options.moved_from = options_.moved_from;
  clock_.SetWall(wall_);
  process_ =
      std::make_unique<SimulatedProcess>(SimulatedProcess::World{&cluster_, &clock_, &trace_, {}}, ++last_number_, 0, 1,
                                         /*has_standby=*/false, options, store, definitions_, Millis(0));
}

Status SteadyRun::Stop() {
  clock_.SetWall(wall_);
  LP_RETURN_IF_ERROR(process_->Finish(0));
  return Kill();
}

Status SteadyRun::Kill() {
  LP_RETURN_IF_ERROR(process_->WriteOut());
  cluster_.Kill(process_->number());
  process_.reset();
  cluster_.AdvanceTime(2 * cluster_.options().transaction_timeout);
  return Status::Ok();
}

Status SteadyRun::Round() {
  clock_.SetWall(wall_);
  LP_RETURN_IF_ERROR(process_->RunOnce(0));
  cluster_.AdvanceTime(kBetweenRounds);
  return Status::Ok();
}

Status SteadyRun::RunToRest() {
  int64_t written = 0;
  int quiet = 0;
  for (int round = 0; round < kMostRoundsToRest; ++round) {
    LP_RETURN_IF_ERROR(Round());
    quiet = Written() == written && IsAtRest() ? quiet + 1 : 0;
    written = Written();
    if (quiet == kRoundsAtRest) return Status::Ok();
  }
  return Status::Fatal("the workers do not come to rest");
}

int64_t SteadyRun::Written() {
  int64_t written = 0;
  for (size_t topic = 0; topic < kTopicCount; ++topic) {
    for (PartitionId p; p.value < options_.partitions; ++p.value) {
      written += cluster_.log(static_cast<Topic>(topic), p).end();
    }
  }
  return written;
}

bool SteadyRun::IsAtRest() {
  if (!process_->is_ready()) return false;
  for (PartitionId p; p.value < options_.partitions; ++p.value) {
    const GroupOffsets::Committed committed = cluster_.offsets().At(p);
    if (cluster_.offsets().IsUnstable(p)) return false;
    if (committed[0] != cluster_.log(Topic::kEvents, p).end()) return false;
    if (committed[1] != cluster_.log(Topic::kCommands, p).end()) return false;
  }
  return true;
}

std::vector<std::string> DescribeTopics(SimulatedCluster* cluster, const std::vector<Topic>& topics) {
  std::vector<std::string> lines;
  for (const Topic topic : topics) {
    for (PartitionId p; p.value < cluster->options().partitions; ++p.value) {
      const PartitionLog& log = cluster->log(topic, p);
      log.ReadCommitted(0, static_cast<size_t>(log.end()), [&](const LogEntry& entry) {
        nlohmann::json line = {{"topic", static_cast<int>(topic)},
                               {"partition", p.value},
                               {"key", absl::BytesToHexString(entry.message.key)},
                               {"value", nullptr},
                               {"headers", nlohmann::json::array()}};
        if (entry.message.value) line["value"] = absl::BytesToHexString(*entry.message.value);
        for (const auto& [name, value] : entry.message.headers) {
          line["headers"].push_back({name, absl::BytesToHexString(value)});
        }
        lines.push_back(line.dump());
      });
    }
  }
  return lines;
}

}  // namespace leadpulse::testing

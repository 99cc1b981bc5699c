// Shows what records or new definitions would change in a state: a run on a copy takes them, and the two are compared.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/files/summary.h"
#include "processor/query/preview/preview.h"
#include "processor/replay/record_selection.h"
#include "processor/replay/topic_archive.h"

namespace leadpulse::replay {

struct DryRunOptions {
  std::string state;
  std::vector<std::string> sources;   // files and folders
  std::optional<TopicSource> topics;  // instead of `sources`
  // The run that reads these topics trusts its producers: a lead is in the partition of its records.
  bool places_known = false;
  RecordSelection selection;
  bool as_backfill = false;
  MakeProgress progress;
};

struct DryRunResult {
  files::RunSummary summary;
  query::Preview preview;
};

// Runs on a copy beside the state, which shares its files and is removed at the end. nullopt if `stop` became true.
// Rejected: a run on files could not continue the copy, because a partition of a live state is being restored,
// definitions are being rolled out, or leads are in other partitions than their keys say. Other errors are those of a
// backup, of the topics and of a run.
Result<std::optional<DryRunResult>> DryRun(const DryRunOptions& options, const query::Warn& warn,
                                           const std::atomic<bool>& stop);

struct PreviewOptions {
  std::string state;
  std::shared_ptr<const config::Definitions> definitions;  // the new ones
  std::optional<Instant> at;                               // nullopt: the state's clock
  MakeProgress progress;
};

// Returns what new definitions would change, as query::PreviewState. If they let leads share addresses, these are
// rolled out on a copy as above, because only then leads learn of each other.
Result<std::optional<query::Preview>> PreviewDefinitions(const PreviewOptions& options, const query::Warn& warn,
                                                         const std::atomic<bool>& stop);

}  // namespace leadpulse::replay

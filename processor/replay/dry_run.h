// Shows what records would change in a state: a copy of the state reads them, and the two are compared.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

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

// The copy is made beside the state, shares its files, and is removed at the end. nullopt if `stop` became true.
// Rejected: a run on files could not continue the copy (dry_run_copy.h). Other errors are those of a backup, of the
// topics and of a run.
Result<std::optional<DryRunResult>> DryRun(const DryRunOptions& options, const query::Warn& warn,
                                           const std::atomic<bool>& stop);

}  // namespace leadpulse::replay

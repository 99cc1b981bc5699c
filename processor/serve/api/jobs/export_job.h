// The steps of an export: pages of rows, which the run prints, go into a private file. The job's place is the cursor
// and the size of the file with the pages before: bytes that a kill has added behind them are cut off. Its detail names
// columns that seem to be spelled wrong, because no contact in the file has a value in them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/serve/access/job_log.h"
#include "processor/serve/api/jobs/job_files.h"
#include "processor/serve/api/jobs/job_worker.h"
#include "processor/serve/api/reads/lead_reads.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

struct ExportRequest {
  std::string rule;  // empty: every contact
  std::string format;
  std::vector<std::string> columns;
};
std::string StoredExport(const ExportRequest& request);

class ExportSteps : public JobSteps {
 public:
  // Keeps the arguments, which must outlive this.
  ExportSteps(const JobFiles* files, RunClient* run, MakeUrl make_url)
      : files_(*files), run_(*run), make_url_(std::move(make_url)) {}

  Result<bool> Step(access::Job* job) override;
  void Abandon(const access::Job& job) override;

 private:
  const JobFiles& files_;
  RunClient& run_;
  const MakeUrl make_url_;
};

}  // namespace leadpulse::serve

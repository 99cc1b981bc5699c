// The steps of an import: pages of rows of the upload become commands or events, as `leadpulse import` makes them.
//
// A page is stored before it is written, as in a bulk change: its first and last row. The ids of its records come from
// the rows' content and from the time of the upload, so a page that a kill has cut off is written again with the same
// ids. Rows that are wrong, or that the run refuses, go to a file with the reason.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/clock.h"
#include "processor/importing/wrong_rows.h"
#include "processor/serve/access/job_log.h"
#include "processor/serve/api/jobs/import_request.h"
#include "processor/serve/api/jobs/job_files.h"
#include "processor/serve/api/jobs/job_worker.h"
#include "processor/serve/api/writes/page_writer.h"
#include "processor/serve/runs/run_client.h"

namespace leadpulse::serve {

// Returns the names of the files of an import. `job` is its id.
std::string UploadName(std::string_view job);
std::string WrongRowsName(std::string_view job);
// Returns the name of the mark that somebody was erased while the import was running. The import then stores no wrong
// rows any more, because they may be that person's. They are only counted.
std::string ErasedMarkName(std::string_view job);

// Returns the upload of the job.
OpenUpload::Source SourceOf(const access::Job& job, const JobFiles& files);

class ImportSteps : public JobSteps {
 public:
  // Keeps the arguments, which must outlive this.
  ImportSteps(access::JobLog* jobs, access::ImportChanges* changes, PageWriter* writer, const JobFiles* files,
              RunClient* run, const Clock* clock);
  ~ImportSteps() override;

  Result<bool> Step(access::Job* job) override;
  void Abandon(const access::Job& job) override;
  void Finish(const access::Job& job) override;

 private:
  struct Progress;
  struct Row;
  struct Page;
  struct Reading;

  // Returns the upload, read up to row `from`.
  Result<Reading*> ReadUpTo(uint64_t from, const access::Job& job);
  // Returns the action of each contact's line in the audit log.
  static std::string ActionOf(const Reading& reading);
  // Reads a page of `rows` rows, which was started before; 0 means a new one of as many as fit. Fills in `left_out`, by
  // their places in the page, or takes it from when the page was started.
  Result<Page> ReadPage(uint64_t rows, const access::Job& job, Reading* reading, std::set<uint64_t>* left_out);
  // Finds the rows that are left out because of their lead, and those whose address another contact has. Adds the
  // records of the others to the page.
  Status CheckLeads(const access::Job& job, const Reading& reading, bool is_started, std::set<uint64_t>* left_out,
                    Page* page) const;
  // Returns what the page's commands change of each lead, with what earlier pages have changed.
  Result<std::vector<access::ImportChange>> ChangesOf(const access::Job& job, const Page& page) const;
  Status StoreWrong(const Page& page, const Reading& reading, Progress* progress, access::Job* job) const;

  access::JobLog& jobs_;
  access::ImportChanges& changes_;
  PageWriter& writer_;
  const JobFiles& files_;
  RunClient& run_;
  const Clock& clock_;
  std::map<std::string, std::unique_ptr<Reading>> readings_;  // by job
};

}  // namespace leadpulse::serve

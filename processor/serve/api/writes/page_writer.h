// Writes of a job's pages into the inbox, and the outcome of each record.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/serve/api/writes/inbox.h"
#include "processor/serve/api/writes/outcome_watch.h"
#include "schemas/codec/record_sink.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

// The writer of pages. Used by one thread.
class PageWriter {
 public:
  // Keeps the arguments, which must outlive this.
  PageWriter(codec::RecordSink* inbox, InboxCheck* inbox_check, OutcomeWatch* watch, const Clock* clock)
      : inbox_(*inbox), inbox_check_(*inbox_check), watch_(*watch), clock_(*clock) {}

  // Writes the page. Returns for each record why the run refused it, the reason code of its dead letter; empty: it is
  // applied, or a duplicate. Waits up to a second. Retriable: the inbox did not take all of them, or the run has not
  // read them yet: call it again with the same page. It writes again only what may have been lost, so the records must
  // be the same, with the same ids.
  Result<std::vector<std::string>> Write(const std::string& job, const std::vector<codec::Record>& page);

 private:
  struct Written {
    codec::SourcePosition at;
    bool is_settled = false;
    std::string reason = {};
  };
  using Page = std::vector<Written>;

  Result<Page> Append(const std::vector<codec::Record>& records);
  // Waits for what is not settled. False: the run no longer knows the outcome of one.
  bool AwaitOutcomes(Page* page);

  codec::RecordSink& inbox_;
  InboxCheck& inbox_check_;
  OutcomeWatch& watch_;
  const Clock& clock_;
  std::map<std::string, Page> waiting_;  // by job
};

}  // namespace leadpulse::serve

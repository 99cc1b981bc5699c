// Walks through the pages of sorted searches, in which no lead comes twice.
//
// A cursor is a place in the order. A lead whose place does not change comes once, as in a search by id. One that has
// been shown and then moves behind the cursor would come again, so it is left out (shown_pages.h).
#pragma once

#include <functional>

#include "leadpulse/v1/query.pb.h"
#include "processor/base/status.h"
#include "processor/serve/runs/run_port.h"
#include "processor/serve/runs/shown_pages.h"

namespace leadpulse::serve {

// Thread-safe.
class SearchWalks {
 public:
  // Returns the merged answer of the runs to a search.
  using Ask = std::function<OrRefusal<v1::FoundLeads>(const v1::FindLeads& request)>;

  // Returns a page of a search; with a format only by id. If it has fewer leads than `limit` and a cursor, thousands
  // were left out, or it has kPageBytes. Refused (410): what the pages before have shown is forgotten, so the cursor is
  // too old. Other refusals and errors are those of `ask`.
  OrRefusal<v1::FoundLeads> Find(const v1::FindLeads& request, const Ask& ask);
  // Begins a search with each column of a board as its first page. `pipeline` has the places of its rows. Retriable: a
  // run of another version has answered.
  Status Begin(const v1::GetPipeline& request, v1::Pipeline* pipeline);

 private:
  ShownPages shown_;
};

}  // namespace leadpulse::serve

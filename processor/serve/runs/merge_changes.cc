// Merges the changes that several runs answer with (merge.h).
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "processor/serve/runs/merge.h"

namespace leadpulse::serve {
namespace {

constexpr char kBetween = '-';
// No run has made this position, so it answers with a reset.
constexpr char kUnknown[] = "none";

using Positions = std::vector<std::string>;

std::string Written(const Positions& positions) { return absl::StrJoin(positions, std::string(1, kBetween)); }

// Returns the position of each run; empty: from now on.
Positions PositionsIn(const std::string& text, size_t runs) {
  if (text.empty()) return Positions(runs);
  Positions positions = absl::StrSplit(text, kBetween);
  if (positions.size() != runs) return Positions(runs, kUnknown);
  for (std::string& position : positions) {
    if (position.empty()) position = kUnknown;
  }
  return positions;
}

}  // namespace

std::vector<v1::ReadChanges> SplitChanges(const v1::ReadChanges& request, size_t runs) {
  std::vector<v1::ReadChanges> of_runs(runs);
  for (const v1::ChangeReader& reader : request.readers()) {
    Positions positions = PositionsIn(reader.after(), runs);
    for (size_t run = 0; run < runs; ++run) {
      v1::ChangeReader* of_run = of_runs[run].add_readers();
      *of_run = reader;
      of_run->set_after(std::move(positions[run]));
    }
  }
  for (const v1::ErasureReader& reader : request.erasures()) {
    Positions positions = PositionsIn(reader.after(), runs);
    for (size_t run = 0; run < runs; ++run) {
      v1::ErasureReader* of_run = of_runs[run].add_erasures();
      of_run->set_tenant_id(reader.tenant_id());
      of_run->set_after(std::move(positions[run]));
    }
  }
  return of_runs;
}

v1::ChangePages MergeChanges(const v1::ReadChanges& request, const std::vector<std::optional<v1::ChangePages>>& pages) {
  v1::ChangePages merged;
  for (int i = 0; i < request.readers_size(); ++i) {
    Positions positions = PositionsIn(request.readers(i).after(), pages.size());
    v1::ChangePage* page = merged.add_pages();
    const auto page_of = [&](size_t run) -> const v1::ChangePage* {
      const bool answers = pages[run] && pages[run]->pages_size() == request.readers_size();
      return answers ? &pages[run]->pages(i) : nullptr;
    };
    // From now on: there are no events yet.
    for (size_t run = 0; run < pages.size(); ++run) {
      if (positions[run].empty()) positions[run] = page_of(run) == nullptr ? kUnknown : page_of(run)->next();
    }
    for (size_t run = 0; run < pages.size(); ++run) {
      if (page_of(run) == nullptr) continue;
      const v1::ChangePage& of_run = *page_of(run);
      page->set_reset(page->reset() || of_run.reset());
      page->set_more(page->more() || of_run.more());
      for (const v1::ChangeEvent& event : of_run.events()) {
        v1::ChangeEvent* with_all = page->add_events();
        *with_all = event;
        positions[run] = event.id();
        with_all->set_id(Written(positions));
      }
      positions[run] = of_run.next();
    }
    page->set_next(Written(positions));
  }
  for (int i = 0; i < request.erasures_size(); ++i) {
    Positions positions = PositionsIn(request.erasures(i).after(), pages.size());
    v1::ErasurePage* page = merged.add_erasures();
    for (size_t run = 0; run < pages.size(); ++run) {
      const bool answers = pages[run] && pages[run]->erasures_size() == request.erasures_size();
      if (!answers && positions[run].empty()) positions[run] = kUnknown;
      if (!answers) continue;
      const v1::ErasurePage& of_run = pages[run]->erasures(i);
      page->set_reset(page->reset() || of_run.reset());
      page->mutable_lead_ids()->MergeFrom(of_run.lead_ids());
      positions[run] = of_run.next();
    }
    page->set_next(Written(positions));
  }
  return merged;
}

}  // namespace leadpulse::serve

// The columns of the table of leads: those that the parameter `columns` names, and what they show of a contact. The
// name is always the first one.
#pragma once

#include <string>
#include <vector>

#include "leadpulse/v1/lead_record.pb.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/shown_time.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

struct LeadColumn {
  std::string name;  // in the parameter `columns`: one of ours, or a declared field
  std::string label;
  std::string sort;       // in the API's parameter `sort`; empty: nothing sorts by it
  std::string type = {};  // of the declared field; empty: it is not declared, or the column is one of ours

  bool is_number() const { return type == "number"; }
};

// Returns the columns beside the name that the page shows.
std::vector<LeadColumn> ColumnsOf(const PageRequest& request);
// Sets `cells`, the cells of a row of lead_row.tpl. `row` is that of LeadCells.
void AddCells(const v1::LeadRow& contact, const std::vector<LeadColumn>& columns, const ShownTimes& times,
              const ShownNumbers& numbers, PageData* row);

}  // namespace leadpulse::serve

// Warnings of columns that seem to be misspelt: the definitions do not declare them, and no lead of the page has a
// value in them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "google/protobuf/repeated_field.h"
#include "processor/query/leads/leads_query.h"

namespace leadpulse::serve {

class ColumnWarnings {
 public:
  // Prepares warnings about the columns of the query and, on its first page, those of its order.
  ColumnWarnings(const query::LeadsQuery& query, const config::TenantDefinitions& definitions);

  // Adds a lead of the page.
  void Add(const query::ListedLead& lead);
  // Returns the warnings. Call it once.
  google::protobuf::RepeatedPtrField<std::string> Take();

 private:
  using HasValue = std::function<bool(const query::ListedLead&)>;
  struct Suspect {
    std::string warning;
    HasValue has_value;
  };

  void AddColumn(const query::Column& column, const config::TenantDefinitions& definitions, HasValue has_value);

  std::vector<Suspect> columns_;
};

}  // namespace leadpulse::serve

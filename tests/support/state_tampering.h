// Changes rows of a state directly, as damage, a defect or a mistake would leave them.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/instant.h"
#include "state/codec/lead_codec.h"
#include "state/lead/lead.h"
#include "state/store/state_rows.h"
#include "state/store/store_keys.h"

namespace leadpulse::testing {

// Owned and called by one thread. Keeps the state open while it exists. Throws if it cannot open it.
class StateTampering {
 public:
  using RowFamily = state::RowFamily;
  struct Row {
    std::string key;
    std::string value;
  };

  explicit StateTampering(const std::string& directory) {
    auto opened = state::OpenStateRows(directory, state::StateAccess::kRepair);
    if (!opened.ok()) throw std::runtime_error(opened.status().message());
    rows_ = std::move(*opened);
  }

  state::StateRows& rows() { return *rows_; }

  std::vector<Row> RowsOf(RowFamily family) {
    std::vector<Row> found;
    auto faults = rows_->Visit(family, [&](std::string_view key, std::string_view value) {
      found.push_back({std::string(key), std::string(value)});
    });
    if (!faults.empty()) throw std::runtime_error(faults.front().what);
    return found;
  }

  void Put(RowFamily family, const std::string& key, const std::string& value) { Write({{family, key, value}}); }
  void Delete(RowFamily family, const std::string& key) { Write({{family, key, std::nullopt}}); }
  void Write(const std::vector<state::RowChange>& changes) {
    if (Status status = rows_->Write(changes); !status.ok()) throw std::runtime_error(status.message());
  }

  // Changes the stored lead. The row stays valid, but with another lead than its history gives.
  void ChangeLead(const Row& row, const std::function<void(state::Lead*)>& change) {
    state::Lead lead = Decode(row);
    change(&lead);
    Put(RowFamily::kLeads, row.key, state::EncodeLead(lead));
  }

  static state::Lead Decode(const Row& row) {
    auto lead = state::DecodeLead(*state::ParseLeadKey(state::LeadKeyOfRow(row.key)), row.value);
    if (!lead.ok()) throw std::runtime_error(lead.status().message());
    return *lead;
  }

  // Returns the leads with a timer, or those without.
  std::vector<Row> LeadsWithTimer(bool with) {
    std::vector<Row> found;
    for (Row& row : RowsOf(RowFamily::kLeads)) {
      if ((Decode(row).next_change_at != Instant::Never()) == with) found.push_back(std::move(row));
    }
    return found;
  }

  static std::string TimerKeyOf(const Row& row) { return TimerKeyOf(row, Decode(row).next_change_at); }
  static std::string TimerKeyOf(const Row& row, Instant due) {
    return state::TimerRowKey(*state::PartitionOfRow(row.key), due, state::LeadKeyOfRow(row.key));
  }

 private:
  std::unique_ptr<state::StateRows> rows_;
};

}  // namespace leadpulse::testing

// Scans the leads of a state in the order of tenant and lead (bytes), over all partitions at once.
//
// The pool's threads make rows ahead; the caller's thread takes them in order. Only some hundred rows of each partition
// wait, so memory does not grow with the number of leads. The store must not be written to meanwhile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "state/codec/lead_codec.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::files {

template <typename Row>
struct LeadScan {
  // Makes the row of a lead; nullopt skips the lead. Called for the leads of one partition one after the other, for
  // several partitions at the same time. Attribute::converted is not yet set. An error ends the scan.
  std::function<Result<std::optional<Row>>(PartitionId, state::Lead)> make;
  // Takes a row. Returns false to end the scan without an error.
  std::function<Result<bool>(Row)> take;
  std::string tenant = {};  // empty: the leads of all
  std::string after = {};   // an encoded lead key: the scan begins after it; empty: at the first lead
  // Whether to include the rows of mailboxes that are not leads of their own (state::Lead::is_lead).
  bool mailboxes = false;
};

// The leads that are read at once: enough to keep a worker busy, few enough to hold their rows for every partition.
inline constexpr size_t kLeadsAtOnce = 512;
// The bytes of leads whose rows wait, for all partitions together: a lead may have half a MiB of attributes.
inline constexpr size_t kLeadBytesAtOnce = 32 << 20;

// The rows of one partition in order, made a few at a time.
template <typename Row>
class PartitionRows {
 public:
  PartitionRows(PartitionId partition, const state::LeadReader& store, const LeadScan<Row>& scan)
      : partition_(partition), store_(store), scan_(scan), max_bytes_(kLeadBytesAtOnce / store.partition_count()) {
    if (!scan.tenant.empty()) prefix_ = EncodeLeadKey({scan.tenant, ""});
    last_key_ = std::max(prefix_, scan.after);
  }

  // Whether more rows must be made before the next one is known.
  bool NeedsRows() const { return rows_.empty() && !ended_; }
  bool TakesRows() const { return rows_.size() <= kLeadsAtOnce / 2 && bytes_ <= max_bytes_ / 2 && !ended_; }
  bool empty() const { return rows_.empty(); }
  // Returns the encoded lead key of the next row.
  const std::string& key() const { return rows_.front().key; }
  const Status& status() const { return status_; }
  Row Pop() {
    Row row = std::move(rows_.front().row);
    bytes_ -= rows_.front().bytes;
    rows_.pop_front();
    return row;
  }

  void MakeRows() {
    ended_ = true;
    size_t looked_at = 0;
    Status visited = store_.VisitLeads(partition_, last_key_, [&](std::string_view key, std::string_view value) {
      if (!key.starts_with(prefix_)) return false;
      last_key_ = key;
      status_ = MakeRow(value);
      ended_ = ++looked_at < kLeadsAtOnce && bytes_ < max_bytes_;
      return status_.ok() && ended_;
    });
    if (status_.ok()) status_ = std::move(visited);
  }

 private:
  Status MakeRow(std::string_view value) {
    if (last_key_.find('\0') == std::string::npos) {
      return Status::Fatal("the state holds a lead key without a tenant");
    }
    state::Lead lead;
    lead.key = DecodeLeadKey(last_key_);
    if (scan_.mailboxes) {
      LP_RETURN_IF_ERROR(decoder_.Decode(value, &lead));
    } else {
      LP_ASSIGN_OR_RETURN(const bool is_lead, decoder_.DecodeIfLead(value, &lead));
      if (!is_lead) return Status::Ok();
    }
    LP_ASSIGN_OR_RETURN(std::optional<Row> row, scan_.make(partition_, std::move(lead)));
    if (!row) return Status::Ok();
    size_t bytes = value.size();
    if constexpr (requires { row->bytes(); }) bytes = std::max(bytes, row->bytes());
    rows_.push_back({last_key_, *std::move(row), bytes});
    bytes_ += bytes;
    return Status::Ok();
  }

  struct Waiting {
    std::string key;
    Row row;
    size_t bytes = 0;  // the lead's, as stored, or those of its row, if Row::bytes says more
  };

  const PartitionId partition_;
  const state::LeadReader& store_;
  const LeadScan<Row>& scan_;
  std::string prefix_;  // the scan visits the keys that begin with it
  const size_t max_bytes_;
  std::deque<Waiting> rows_;
  size_t bytes_ = 0;  // `bytes` of all rows_ together
  state::LeadDecoder decoder_;
  std::string last_key_;
  bool ended_ = false;
  Status status_;
};

// Returns the partition with the least key; null if no partition has a row, or one must first make more rows.
template <typename Row>
PartitionRows<Row>* PartitionOfNextRow(const std::vector<std::unique_ptr<PartitionRows<Row>>>& partitions) {
  PartitionRows<Row>* next = nullptr;
  for (const auto& rows : partitions) {
    if (rows->NeedsRows()) return nullptr;
    if (!rows->empty() && (next == nullptr || rows->key() < next->key())) next = rows.get();
  }
  return next;
}

// The rows of all partitions in order, pulled one by one, to walk through two states side by side. Used by one thread;
// store, scan and pool outlive it. `take` of the scan is not called.
template <typename Row>
class OrderedRows {
 public:
  OrderedRows(const state::LeadReader& store, const LeadScan<Row>& scan, WorkerPool* pool) : pool_(pool) {
    for (uint32_t i = 0; i < store.partition_count(); ++i) {
      partitions_.push_back(std::make_unique<PartitionRows<Row>>(PartitionId{i}, store, scan));
    }
  }

  // Returns the next row; nullopt after the last one. Errors are those of `make`; fatal if a lead cannot be read.
  Result<std::optional<Row>> Next() {
    while (true) {
      if (PartitionRows<Row>* next = PartitionOfNextRow(partitions_)) return std::optional<Row>(next->Pop());
      // Make more rows than needed now, so that all workers have something to do.
      std::vector<PartitionRows<Row>*> wanting;
      for (const auto& rows : partitions_) {
        if (rows->TakesRows()) wanting.push_back(rows.get());
      }
      if (wanting.empty()) return std::optional<Row>();
      pool_->ForEach(wanting.size(), [&wanting](size_t i) { wanting[i]->MakeRows(); });
      for (const PartitionRows<Row>* rows : wanting) LP_RETURN_IF_ERROR(rows->status());
    }
  }

 private:
  WorkerPool* const pool_;
  std::vector<std::unique_ptr<PartitionRows<Row>>> partitions_;
};

// Passes all leads to `take`. Returns when all were taken, `take` ended the scan, or something failed; no thread works
// on it any more then. Errors are those of `make` and `take`, and a fatal one for a lead that cannot be read.
template <typename Row>
Status PassOverLeads(const state::LeadReader& store, const LeadScan<Row>& scan, WorkerPool* pool) {
  OrderedRows<Row> rows(store, scan, pool);
  while (true) {
    LP_ASSIGN_OR_RETURN(std::optional<Row> row, rows.Next());
    if (!row) return Status::Ok();
    LP_ASSIGN_OR_RETURN(const bool goes_on, scan.take(*std::move(row)));
    if (!goes_on) return Status::Ok();
  }
}

}  // namespace leadpulse::files

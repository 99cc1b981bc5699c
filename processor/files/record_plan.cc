#include "processor/files/record_plan.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace leadpulse::files {
namespace {

constexpr size_t kFirstBuckets = 1024;
// An odd constant with bits everywhere: 2^64 divided by the golden ratio.
constexpr uint64_t kSpread = 0x9E3779B97F4A7C15;

}  // namespace

void RecordPlan::Clear() {
  if (++part_ == 0) {  // after 2^32 parts
    std::ranges::fill(buckets_, Bucket());
    part_ = 1;
  }
  forest_.clear();
  nodes_.clear();
  changes_others_.clear();
  component_of_.clear();
  first_.clear();
  records_.clear();
  shared_.clear();
  barriers_.clear();
}

void RecordPlan::Add(const LeadKey& key, const engine::RecordReach& reach) {
  const uint32_t node = NodeOf(HashOf(key.tenant, key.lead));
  for (const std::string& other : reach.leads) Unite(node, NodeOf(HashOf(key.tenant, other)));
  if (reach.changes_others) {
    changes_others_.push_back({static_cast<uint32_t>(nodes_.size()), reach.is_shared});
  }
  nodes_.push_back(node);
}

void RecordPlan::Connect(const LeadKey& lead, std::string_view address) {
  Unite(NodeOf(HashOf(lead.tenant, lead.lead)), NodeOf(HashOf(lead.tenant, address)));
}

void RecordPlan::AddRejected() { nodes_.push_back(kNoComponent); }

void RecordPlan::Finish() {
  NumberComponents();
  ListRecords();
  for (const ChangesOthers& record : changes_others_) {
    if (record.is_shared || shared_[component_of_[record.record]]) barriers_.push_back(record.record);
  }
}

void RecordPlan::NumberComponents() {
  component_of_.reserve(nodes_.size());
  for (const uint32_t node : nodes_) {
    if (node == kNoComponent) {
      component_of_.push_back(kNoComponent);
      continue;
    }
    Node& name = forest_[Find(node)];
    if (name.component == kNoComponent) {
      name.component = static_cast<uint32_t>(shared_.size());
      shared_.push_back(name.leads > 1);
    }
    component_of_.push_back(name.component);
  }
}

// Lists the records by component: counts the records of each, then puts each record at its place.
void RecordPlan::ListRecords() {
  first_.assign(shared_.size() + 1, 0);
  for (const uint32_t component : component_of_) {
    if (component != kNoComponent) ++first_[component];
  }
  uint32_t end = 0;
  for (uint32_t& first : first_) first = end += first;
  records_.resize(end);
  // From the last record to the first, so that each list ascends, and each end becomes a beginning.
  for (auto record = static_cast<uint32_t>(component_of_.size()); record-- > 0;) {
    if (const uint32_t component = component_of_[record]; component != kNoComponent) {
      records_[--first_[component]] = record;
    }
  }
}

uint64_t RecordPlan::HashOf(std::string_view tenant, std::string_view lead) {
  const std::hash<std::string_view> hash;
  if (tenant != last_tenant_ || last_tenant_.empty()) {
    last_tenant_ = tenant;
    last_tenant_hash_ = hash(tenant) * kSpread;
  }
  return (hash(lead) ^ last_tenant_hash_) * kSpread;
}

uint32_t RecordPlan::NodeOf(uint64_t hash) {
  if (2 * forest_.size() >= buckets_.size()) Grow();
  // The upper bits of the product are the best ones.
  for (size_t i = hash >> 32;; ++i) {
    Bucket& bucket = buckets_[i & (buckets_.size() - 1)];
    if (bucket.part != part_) {
      bucket = {hash, part_, static_cast<uint32_t>(forest_.size())};
      forest_.push_back({.parent = bucket.node});
      return bucket.node;
    }
    if (bucket.hash == hash) return bucket.node;
  }
}

void RecordPlan::Grow() {
  std::vector<Bucket> larger(std::max(kFirstBuckets, 2 * buckets_.size()));
  for (const Bucket& bucket : buckets_) {
    if (bucket.part != part_) continue;
    size_t i = bucket.hash >> 32;
    while (larger[i & (larger.size() - 1)].part == part_) ++i;
    larger[i & (larger.size() - 1)] = bucket;
  }
  buckets_ = std::move(larger);
}

uint32_t RecordPlan::Find(uint32_t node) {
  while (forest_[node].parent != node) {
    // Halves the path for the next search.
    node = forest_[node].parent = forest_[forest_[node].parent].parent;
  }
  return node;
}

void RecordPlan::Unite(uint32_t a, uint32_t b) {
  a = Find(a);
  b = Find(b);
  if (a == b) return;
  if (forest_[a].leads < forest_[b].leads) std::swap(a, b);
  forest_[b].parent = a;
  forest_[a].leads += forest_[b].leads;
}

}  // namespace leadpulse::files

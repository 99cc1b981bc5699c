// What a tenant computes: fields, scoring, tiers, lifecycle, quality and segments, checked and ready to evaluate.
//
// Immutable once loaded and shared between threads. definitions_loader.h makes it from one YAML file.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "config/declared_names.h"
#include "processor/base/calendar.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/base/value.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/checker.h"

namespace leadpulse::rules {
class RuleIndex;
}

namespace leadpulse::config {

enum class LimitPer : uint8_t { kMessage, kCampaign, kDay, kLifetime };
struct Limit {
  uint32_t count = 1;  // at least 1
  LimitPer per = LimitPer::kLifetime;
};

// After each full `every` of its age an entry keeps (100 - percent)/100 of its points.
struct Decay {
  int32_t percent = 0;  // 0–100
  Millis every{0};      // at least 1 s
};

// A scoring rule: either `step` or `when` is set. The loader turns `event`, `name`, `campaign` and `bounce` into a
// step. Members that every event reads come first, to share a cache line.
struct ScoringRule {
  int64_t points = 0;  // within ±1,000,000
  // Whether the step only counts people's events of its type (and kind of bounce): each gives `points` for ever.
  bool by_count = false;
  std::optional<rules::Rule> when;
  std::optional<rules::Step> step;
  std::optional<Limit> limit;
  std::optional<Decay> decay;
  std::optional<Millis> expires_after;
  // The points of an entry after 0, 1, 2, … full decay periods; the last element is that of all later ones. Without
  // decay one element, `points`.
  std::vector<int64_t> points_by_age;
  // For people: `open +1, limit 1 per message`. Rules with the same meaning have the same description.
  std::string description;
};

struct Tier {
  std::string name;
  std::optional<int64_t> at_least;  // nullopt: the last one
};

struct Lifecycle {
  EventTypes engaged_on;
  std::optional<int64_t> auto_qualify_at;
  bool auto_qualify_requires_engagement = true;
  uint32_t soft_bounce_limit = 5;
  bool resubscribe_lifts_complaint = false;
};

struct QualityPoints {
  std::string name;  // an attribute's normalised name, or a source's folded one
  int64_t points = 0;
  bool is_email = false;  // the attribute `email`: the lead's id may stand in for it
};
struct Quality {
  std::vector<QualityPoints> attributes;
  std::vector<QualityPoints> sources;
  int64_t email_points = 0;  // the points of `email` in `attributes`
  int64_t engagement_weight = 0;
  int64_t engagement_full_at = 0;  // 0: no engagement part
};

// A subscription group of the provider. People may leave it without leaving all.
struct DeclaredTopic {
  std::string id;    // as declared
  std::string name;  // for people; the id if none is given
};

// Domains whose addresses get no mail.
class SuppressedDomains {
 public:
  // Adds a domain in normal form, `a.example`, or all below it, `*.a.example`.
  void Add(std::string_view entry) { entries_.emplace(entry.starts_with('*') ? entry.substr(1) : entry); }
  bool empty() const { return entries_.empty(); }
  // Returns the entries, ascending.
  std::vector<std::string> Entries() const;
  // Returns the entry that holds the domain of a normalised address; empty: none does, or it is no address.
  std::string EntryOf(std::string_view address) const;

 private:
  std::set<std::string, std::less<>> entries_;  // `.a.example`: the domains below it
};

struct Segment {
  std::string id;
  std::string name;
  rules::Rule rule;
};

struct TenantDefinitions {
  // Unique among all loaded definitions, so that a cached result is not used for other definitions at the same address.
  // 0: not loaded; no results are cached.
  uint64_t serial = 0;
  // Hash of the tenant's part of the file, without comments, layout and `names`: leads of tenants with equal ones have
  // equal views.
  uint64_t source_hash = 0;
  TenantNames names;  // shown only
  Calendar calendar;
  rules::DeclaredTypes fields;  // with those of FollowUpFields
  bool strict_fields = false;
  rules::DeclaredTypes event_properties;  // at most kMaxEventProperties
  bool publish_score_changes = false;
  bool publish_updates = false;

  // Not null; tenants with equal scoring share them.
  std::shared_ptr<const std::vector<ScoringRule>> scoring = std::make_shared<const std::vector<ScoringRule>>();
  std::optional<rules::Rule> exclude;
  EventTypes reset_on;
  std::optional<int64_t> score_min;
  std::optional<int64_t> score_max;

  SuppressedDomains suppressed_domains;  // at most kMaxSuppressedDomains

  std::vector<Tier> tiers;  // strictly descending, at least one, the last without at_least
  Lifecycle lifecycle;
  uint32_t journal_max_entries = 1000;
  bool identity_by_email = true;  // leads that have one e-mail address share the events reported for it
  Quality quality;

  std::vector<DeclaredTopic> topics;  // by ascending id; at most kMaxTopics
  rules::TopicIndexes topic_indexes;

  std::vector<Segment> segments;        // by ascending id
  std::vector<uint32_t> segment_order;  // indexes, each after those that its rule refers to
  // How long the rules may take for an event (rule_cost.h).
  std::chrono::nanoseconds rule_time{0};
  // The index of the segment rules; null if there are so few that evaluating all of them costs less.
  std::shared_ptr<const rules::RuleIndex> segment_index;
};

struct Definitions {
  // 16 hex digits, the XXH3-64 hash of the whole text: equal texts have equal versions. Shown as the id of a
  // DEFINITIONS cause.
  std::string version;
  // The YAML, byte for byte; empty: the built-in defaults.
  std::string text;
  std::map<std::string, std::shared_ptr<const TenantDefinitions>, std::less<>> tenants;  // with "*" if there is one
  std::shared_ptr<const TenantDefinitions> fallback;  // "*", or the built-in defaults if the file has no "*"

  // Builds the look-up by id. Call it after the last of `tenants` was set.
  void IndexTenants() {
    by_id_.clear();
    for (const auto& [id, tenant] : tenants) by_id_.emplace(id, tenant.get());
  }
  // Returns the definitions of the tenant. "*" is not a tenant's id; it gets the fallback.
  const TenantDefinitions& For(std::string_view tenant) const {
    const auto found = by_id_.find(absl::string_view(tenant.data(), tenant.size()));
    return found == by_id_.end() ? *fallback : *found->second;
  }

 private:
  // `tenants` by id. A hash look-up waits for memory once or twice, a search among a thousand tenants ten times.
  absl::flat_hash_map<std::string, const TenantDefinitions*> by_id_;
};

inline constexpr size_t kMaxSegments = 10'000;
// From this number on, segment rules are indexed: evaluating a rule takes some 60 ns, the index itself more than a
// microsecond.
inline constexpr size_t kIndexedSegments = 24;
inline constexpr size_t kMaxScoringRules = 500;
inline constexpr size_t kMaxEventProperties = 16;
inline constexpr size_t kMaxSuppressedDomains = 10'000;
inline constexpr int64_t kMaxPoints = 1'000'000;
// The largest limit, number of soft bounces, and number of journal entries.
inline constexpr int64_t kMaxCount = 1'000'000;
inline constexpr size_t kMaxSegmentIdBytes = 128;
inline constexpr size_t kMaxTenantIdBytes = 128;
// The most lists that a tenant may name, and the most campaigns.
inline constexpr size_t kMaxDeclaredNames = 10'000;
// The longest id of a list or campaign, as in records (codec::kMaxStringBytes).
inline constexpr size_t kMaxListIdBytes = 1 << 10;
// The longest name of a field, event property, tier, source or segment that people can still read in a table.
inline constexpr size_t kMaxNameBytes = 256;

}  // namespace leadpulse::config

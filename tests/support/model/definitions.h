// A tenant's definitions as structures: nothing here reads YAML.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/event_type.h"
#include "tests/support/model/rule.h"

namespace leadpulse::model {

enum class FieldType { kText, kNumber, kBoolean, kDate, kCalendarDay };
inline constexpr int kFieldTypes = 5;

struct Limit {
  enum class Per { kMessage, kCampaign, kLocalDay, kLifetime };
  int64_t count = 1;
  Per per = Per::kLifetime;
};

struct Decay {
  int percent = 0;
  Duration every;
};

// A scoring rule, which has one of `event`, `match` and `when`.
struct ScoringRule {
  int64_t points = 0;
  std::optional<EventType> event;
  std::optional<std::string> name;
  std::optional<std::string> campaign;
  std::optional<bool> soft_bounce;
  std::optional<Step> match;
  std::optional<Rule> when;
  std::optional<Limit> limit;
  std::optional<Decay> decay;
  std::optional<Duration> expires_after;
};

struct Scoring {
  std::vector<ScoringRule> rules;
  std::vector<EventType> reset_on;
  std::optional<Rule> exclude;
  std::optional<int64_t> min;
  std::optional<int64_t> max;
};

struct Tier {
  std::string name;
  std::optional<int64_t> at_least;
};

struct Lifecycle {
  std::vector<EventType> engaged_on = {EventType::kClick, EventType::kReply, EventType::kPageVisit};
  std::optional<int64_t> auto_qualify_at;
  bool auto_qualify_requires_engagement = true;
  int64_t soft_bounce_limit = 5;
  bool resubscribe_lifts_complaint = false;
};

struct Engagement {
  int64_t weight = 0;
  int64_t full_at = 1;
};

struct Quality {
  std::map<std::string, int64_t> attributes;
  std::map<std::string, int64_t> source;
  std::optional<Engagement> engagement;
};

struct Segment {
  std::string id;
  std::string name;
  Rule rule;
};

// A subscription group that people can leave and join. Ids are compared without case.
struct Topic {
  std::string id;
  std::string name;  // may be empty
};

// The default of `identity: {by_email}` in definitions of the model, for the program and the model.
inline constexpr bool kProgramKnowsAddresses = true;
// Whether the random records for comparisons with the program share addresses.
inline constexpr bool kComparesSharedAddresses = true;

struct TenantDefinitions {
  std::string timezone = "UTC";
  std::map<std::string, FieldType> fields;            // as spelled
  std::map<std::string, FieldType> event_properties;  // as spelled
  bool strict_fields = false;                         // decides which files are refused, and changes no lead
  bool publish_score_changes = false;
  bool publish_updates = false;
  Scoring scoring;
  std::vector<Tier> tiers;
  Lifecycle lifecycle;
  int64_t max_entries = 1000;
  Quality quality;
  std::vector<Segment> segments;
  std::vector<Topic> topics;
  bool identity_by_email = kProgramKnowsAddresses;
  std::vector<std::string> suppressed_domains;  // as spelled
};

using Definitions = std::map<std::string, TenantDefinitions>;

// Returns the definitions of tenants without an entry if there is no "*".
TenantDefinitions BuiltInDefinitions();

// Returns the tenant's own entry, else "*", else the built-in one.
const TenantDefinitions& DefinitionsOf(const Definitions& definitions, const std::string& tenant);

// Returns the declared topic of this scope, or null.
const Topic* DeclaredTopic(const TenantDefinitions& definitions, const std::string& scope);

// Returns the declared type of a name, compared in normal form.
std::optional<FieldType> DeclaredType(const std::map<std::string, FieldType>& declared, const std::string& normal_name);

// Returns the type of the field with this normalised name, if the tenant declares it or every tenant has it.
std::optional<FieldType> FieldTypeOf(const std::map<std::string, FieldType>& fields, const std::string& normal_name);

}  // namespace leadpulse::model

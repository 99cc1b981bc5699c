#include <algorithm>
#include <iterator>

#include "tests/support/model/text.h"
#include "tests/support/workload/edits.h"

namespace leadpulse::workload {
namespace {

using model::EventType;
using model::FieldType;
using model::TenantDefinitions;
using Fields = std::map<std::string, FieldType>;

FieldType AnyType(Random& random) { return static_cast<FieldType>(random.Below(model::kFieldTypes)); }

Fields::iterator AnyOf(Random& random, Fields& fields) {
  return std::next(fields.begin(), random.Below(static_cast<int64_t>(fields.size())));
}

// Declares one of the names that records and rules use, unless it is declared.
void Declare(Random& random, const std::vector<std::string>& names, Fields& fields) {
  const std::string& name = random.OneOf(names);
  if (model::DeclaredType(fields, model::NormalName(name))) return;
  fields[random.Chance(30) ? model::NormalName(name) : name] = AnyType(random);
}

void ChangeFieldType(Random& random, const World&, TenantDefinitions& definitions) {
  if (!definitions.fields.empty()) AnyOf(random, definitions.fields)->second = AnyType(random);
}

void AddField(Random& random, const World&, TenantDefinitions& definitions) {
  Declare(random, Words().attributes, definitions.fields);
}

void RemoveField(Random& random, const World&, TenantDefinitions& definitions) {
  // Rules may still use the field.
  definitions.strict_fields = false;
  if (!definitions.fields.empty()) definitions.fields.erase(AnyOf(random, definitions.fields));
}

void ToggleStrictFields(Random& random, const World&, TenantDefinitions& definitions) {
  definitions.strict_fields = !definitions.strict_fields;
  if (!definitions.strict_fields) return;
  for (const std::string& name : Words().attributes) {
    if (!model::DeclaredType(definitions.fields, model::NormalName(name))) definitions.fields[name] = AnyType(random);
  }
}

void ChangeZone(Random& random, const World&, TenantDefinitions& definitions) {
  definitions.timezone = random.OneOf(random.OneOf(Eras()).zones);
}

void ChangePropertyType(Random& random, const World&, TenantDefinitions& definitions) {
  if (!definitions.event_properties.empty()) AnyOf(random, definitions.event_properties)->second = AnyType(random);
}

void AddProperty(Random& random, const World&, TenantDefinitions& definitions) {
  Declare(random, Words().properties, definitions.event_properties);
}

void RemoveProperty(Random& random, const World&, TenantDefinitions& definitions) {
  Fields& properties = definitions.event_properties;
  if (!properties.empty()) properties.erase(AnyOf(random, properties));
}

void NameTier(Random& random, std::vector<model::Tier>& tiers, model::Tier& tier) {
  static const std::vector<std::string> kNames = {"hot", "warm", "cool", "cold", "Kalt", "top", "Hot 2", "ÄPFEL"};
  const std::string& name = random.OneOf(kNames);
  const bool is_taken =
      std::any_of(tiers.begin(), tiers.end(), [&](const model::Tier& other) { return other.name == name; });
  if (!is_taken) tier.name = name;
}

// Sorts in strictly descending order again.
void SortTiers(std::vector<model::Tier>& tiers) {
  std::stable_sort(tiers.begin(), tiers.end() - 1,
                   [](const model::Tier& left, const model::Tier& right) { return left.at_least > right.at_least; });
  const auto end = std::unique(tiers.begin(), tiers.end() - 1, [](const model::Tier& left, const model::Tier& right) {
    return left.at_least == right.at_least;
  });
  tiers.erase(end, tiers.end() - 1);
}

void EditTiers(Random& random, const World&, TenantDefinitions& definitions) {
  auto& tiers = definitions.tiers;
  const auto above_last = static_cast<int64_t>(tiers.size()) - 1;
  const int64_t kind = random.Below(4);
  if (kind == 0) {
    NameTier(random, tiers, tiers[random.Below(above_last + 1)]);
  } else if (kind == 1) {
    model::Tier tier = {"", random.Between(-20, 60)};
    NameTier(random, tiers, tier);
    if (!tier.name.empty()) tiers.insert(tiers.begin(), tier);
  } else if (above_last > 0 && kind == 2) {
    tiers.erase(tiers.begin() + random.Below(above_last));
  } else if (above_last > 0) {
    tiers[random.Below(above_last)].at_least = random.Between(-20, 60);
  }
  SortTiers(tiers);
}

void EditLifecycle(Random& random, const World&, TenantDefinitions& definitions) {
  model::Lifecycle& lifecycle = definitions.lifecycle;
  switch (random.Below(5)) {
    case 0:
      lifecycle.engaged_on.clear();
      for (int64_t i = random.Below(4); i > 0; --i) {
        const auto type = static_cast<EventType>(random.Between(1, 11));
        if (std::count(lifecycle.engaged_on.begin(), lifecycle.engaged_on.end(), type) == 0) {
          lifecycle.engaged_on.push_back(type);
        }
      }
      break;
    case 1:
      lifecycle.auto_qualify_at.reset();
      if (random.Chance(75)) lifecycle.auto_qualify_at = random.Between(0, 60);
      break;
    case 2:
      lifecycle.auto_qualify_requires_engagement = !lifecycle.auto_qualify_requires_engagement;
      break;
    case 3:
      lifecycle.soft_bounce_limit = random.Between(1, 5);
      break;
    default:
      lifecycle.resubscribe_lifts_complaint = !lifecycle.resubscribe_lifts_complaint;
  }
}

void EditQuality(Random& random, const World&, TenantDefinitions& definitions) {
  model::Quality& quality = definitions.quality;
  const int64_t kind = random.Below(4);
  if (kind == 0) {
    quality.engagement.reset();
    if (random.Chance(75)) quality.engagement = model::Engagement{random.Between(0, 40), random.Between(1, 70)};
  } else if (kind == 1) {
    static const std::vector<std::string> kSources = {"referral", "Import", "gold", "technology"};
    quality.source[random.OneOf(kSources)] = random.Between(-5, 20);
  } else if (kind == 2 && !quality.attributes.empty()) {
    quality.attributes.erase(quality.attributes.begin());
  } else {
    const std::string normal = model::NormalName(random.OneOf(Words().attributes));
    std::erase_if(quality.attributes, [&](const auto& row) { return model::NormalName(row.first) == normal; });
    quality.attributes[normal] = random.Between(-5, 20);
  }
}

void ChangeJournal(Random& random, const World&, TenantDefinitions& definitions) {
  definitions.max_entries = random.Chance(25) ? 1000 : random.Between(1, 12);
}

bool IsDeclared(const TenantDefinitions& definitions, const std::string& id) {
  return model::DeclaredTopic(definitions, model::Fold(id)) != nullptr;
}

void DeclareTopic(Random& random, const World&, TenantDefinitions& definitions) {
  const std::string& id = random.OneOf(Words().topics);
  const bool may_be_declared = !id.empty() && id.size() <= 128 && id == model::NormalText(id);
  if (may_be_declared && !IsDeclared(definitions, id)) definitions.topics.push_back({id, "Added"});
}

void RemoveTopic(Random& random, const World&, TenantDefinitions& definitions) {
  auto& topics = definitions.topics;
  if (!topics.empty()) topics.erase(topics.begin() + random.Below(static_cast<int64_t>(topics.size())));
}

// Spells a topic in other letter case.
void RespellTopic(Random& random, const World&, TenantDefinitions& definitions) {
  if (definitions.topics.empty()) return;
  std::string& id = definitions.topics[random.Below(static_cast<int64_t>(definitions.topics.size()))].id;
  for (char& c : id) {
    if (c >= 'a' && c <= 'z' && random.Chance(50)) c = static_cast<char>(c - 'a' + 'A');
  }
}

void ToggleScoreChanges(Random&, const World&, TenantDefinitions& definitions) {
  definitions.publish_score_changes = !definitions.publish_score_changes;
}

void SwitchByEmail(Random&, const World& world, TenantDefinitions& definitions) {
  if (world.theme == Theme::kMailboxes) definitions.identity_by_email = !definitions.identity_by_email;
}

void ToggleSuppressedDomain(Random& random, const World&, TenantDefinitions& definitions) {
  const std::string domain = random.Chance(50) ? "example.com" : "*.example";
  if (std::erase(definitions.suppressed_domains, domain) == 0) definitions.suppressed_domains.push_back(domain);
}

}  // namespace

const std::vector<Edit>& PlainEdits() {
  // Edits that convert a profile again come more often than others.
  static const std::vector<Edit> kEdits = {ChangeFieldType, ChangeFieldType,    AddField,
                                           RemoveField,     ToggleStrictFields, ChangeZone,
                                           ChangeZone,      ChangePropertyType, AddProperty,
                                           RemoveProperty,  EditTiers,          EditLifecycle,
                                           EditQuality,     ChangeJournal,      ToggleScoreChanges,
                                           DeclareTopic,    DeclareTopic,       RemoveTopic,
                                           RespellTopic,    SwitchByEmail,      ToggleSuppressedDomain};
  return kEdits;
}

}  // namespace leadpulse::workload

#include "state/lead/profile.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "processor/base/address.h"
#include "processor/base/text.h"

namespace leadpulse::state {
namespace {

template <typename Variant>
size_t ValueBytes(const Variant& value) {
  return std::visit(
      [](const auto& v) -> size_t {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return 0;
        } else if constexpr (std::is_same_v<T, std::string>) {
          return v.size();
        } else if constexpr (std::is_same_v<T, StructValue>) {
          return v.json.size();
        } else if constexpr (std::is_same_v<T, ScalarList>) {
          size_t bytes = 0;
          for (const Scalar& element : v) bytes += ValueBytes(element);
          return bytes;
        } else if constexpr (std::is_same_v<T, Number>) {
          return v.own_spelling() != nullptr ? v.own_spelling()->size() : sizeof(double);
        } else {
          return sizeof(T);  // bool 1, Instant 8
        }
      },
      value);
}

size_t NameBytes(const NameSet& set) {
  size_t bytes = 0;
  for (const auto& [folded, name] : set.names()) bytes += name.size();
  return bytes;
}

size_t EntryBytes(const ConsentEntry& entry) {
  return entry.consent.purpose.size() + entry.consent.source.size() + entry.actor.size() + entry.version.size();
}

// Returns for each index in the ledger whether its entry is not the latest of its purpose.
std::vector<bool> FindSuperseded(const std::vector<ConsentEntry>& ledger) {
  std::vector<bool> superseded(ledger.size());
  std::map<std::string, size_t> latest;
  for (size_t i = 0; i < ledger.size(); ++i) {
    const auto [found, is_first] = latest.try_emplace(FoldCase(ledger[i].consent.purpose), i);
    if (is_first) continue;
    const bool supersedes = Supersedes(ledger[i].consent, ledger[found->second].consent);
    superseded[supersedes ? std::exchange(found->second, i) : i] = true;
  }
  return superseded;
}

}  // namespace

void NormalizeEmail(Value* converted) {
  if (auto* text = std::get_if<std::string>(converted)) *text = NormalizeAddress(*text);
}

bool NameSet::Add(std::string_view name) { return names_.try_emplace(FoldCase(name), name).second; }

bool NameSet::Remove(std::string_view name) { return names_.erase(FoldCase(name)) > 0; }

size_t ProfileBytes(const Profile& profile) {
  const ProfileExtras& extras = *profile.extras;
  size_t bytes = NameBytes(extras.tags) + NameBytes(extras.lists) + NameBytes(extras.campaigns);
  for (const auto& [name, attribute] : profile.attributes) bytes += name.size() + ValueBytes(attribute.sent);
  for (const ConsentEntry& entry : extras.consent_ledger) bytes += EntryBytes(entry);
  return bytes;
}

void RecordEdit(ProfileEdit edit, Profile* profile) {
  std::vector<ProfileEdit>& edits = profile->extras.Get().edits;
  const bool is_of_names = IsOfNames(edit.kind);
  const auto shares_bound = [&](const ProfileEdit& other) { return IsOfNames(other.kind) == is_of_names; };
  const auto content = [](const ProfileEdit& other) { return std::tie(other.kind, other.actor, other.value); };
  const auto last = std::find_if(edits.rbegin(), edits.rend(), shares_bound);
  if (is_of_names && last != edits.rend() && content(*last) == content(edit)) {
    last->at = edit.at;
    return;
  }
  edits.push_back(std::move(edit));
  const size_t bound = is_of_names ? kMaxNamesEdits : kMaxEdits;
  if (static_cast<size_t>(std::ranges::count_if(edits, shares_bound)) > bound) {
    edits.erase(std::ranges::find_if(edits, shares_bound));
  }
}

void KeepLatest(const Consent& consent, ProfileExtras* extras) {
  const auto [found, is_first] = extras->consents.try_emplace(FoldCase(consent.purpose), consent);
  Consent& latest = found->second;
  if (is_first || !Supersedes(consent, latest)) return;
  std::string first_spelling = std::move(latest.purpose);
  latest = consent;
  latest.purpose = std::move(first_spelling);
}

void RecordConsent(ConsentEntry entry, Profile* profile) {
  ProfileExtras& extras = profile->extras.Get();
  KeepLatest(entry.consent, &extras);
  std::vector<ConsentEntry>& ledger = extras.consent_ledger;
  ledger.push_back(std::move(entry));
  if (ledger.size() <= kMaxConsentEntries) return;
  const std::vector<bool> superseded = FindSuperseded(ledger);
  const size_t older = ledger.size() - kMaxConsentEntries;
  size_t index = 0;
  std::erase_if(ledger, [&](const ConsentEntry&) {
    const size_t at = index++;
    return at < older && superseded[at];
  });
}

size_t DropConsentEntries(size_t max_bytes, Profile* profile) {
  size_t bytes = ProfileBytes(*profile);
  std::vector<ConsentEntry>& ledger = profile->extras.Get().consent_ledger;
  const std::vector<bool> superseded = FindSuperseded(ledger);
  size_t index = 0;
  std::erase_if(ledger, [&](const ConsentEntry& entry) {
    if (!superseded[index++] || bytes <= max_bytes) return false;
    bytes -= EntryBytes(entry);
    return true;
  });
  return bytes;
}

std::vector<ConsentEntry> LedgerOfLatest(const ProfileExtras& extras) {
  std::vector<ConsentEntry> ledger;
  for (const auto& [folded, consent] : extras.consents) ledger.push_back({consent, "", "", consent.at});
  std::ranges::stable_sort(ledger, {}, [](const ConsentEntry& entry) { return entry.consent.at; });
  return ledger;
}

}  // namespace leadpulse::state

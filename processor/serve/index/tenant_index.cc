#include "processor/serve/index/tenant_index.h"

#include <algorithm>
#include <functional>
#include <span>

#include "processor/base/sort_once.h"
#include "processor/base/text.h"

namespace leadpulse::serve {
namespace {

constexpr size_t kFew = 24;
constexpr TermNumber kNoNumber = ~TermNumber{0};

// Returns the numbers of `all` with a value between these.
template <typename Value>
Roaring NumbersBetween(Value least, Value most, const std::vector<Value>& values, const Roaring& all) {
  std::vector<uint32_t> numbers;
  for (uint32_t number = 0; number < values.size(); ++number) {
    if (values[number] >= least && values[number] <= most) numbers.push_back(number);
  }
  return Roaring(numbers.size(), numbers.data()) & all;
}

}  // namespace

bool LeadKeys::Append(IndexedKey key) {
  if (size_ == kChunk * kMostChunks) return false;
  if (size_ % kChunk == 0) chunks_.push_back(std::make_unique<Chunk>());
  (*chunks_.back())[size_ % kChunk] = std::move(key);
  ++size_;
  return true;
}

void TenantIndex::Posting::Add(uint32_t number) {
  if (many != nullptr) return many->add(number);
  few.insert(std::ranges::upper_bound(few, number), number);
  if (few.size() <= kFew) return;
  many = std::make_unique<Roaring>(few.size(), few.data());
  few = {};
}

void TenantIndex::Posting::Remove(uint32_t number) {
  if (many != nullptr) return many->remove(number);
  const auto at = std::ranges::lower_bound(few, number);
  if (at != few.end() && *at == number) few.erase(at);
}

void TenantIndex::Posting::AddTo(Roaring* sum) const {
  if (many != nullptr) {
    *sum |= *many;
  } else {
    sum->addMany(few.size(), few.data());
  }
}

TermNumber TenantIndex::NumberOf(std::string term) {
  const auto known = term_numbers_.find(term);
  if (known != term_numbers_.end()) return known->second;
  const TermNumber kind = IsOfProfile(static_cast<TermKind>(term.front())) ? kOfProfile : 0;
  const auto number = static_cast<TermNumber>(postings_.size()) | kind;
  const auto place = dictionary_.emplace(std::move(term), number).first;
  term_numbers_.emplace(place->first, number);
  postings_.emplace_back();
  text_bytes_ += place->first.capacity();
  return number;
}

void TenantIndex::SetTerms(uint32_t number, std::vector<TermNumber> terms, bool with_profile) {
  SortOnce(&terms);  // several spellings of a campaign have one term
  std::vector<TermNumber>& all = terms_[number];
  const auto end = with_profile ? all.end() : std::ranges::lower_bound(all, kOfProfile);
  const std::span<const TermNumber> old(all.begin(), end);
  if (std::ranges::equal(old, terms)) return;
  auto was = old.begin();
  for (const TermNumber term : terms) {
    for (; was != old.end() && *was < term; ++was) PostingOf(*was).Remove(number);
    if (was != old.end() && *was == term) {
      ++was;
    } else {
      PostingOf(term).Add(number);
    }
  }
  for (; was != old.end(); ++was) PostingOf(*was).Remove(number);
  terms.insert(terms.end(), end, all.end());
  all = std::move(terms);
}

void TenantIndex::SetExpiry(uint32_t number, Instant at) {
  if (valid_until_[number] == at) return;
  valid_until_[number] = at;
  if (at != Instant::Never()) {
    expiries_.push_back({at, number});
    std::ranges::push_heap(expiries_, std::ranges::greater(), &Expiry::at);
  }
  if (expiries_.size() <= 2 * valid_until_.size() + kFew) return;
  std::erase_if(expiries_, [this](const Expiry& expiry) { return valid_until_[expiry.number] != expiry.at; });
  std::ranges::make_heap(expiries_, std::ranges::greater(), &Expiry::at);
}

void TenantIndex::NumberText(std::string term, NumberedFacts* numbered) const {
  const auto known = term_numbers_.find(term);
  if (known != term_numbers_.end()) {
    numbered->terms.push_back(known->second);
  } else {
    numbered->new_terms.push_back(std::move(term));
  }
}

void TenantIndex::NumberView(const ViewTerm& term, const config::TenantDefinitions& definitions,
                             NumberedFacts* numbered) const {
  const auto place = static_cast<size_t>(std::ranges::find(kViewKinds, term.kind) - kViewKinds.begin());
  LP_ASSERT(place < kViewKinds.size());
  std::vector<TermNumber>& numbers = view_numbers_[place];
  if (term.value < numbers.size() && numbers[term.value] != kNoNumber) {
    return numbered->terms.push_back(numbers[term.value]);
  }
  const size_t before = numbered->terms.size();
  NumberText(TextOf(term, definitions), numbered);
  if (numbered->terms.size() == before) return;
  if (term.value >= numbers.size()) numbers.resize(term.value + 1, kNoNumber);
  numbers[term.value] = numbered->terms.back();
}

void TenantIndex::NumberEvents(const CampaignEvents& campaign, NumberedFacts* numbered) const {
  const auto [place, is_new] = event_numbers_.try_emplace(campaign.spelling);
  EventNumbers& numbers = place->second;
  if (is_new) numbers.fill(kNoNumber);
  std::string folded;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const bool is_measure = i < campaign.measures.size();
    if (is_measure && !campaign.measures[i]) continue;
    if (numbers[i] != kNoNumber) {
      numbered->terms.push_back(numbers[i]);
      continue;
    }
    if (folded.empty()) folded = FoldCase(campaign.spelling);
    const size_t before = numbered->terms.size();
    NumberText(is_measure ? MeasureTerm(static_cast<report::Measure>(i), folded) : TermOf(TermKind::kEvents, folded),
               numbered);
    if (numbered->terms.size() > before) numbers[i] = numbered->terms.back();
    if (!is_measure && !campaigns_.contains(folded)) numbered->new_campaigns.push_back({folded, campaign.spelling});
  }
}

NumberedFacts TenantIndex::Number(IndexedFacts facts, const config::TenantDefinitions& definitions) const {
  NumberedFacts numbered;
  numbered.is_lead = facts.is_lead;
  numbered.has_profile = facts.profile_terms.has_value();
  numbered.profile_hash = facts.profile_hash;
  numbered.score = facts.score;
  numbered.updated = facts.updated;
  numbered.valid_until = facts.valid_until;
  const size_t of_profile = facts.profile_terms ? facts.profile_terms->size() : 0;
  numbered.terms.reserve(facts.view_terms.size() + 4 * facts.events.size() + of_profile);
  for (const ViewTerm& term : facts.view_terms) NumberView(term, definitions, &numbered);
  for (const CampaignEvents& campaign : facts.events) NumberEvents(campaign, &numbered);
  if (facts.profile_terms) {
    for (std::string& term : *facts.profile_terms) NumberText(std::move(term), &numbered);
  }
  for (CampaignSpelling& campaign : facts.campaigns) {
    if (!campaigns_.contains(campaign.folded)) numbered.new_campaigns.push_back(std::move(campaign));
  }
  return numbered;
}

std::optional<uint64_t> TenantIndex::ProfileHashOf(std::string_view key) const {
  const std::optional<uint32_t> number = Find(key);
  return number ? std::optional(profile_hashes_[*number]) : std::nullopt;
}

bool TenantIndex::Set(const IndexedKey& key, NumberedFacts facts) {
  if (!facts.is_lead) {
    Remove(key.key);
    return true;
  }
  const std::optional<uint32_t> known = Find(key.key);
  const uint32_t number = known.value_or(keys_->size());
  if (!known) {
    if (!keys_->Append(key)) return false;
    numbers_.emplace((*keys_)[number].key, number);
    text_bytes_ += key.key.size();
    terms_.emplace_back();
    profile_hashes_.emplace_back();
    scores_.emplace_back();
    updated_.push_back(Instant::Never());
    valid_until_.push_back(Instant::Never());
    all_.add(number);
  }
  for (std::string& term : facts.new_terms) facts.terms.push_back(NumberOf(std::move(term)));
  SetTerms(number, std::move(facts.terms), facts.has_profile);
  profile_hashes_[number] = facts.profile_hash;
  scores_[number] = facts.score;
  if (facts.has_profile) updated_[number] = facts.updated;
  SetExpiry(number, facts.valid_until);
  for (CampaignSpelling& campaign : facts.new_campaigns) {
    campaigns_.try_emplace(std::move(campaign.folded), std::move(campaign.spelling));
  }
  return true;
}

void TenantIndex::Remove(std::string_view key) {
  const auto found = numbers_.find(key);
  if (found == numbers_.end()) return;
  const uint32_t number = found->second;
  SetTerms(number, {}, /*with_profile=*/true);
  SetExpiry(number, Instant::Never());
  all_.remove(number);
  numbers_.erase(found);
}

const TenantIndex::Posting* TenantIndex::FindPosting(const std::string& term) const {
  const auto known = term_numbers_.find(term);
  return known == term_numbers_.end() ? nullptr : &PostingOf(known->second);
}

Roaring TenantIndex::WithTerm(const std::string& term) const {
  Roaring found;
  if (const Posting* posting = FindPosting(term)) posting->AddTo(&found);
  return found;
}

uint64_t TenantIndex::CountWith(const std::string& term, const Roaring& some) const {
  const Posting* posting = FindPosting(term);
  if (posting == nullptr) return 0;
  if (posting->many != nullptr) return posting->many->and_cardinality(some);
  const auto is_among = [&some](uint32_t number) { return some.contains(number); };
  return static_cast<uint64_t>(std::ranges::count_if(posting->few, is_among));
}

uint64_t TenantIndex::CountWith(const std::string& term) const {
  const Posting* posting = FindPosting(term);
  if (posting == nullptr) return 0;
  return posting->many != nullptr ? posting->many->cardinality() : posting->few.size();
}

void TenantIndex::VisitTerms(const std::string& prefix,
                             const std::function<void(std::string_view rest, const Roaring& leads)>& visit) const {
  for (auto place = dictionary_.lower_bound(prefix); place != dictionary_.end() && place->first.starts_with(prefix);
       ++place) {
    Roaring leads;
    PostingOf(place->second).AddTo(&leads);
    visit(std::string_view(place->first).substr(prefix.size()), leads);
  }
}

Roaring TenantIndex::WithPrefix(const std::string& prefix) const {
  Roaring found;
  std::vector<uint32_t> few;  // added at once, in order: a short prefix has a term of each lead
  for (auto place = dictionary_.lower_bound(prefix); place != dictionary_.end() && place->first.starts_with(prefix);
       ++place) {
    const Posting& posting = PostingOf(place->second);
    if (posting.many != nullptr) found |= *posting.many;
    few.insert(few.end(), posting.few.begin(), posting.few.end());
  }
  std::ranges::sort(few);
  found.addMany(few.size(), few.data());
  return found;
}

Roaring TenantIndex::WithScore(int64_t least, int64_t most) const { return NumbersBetween(least, most, scores_, all_); }

Roaring TenantIndex::UpdatedBetween(Instant first, Instant last) const {
  return NumbersBetween(first, last, updated_, all_);
}

Roaring TenantIndex::ExpiredAt(Instant now) const {
  Roaring found;
  // Below an entry of the heap that is later than `now`, all are.
  std::vector<size_t> places{0};
  while (!places.empty()) {
    const size_t at = places.back();
    places.pop_back();
    if (at >= expiries_.size() || expiries_[at].at > now) continue;
    if (valid_until_[expiries_[at].number] <= now) found.add(expiries_[at].number);
    places.push_back(2 * at + 1);
    places.push_back(2 * at + 2);
  }
  return found;
}

size_t TenantIndex::MemoryBytes() const {
  constexpr size_t kNode = 4 * sizeof(void*);  // a node of a map, without its element
  size_t bytes = text_bytes_ + keys_->size() * sizeof(IndexedKey);
  bytes += (numbers_.capacity() + term_numbers_.capacity()) * (sizeof(*numbers_.begin()) + 1);
  bytes += event_numbers_.capacity() * (sizeof(*event_numbers_.begin()) + 1);
  bytes += dictionary_.size() * (kNode + sizeof(*dictionary_.begin()));
  bytes += postings_.capacity() * sizeof(Posting);
  for (const Posting& posting : postings_) {
    bytes += posting.few.capacity() * sizeof(uint32_t);
    if (posting.many != nullptr) bytes += sizeof(Roaring) + posting.many->getSizeInBytes(/*portable=*/false);
  }
  bytes += terms_.capacity() * sizeof(terms_[0]);
  for (const auto& terms : terms_) bytes += terms.capacity() * sizeof(TermNumber);
  bytes += (scores_.capacity() + profile_hashes_.capacity()) * sizeof(int64_t);
  bytes += (updated_.capacity() + valid_until_.capacity()) * sizeof(Instant);
  return bytes + expiries_.capacity() * sizeof(Expiry) + all_.getSizeInBytes(/*portable=*/false);
}

std::optional<uint32_t> TenantIndex::FindId(const std::string& id) const {
  if (keys_->size() == 0) return std::nullopt;
  return Find(EncodeLeadKey({std::string(TenantOf((*keys_)[0].key)), id}));
}

std::optional<uint32_t> TenantIndex::Find(std::string_view key) const {
  const auto found = numbers_.find(key);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace leadpulse::serve

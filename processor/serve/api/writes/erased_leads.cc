#include "processor/serve/api/writes/erased_leads.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "processor/base/address.h"
#include "processor/base/text.h"
#include "processor/http/form.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::serve {
namespace {

constexpr std::chrono::seconds kLookPause{1};
constexpr int kMostAsked = 1'000;  // in one FindErased
constexpr size_t kMostForgotten = 100'000;
constexpr char kByRun[] = "run";  // who erased, in the audit log, if it was not the API

bool IsOfName(char c) { return IsAlphanumeric({&c, 1}, "-._+@"); }
// Whether it may be part of an address, whose other spellings may have any letters.
bool IsOfAddress(char c) { return static_cast<signed char>(c) < 0 || IsOfName(c); }
// Whether it may be part of one, with all that RFC 5321 allows before the `@`: `o'brien@bücher.example`.
bool IsOfMailbox(char c) { return IsOfAddress(c) || std::string_view("!#$%&'*/=?^`{|}~").find(c) != std::string::npos; }

// Whether the text has the name, not as a part of a longer one.
bool HasName(std::string_view text, std::string_view name) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const size_t end = at + name.size();
    if ((at == 0 || !IsOfName(text[at - 1])) && (end == text.size() || !IsOfName(text[end]))) return true;
  }
  return false;
}

// Returns the texts of a view that may name a lead.
std::vector<std::string> TextsOf(const access::SavedView& view) {
  std::vector<std::string> texts = {view.title};
  const auto fields = http::ParseForm(view.query, "application/x-www-form-urlencoded");
  if (!fields.ok()) return texts;
  for (const http::FormField& field : *fields) texts.push_back(field.value);
  return texts;
}

// Whether a view that has the word as an id is about a lead: others are words of a search.
bool IsTelling(std::string_view id) {
  return std::ranges::any_of(id, [](char c) { return (c >= '0' && c <= '9') || c == '@' || c == '-' || c == '_'; });
}

// Appends the words of such characters that may be ids or addresses.
void AddWords(std::string_view text, bool (*is_of_word)(char c), std::set<std::string>* names) {
  while (!text.empty()) {
    const size_t begin = static_cast<size_t>(std::ranges::find_if(text, is_of_word) - text.begin());
    text.remove_prefix(begin);
    const size_t end = static_cast<size_t>(std::ranges::find_if_not(text, is_of_word) - text.begin());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    if (!IsTelling(word)) continue;
    names->emplace(word);
    if (word.find('@') != std::string::npos) names->insert(NormalizeAddress(word));
  }
}

// Appends the words that may be ids or addresses.
void AddNames(std::string_view text, std::set<std::string>* names) {
  AddWords(text, IsOfName, names);
  AddWords(text, IsOfAddress, names);
  AddWords(text, IsOfMailbox, names);
}

}  // namespace

void ErasedLeads::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { Follow(stop); });
}

void ErasedLeads::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void ErasedLeads::Follow(const std::stop_token& stop) {
  stop_ = stop;
  while (!stop.stop_requested()) {
    const Status looked = LookOnce();
    // A run that does not answer is in the log already.
    if (!looked.ok() && !stop.stop_requested() && said_ != looked.message()) {
      said_ = looked.message();
      telemetry::LogWarning("the front may still have data about erased leads: " + said_);
    } else if (looked.ok()) {
      said_.clear();
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, kLookPause, [] { return false; });
  }
}

bool ErasedLeads::HasNews(const std::vector<std::string>& tenants) {
  const bool is_unread = std::ranges::any_of(
      tenants, [this](const std::string& tenant) { return !read_to_.contains(tenant) || !unsure_[tenant].empty(); });
  return rung_.exchange(false) || is_unread;
}

Status ErasedLeads::LookOnce() {
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> tenants, data_.store->Tenants());
  if (!HasNews(tenants)) return Status::Ok();
  const Result<bool> has_more = ReadErasures(tenants);
  if (!has_more.ok() || *has_more) rung_ = true;
  return has_more.status();
}

Result<bool> ErasedLeads::ReadErasures(const std::vector<std::string>& tenants) {
  v1::ReadChanges request;
  for (const std::string& tenant : tenants) {
    v1::ErasureReader* reader = request.add_erasures();
    reader->set_tenant_id(tenant);
    reader->set_after(read_to_[tenant]);
  }
  const auto answered = run_.Changes(request);
  const v1::ChangePages* pages = AnswerIn(answered);
  if (pages == nullptr || pages->erasures_size() != request.erasures_size()) return true;  // later
  bool has_more = false;
  for (size_t i = 0; i < tenants.size(); ++i) {
    const v1::ErasurePage& page = pages->erasures(static_cast<int>(i));
    LP_RETURN_IF_ERROR(TakePage(tenants[i], page));
    read_to_[tenants[i]] = page.next();
    has_more = has_more || page.lead_ids_size() > 0;
  }
  return has_more;
}

Status ErasedLeads::TakePage(const std::string& tenant, const v1::ErasurePage& page) {
  if (page.reset()) return LookAtAll(tenant);
  std::set<std::string> ids(page.lead_ids().begin(), page.lead_ids().end());
  LP_RETURN_IF_ERROR(AddSettled(tenant, &ids));
  return ForgetAmong(tenant, ids);
}

Status ErasedLeads::AddSettled(const std::string& tenant, std::set<std::string>* ids) const {
  const auto unsure = unsure_.find(tenant);
  if (unsure == unsure_.end() || unsure->second.empty()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const auto pending, data_.commands->PendingLeads(tenant));
  for (const auto& [id, sent] : unsure->second) {
    const auto first = pending.find(id);
    if (first == pending.end() || first->second != sent) ids->insert(id);
  }
  return Status::Ok();
}

Status ErasedLeads::LookAtAll(const std::string& tenant) {
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> sent, data_.commands->Leads(tenant));
  std::set<std::string> names(sent.begin(), sent.end());
  LP_ASSIGN_OR_RETURN(const std::vector<access::SavedView> views, data_.views->AllViews(tenant));
  for (const access::SavedView& view : views) {
    for (const std::string& text : TextsOf(view)) AddNames(text, &names);
  }
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> noticed, data_.notices->Leads(tenant));
  names.insert(noticed.begin(), noticed.end());
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> posted, data_.webhooks->Leads(tenant));
  names.insert(posted.begin(), posted.end());
  for (std::string after;;) {
    LP_ASSIGN_OR_RETURN(const std::vector<std::string> leads, data_.changes->Leads(tenant, after, kMostAsked));
    if (leads.empty()) break;
    after = leads.back();
    LP_RETURN_IF_ERROR(ForgetAmong(tenant, {leads.begin(), leads.end()}));
  }
  for (int64_t after = 0;;) {
    LP_ASSIGN_OR_RETURN(const std::vector<std::string> subjects, data_.audit->Subjects(tenant, &after));
    names.insert(subjects.begin(), subjects.end());
    LP_RETURN_IF_ERROR(ForgetAmong(tenant, names));
    names.clear();
    if (subjects.empty()) return Status::Ok();
  }
}

Instant ErasedLeads::Before::Until(const std::string& name) const {
  const auto first = pending.find(name);
  return first == pending.end() ? asked : std::min(asked, first->second - Millis(1));
}

Instant ErasedLeads::Before::Until(const v1::ErasedLead& erased) const {
  const Instant at{erased.erased_ms()};
  return erased.is_there() ? at : std::max(at, Until(erased.lead_id()));
}

Result<ErasedLeads::Before> ErasedLeads::BeforeAsking(const std::string& tenant) const {
  LP_ASSIGN_OR_RETURN(auto pending, data_.commands->PendingLeads(tenant));
  return Before{clock_.Now(), std::move(pending)};
}

Status ErasedLeads::ForgetAmong(const std::string& tenant, const std::set<std::string>& ids) {
  if (ids.empty()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const Before before, BeforeAsking(tenant));
  auto request = QueryBy<v1::FindErased>(WholeTenant(tenant));
  bool is_any = false;
  for (auto id = ids.begin(); id != ids.end();) {
    request.add_lead_ids(*id++);
    if (id != ids.end() && request.lead_ids_size() < kMostAsked) continue;
    if (stop_.stop_requested()) return Status::Retriable("the front ends");
    LP_ASSIGN_OR_RETURN(const v1::ErasedLeads answered, OrStatus(run_.Erased(request)));
    LP_RETURN_IF_ERROR(CheckComplete(answered));
    std::map<std::string, Instant> unsure;
    std::vector<Gone> all;
    std::vector<std::tuple<std::string, std::string, int64_t>> done;
    for (const v1::ErasedLead& erased : answered.leads()) {
      if (forgotten_.contains({tenant, erased.lead_id(), erased.erased_ms()})) continue;
      LP_ASSIGN_OR_RETURN(std::optional<Gone> gone, GoneOf(tenant, erased, before));
      if (gone) all.push_back(*std::move(gone));
      const auto first = before.pending.find(erased.lead_id());
      if (!erased.is_there() && first != before.pending.end()) {
        unsure.insert(*first);
      } else {
        done.emplace_back(tenant, erased.lead_id(), erased.erased_ms());
      }
      is_any = true;
    }
    LP_RETURN_IF_ERROR(ForgetAll(tenant, all));
    if (forgotten_.size() >= kMostForgotten) forgotten_.clear();
    forgotten_.insert(done.begin(), done.end());
    for (const std::string& asked : request.lead_ids()) unsure_[tenant].erase(asked);
    unsure_[tenant].merge(unsure);
    request.clear_lead_ids();
  }
  return is_any ? data_.database->Checkpoint() : Status::Ok();
}

Result<std::optional<ErasedLeads::Gone>> ErasedLeads::GoneOf(const std::string& tenant, const v1::ErasedLead& erased,
                                                             const Before& before) {
  const std::string& id = erased.lead_id();
  // Forget does it, and its line in the audit log says who it was.
  LP_ASSIGN_OR_RETURN(const bool is_of_api, data_.commands->IsErasing(tenant, id));
  if (is_of_api) return std::optional<Gone>();
  Gone gone{id, before.Until(erased), kByRun};
  gone.is_in_views = !erased.is_there() && IsTelling(id);
  // An erasure that the API has sent knows the address.
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> addresses, data_.commands->AddressesOf(tenant, id));
  for (const std::string& address : addresses) LP_RETURN_IF_ERROR(AddAddress(tenant, address, before, &gone));
  return std::optional(std::move(gone));
}

Status ErasedLeads::Forget(const access::SentCommand& sent) {
  if (sent.lead.empty()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const Before before, BeforeAsking(sent.tenant));
  auto request = QueryBy<v1::FindErased>(WholeTenant(sent.tenant));
  request.add_lead_ids(sent.lead);
  LP_ASSIGN_OR_RETURN(const v1::ErasedLeads answered, OrStatus(run_.Erased(request)));
  LP_RETURN_IF_ERROR(CheckComplete(answered));
  Gone gone{sent.lead, answered.leads().empty() ? sent.at : before.Until(answered.leads(0)), sent.who};
  gone.is_known = true;
  LP_RETURN_IF_ERROR(AddAddress(sent.tenant, sent.address, before, &gone));
  LP_RETURN_IF_ERROR(ForgetAll(sent.tenant, {gone}));
  return data_.database->Checkpoint();
}

Status ErasedLeads::AddAddress(const std::string& tenant, const std::string& address, const Before& before,
                               Gone* gone) {
  if (address.empty()) return Status::Ok();
  LP_ASSIGN_OR_RETURN(const auto other, FindContact(WholeTenant(tenant), address, &run_));
  // The mailbox was erased with its last user. Lines about it are from before it became part of that.
  if (!other) gone->addresses.emplace(address, before.Until(address));
  return Status::Ok();
}

Status ErasedLeads::ForgetAll(const std::string& tenant, const std::vector<Gone>& all) {
  if (all.empty()) return Status::Ok();
  // First what is not in the transaction: after a kill the database still has the ids, so all is done again.
  LP_RETURN_IF_ERROR(data_.forget_files(tenant));
  std::vector<std::string> in_views;
  for (const Gone& gone : all) {
    if (gone.is_in_views) in_views.push_back(gone.lead);
    for (const auto& [address, until] : gone.addresses) in_views.push_back(address);
  }
  LP_RETURN_IF_ERROR(RemoveViews(tenant, in_views));
  const Instant now = clock_.Now();
  LP_ASSIGN_OR_RETURN(access::Transaction transaction, data_.database->Write());
  const auto erase = [&](const Gone& gone, const std::string& subject, Instant until, bool if_known) {
    return data_.audit->EraseSubject({now, gone.who, tenant, "", subject, "done"}, until, if_known, transaction);
  };
  for (const Gone& gone : all) {
    LP_RETURN_IF_ERROR(erase(gone, gone.lead, gone.until, !gone.is_known));
    for (const auto& [address, until] : gone.addresses) LP_RETURN_IF_ERROR(erase(gone, address, until, true));
    LP_RETURN_IF_ERROR(access::NoticeStore::ForgetLead(tenant, gone.lead, transaction));
    LP_RETURN_IF_ERROR(access::WebhookStore::ForgetLead(tenant, gone.lead, gone.until, transaction));
    LP_RETURN_IF_ERROR(access::ImportChanges::ForgetLead(tenant, gone.lead, gone.until, transaction));
    LP_RETURN_IF_ERROR(access::CommandLog::ForgetLead(tenant, gone.lead, gone.until, transaction));
  }
  return transaction.Commit();
}

Status ErasedLeads::RemoveViews(const std::string& tenant, const std::vector<std::string>& names) {
  const auto names_one = [&](const std::string& text) {
    const std::string lower = AsciiLower(text);
    std::set<std::string> words;
    AddNames(text, &words);
    return std::ranges::any_of(names, [&](const std::string& name) {
      if (name.find('@') == std::string::npos) return HasName(text, name);
      const std::string address = NormalizeAddress(name);
      return HasName(lower, address) || words.contains(address);
    });
  };
  if (names.empty()) return Status::Ok();
  return data_.views->RemoveWhere(
      tenant, [&](const access::SavedView& view) { return std::ranges::any_of(TextsOf(view), names_one); });
}

}  // namespace leadpulse::serve

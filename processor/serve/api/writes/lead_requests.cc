// The first half of a write: the request becomes a task, with its checks.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/address.h"
#include "processor/base/json_object.h"
#include "processor/query/leads/lead_record.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/member_names.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/write_headers.h"
#include "processor/serve/api/writes/address_check.h"
#include "processor/serve/api/writes/contact_edit.h"
#include "processor/serve/api/writes/kept_change.h"
#include "processor/serve/api/writes/lead_task.h"
#include "processor/serve/api/writes/lead_writes.h"
#include "processor/serve/api/writes/topic_change.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {
namespace {

// Returns the contact that the run has answered, as a GET shows it.
std::variant<Json, http::Response> PresentContact(const v1::LeadAnswer& lead) {
  return OrFailed(Json::Parse(WithSnakeNames(query::ContactJson(lead.record(), query::CommandIds::kShown))));
}

constexpr size_t kPartIdBytes = 16;

// Returns the id of a record that belongs to the request with this command id. It is as long whatever that is.
std::string PartOf(const std::string& id, size_t part) {
  return "part-" + access::Base64Url(access::HashOf(id + '\0' + std::to_string(part)).substr(0, kPartIdBytes));
}

// Returns the address that the contact has once `record` is applied to it; empty: none. `contact` is as it was before.
std::string AddressAfter(const codec::Record& record, const v1::LeadAnswer& contact, const std::string& lead) {
  const auto* command = std::get_if<codec::Command>(&record);
  const auto sought = command == nullptr ? std::nullopt : AddressSought(*command);
  if (sought) return *sought;
  if (contact.has_record()) return AddressOfContact(contact.record().row());
  const std::string id = NormalizeAddress(lead);
  return IsAddress(id) ? id : "";
}

}  // namespace

std::string LeadWrites::LinkAfter(Task* task) {
  // The record of a request that came before is not made again.
  if (const Status shown = task->again ? Show(task) : Status::Ok(); !shown.ok()) LogFailure(shown);
  const std::string address = task->shown ? AddressOfContact(task->shown->record().row())
                                          : AddressAfter(task->record, task->contact, task->sent.lead);
  return parts_.make_url(task->sent.tenant, task->sent.lead, address);
}

std::optional<http::Response> LeadWrites::ReadHeaders(const ApiRequest& request, Task* task) const {
  if (!IsKey(request.idempotency_key)) return WrongKey();
  if (!request.if_match.empty() && !request.route->takes_version()) {
    const bool is_event = request.route->kind == RouteKind::kTopic;
    return WrongParameter(
        "If-Match", is_event
                        ? "an opt-out or opt-in is an event, which has no expected version; send it without If-Match"
                        : "a new contact has no version; send it without If-Match, or an edit with PATCH");
  }
  if (!request.if_match.empty()) {
    std::optional<ExpectedVersions> expected = ExpectedVersions::Read(request.if_match);
    if (!expected) return WrongIfMatch();
    task->expected = *std::move(expected);
    task->expected_version = task->expected.ForCommand("");
  }
  task->wait = WaitOf(request.prefer).value_or(kUsualWait);
  const bool has_key = !request.idempotency_key.empty();
  task->sent.tenant = task->principal.tenant;
  task->sent.who = task->principal.who;
  task->sent.at = parts_.clock->Now();
  task->sent.id = has_key ? request.idempotency_key : access::RandomId();
  task->sent.request_hash = RequestHashOf(request, task->sent.who);
  return std::nullopt;
}

std::optional<http::Response> LeadWrites::ReadCommand(const ApiRequest& request, Task* task) {
  // The same request again: its lead may be there now, or erased. One without a key is always another one.
  std::optional<access::SentCommand> earlier;
  if (!request.idempotency_key.empty()) {
    LP_ASSIGN_OR_ANSWER(earlier, OrFailed(parts_.commands->Find(task->sent.tenant, task->sent.who, task->sent.id)));
  }
  if (earlier) {
    if (earlier->request_hash != task->sent.request_hash) return KeyReused();
    task->again = true;
    task->sent = *std::move(earlier);
    // A front of an earlier version has stored neither value.
    task->sent.upserts = request.Parameter("upsert") == "true";
    if (request.route->kind == RouteKind::kCreate && !task->sent.upserts) task->sent.creates = true;
  }
  if (task->sent.state != access::CommandState::kSent || task->sent.position) return std::nullopt;
  if (request.route->kind == RouteKind::kCreate) return ReadNewContact(task);
  if (request.route->kind == RouteKind::kUndo) return ReadUndo(request, task);
  const bool erases = request.route->kind == RouteKind::kErase;
  if (erases && task->again) {
    // The erasure may have been applied already, so that there is no lead.
    LP_ASSIGN_OR_ANSWER(const auto lead,
                        OrRunFailed(FindContact(CallerFor(task->principal), task->sent.lead, parts_.run)));
    if (lead) task->expected_version = task->expected.ForCommand(lead->version());
  } else if (auto response = FindLead(LeadIdOf(request.id), task)) {
    return response;
  }
  if (erases) return ReadErasure(request, task);
  if (request.route->kind == RouteKind::kTopic) return ReadTopic(request, task);
  if (request.route->kind == RouteKind::kRemoveNote) return ReadNoteRemoval(request, task);
  if (request.route->kind != RouteKind::kUpdate) {
    LP_ASSIGN_OR_ANSWER(std::string json, ReadAction(*request.route, request.body));
    return task->SetCommand(request.route->command, std::move(json));
  }
  LP_ASSIGN_OR_ANSWER(const Json present, PresentContact(task->contact));
  LP_ASSIGN_OR_ANSWER(const ContactEdit edit, ReadPatch(request.body, present, task->principal.role));
  if (auto problem = SetEdit(edit, task)) return problem;
  const auto* command = std::get_if<codec::Command>(&task->record);
  if (command == nullptr) return std::nullopt;
  const std::optional<std::string> address = AddressSought(*command);
  if (!address || *address == AddressOfContact(task->contact.record().row())) return CheckAttributes(*task);
  task->claim = new_contacts_.TryClaim(task->sent.tenant, *address, task->sent.lead);
  return CheckAddress(*task, "email");
}

std::optional<http::Response> LeadWrites::SetEdit(const ContactEdit& edit, Task* task) {
  const MemberChanges& members = edit.members;
  const std::string id = CommandIdOf(task->sent);
  task->first.clear();
  std::vector<CommandAction> actions = members.actions;
  const bool has_command = edit.has_command() || members.opt_outs.empty() || task->sent.creates;
  if (edit.attributes != "{}" || (has_command && actions.empty())) {
    actions.insert(actions.begin(), {std::string(kUpdateProfile), R"({"set":)" + edit.attributes + "}", ""});
  }
  // What is stored before the command would change the version that it expects.
  const bool is_alone = members.opt_outs.empty() && members.more.empty();
  if (!is_alone && !task->sent.creates && !task->expected_version.empty() &&
      task->expected_version != task->contact.version()) {
    return ContactOvertaken("the lead has changed since version " + task->expected_version, task->contact);
  }
  if (!is_alone) task->expected_version.clear();
  if (has_command) {
    if (auto problem = task->SetCommand(actions)) return problem;
  }
  for (const CommandAction& more : members.more) {
    LP_ASSIGN_OR_ANSWER(codec::Command command, task->Make(PartOf(id, task->first.size()), "", {&more, 1}));
    task->first.emplace_back(std::move(command));
  }
  if (members.opt_outs.empty()) return std::nullopt;
  LP_ASSIGN_OR_ANSWER(const v1::OptOut known,
                      OrProblem(parts_.run->OptOutOf(QueryBy<v1::FindOptOut>(CallerFor(task->principal)))));
  for (const TopicChange& change : members.opt_outs) {
    if (auto problem = CheckDeclared(change, known)) return problem;
    LP_ASSIGN_OR_ANSWER(codec::Event event, TopicEvent({task->sent.tenant, task->sent.lead},
                                                       AddressAfter(task->record, task->contact, task->sent.lead),
                                                       PartOf(id, task->first.size()), task->sent.at, change));
    task->first.emplace_back(std::move(event));
  }
  if (has_command) return std::nullopt;
  task->record = std::move(task->first.back());
  task->first.pop_back();
  return std::nullopt;
}

std::optional<http::Response> LeadWrites::CheckAddress(const Task& task, std::string_view field) const {
  if (task.claim == nullptr) {
    return Problem(http::kConflict, "in_progress", "another request is giving this address to a contact", field);
  }
  const auto& command = std::get<codec::Command>(task.record);
  const std::optional<std::string> email = AddressSought(command);
  const std::string address = email.value_or(NormalizeAddress(task.sent.lead));
  // FindExisting has found nobody with the id or the email. An id in another spelling is another address.
  const bool is_free = task.sent.creates && (email || address == task.sent.lead);
  if (is_free && !task.contact.strict_fields()) return CheckSyntax(address, field);
  return CheckUpdate(command, field, CallerFor(task.principal), task.may_share, parts_.run);
}

std::optional<http::Response> LeadWrites::CheckAttributes(const Task& task) const {
  if (!task.contact.strict_fields()) return std::nullopt;
  return CheckUpdate(std::get<codec::Command>(task.record), "email", CallerFor(task.principal), /*may_share=*/true,
                     parts_.run);
}

std::optional<http::Response> LeadWrites::ReadNewContact(Task* task) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadObject(task->body));
  LP_ASSIGN_OR_ANSWER(const ContactKeys contact, ReadContactKeys(body));
  const std::string id = contact.id.empty() ? contact.address : contact.id;
  const std::string address = contact.address.empty() ? NormalizeAddress(id) : contact.address;
  NewContacts::Claim claim = new_contacts_.TryClaim(task->sent.tenant, address, id);
  // A request that was there before may have made the contact itself: the run decides.
  task->contact.set_strict_fields(true);
  if (!task->again || !task->sent.creates) {
    LP_ASSIGN_OR_ANSWER(task->contact, FindExisting(id, contact.address, CallerFor(task->principal), task->sent.upserts,
                                                    task->may_share, parts_.run));
  }
  task->sent.creates = !task->contact.has_record();
  task->sent.lead = task->sent.creates ? id : task->contact.lead_id();
  task->expected_version = task->sent.creates ? codec::kVersionOfNoLead : "";
  Json present;
  if (!task->sent.creates && ComparesWithContact(body)) {
    LP_ASSIGN_OR_ANSWER(present, PresentContact(task->contact));
  }
  LP_ASSIGN_OR_ANSWER(const ContactEdit edit,
                      ReadContact(body, contact, task->sent.creates ? nullptr : &present, task->principal.role));
  if (auto problem = SetEdit(edit, task)) return problem;
  if (std::holds_alternative<codec::Event>(task->record)) return std::nullopt;
  const bool keeps_address = !task->sent.creates && (contact.address.empty() ||
                                                     AddressOfContact(task->contact.record().row()) == contact.address);
  if (keeps_address) return CheckAttributes(*task);
  task->claim = std::move(claim);
  return CheckAddress(*task, contact.address.empty() ? "id" : "email");
}

std::optional<http::Response> LeadWrites::ReadUndo(const ApiRequest& request, Task* task) {
  LP_ASSIGN_OR_ANSWER(const auto undone,
                      OrFailed(parts_.commands->Find(task->sent.tenant, task->sent.who, request.id)));
  const bool is_kept = undone && !undone->undo.empty() && undone->state == access::CommandState::kApplied &&
                       task->sent.at < undone->at + access::kUndoKept;
  if (!is_kept) {
    return Problem(http::kNotFound, "nothing_to_undo",
                   "there is nothing to take back: it was no change of yours in the last 24 hours, or changed nothing");
  }
  LP_ASSIGN_OR_ANSWER(auto lead, OrRunFailed(FindContact(CallerFor(task->principal), undone->lead, parts_.run)));
  if (!lead || lead->lead_id() != undone->lead) return NoSuchContact();
  LP_ASSIGN_OR_ANSWER(const KeptChange change, OrFailed(KeptChange::Parse(undone->undo)));
  // The user's role may have changed since.
  if (change.assigns_agent() && task->principal.role < access::Role::kManager) {
    return Problem(http::kForbidden, "forbidden", "only managers may say who takes care of a contact");
  }
  const TakenBack back = change.TakeBack(&lead->record());
  if (!back.left.empty() || back.commands.empty()) {
    return Problem(http::kConflict, back.left.empty() ? kChangedSince : back.left,
                   "somebody has changed the same since; nothing was taken back", "", "contact", ContactJson(*lead));
  }
  task->sent.lead = lead->lead_id();
  task->expected_version = task->expected.ForCommand(lead->version());
  if (task->expected_version.empty()) task->expected_version = lead->version();
  task->contact = *std::move(lead);
  std::string actions;
  for (const std::string& command : back.commands) {
    if (!actions.empty()) actions.back() = ',';
    actions.append(command, actions.empty() ? 0 : 1);
  }
  codec::Decoded decoded = DecodeCommand({task->sent.tenant, task->sent.lead, CommandIdOf(task->sent), task->sent.who,
                                          task->expected_version, task->sent.at},
                                         actions);
  auto* const command = std::get_if<codec::Command>(&decoded);
  if (command == nullptr) {
    const auto& rejection = std::get<codec::Rejection>(decoded);
    return Problem(http::kUnprocessableContent, codec::ReasonName(rejection.reason), rejection.detail);
  }
  task->record = std::move(*command);
  const std::optional<std::string> address = AddressSought(std::get<codec::Command>(task->record));
  if (!address || *address == AddressOfContact(task->contact.record().row())) return std::nullopt;
  task->claim = new_contacts_.TryClaim(task->sent.tenant, *address, task->sent.lead);
  return CheckAddress(*task, "email");
}

std::optional<http::Response> LeadWrites::ReadNoteRemoval(const ApiRequest& request, Task* task) {
  const std::string_view id = request.Parameter("command_id");
  const auto& notes = task->contact.record().row().notes();
  const auto note = std::ranges::find(notes, id, &v1::LeadNote::command_id);
  // The same request may have removed it already.
  if (!task->again && (id.empty() || note == notes.end())) {
    return Problem(http::kNotFound, "not_found", "there is no such note; somebody may have removed it");
  }
  if (!task->again && note->actor() != task->principal.who && task->principal.role < access::Role::kManager) {
    return Problem(http::kForbidden, "forbidden", "only its author or a manager may remove a note");
  }
  std::string action;
  JsonObject(&action).Text("commandId", id);
  return task->SetCommand("removeNote", std::move(action));
}

std::optional<http::Response> LeadWrites::ReadErasure(const ApiRequest& request, Task* task) {
  if (request.Parameter("confirm") != task->sent.lead) {
    return Problem(http::kConflict, "confirm_required",
                   "an erasure cannot be taken back: send the id of the contact as confirm", "confirm");
  }
  task->sent.erases = true;
  if (!task->again) task->sent.address = AddressOfContact(task->contact.record().row());
  const bool suppresses = request.Parameter("suppress") == "true";
  return task->SetCommand("erase", suppresses ? R"({"suppress":true})" : "{}");
}

std::optional<http::Response> LeadWrites::ReadTopic(const ApiRequest& request, Task* task) {
  LP_ASSIGN_OR_ANSWER(const TopicChange change, ReadTopicChange(*request.route, request.body));
  auto question = QueryBy<v1::FindOptOut>(CallerFor(task->principal));
  question.set_lead_id(task->sent.lead);
  LP_ASSIGN_OR_ANSWER(const v1::OptOut known, OrProblem(parts_.run->OptOutOf(question)));
  if (auto problem = CheckDeclared(change, known)) return problem;
  const LeadKey key{task->sent.tenant, task->sent.lead};
  const std::string address = AddressOfContact(task->contact.record().row());
  if (change.subscribed) {
    LP_ASSIGN_OR_ANSWER(const bool sees_all, SeesAllWith(address, CallerFor(task->principal), parts_.run));
    if (!sees_all) {
      return Problem(http::kForbidden, "forbidden",
                     "an opt-in is for every contact with this address; ask a manager, who sees all of them");
    }
  }
  LP_ASSIGN_OR_ANSWER(task->record, TopicEvent(key, address, CommandIdOf(task->sent), task->sent.at, change));
  return std::nullopt;
}

std::optional<http::Response> LeadWrites::FindLead(const std::string& id, Task* task) {
  const v1::Caller caller = CallerFor(task->principal);
  LP_ASSIGN_OR_ANSWER(auto lead, OrRunFailed(FindContact(caller, id, parts_.run)));
  if (!lead) return NoSuchContact();
  LP_ASSIGN_OR_ANSWER(const auto meant, OrRunFailed(ContactsMeant(caller, id, *lead, parts_.run)));
  if (meant.size() > 1) return Ambiguous(meant);
  task->sent.lead = lead->lead_id();
  task->expected_version = task->expected.ForCommand(lead->version());
  task->contact = *std::move(lead);
  return std::nullopt;
}

}  // namespace leadpulse::serve

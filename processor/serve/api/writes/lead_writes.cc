#include "processor/serve/api/writes/lead_writes.h"

#include <utility>
#include <variant>
#include <vector>

#include "processor/base/address.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/write_headers.h"
#include "processor/serve/api/writes/address_check.h"
#include "processor/serve/api/writes/kept_change.h"
#include "processor/serve/api/writes/lead_task.h"
#include "processor/serve/api/writes/topic_change.h"
#include "processor/telemetry/logging.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

void LeadWrites::Write(const ApiRequest& request, const access::Principal& principal, Respond respond) {
  auto task = std::make_shared<Task>();
  task->respond = std::move(respond);
  std::optional<http::Response> response = Prepare(request, principal, "", task.get());
  if (!response) response = CheckBegin(*task);
  if (!response && !task->sent.position) response = Begin(task.get());
  if (response) return task->Conclude(std::move(*response));
  task->sent.position ? Await(task) : Append(task);
}

std::optional<http::Response> LeadWrites::Prepare(const ApiRequest& request, const access::Principal& principal,
                                                  const std::string& hash, Task* task) {
  task->route = request.route;
  task->request_name = request.request_name;
  task->principal = principal;
  task->sent.upserts = request.Parameter("upsert") == "true";
  if (request.route->kind == RouteKind::kCreate) task->body = request.body;
  task->may_share = request.Parameter("shared") == "true";
  if (task->may_share && principal.role < access::Role::kManager) {
    return Problem(http::kForbidden, "forbidden", "only managers may have an address shared", "shared");
  }
  if (auto response = ReadHeaders(request, task)) return response;
  if (!hash.empty()) task->sent.request_hash = hash;
  if (auto response = ReadCommand(request, task)) return response;
  if (!task->again) task->sent.undo = task->Undo();
  return std::nullopt;
}

void LeadWrites::FinishErasures() {
  auto unfinished = parts_.commands->UnfinishedErasures();
  if (!unfinished.ok()) {
    return telemetry::LogWarning("the front may still have ids of erased leads: " + unfinished.status().message());
  }
  for (access::SentCommand& sent : *unfinished) {
    auto task = std::make_shared<Task>();
    task->sent = std::move(sent);
    ForgetLater(task);
  }
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
  // The same request again: its lead may be there now, or erased.
  LP_ASSIGN_OR_ANSWER(std::optional<access::SentCommand> earlier,
                      OrFailed(parts_.commands->Find(task->sent.tenant, task->sent.who, task->sent.id)));
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
  const bool updates = request.route->kind == RouteKind::kUpdate;
  LP_ASSIGN_OR_ANSWER(std::string json, updates ? ReadPatch(request.body, task->sent.lead, task->contact.record_json())
                                                : ReadAction(*request.route, request.body));
  if (!updates) return task->SetCommand(request.route->command, json);
  if (auto problem = task->SetCommand("updateProfile", R"({"set":)" + json + "}")) return problem;
  const std::optional<std::string> address = AddressSought(std::get<codec::Command>(task->record));
  if (!address || *address == AddressOfContact(task->contact)) return CheckAttributes(*task);
  task->claim = new_contacts_.TryClaim(task->sent.tenant, *address, task->sent.lead);
  return CheckAddress(*task, "email");
}

std::optional<http::Response> LeadWrites::CheckAddress(const Task& task, std::string_view field) const {
  if (task.claim == nullptr) {
    return Problem(http::kConflict, "in_progress", "another request is giving this address to a contact", field);
  }
  return CheckUpdate(std::get<codec::Command>(task.record), field, CallerFor(task.principal), task.may_share,
                     parts_.run);
}

std::optional<http::Response> LeadWrites::CheckAttributes(const Task& task) const {
  if (!task.contact.strict_fields()) return std::nullopt;
  return CheckUpdate(std::get<codec::Command>(task.record), "email", CallerFor(task.principal), /*may_share=*/true,
                     parts_.run);
}

std::optional<http::Response> LeadWrites::ReadNewContact(Task* task) {
  LP_ASSIGN_OR_ANSWER(const ContactBody contact, ReadContact(task->body));
  const std::string id = contact.id.empty() ? contact.address : contact.id;
  const std::string address = contact.address.empty() ? NormalizeAddress(id) : contact.address;
  NewContacts::Claim claim = new_contacts_.TryClaim(task->sent.tenant, address, id);
  // A request that was there before may have made the contact itself: the run decides.
  std::optional<v1::LeadAnswer> existing;
  if (!task->again || !task->sent.creates) {
    LP_ASSIGN_OR_ANSWER(existing, FindExisting(id, contact.address, CallerFor(task->principal), task->sent.upserts,
                                               task->may_share, parts_.run));
  }
  task->sent.creates = !existing;
  task->sent.lead = existing ? existing->lead_id() : id;
  task->expected_version = task->sent.creates ? codec::kVersionOfNoLead : "";
  if (existing) task->contact = *std::move(existing);
  if (auto problem = task->SetCommand("updateProfile", R"({"set":)" + contact.attributes + "}")) return problem;
  const bool keeps_address =
      !task->sent.creates && (contact.address.empty() || AddressOfContact(task->contact) == contact.address);
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
  LP_ASSIGN_OR_ANSWER(const Json now, OrFailed(Json::Parse(lead->record_json())));
  // The user's role may have changed since.
  if (change.assigns_agent() && task->principal.role < access::Role::kManager) {
    return Problem(http::kForbidden, "forbidden", "only managers may say who takes care of a contact");
  }
  const TakenBack back = change.TakeBack(now);
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
  if (!address || *address == AddressOfContact(task->contact)) return std::nullopt;
  task->claim = new_contacts_.TryClaim(task->sent.tenant, *address, task->sent.lead);
  return CheckAddress(*task, "email");
}

std::optional<http::Response> LeadWrites::ReadErasure(const ApiRequest& request, Task* task) {
  if (request.Parameter("confirm") != task->sent.lead) {
    return Problem(http::kConflict, "confirm_required",
                   "an erasure cannot be taken back: send the id of the contact as confirm", "confirm");
  }
  task->sent.erases = true;
  if (!task->again) task->sent.address = AddressOfContact(task->contact);
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
  const std::string address = AddressOfContact(task->contact);
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

std::optional<http::Response> LeadWrites::CheckBegin(const Task& task) {
  if (task.sent.state == access::CommandState::kApplied) return Done(task);
  if (task.sent.state == access::CommandState::kRefused) return Refused(task);
  if (task.sent.position) return std::nullopt;
  if (auto problem = CheckId(task.sent.lead)) return problem;
  if (parts_.inbox_check->IsFollowed() == true) return std::nullopt;
  return Problem(http::kUnavailable, "unavailable",
                 std::string("the run does not read what this front writes; ") + kFollowTheInbox);
}

std::optional<http::Response> LeadWrites::Begin(Task* task) {
  LP_ASSIGN_OR_ANSWER(const auto earlier,
                      OrFailed(parts_.commands->Begin(task->sent, std::string(task->route->action))));
  if (earlier && !task->again) return BeingAnswered();
  return std::nullopt;
}

http::Response LeadWrites::NotTaken(const Status& why) {
  telemetry::LogWarning("a write of the API was not taken: " + why.message());
  return Problem(http::kUnavailable, "unavailable", "the write was not taken; send it again");
}

void LeadWrites::Append(const TaskRef& task) {
  parts_.inbox->Append({.records = {&task->record, 1}}, [this, task](const codec::Stored& at) {
    if (!at.ok() && at.status().kind() == ErrorKind::kRejected) {
      task->sent.state = access::CommandState::kRefused;
      task->sent.reason = "too_large";
      task->sent.detail = at.status().message();
      const auto refuse = [this, task] { Finish(task, std::nullopt); };
      return parts_.queue->Add(refuse, refuse);
    }
    if (!at.ok()) {
      return task->respond(NotTaken(at.status()));
    }
    // Brokers do not return the offset of a record that an earlier try has written.
    if (at->offset < 0) return task->respond(Later(*task));
    task->sent.position = access::RecordPosition{at->topic, at->partition, at->offset};
    const auto note = [this, task] { NotePosition(task); };
    parts_.queue->Add(note, note);  // not on the thread of the inbox, unless the queue is full
  });
}

void LeadWrites::NotePosition(const TaskRef& task) {
  const RequestInLog in_log(task->request_name);
  // A live run reports outcomes of commands only, and refuses no event that this front makes.
  const bool is_reported = IsFolder(task->sent.position->input) || std::holds_alternative<codec::Command>(task->record);
  const http::Response durable = Later(*task);
  if (!is_reported) task->sent.state = access::CommandState::kApplied;
  if (const Status noted = parts_.commands->Update(task->sent); !noted.ok()) return task->respond(Failed(noted));
  is_reported ? Await(task) : task->respond(durable);
}

void LeadWrites::Await(const TaskRef& task) {
  const auto finish = [this, task](const std::optional<v1::RecordOutcome>& outcome) {
    parts_.queue->Add([this, task, outcome] { Finish(task, outcome); }, [this, task] { AnswerLater(task); });
  };
  if (task->wait.count() == 0) return finish(std::nullopt);
  task->until = parts_.clock->Monotonic() + task->wait;
  parts_.watch->Add(SourceOf(*task->sent.position), task->until, finish);
}

void LeadWrites::Finish(const TaskRef& task, const std::optional<v1::RecordOutcome>& outcome) {
  const RequestInLog in_log(task->request_name);
  if (outcome && SentCommands::IsOvertaken(*outcome, task->sent)) return UpdateInstead(task);
  if (outcome) SentCommands::Settle(*outcome, &task->sent);
  if (task->sent.state != access::CommandState::kSent || !task->sent.position) {
    if (const Status noted = parts_.commands->Update(task->sent); !noted.ok()) return task->respond(Failed(noted));
  }
  switch (task->sent.state) {
    case access::CommandState::kSent:
      AnswerLater(task);
      if (task->sent.erases && task->sent.position) ForgetLater(task);
      if (task->sent.upserts && task->sent.creates && task->sent.position) {
        task->respond = [](const http::Response&) {};
        SeeThrough(task, [this, task](const v1::RecordOutcome& later) {
          task->until = parts_.clock->Monotonic() + kUsualWait;
          Finish(task, later);
        });
      }
      return;
    case access::CommandState::kApplied:
      return AnswerOnceThere(task);
    case access::CommandState::kRefused:
      return task->Conclude(Refused(*task));
  }
}

void LeadWrites::UpdateInstead(const TaskRef& task) {
  const RequestInLog in_log(task->request_name);
  const std::string lead = task->sent.lead;
  const auto position = std::exchange(task->sent.position, std::nullopt);
  task->sent.creates = false;
  std::optional<http::Response> response = ReadNewContact(task.get());
  const bool is_hidden = !response && task->sent.creates;
  if (is_hidden && !IsFolder(position->input) && parts_.clock->Monotonic() < task->until) {
    task->sent.position = position;
    return LookAgain(task, [this, task] { UpdateInstead(task); });
  }
  // The audit log names the lead of the first command.
  if (!response && (task->sent.creates || task->sent.lead != lead)) response = ContactExists(std::nullopt);
  if (response && response->code == http::kConflict) {
    task->sent.state = access::CommandState::kRefused;
    task->sent.reason = kConflict;
    task->sent.lead = lead;
  }
  if (!response || task->sent.state == access::CommandState::kRefused) {
    if (const Status noted = parts_.commands->Update(task->sent); !noted.ok()) response = Failed(noted);
  }
  response ? task->Conclude(*std::move(response)) : Append(task);
}

void LeadWrites::AnswerOnceThere(const TaskRef& task) {
  const RequestInLog in_log(task->request_name);
  const bool may_wait = task->route->kind == RouteKind::kCreate || task->route->kind == RouteKind::kUpdate;
  if (may_wait && !IsFolder(task->sent.position->input)) {
    const auto lead = FindContact(CallerFor(task->principal), task->sent.lead, parts_.run);
    const bool waits = lead.ok() && (*lead ? (*lead)->waits() && !task->contact.waits() : task->sent.creates);
    if (waits && parts_.clock->Monotonic() < task->until) {
      return LookAgain(task, [this, task] { AnswerOnceThere(task); });
    }
    if (waits && !*lead) return AnswerLater(task);
  }
  task->Conclude(Done(*task));
}

void LeadWrites::LookAgain(const TaskRef& task, std::function<void()> look) {
  const OutcomeWatch::Time now = parts_.clock->Monotonic();
  const auto told = [this, task, look = std::move(look), now](const std::optional<v1::RecordOutcome>& outcome) {
    if (!outcome) task->until = now;  // the wait is over, or the front stops
    parts_.queue->Add(look, [this, task] { AnswerLater(task); });
  };
  parts_.watch->Add(SourceOf(*task->sent.position), task->until, told, now + kMailboxPause);
}

void LeadWrites::AnswerLater(const TaskRef& task) {
  task->respond(Later(*task));
  if (task->claim == nullptr || !task->sent.position) return;
  NewContacts::Hold(std::move(task->claim), SourceOf(*task->sent.position), parts_.watch, *parts_.clock);
}

void LeadWrites::SeeThrough(const TaskRef& task, std::function<void(const v1::RecordOutcome&)> on_outcome) {
  parts_.watch->Add(SourceOf(*task->sent.position), parts_.clock->Monotonic() + kLongestSeenThrough,
                    [this, on_outcome = std::move(on_outcome)](const std::optional<v1::RecordOutcome>& outcome) {
                      if (outcome) parts_.queue->Add([on_outcome, known = *outcome] { on_outcome(known); }, [] {});
                    });
}

void LeadWrites::ForgetLater(const TaskRef& task) {
  SeeThrough(task, [this, task](const v1::RecordOutcome& outcome) {
    SentCommands::Settle(outcome, &task->sent);
    if (task->sent.state == access::CommandState::kSent) return;
    Status done = parts_.commands->Update(task->sent);
    if (done.ok() && task->sent.state == access::CommandState::kApplied) done = parts_.sent->Forget(task->sent);
    if (!done.ok()) telemetry::LogWarning("the front still has the id of an erased lead: " + done.message());
  });
}

http::Response LeadWrites::Done(const Task& task) {
  const access::SentCommand& sent = task.sent;
  http::Response response{http::kOk, "", kJsonType};
  if (task.route->kind == RouteKind::kErase) {
    if (const Status forgot = parts_.sent->Forget(sent); !forgot.ok()) return Failed(forgot);
    response.body = R"({"erased":true})";
  } else {
    auto lead = FindContact(CallerFor(task.principal), sent.lead, parts_.run);
    // The command is applied, whatever the run says now.
    if (!lead.ok()) return Later(task);
    if (!*lead) return NoSuchContact();  // erased or taken over meanwhile
    response = ContactResponse(sent.creates ? http::kCreated : http::kOk, **lead);
    if (const std::vector<std::string> warnings = task.Warnings(); !warnings.empty()) {
      std::string members;
      JsonObject(&members).Texts("warnings", warnings);
      members.back() = ',';
      response.body.replace(0, 1, members);
    }
    if (sent.creates)
      response.headers.emplace_back("Location", std::string(kApiBase) + "/contacts/" + PathEnding(sent.lead));
  }
  AddPosition(task, &response);
  return response;
}

http::Response LeadWrites::Refused(const Task& task) {
  const access::SentCommand& sent = task.sent;
  if (sent.reason != kConflict) {
    const unsigned int code = sent.reason == "final_stage" ? http::kConflict : http::kUnprocessableContent;
    return Problem(code, sent.reason, sent.detail, AttributeAtFault(sent.detail));
  }
  LP_ASSIGN_OR_ANSWER(const auto lead, OrRunFailed(FindContact(CallerFor(task.principal), sent.lead, parts_.run)));
  if (task.route->kind == RouteKind::kCreate) return ContactExists(lead);
  if (!lead) return NoSuchContact();
  http::Response response =
      Problem(http::kPreconditionFailed, sent.reason, sent.detail, "If-Match", "contact", ContactJson(*lead));
  response.headers.emplace_back("ETag", "\"" + lead->version() + "\"");
  return response;
}

http::Response LeadWrites::Later(const Task& task) {
  http::Response response = JsonResponse(http::kAccepted, [&task](JsonObject* json) {
    json->Text("command", task.sent.id);
    json->Text("state", access::StateName(task.sent.state));
    const std::vector<std::string> warnings = task.Warnings();
    if (!warnings.empty()) json->Texts("warnings", warnings);
  });
  response.headers.emplace_back("Location", std::string(kApiBase) + "/commands/" + PathEnding(task.sent.id));
  AddPosition(task, &response);
  return response;
}

void LeadWrites::AddPosition(const Task& task, http::Response* response) {
  const auto& position = task.sent.position;
  // Reads wait for positions in folders and in the topic of commands.
  if (!position || (task.route->kind == RouteKind::kTopic && !IsFolder(position->input))) return;
  response->headers.emplace_back(
      "Leadpulse-Position",
      parts_.continuations->Seal(Continuation::kPosition, task.principal.tenant, PositionText(*position)));
}

}  // namespace leadpulse::serve

// One write on its way through LeadWrites.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/status.h"
#include "processor/base/value.h"
#include "processor/rules/language/field_names.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/write_headers.h"
#include "processor/serve/api/writes/address_check.h"
#include "processor/serve/api/writes/kept_change.h"
#include "processor/serve/api/writes/lead_writes.h"
#include "schemas/codec/records.h"

namespace leadpulse::serve {

struct LeadWrites::Task {
  const Route* route = nullptr;
  access::Principal principal;
  access::SentCommand sent;
  std::vector<codec::Record> first;  // stored before `record`: opt-outs and consents of the same body
  codec::Record record;              // the command, or an opt-out or opt-in
  ExpectedVersions expected;
  v1::LeadAnswer contact;                       // before the change; without a record: there is none
  std::optional<v1::LeadAnswer> shown;          // after it, for the answer
  std::string expected_version;                 // one of them; empty: any
  bool again = false;                           // the same request came before
  bool may_share = false;                       // the contact may get an address that another one has
  std::string body;                             // the body of a request that creates a contact
  NewContacts::Claim claim;                     // while the run may still give the contact its new address
  std::chrono::milliseconds wait = kUsualWait;  // 0: answer once it is durable
  OutcomeWatch::Time until;                     // when `wait` is over
  std::string request_name;                     // that of ApiRequest
  Status failure;                               // why the inbox did not take the record of a batch
  Respond respond;

  // Makes a command of the request. `id` is its own, `version` that which it expects; empty: any.
  std::variant<codec::Command, http::Response> Make(const std::string& id, const std::string& version,
                                                    std::span<const CommandAction> actions) const {
    return MakeCommand({sent.tenant, sent.lead, id, sent.who, version, sent.at}, actions);
  }
  // Sets the command. Returns the problem if it is wrong.
  std::optional<http::Response> SetCommand(std::span<const CommandAction> actions) {
    LP_ASSIGN_OR_ANSWER(record, Make(CommandIdOf(sent), expected_version, actions));
    return std::nullopt;
  }
  // Sets the command of one action, the body of the request.
  std::optional<http::Response> SetCommand(std::string_view member, std::string action) {
    const CommandAction one{std::string(member), std::move(action), ""};
    return SetCommand({&one, 1});
  }
  // Returns what takes the command back, to be stored with it; empty: nothing can.
  std::string Undo() const {
    const auto* command = std::get_if<codec::Command>(&record);
    // An opt-out is not taken back by a click.
    if (command == nullptr || command->actions.removes_lead() || sent.creates || !first.empty()) return {};
    if (!contact.has_record()) return {};
    KeptChange change;
    change.Add(*command, &contact.record(), KeptChange::Source::kPerson);
    return change.is_empty() ? std::string() : change.ToJson();
  }
  // Returns what the client should know of a write that is taken.
  std::vector<std::string> Warnings() const {
    std::vector<std::string> warnings = {IdNotTaken(body, sent)};
    const auto* command = std::get_if<codec::Command>(&record);
    const auto* update = command == nullptr ? nullptr : command->actions.Find<codec::UpdateProfile>();
    if (update != nullptr) {
      for (const auto& [name, value] : update->set) {
        warnings.push_back(rules::WarningOfName(NormalizeName(name)));
        if (warnings.back().empty() && SoundsLikeOptOut(name, value)) {
          warnings.push_back(Concat({"`", name, "` is an attribute like others and stops no mail; ",
                                     R"("unsubscribed": true or "do_not_contact": true does)"}));
        }
      }
    }
    std::erase(warnings, "");
    return warnings;
  }
  // Answers for good. Gives the claim up first, because the client may send its next request at once.
  void Conclude(http::Response response) {
    claim.reset();
    respond(std::move(response));
  }
};

}  // namespace leadpulse::serve

#include "processor/serve/api/jobs/row_addresses.h"

#include <variant>

#include "processor/serve/api/reads/lead_selection.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/writes/contact_edit.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::serve {

std::string QuestionOf(const importing::ImportedRow& row) {
  const auto* event = std::get_if<codec::Event>(&row.records.front());
  std::string line;
  if (event == nullptr) {
    // What a row says against mail are events, about which there is no question.
    for (const codec::Record& record : row.records) {
      if (std::holds_alternative<codec::Command>(record)) codec::AppendInputJson(record, &line);
    }
    return line;
  }
  codec::AppendInputJson(codec::Command{event->key, "preview", event->occurred_at, "", false, codec::UpdateProfile{},
                                        event->address, event->by_address},
                         &line);
  return line;
}

Result<v1::ContactOutlooks> AskAboutRows(const v1::PreviewContacts& question, RunClient* run) {
  LP_ASSIGN_OR_RETURN(v1::ContactOutlooks answered, OrStatus(run->Preview(question)));
  LP_RETURN_IF_ERROR(CheckComplete(answered));
  if (answered.rows_size() != question.rows_size()) return Status::Retriable("the run answered about other rows");
  return answered;
}

std::optional<importing::WrongRow> RowAddresses::Check(const codec::Record& first, const v1::ContactOutlook& outlook) {
  const auto* command = std::get_if<codec::Command>(&first);
  if (command == nullptr) return std::nullopt;
  if (const std::string why = outlook.is_lead() ? "" : WhyNoNewId(command->key.lead); !why.empty()) {
    return importing::WrongRow{"invalid_value", {"the lead's id: " + why}};
  }
  if (may_share_ || outlook.new_address().empty()) return std::nullopt;
  std::string other = outlook.taken_by().empty() ? "" : outlook.taken_by(0);
  if (other.empty()) {
    const std::string& contact = command->key.lead;
    const auto& [address, earlier] = *contacts_.emplace(outlook.new_address(), contact).first;
    // A row by address is for the contact of an earlier row.
    if (earlier == contact || command->by_address) return std::nullopt;
    other = earlier;
  }
  return importing::WrongRow{"address in use",
                             {outlook.new_address() + " is the address of the contact " + other +
                              " already; correct one of them, or import with shared: true"}};
}

}  // namespace leadpulse::serve

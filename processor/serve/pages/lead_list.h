// Shared parts of the table of leads, the panel of one contact and their forms.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "processor/http/handler.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// The fields of the form that adds a contact.
inline constexpr std::string_view kNewLeadFields[] = {"email",        "first_name", "last_name",
                                                      "company_name", "domain",     "phone"};

// Shows the page with a message. `request` has the parameters of the page that the form was on.
http::Response LeadsPage(const PageRequest& request, PageNotice notice);

// Returns the data of lead_detail.tpl, or the refusal of the API. Takes `notice`, the refusal of a form of this panel,
// to the place of the form, whose fields keep the user's input.
std::variant<PageData, ApiReply> DetailOf(const std::string& id, const PageRequest& request, PageNotice* notice);

// Answers with the panel by itself, for the script. `request` has the parameters of the page that it is on.
http::Response PanelPart(const std::string& id, const PageRequest& request, PageNotice notice);

// Adds the data by which the forms and links of lead_row.tpl and lead_detail.tpl come back to this page.
void AddForms(const PageRequest& request, PageData* data);

// Sets `agents`: the ids that users have as agents, for the fields that take one. Only managers assign and need them.
void AddAgents(const PageRequest& request, PageData* data, PageNotice* notice);

// Returns the parameters of the page of leads among `fields`, to come back to it; with_lead: and the open contact.
std::vector<http::FormField> ListParameters(const std::vector<http::FormField>& fields, bool with_lead);

}  // namespace leadpulse::serve

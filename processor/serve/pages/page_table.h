// The pages of the front. The table dispatches requests and makes the navigation. README.md says how to add a page.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "processor/http/handler.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// Answers a request for a page. Called on a thread that may block, after the check of role and, for a POST, of the form
// token.
using PageFunction = http::Response(const PageRequest& request);

struct PageRoute {
  std::string_view method = "GET";
  std::string_view path;
  access::Role least;  // users with a lower role get 403
  PageFunction* answer;
  std::string_view navigation = {};  // the name in the rail; empty: not listed
  std::string_view icon = {};        // beside the name, as icons.svg has it
  std::string_view tab = {};         // the name in the tabs of the settings; empty: not listed
  bool needs_login = true;
  bool hashes_password = false;  // such requests run one at a time: a hash takes much memory
  size_t max_form_bytes = size_t{256} << 10;
  bool takes_file = false;  // the form is multipart/form-data, and its file as large as an upload of the API
  bool searches = false;    // queries many leads; pages that do not search do not wait for those that do
};

std::span<const PageRoute> PageRoutes();

// ---- login_pages.cc ----

PageFunction ShowLogin;
// Begins a new session, whatever cookie the browser sent. A wrong password and an unknown user look the same.
PageFunction LogIn;
PageFunction LogOut;
// Goes to the first page of the user.
PageFunction ShowStart;
PageFunction ShowPassword;
// Ends all sessions of the user, and begins a new one in this browser.
PageFunction ChangePassword;
// The form with which a user whom an admin has invited sets a password, and is logged in. Parameter and field `code`:
// the secret of the invitation.
PageFunction ShowInvitation, AcceptInvitation;

// ---- page_frame.cc ----

// Keeps how the pages look to this browser. Fields: `theme` (`light`, `dark`, or that of the system), `rail` (`folded`
// or not), `archived`, the column of the board (`folded` or not), and `here`, the page to come back to.
PageFunction SetLook;

// ---- bell_pages.cc ----

// Shows the notices of the user, the latest first. With `part`, the link to them with the number of unread ones.
PageFunction ShowBell;
// Field `notice`: marks that one as read, and goes to what it is about. Field `up_to`: marks all up to that id.
PageFunction ReadNotices;

// ---- command_pages.cc ----

// Shows the keys of the pages; by itself with `part`.
PageFunction ShowKeys;
// Finds commands by the words of `query`: places, saved views, leads, and what can be done with `lead`; by itself with
// `part`. `back`: the parameters of the page of leads to come back to.
PageFunction ShowCommands;

// ---- lead_list.cc: a table of leads, and beside it the panel of the contact in the parameter `lead` ----

// Parameters: `query` or `where`, `sort`, `columns` (lead_columns.h), `cursor`, `lead`; `done`: `1` after a change was
// applied, `late` if it is durable but not applied yet.
PageFunction ShowLeads;
// Shows the columns that the table can have; by itself with `part`. With `done`, goes to the table with each `column`.
// Parameter `back`: the parameters of the page of leads. In lead_columns.cc.
PageFunction ChooseColumns;
// Adds a condition to a rule, and goes to the page `on` (that of leads unless given) with the rule. Parameters:
// `where`; `either`, a rule to which the condition is an alternative; `field`, `test`, and `value`s of which one is
// enough; `stays`: `1` if the editor of the condition stays open; others are kept. In lead_filter.cc.
PageFunction WriteFilter;
// Shows what can be done with `lead`, for its menu; by itself with `part`. Parameter `back`: the page to come back to.
PageFunction ShowActions;
// Send parts to the script: one row of the table, the counts above it, and how many leads the search finds now, with
// the ids of those on the page. 404 if the user sees no such contact.
PageFunction ShowRow, ShowCounts, ShowFound;

// ---- lead_detail.cc: the panel of one contact ----

// Shows the timeline of `lead`, the latest entry first, in pages (`cursor`).
PageFunction ShowTimeline;
// Sends the panel by itself, for the script. Parameters: those of the page of leads; `tab`: the tab that is shown.
PageFunction ShowDetail;

// ---- lead_forms.cc: each form goes back to the page it was on; a refusal shows that page with the reason ----

// Fields: `email`, `first_name`, `last_name`, `phone`, `company_name`. Opens the new contact, or the one that already
// has the address.
PageFunction AddLead;
// Fields: `lead`; `action`: `update` (lead_edit.h), `erase`, or the end of a route `/contacts/{id}/…` with its members
// as fields; `version` of the contact on the page, for `update`. With `part`, which the script sends, the answer is the
// panel by itself, also that of a refusal; with `part=undo` it is what takes the change back. A move to a final stage
// is asked about, unless it is `confirmed`.
//
// If two people change the same attribute, the second one sees both values and nothing is saved. Changes of other
// attributes do not refuse the save.
PageFunction EditLead;
// Takes back the change that the field `command` names, as long as nobody has changed the same since. Field `place`:
// `pipeline` if the form was on the board.
PageFunction UndoChange;
// Fields: `what` (the end of a route) with its members, `tags:add` for one of a choice alone; the chosen `lead`s, or
// `scope=all` for the whole search. Asks to confirm the number of contacts (`confirmed`), then starts a job.
PageFunction ChangeMany;
// Fields: `columns`, `format`, and `name` of the file. Starts a job that exports all contacts of the search. With
// `now`, the answer is the file, unless it takes longer than a moment.
PageFunction ExportLeads;
// Sends all data of `lead`, for the person who asks for it (GDPR 15, 20).
PageFunction DownloadLead;
// Saves the search under the field `title`.
PageFunction SaveView;
PageFunction RemoveView;

// ---- board_pages.cc: the pipeline board, a column of cards for each stage ----
//
// Contacts do not leave the final stages, so their columns are locked. A form has the stage that its card was in: if
// two people move the same card, the second one sees where it is now, and moves nothing.

// Parameters: `where`: only the leads of this rule; `column` and `cursor`: that column shows a later page; `done`, as
// ShowLeads has it.
PageFunction ShowBoard;
// Sends one card to the script. 404 if the user sees no such contact.
PageFunction ShowCard;
// Moves the card of contact `lead` from stage `was` to `stage`. A final one is asked about, unless it is `confirmed`.
// With `part=undo`, which the script sends, the answer is what takes the move back.
PageFunction MoveCard;

// ---- import_pages.cc: upload, columns with a preview, progress; and the list of jobs ----
//
// Parameter and field `import`: the id of the import; `kind`: what its rows are, as the API names it (contacts, unless
// it is given).

PageFunction ShowImport;
// PageRequest::upload has the file.
PageFunction UploadImport;
// Shows the guessed columns, and the effects of the import.
PageFunction ShowColumns;
// Field `what`: `preview`, or `run`; the other fields are in import_form.h. Fields `column`, `was`, `meaning` and
// `new_name` are of one column each, in their order: the name, the guess, and the new meaning; an empty `meaning`
// leaves the column out. If `kind` differs from `kind_was`, the page shows new guesses for the columns.
PageFunction RunImport;
// Loads itself again until the import is over.
PageFunction ShowProgress;
PageFunction DownloadWrongRows;
// Lists what the import did to which leads, in pages (`cursor`).
PageFunction ShowImportedLeads;
// Takes the import back.
PageFunction UndoImport;
PageFunction ShowJobs;
// Sends the file of the export that the parameter `job` names.
PageFunction DownloadExport;
// Cancels the job that the field `job` names.
PageFunction CancelJob;

// ---- segment_pages.cc: segments, an editor that tries a rule before it is saved, and campaigns ----

// Parameter `name`: only segments whose names or ids contain it, in any case.
PageFunction ShowSegments;
// The same for campaigns: a card for each, with its numbers.
PageFunction ShowCampaigns;
// The editor of segment `id`; without it, of a new one. Managers try rules, admins save them, too. With `where` and
// `version` that of a rule which the filter has written, and what it would change.
PageFunction ShowSegment;
// Field `what`: `try`, `save` or `remove`. If somebody else has saved in the meantime, the save is refused and shows
// both rules, and takes the user's when it is sent again.
PageFunction EditSegment;

// ---- list_pages.cc ----

// All lists that are declared, and those of some leads, with their numbers of leads.
PageFunction ShowLists;
// Field `what`: `add` with `name`; `rename` with `list` and `name`; `member` adds the `lead` to the `list`; `remove`
// takes all leads out of the `list`, by a job, and deletes it.
PageFunction EditLists;

// ---- report_pages.cc and report_overview.cc: pictures and tables whose numbers lead to the contacts that they count
// ----

// Parameter `report`: `pipeline`, `tiers`, `segments`, `campaigns` or `scores`; without it the overview.
PageFunction ShowReport;
// Shows what happened in some days, by day and by owner. Parameters: those of RangeOf (report_range.h), `range`, or
// `from` and `to`.
PageFunction ShowOverview;
// Shows the leads that became hot or converted and still are. Parameters: `what`, `from`, `to`; `owner`, or
// `without_owner=1`, unless all.
PageFunction ShowMovedLeads;
// Parameters `report`, which may also be `days` with `from` and `to`; and `format` as the API takes it.
PageFunction DownloadReport;

// ---- settings_pages.cc and account_pages.cc: the settings of a company, for its admins ----
//
// Passwords and secrets of tokens are shown once, on the page that answers the form which made them. They are in no
// address and no log, and that page is stored nowhere.

// The forms of settings_form.h, each at its path, in definition_forms.cc. Field `what`: `try` shows what would change,
// `save` saves; `version` as below.
PageFunction ShowSettings, SaveSettings;
// The text of the definitions, and the fields and topics that it declares. Field `version` of the form is the version
// that the user has seen: if somebody else has saved in the meantime, the save is refused and shows both texts.
PageFunction ShowDefinitions, SaveDefinitions;
// Parameters `who`, `lead`, `action` and `cursor`, as the API takes them.
PageFunction ShowAudit;
PageFunction ShowUsers;
// Field `what`: `add`, `change`, `remove`, or `invite`. The answer to a new or invited user has a link
// (ShowInvitation).
PageFunction EditUsers;
PageFunction ShowTokens;
// Field `what`: `create` or `revoke`.
PageFunction EditTokens;
// All webhooks; with the parameter `id` that one, with its latest deliveries. In webhook_pages.cc.
PageFunction ShowWebhooks;
// Field `what`: `add` and `change` with `url`, `event`s and `contact`; `enable`, `disable`, `test`, `remove`, and
// `read` of the changes that may be missing, with `webhook`; `send_again` with a `delivery`, too.
PageFunction EditWebhooks;
// All companies, for operators. Fields `new_tenant` and, if the tenant gets its first admin at once, `admin`.
PageFunction ShowTenants, AddTenant;

}  // namespace leadpulse::serve

// Answers of pages. SecurePage (pages.cc) adds the headers that all have.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

// Returns the data of layout.tpl: `title`, the user with `is_manager` and `is_admin`, the navigation, and the token of
// forms. `shown` is the path that is marked in the navigation; empty means that of the request. `done` and `late` are
// the result of the form that led here, and `undo` is the command that takes it back.
PageData NewPage(const PageRequest& request, std::string_view title, std::string_view shown = {});
// Returns the data of a page of settings, with the `tabs` of settings_tabs.tpl.
PageData NewSettings(const PageRequest& request, std::string_view title);
// Renders a template as a whole page.
http::Response Page(unsigned int code, std::string_view name, const PageData& data);
// Renders a template by itself: a part of a page, for the script.
http::Response Part(std::string_view name, PageData data);
// Renders a page with one sentence.
http::Response Message(unsigned int code, const PageRequest& request, std::string_view title,
                       std::string_view sentence);
// Logs the error of the front's database, which nobody else must see, and asks to try again.
http::Response DatabaseFailed(const PageRequest& request, const Status& status);
// Redirects to a page of this front: `target` begins with one `/`.
http::Response Redirect(std::string target);
// Sets the data of form_fields.tpl: the token of forms, a new key, so that a form sent twice is one command, and
// `back`, the parameters of the page to come back to.
void AddFormFields(const PageRequest& request, const std::string& back, PageData* data);
// Whether the script has sent the form and shows only what takes the change back.
bool WantsUndo(const PageRequest& request);
// Sends the form that takes back the command `undo` about the lead in the field `lead`, for the script; nothing if it
// is empty. `place` is the field of UndoChange, `back` that of AddFormFields.
http::Response UndoPart(const PageRequest& request, const std::string& undo, const std::string& place,
                        const std::string& back);
// The most names that a select offers.
inline constexpr size_t kMostOptions = 1'000;
// Makes an option of a select: `{value, label, selected}`.
PageData OptionOf(std::string_view value, std::string_view label, bool selected);
// Sets `typed_NAME` to each field of a form that was refused, for the page that shows it again.
void AddTyped(const PageRequest& request, std::span<const std::string_view> names, PageData* data);
// Makes a label from a name: `Follow up` from `follow_up`, `E-mail` from `email`, `URL` from `url`.
std::string LabelOf(std::string_view name);
// Returns the first character of the first word and of the last one.
std::string InitialsOf(std::string_view name);
// Returns the text with an upper-case letter at the beginning, if that is one of a to z.
std::string Capitalized(std::string text);

}  // namespace leadpulse::serve

// Answers of pages. All have the headers that SecurePage adds (pages.cc).
#pragma once

#include <string>
#include <string_view>

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

inline constexpr unsigned int kSeeOther = 303;

// What layout.tpl needs: `title`, the user, the navigation with the page of `path` marked, and the token of forms.
PageData NewPage(const PageRequest& request, std::string_view title);
// The template as a whole page.
http::Answer Page(unsigned int code, std::string_view name, const PageData& data);
// A part of a page, for the script.
http::Answer Part(std::string_view name, const PageData& data);
// A page with one sentence.
http::Answer Message(unsigned int code, const PageRequest& request, std::string_view title, std::string_view sentence);
// To a page of this front: `target` begins with one `/`.
http::Answer Redirect(std::string target);
// A new key for a form, so that a form sent twice is one command.
std::string NewFormKey();
// The texts as a list of `{value, label, selected}`, for the options of a select.
PageData Options(const std::vector<std::string>& values, std::string_view selected);
// `Follow up` of `follow_up`.
std::string LabelOf(std::string_view name);

}  // namespace leadpulse::serve

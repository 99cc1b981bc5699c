// The rows of what has a name, such as segments, of which there may be more than a page holds.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "processor/base/json.h"
#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/lead_cells.h"
#include "processor/serve/pages/page_request.h"
#include "processor/serve/pages/shown_number.h"
#include "processor/serve/pages/templates.h"

namespace leadpulse::serve {

inline constexpr size_t kMostNamedRows = 200;

// Sets `rows` to what `make` returns of those members of the list whose ids or names contain the parameter `name`, in
// any case: kMostNamedRows of them, and `found` to the number of all. The data of name_search.tpl.
template <typename Make>
void AddNamed(const Json& list, std::string_view member, const PageRequest& request, PageData* data, const Make& make) {
  const std::string wanted = FoldCase(TrimAsciiSpace(request.Parameter("name")));
  PageList rows;
  size_t found = 0;
  for (const Json& named : list[member].elements()) {
    if (!ContainsFolded(named["id"].text(), wanted) && !ContainsFolded(TitleOf(named), wanted)) continue;
    if (++found <= kMostNamedRows) rows.push_back(make(named));
  }
  ShowMissing(list, data);
  (*data)["page"] = request.path.substr(1);  // the search stays on it
  (*data)["name"] = TextData(request.Parameter("name"));
  (*data)["found"] = ShownNumbers::For(request).Of(found);
  (*data)["has_more"] = found > kMostNamedRows;
  (*data)["most"] = std::to_string(kMostNamedRows);
  AddList("rows", rows, data);
}

}  // namespace leadpulse::serve

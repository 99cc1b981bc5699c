// Files of leads that Leadpulse wrote (`leads --format csv`, exports of the pages), which an import reads back: the
// row's `lead` is the lead, what Leadpulse works out is left out, and cells are without the guards of formulas.
// Thread-safe.
#pragma once

#include <string_view>
#include <vector>

namespace leadpulse::importing {

// Whether the header is an export's: its names are spelled as there, and `lead` is the first, or it has one that other
// systems do not have.
bool IsOwnExport(const std::vector<std::string_view>& header);

// Whether an export's column of that name is no attribute, list of names or address.
bool IsWorkedOut(std::string_view name);

// Whether that header of an export is surely ours: others also have `id`, `email_status` and `last_opened`. Only then
// the state that it came from knows who gets no mail.
bool IsSurelyOwn(const std::vector<std::string_view>& header);

// Whether what Leadpulse works out in an export's column of that name says who gets mail.
bool SaysWhoGetsMail(std::string_view name);

}  // namespace leadpulse::importing

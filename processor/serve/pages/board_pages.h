// The pipeline board: a column of cards for each stage.
//
// Contacts do not leave the final stages, so their columns are locked. A form has the stage that its card was in: of
// two people who move the same card, the second one is told where it is now, and moves nothing.
#pragma once

#include "processor/http/handler.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve {

// Parameters: `column` and `cursor`: that column shows a later page; `done`, as ShowLeads has it.
http::Answer ShowBoard(const PageRequest& request);
// Sends one card to the script. 404 if the user sees no such contact.
http::Answer ShowCard(const PageRequest& request);
// Moves the card of contact `lead` from stage `was` to `stage`.
http::Answer MoveCard(const PageRequest& request);

}  // namespace leadpulse::serve

#include "processor/serve/pages/page_table.h"

#include <array>

#include "processor/serve/pages/board_pages.h"
#include "processor/serve/pages/campaign_pages.h"
#include "processor/serve/pages/import_pages.h"
#include "processor/serve/pages/job_pages.h"
#include "processor/serve/pages/lead_detail.h"
#include "processor/serve/pages/lead_forms.h"
#include "processor/serve/pages/lead_list.h"
#include "processor/serve/pages/login_pages.h"
#include "processor/serve/pages/report_pages.h"
#include "processor/serve/pages/segment_pages.h"
#include "processor/serve/pages/settings_pages.h"

namespace leadpulse::serve {

using access::Role;

namespace {

constexpr auto kPageRoutes = std::to_array<PageRoute>({
    {.method = "GET", .path = "/login", .least = Role::kAgent, .answer = ShowLogin, .needs_login = false},
    {.method = "POST",
     .path = "/login",
     .least = Role::kAgent,
     .answer = LogIn,
     .needs_login = false,
     .hashes_password = true},
    {.method = "POST", .path = "/logout", .least = Role::kAgent, .answer = LogOut},
    {.method = "GET", .path = "/", .least = Role::kAgent, .answer = ShowStart},
    {.method = "GET",
     .path = "/leads",
     .least = Role::kAgent,
     .answer = ShowLeads,
     .navigation = "Leads",
     .searches = true},
    {.method = "GET", .path = "/leads/filter", .least = Role::kAgent, .answer = WriteFilter},
    {.method = "GET", .path = "/leads/row", .least = Role::kAgent, .answer = ShowRow},
    {.method = "GET", .path = "/leads/detail", .least = Role::kAgent, .answer = ShowDetail},
    {.method = "GET", .path = "/leads/timeline", .least = Role::kAgent, .answer = ShowTimeline},
    {.method = "GET", .path = "/leads/found", .least = Role::kAgent, .answer = ShowFound, .searches = true},
    {.method = "GET", .path = "/leads/counts", .least = Role::kAgent, .answer = ShowCounts, .searches = true},
    {.method = "POST", .path = "/leads/add", .least = Role::kAgent, .answer = AddLead},
    {.method = "POST", .path = "/leads/edit", .least = Role::kAgent, .answer = EditLead},
    {.method = "POST", .path = "/leads/bulk", .least = Role::kManager, .answer = ChangeMany, .searches = true},
    {.method = "POST", .path = "/leads/export", .least = Role::kManager, .answer = ExportLeads, .searches = true},
    {.method = "GET", .path = "/leads/data", .least = Role::kManager, .answer = DownloadLead},
    {.method = "POST", .path = "/leads/views", .least = Role::kAgent, .answer = SaveView},
    {.method = "POST", .path = "/leads/views/remove", .least = Role::kAgent, .answer = RemoveView},
    {.method = "GET",
     .path = "/pipeline",
     .least = Role::kAgent,
     .answer = ShowBoard,
     .navigation = "Pipeline",
     .searches = true},
    {.method = "GET", .path = "/pipeline/card", .least = Role::kAgent, .answer = ShowCard},
    {.method = "POST", .path = "/pipeline/move", .least = Role::kAgent, .answer = MoveCard},
    {.method = "GET",
     .path = "/campaigns",
     .least = Role::kAgent,
     .answer = ShowCampaigns,
     .navigation = "Campaigns",
     .searches = true},
    {.method = "GET",
     .path = "/import",
     .least = Role::kManager,
     .answer = ShowImport,
     .navigation = "Import",
     .searches = true},
    {.method = "POST",
     .path = "/import",
     .least = Role::kManager,
     .answer = UploadImport,
     .takes_file = true,
     .searches = true},
    {.method = "GET", .path = "/import/columns", .least = Role::kManager, .answer = ShowColumns, .searches = true},
    {.method = "POST", .path = "/import/columns", .least = Role::kManager, .answer = RunImport, .searches = true},
    {.method = "GET", .path = "/import/progress", .least = Role::kManager, .answer = ShowProgress},
    {.method = "GET", .path = "/import/wrong", .least = Role::kManager, .answer = DownloadWrongRows},
    {.method = "GET",
     .path = "/segments",
     .least = Role::kAgent,
     .answer = ShowSegments,
     .navigation = "Segments",
     .searches = true},
    {.method = "GET", .path = "/segments/edit", .least = Role::kAgent, .answer = ShowSegment, .searches = true},
    {.method = "POST", .path = "/segments/edit", .least = Role::kManager, .answer = EditSegment, .searches = true},
    {.method = "GET", .path = "/jobs", .least = Role::kManager, .answer = ShowJobs, .navigation = "Jobs"},
    {.method = "GET", .path = "/jobs/file", .least = Role::kManager, .answer = DownloadExport},
    {.method = "POST", .path = "/jobs/cancel", .least = Role::kManager, .answer = CancelJob},
    {.method = "GET",
     .path = "/reports",
     .least = Role::kManager,
     .answer = ShowReport,
     .navigation = "Reports",
     .searches = true},
    {.method = "GET", .path = "/reports/file", .least = Role::kManager, .answer = DownloadReport, .searches = true},
    {.method = "GET", .path = "/settings", .least = Role::kAdmin, .answer = ShowDefinitions, .navigation = "Settings"},
    {.method = "POST",
     .path = "/settings",
     .least = Role::kAdmin,
     .answer = SaveDefinitions,
     .max_form_bytes = size_t{12} << 20},
    {.method = "GET", .path = "/settings/users", .least = Role::kAdmin, .answer = ShowUsers},
    {.method = "POST", .path = "/settings/users", .least = Role::kAdmin, .answer = EditUsers, .hashes_password = true},
    {.method = "GET", .path = "/settings/tokens", .least = Role::kAdmin, .answer = ShowTokens},
    {.method = "POST", .path = "/settings/tokens", .least = Role::kAdmin, .answer = EditTokens},
    {.method = "GET", .path = "/settings/audit", .least = Role::kAdmin, .answer = ShowAudit},
    {.method = "GET", .path = "/settings/tenants", .least = Role::kOperator, .answer = ShowTenants},
    {.method = "POST",
     .path = "/settings/tenants",
     .least = Role::kOperator,
     .answer = AddTenant,
     .hashes_password = true},
    {.method = "GET", .path = "/password", .least = Role::kAgent, .answer = ShowPassword},
    {.method = "POST", .path = "/password", .least = Role::kAgent, .answer = ChangePassword, .hashes_password = true},
});

}  // namespace

std::span<const PageRoute> PageRoutes() { return kPageRoutes; }

}  // namespace leadpulse::serve

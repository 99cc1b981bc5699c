#include "processor/serve/pages/page_table.h"

#include <array>

namespace leadpulse::serve {

using access::Role;

namespace {

constexpr auto kPageRoutes = std::to_array<PageRoute>({
    {.path = "/login", .least = Role::kAgent, .answer = ShowLogin, .needs_login = false},
    {.method = "POST",
     .path = "/login",
     .least = Role::kAgent,
     .answer = LogIn,
     .needs_login = false,
     .hashes_password = true},
    {.method = "POST", .path = "/logout", .least = Role::kAgent, .answer = LogOut},
    {.path = "/", .least = Role::kAgent, .answer = ShowStart},
    {.path = "/leads", .least = Role::kAgent, .answer = ShowLeads, .navigation = "Leads", .searches = true},
    {.path = "/leads/filter", .least = Role::kAgent, .answer = WriteFilter, .searches = true},
    {.path = "/leads/row", .least = Role::kAgent, .answer = ShowRow},
    {.path = "/leads/detail", .least = Role::kAgent, .answer = ShowDetail},
    {.path = "/leads/timeline", .least = Role::kAgent, .answer = ShowTimeline},
    {.path = "/leads/found", .least = Role::kAgent, .answer = ShowFound, .searches = true},
    {.path = "/leads/counts", .least = Role::kAgent, .answer = ShowCounts, .searches = true},
    {.method = "POST", .path = "/leads/add", .least = Role::kAgent, .answer = AddLead},
    {.method = "POST", .path = "/leads/edit", .least = Role::kAgent, .answer = EditLead},
    {.method = "POST", .path = "/leads/bulk", .least = Role::kManager, .answer = ChangeMany, .searches = true},
    {.method = "POST", .path = "/leads/export", .least = Role::kManager, .answer = ExportLeads, .searches = true},
    {.path = "/leads/data", .least = Role::kManager, .answer = DownloadLead},
    {.method = "POST", .path = "/leads/views", .least = Role::kAgent, .answer = SaveView},
    {.method = "POST", .path = "/leads/views/remove", .least = Role::kAgent, .answer = RemoveView},
    {.path = "/pipeline", .least = Role::kAgent, .answer = ShowBoard, .navigation = "Pipeline", .searches = true},
    {.path = "/pipeline/card", .least = Role::kAgent, .answer = ShowCard},
    {.method = "POST", .path = "/pipeline/move", .least = Role::kAgent, .answer = MoveCard},
    {.path = "/campaigns", .least = Role::kAgent, .answer = ShowCampaigns, .navigation = "Campaigns", .searches = true},
    {.path = "/import", .least = Role::kManager, .answer = ShowImport, .navigation = "Import", .searches = true},
    {.method = "POST",
     .path = "/import",
     .least = Role::kManager,
     .answer = UploadImport,
     .takes_file = true,
     .searches = true},
    {.path = "/import/columns", .least = Role::kManager, .answer = ShowColumns, .searches = true},
    {.method = "POST", .path = "/import/columns", .least = Role::kManager, .answer = RunImport, .searches = true},
    {.path = "/import/progress", .least = Role::kManager, .answer = ShowProgress},
    {.path = "/import/wrong", .least = Role::kManager, .answer = DownloadWrongRows},
    {.path = "/segments", .least = Role::kAgent, .answer = ShowSegments, .navigation = "Segments", .searches = true},
    {.path = "/segments/edit", .least = Role::kAgent, .answer = ShowSegment, .searches = true},
    {.method = "POST", .path = "/segments/edit", .least = Role::kManager, .answer = EditSegment, .searches = true},
    {.path = "/jobs", .least = Role::kManager, .answer = ShowJobs, .navigation = "Jobs"},
    {.path = "/jobs/file", .least = Role::kManager, .answer = DownloadExport},
    {.method = "POST", .path = "/jobs/cancel", .least = Role::kManager, .answer = CancelJob},
    {.path = "/reports", .least = Role::kManager, .answer = ShowReport, .navigation = "Reports", .searches = true},
    {.path = "/reports/file", .least = Role::kManager, .answer = DownloadReport, .searches = true},
    {.path = "/settings",
     .least = Role::kAdmin,
     .answer = ShowDefinitions,
     .navigation = "Settings",
     .tab = "Definitions"},
    {.method = "POST",
     .path = "/settings",
     .least = Role::kAdmin,
     .answer = SaveDefinitions,
     .max_form_bytes = size_t{12} << 20},
    {.path = "/settings/users", .least = Role::kAdmin, .answer = ShowUsers, .tab = "Users"},
    {.method = "POST", .path = "/settings/users", .least = Role::kAdmin, .answer = EditUsers, .hashes_password = true},
    {.path = "/settings/tokens", .least = Role::kAdmin, .answer = ShowTokens, .tab = "API tokens"},
    {.method = "POST", .path = "/settings/tokens", .least = Role::kAdmin, .answer = EditTokens},
    {.path = "/settings/audit", .least = Role::kAdmin, .answer = ShowAudit, .tab = "Audit log"},
    {.path = "/settings/tenants", .least = Role::kOperator, .answer = ShowTenants, .tab = "Tenants"},
    {.method = "POST",
     .path = "/settings/tenants",
     .least = Role::kOperator,
     .answer = AddTenant,
     .hashes_password = true},
    {.path = "/password", .least = Role::kAgent, .answer = ShowPassword},
    {.method = "POST", .path = "/password", .least = Role::kAgent, .answer = ChangePassword, .hashes_password = true},
});

}  // namespace

std::span<const PageRoute> PageRoutes() { return kPageRoutes; }

}  // namespace leadpulse::serve

<h1>Jobs</h1>
{{#has_jobs}}
{{> job_rows}}
{{#goes_on}}<p><small>This page refreshes until all jobs are over. You can leave it: the jobs go on.</small></p>{{/goes_on}}
{{^goes_on}}<p><a href="/jobs">Reload</a></p>{{/goes_on}}
{{/has_jobs}}
{{^has_jobs}}<p class="empty"><b>No jobs in the last week</b>Imports, exports and bulk edits are listed here while they work, and for a week.</p>{{/has_jobs}}

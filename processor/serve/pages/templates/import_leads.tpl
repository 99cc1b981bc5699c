<h1>Leads of an import</h1>
<p><a href="/import/progress?{{import_query}}">The import</a></p>
{{#has_leads}}
<div class="scroll" tabindex="0" role="region" aria-label="Table of leads">
<table class="stacks">
<thead><tr><th scope="col">Lead</th><th scope="col">What the import did</th><th scope="col">Not taken back</th></tr></thead>
<tbody>
{{#leads}}
<tr><th scope="row"><a href="/leads?{{lead_query}}#detail">{{id}}</a></th><td data-label="What the import did">{{#is_new}}New{{/is_new}}{{^is_new}}Changed: {{changed}}{{/is_new}}</td><td data-label="Not taken back">{{left}}</td></tr>
{{/leads}}
</tbody>
</table>
</div>
{{#next_query}}<p class="pages"><a class="button" href="/import/leads?{{next_query}}">Next</a></p>{{/next_query}}
{{/has_leads}}
{{^has_leads}}<p class="empty"><b>No leads</b> The import changed none, it was taken back, or it is older than 30 days.</p>{{/has_leads}}

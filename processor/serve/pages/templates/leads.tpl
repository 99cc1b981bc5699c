<h1 class="hidden">Leads</h1>
<script src="/assets/list.js?v={{assets}}" defer></script>
{{> lead_counts}}
{{^is_adding}}{{#problem}}<div class="problem" role="alert"><p class="pre{{#shows_place}} code{{/shows_place}}">{{problem}}</p>
{{#has_conflicts}}<ul>{{#conflicts}}<li><b>{{conflict_label}}</b>: you wrote “{{typed}}”, it is now “{{now}}”</li>{{/conflicts}}</ul>{{/has_conflicts}}
</div>{{/problem}}{{/is_adding}}
{{^detail}}{{> lead_saved}}{{/detail}}
<div id="told"></div>
<div class="split{{#detail}} has-detail{{/detail}}">
<section class="list" aria-label="Leads">
<div class="bar">
{{> lead_filter}}
<div class="tools">
{{> lead_found}}
<a class="icon-button" href="/leads/columns?{{back_query}}" data-over="/leads/columns" aria-label="Choose columns" title="Columns"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#columns"/></svg></a>
<details class="menu"{{#at_views}} open{{/at_views}}>
<summary class="icon-button" aria-label="Save this search as a view" title="Save as a view"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#view"/></svg></summary>
<form method="post" action="/leads/views" class="menu-list form">{{> form_fields}}<label>Save this search as <input name="title" value="{{typed_title}}" maxlength="100" required{{#at_views}} aria-invalid="true" aria-describedby="view-problem" autofocus{{/at_views}}></label>{{#is_manager}}<label class="tick"><input type="checkbox" name="shared" value="yes"{{#typed_shared}} checked{{/typed_shared}}> For everybody</label>{{/is_manager}}{{#at_views}}<p class="error" id="view-problem" role="alert">{{at_views}}</p>{{/at_views}}<button>Save the view</button></form>
</details>
{{#is_manager}}
<a class="icon-button" href="/import" aria-label="Import CSV" title="Import CSV"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#import"/></svg></a>
<div class="split-button">
<form method="post" action="/leads/export">{{> form_fields}}<input type="hidden" name="columns" value="{{export_columns}}"><input type="hidden" name="format" value="csv"><input type="hidden" name="name" value="{{export_name}}"><button class="icon-button" name="now" value="yes" aria-label="Download these columns as CSV" title="Download as CSV"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#export"/></svg></button></form>
<details class="menu"{{#at_export}} open{{/at_export}}>
<summary class="icon-button" aria-label="Export other columns or another format" title="Export…"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#chevron-down"/></svg></summary>
<form method="post" action="/leads/export" class="menu-list form">{{> form_fields}}
<label>Columns <input name="columns" value="{{typed_columns}}{{^typed_columns}}lead, {{export_columns}}{{/typed_columns}}"></label>
<label>Format <select name="format"><option value="csv">CSV, for spreadsheets</option><option value="jsonl"{{#typed_jsonl}} selected{{/typed_jsonl}}>JSON lines</option></select></label>
<label>Name of the file <input name="name" value="{{typed_name}}{{^typed_name}}{{export_name}}{{/typed_name}}" maxlength="60"></label>
{{#at_export}}<p class="error" role="alert">{{at_export}}</p>{{/at_export}}
<button>Export all leads in this search</button></form>
</details>
</div>
{{/is_manager}}
</div>
</div>
{{#warnings}}<p class="warning pre code">{{text}}</p>{{/warnings}}
{{#is_first_again}}<p class="warning">The next page is no longer available. The list starts again.</p>{{/is_first_again}}
{{#is_manager}}{{> lead_bulk}}{{/is_manager}}
{{#has_rows}}
<table id="leads" data-back="{{back}}">
<thead><tr>
{{#is_manager}}<th scope="col" class="pick"><input type="checkbox" id="all" aria-label="Select all leads of this page" hidden></th>{{/is_manager}}
{{> lead_heads}}
<th scope="col" class="acts"><span class="hidden">Actions</span></th>
</tr></thead>
<tbody>
{{#rows}}
{{> lead_row}}
{{/rows}}
</tbody>
</table>
{{/has_rows}}
{{#is_late}}<p role="status">{{#searched}}Searched {{searched}} % of the leads so far.{{/searched}}{{^searched}}Not all leads were searched yet.{{/searched}}{{^has_rows}} None matches this rule so far.{{/has_rows}}</p>{{/is_late}}
<p class="pages">{{#is_later}}<a class="button" href="/leads?{{first_query}}">First 50</a> {{/is_later}}{{#next_query}}<a class="button" rel="next" href="/leads?{{next_query}}">{{#is_late}}Continue searching{{/is_late}}{{^is_late}}Next 50{{/is_late}}</a>{{/next_query}}</p>
{{#is_read}}{{^has_rows}}
{{#has_rule}}{{^is_late}}<p class="empty"><b>No leads match this rule.</b>{{#is_due}}Nothing is due: leads appear here on the day of their follow-up.{{/is_due}}{{^is_due}}Remove a condition above, or <a href="/leads">show all leads</a>.{{/is_due}}{{#same_id}} <a href="/leads?{{same_id_query}}">Open the lead with the id {{same_id}}</a>{{/same_id}}</p>{{/is_late}}{{/has_rule}}
{{^has_rule}}<p class="empty"><b>No leads yet</b>Add the first one with “Add lead” above{{#is_manager}}, or <a href="/import">import a file</a>{{/is_manager}}.</p>{{/has_rule}}
{{/has_rows}}{{/is_read}}
</section>
{{> lead_detail}}
<datalist id="tags">{{#tag_choices}}<option value="{{value}}">{{/tag_choices}}</datalist>
</div>
<section class="sheet{{#is_adding}} open{{/is_adding}}" id="add" aria-label="Add a lead">
<div>
<header><h2>Add a lead</h2><a class="icon-button" href="#main" aria-label="Close"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#close"/></svg></a></header>
<form method="post" action="/leads/add" class="stack">
{{> form_fields}}
{{#is_adding}}{{#problem}}<p class="problem" role="alert" id="add-problem">{{problem}}</p>{{/problem}}{{/is_adding}}
<label>E-mail <input name="email" value="{{typed_email}}"{{#is_adding}} autofocus aria-describedby="add-problem"{{/is_adding}} required placeholder="Jane Doe &lt;jane@example.com&gt;"></label>
<label>First name <input name="first_name" value="{{typed_first_name}}"></label>
<label>Last name <input name="last_name" value="{{typed_last_name}}"></label>
<label>Company <input name="company_name" value="{{typed_company_name}}"></label>
<label>Domain <input name="domain" value="{{typed_domain}}" placeholder="That of the e-mail" inputmode="url"></label>
<label>Phone <input name="phone" type="tel" value="{{typed_phone}}"></label>
<footer><a class="button plain" href="#main">Cancel</a><button class="primary">Add lead</button></footer>
</form>
</div>
</section>

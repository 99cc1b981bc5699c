<h1 class="hidden">Leads</h1>
{{> lead_counts}}
{{#problem}}<div class="problem" role="alert"><p class="pre{{#shows_place}} code{{/shows_place}}">{{problem}}</p>
{{#has_conflicts}}<ul>{{#conflicts}}<li><b>{{conflict_label}}</b>: you wrote “{{typed}}”, it is now “{{now}}”</li>{{/conflicts}}</ul>{{/has_conflicts}}
</div>{{/problem}}
{{^detail}}{{> lead_saved}}{{/detail}}
<div class="bar">
<form method="get" action="/leads" role="search" class="search">
<label for="query" class="hidden">Search</label>
<input id="query" name="query" type="search" value="{{query}}" placeholder="jane industry:SaaS score>5 -tag:cold">
<button>Search</button>
</form>
<details class="panel">
<summary>Filter{{#filter_is_set}} <b>on</b>{{/filter_is_set}}</summary>
{{#filter_differs}}<p class="warning">This panel cannot show the rule of this list, which is above the table. Applying the panel replaces that rule.</p>{{/filter_differs}}
<form method="get" action="/leads/filter" class="grid">
<input type="hidden" name="sort" value="{{sort}}">
<label>Stage <select name="stage"><option value="">Any</option>{{#filter_stages}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/filter_stages}}</select></label>
<label>Segment <select name="segment"><option value="">Any</option>{{#segments}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/segments}}</select></label>
<label>Score at least <input name="score" inputmode="decimal" value="{{filter_score}}"></label>
<label>Tier <input name="tier" value="{{filter_tier}}"></label>
<label>Agent <input name="agent" list="agents" placeholder="- for no agent" value="{{filter_agent}}"></label>
<label>Tag <input name="tag" value="{{filter_tag}}"></label>
<label>List <input name="list" list="lists" value="{{filter_list}}"></label>
<label>Campaign <input name="campaign" list="campaigns" value="{{filter_campaign}}"></label>
<label>Can be mailed <select name="sendable"><option value="">Any</option><option value="true"{{#filter_sendable}} selected{{/filter_sendable}}>Yes</option><option value="false"{{#filter_not_sendable}} selected{{/filter_not_sendable}}>No</option></select></label>
<label>Attribute <input name="attribute" placeholder="industry" value="{{filter_attribute}}"></label>
<label>Comparison <select name="test">{{#tests}}<option value="{{test}}"{{#selected}} selected{{/selected}}>{{test}}</option>{{/tests}}</select></label>
<label>Value <input name="value" value="{{filter_value}}"></label>
<button>Apply filter</button>
</form>
</details>
<details class="panel">
<summary>Saved views</summary>
<ul class="views">
{{#views}}
<li><a href="/leads?{{query}}">{{view_title}}</a>
<form method="post" action="/leads/views/remove" class="inline">{{> form_fields}}<input type="hidden" name="view_id" value="{{view_id}}"><button class="plain" aria-label="Remove the view {{view_title}}">Remove</button></form></li>
{{/views}}
{{^views}}<li>No saved views yet.</li>{{/views}}
</ul>
<form method="post" action="/leads/views" class="inline">{{> form_fields}}<label>Save this search as <input name="title" maxlength="100" required></label> <button>Save</button></form>
</details>
<details class="panel"{{#is_adding}} open{{/is_adding}}>
<summary>Add lead</summary>
<form method="post" action="/leads/add" class="grid">
{{> form_fields}}
<label>E-mail <input name="email" value="{{typed_email}}" required placeholder="Jane Doe &lt;jane@example.com&gt;"></label>
<label>First name <input name="first_name" value="{{typed_first_name}}"></label>
<label>Last name <input name="last_name" value="{{typed_last_name}}"></label>
<label>Phone <input name="phone" type="tel" value="{{typed_phone}}"></label>
<label>Company <input name="company_name" value="{{typed_company_name}}"></label>
<button>Add lead</button>
</form>
</details>
{{#is_manager}}
<details class="panel">
<summary>Bulk edit</summary>
<form method="post" action="/leads/bulk" id="bulk" class="grid">
{{> form_fields}}
<fieldset><legend>Which leads</legend>
<label><input type="radio" name="scope" value="chosen" checked> Leads selected in the table</label>
<label><input type="radio" name="scope" value="all"> All leads in this search</label>
</fieldset>
<label>Action <select name="what" data-chooses><option value="stage">Set the stage</option><option value="agent">Assign the agent</option><option value="tags">Add and remove tags</option><option value="lists">Add to and remove from lists</option><option value="campaigns">Assign to and remove from campaigns</option><option value="notes">Add a note</option><option value="do-not-contact">Do not contact</option></select></label>
<label data-for="stage">Stage <select name="stage">{{#filter_stages}}<option value="{{value}}">{{label}}</option>{{/filter_stages}}</select></label>
<label data-for="agent">Agent <input name="agentId" list="agents"></label>
<label data-for="tags lists">Add <input name="add" placeholder="vip, spring"></label>
<label data-for="campaigns">Assign <input name="assign" placeholder="spring"></label>
<label data-for="tags lists campaigns">Remove <input name="remove"></label>
<label data-for="notes">Note <input name="text"></label>
<label data-for="do-not-contact">Do not contact <select name="value"><option value="true">Yes</option><option value="false">No</option></select></label>
<button>Continue</button>
</form>
</details>
<details class="panel">
<summary>Export</summary>
<form method="post" action="/leads/export" class="grid">
{{> form_fields}}
<label>Columns <input name="columns" value="lead, email, first_name, last_name, company_name, stage, score, agent"></label>
<label>Format <select name="format"><option value="csv">CSV, for spreadsheets</option><option value="jsonl">JSON lines</option></select></label>
<button>Export all leads in this search</button>
</form>
</details>
{{/is_manager}}
</div>
{{#has_rule}}
<form method="get" action="/leads" class="rule">
<label for="where">The rule of this list</label>
<textarea id="where" name="where" rows="2" spellcheck="false" class="code">{{rule}}</textarea>
<button>Apply</button> <a href="/leads">Show all</a>
</form>
{{/has_rule}}
{{#warnings}}<p class="warning pre code">{{text}}</p>{{/warnings}}
{{#is_first_again}}<p class="warning">The next page is no longer available. The list starts again.</p>{{/is_first_again}}
<div class="split{{#detail}} has-detail{{/detail}}">
<section class="list" aria-label="Leads">
{{> lead_found}}
{{#has_rows}}
<div class="scroll" tabindex="0" role="region" aria-label="Table of leads">
<table id="leads" data-back="{{back}}">
<thead><tr>
{{#is_manager}}<th scope="col" class="pick"><span class="hidden">Select</span></th>{{/is_manager}}
{{> lead_heads}}
</tr></thead>
<tbody>
{{#rows}}
{{> lead_row}}
{{/rows}}
</tbody>
</table>
</div>
{{/has_rows}}
{{#is_late}}<p role="status">{{#searched}}Searched {{searched}} % of the leads so far.{{/searched}}{{^searched}}Not all leads were searched yet.{{/searched}}{{^has_rows}} None matches this rule so far.{{/has_rows}}</p>{{/is_late}}
<p>{{#is_later}}<a href="/leads?{{first_query}}">First 50</a> {{/is_later}}{{#next_query}}<a class="button" rel="next" href="/leads?{{next_query}}">{{#is_late}}Continue searching{{/is_late}}{{^is_late}}Next 50{{/is_late}}</a>{{/next_query}}</p>
{{#is_read}}{{^has_rows}}
{{#has_rule}}{{^is_late}}<p>No leads match this rule.{{#same_id}} <a href="/leads?{{same_id_query}}">Open the lead with the id {{same_id}}</a>{{/same_id}}</p>{{/is_late}}{{/has_rule}}
{{^has_rule}}<p>No leads yet. Add one above{{#is_manager}}, or <a href="/import">import a file</a>{{/is_manager}}.</p>{{/has_rule}}
{{/has_rows}}{{/is_read}}
</section>
{{> lead_detail}}
<datalist id="agents">{{#agents}}<option value="{{agent_id}}">{{/agents}}</datalist>
<datalist id="tags">{{#tag_choices}}<option value="{{value}}">{{/tag_choices}}</datalist>
<datalist id="lists">{{#list_options}}<option value="{{value}}">{{label}}</option>{{/list_options}}</datalist>
<datalist id="campaigns">{{#campaign_options}}<option value="{{value}}">{{label}}</option>{{/campaign_options}}</datalist>
</div>

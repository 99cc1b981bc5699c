<h1>Campaigns</h1>
{{> name_search}}
{{#has_more}}<p class="warning">These are the {{most}} of {{found}} campaigns that reached most leads. Search for others by name.</p>{{/has_more}}
{{#has_others}}<p class="warning">Only the {{most_cards}} campaigns that reached most leads have a card.</p>{{/has_others}}
{{#has_rows}}
<ul class="cards">
{{#rows}}
<li class="card campaign"><h2 title="{{id}}">{{name}}{{^active}} <small>ended</small>{{/active}}</h2>
<dl class="sizes">{{#sizes}}<div title="{{hint}}"><dt>{{label}}</dt><dd><a href="/leads?{{query}}">{{text}}</a></dd></div>{{/sizes}}</dl>
<div class="completion"><span>Mailed of the assigned</span> <b>{{completion}}</b>
<svg width="100%" height="6" aria-hidden="true"><rect class="track" width="100%" height="100%" rx="3"/><rect width="{{bar}}" height="100%" rx="3"/></svg></div>
<dl class="sizes">{{#rates}}<div title="{{hint}}"><dt>{{label}}</dt><dd><a href="/leads?{{query}}">{{text}}</a></dd></div>{{/rates}}</dl>
<p><a href="/leads?{{query}}">View leads <span class="hidden">of {{name}}</span></a></p></li>
{{/rows}}
</ul>
{{/has_rows}}
{{^has_rows}}<p class="empty">{{#name}}<b>No campaign has “{{name}}” in its name.</b><a href="/campaigns">Show all campaigns</a>{{/name}}{{^name}}<b>No campaigns yet</b>Assign leads to one on the page <a href="/leads">Leads</a>, or import its mail.{{/name}}</p>{{/has_rows}}
{{#is_manager}}<p><a href="/reports?report=campaigns">Report of all campaigns</a></p>{{/is_manager}}

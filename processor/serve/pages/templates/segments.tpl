<h1>Segments</h1>
{{#done}}<p class="done" role="status">Deleted. Its leads leave it within some seconds.</p>{{/done}}
<div class="bar">
{{> name_search}}
{{#is_manager}}<a class="button primary" href="/segments/edit">New segment</a>{{/is_manager}}
</div>
{{#has_more}}<p class="warning">These are the first {{most}} of {{found}} segments. Search for others by name.</p>{{/has_more}}
{{#has_rows}}
<div class="scroll" tabindex="0" role="region" aria-label="Table of segments">
<table class="stacks segments">
<thead><tr><th scope="col">Segment</th><th scope="col" class="number">Leads</th>{{#is_manager}}<th scope="col" class="number">Today</th>{{/is_manager}}<th scope="col">Who is in it</th></tr></thead>
<tbody>
{{#rows}}
<tr><th scope="row"><a href="/segments/edit?{{id_query}}">{{segment_title}}</a>{{#segment_id}} <small>{{segment_id}}</small>{{/segment_id}}</th>
<td class="number" data-label="Leads"><a href="/leads?{{query}}">{{count}} <span class="hidden">leads in {{segment_title}}</span></a></td>
{{#is_manager}}<td class="number" data-label="Today">{{#entered}}<span title="{{entered}} entered, {{left}} left today">+{{entered}} −{{left}}</span>{{/entered}}</td>{{/is_manager}}
<td title="{{rule}}" data-label="Who">{{words}}</td></tr>
{{/rows}}
</tbody>
</table>
</div>
{{/has_rows}}
{{^has_rows}}<p class="empty">{{#name}}<b>No segment has “{{name}}” in its name.</b><a href="/segments">Show all segments</a>{{/name}}{{^name}}<b>No segments yet</b>A segment is a filter with a name: its leads come and go by themselves.{{/name}}</p>{{/has_rows}}
